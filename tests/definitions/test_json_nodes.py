from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wedata_action.definitions.json_nodes import document
from wedata_action.definitions.nodes import MAX_DEPTH, Kind, Node, Unreadable

PIECES = [
    "{", "}", "[", "]", ",", ":", " ", "\n", "\t", "\r", '"a"', '"b"', '""', "1", "-", "0", "1.5", "1e9", "01", ".",
    "+", "E", "true", "false", "null", "nul", "NaN", "Infinity", "-Infinity", '"', "\\", "\\u", "d83d",
    '"\\ud83d\\ude00"',
    '"\\ud83d"', '"\\n"', '"\\x"', "é", "\x00", "\x1f", "\xa0", "//", "/**/", "'a'", "\ufeff", "١",
]  # fmt: skip


def plain(node: Node) -> Any:
    """`node` as `json.loads` gives it with numbers as text."""
    kind, value, _ = node
    if kind is Kind.MAPPING:
        return {key[1]: plain(item) for key, item in zip(value[::2], value[1::2], strict=True)}
    if kind is Kind.SEQUENCE:
        return [plain(item) for item in value]
    assert kind in (Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.NULL)
    return value


def strict(text: str) -> Any:
    """What the standard library reads, without its additions to JSON."""

    def refuse(_: str) -> None:
        raise ValueError

    value = json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode()
    if _depth(value) > MAX_DEPTH:
        raise ValueError
    return value


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def agrees(text: str) -> None:
    try:
        expected = strict(text)
    except ValueError:
        with pytest.raises(Unreadable) as caught:
            document(text)
        assert 0 <= caught.value.at <= len(text)
    else:
        assert plain(document(text)) == expected


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("[1,]")
@example('{"a":1,}')
@example('{"a" 1}')
@example("[")
@example("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]")
@example("1 2")
def test_it_accepts_what_the_standard_library_accepts(text: str) -> None:
    agrees(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@given(values, st.booleans(), st.sampled_from([None, 2]))
def test_it_reads_what_the_standard_library_writes(value: Any, ascii_only: bool, indent: int | None) -> None:
    agrees(json.dumps(value, ensure_ascii=ascii_only, indent=indent))


@given(values, st.data())
def test_it_agrees_on_damaged_texts(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 2)))
    agrees(text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:])


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "expected a value before the end of the file"),
        ("[1,", 3, "expected a value before the end of the file"),
        ("[1 2]", 3, "expected ',' or ']'"),
        ('{"a": 1 "b": 2}', 8, "expected ',' or '}'"),
        ('{"a": 1,}', 8, "expected a key in double quotes"),
        ("{a: 1}", 1, "expected a key in double quotes"),
        ("[1,]", 3, "expected a value"),
        ('{"a", 1}', 4, "expected ':' after the key"),
        ("{} {}", 3, "there is more text after the end of the value"),
        ("// x\n{}", 0, "expected a value"),
        ('["a\nb"]', 3, "a text has the control character U+000A; write \\u000a"),
        ('["a', 1, "unterminated string"),
        ('["\\x"]', 2, "invalid \\escape: 'x'"),
        ('["\\ud800"]', 1, "a text has a \\u escape of a surrogate without its pair"),
        ("[NaN]", 1, "expected a text in double quotes, a number, true, false, null, a list or a mapping"),
        ("[-Infinity]", 1, "expected a text in double quotes, a number, true, false, null, a list or a mapping"),
        ("[007]", 1, "expected a text in double quotes, a number, true, false, null, a list or a mapping"),
    ],
)
def test_an_error_says_what_was_expected_and_where(text: str, at: int, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        document(text)
    assert caught.value.at == at
    assert caught.value.message.startswith(f"not valid JSON: {message.split(': ', maxsplit=1)[0]}")


def test_nesting_ends_at_the_limit() -> None:
    assert plain(document("[" * MAX_DEPTH + "]" * MAX_DEPTH)) is not None
    with pytest.raises(Unreadable, match="nested") as caught:
        document("[" * 1_000_000)
    assert caught.value.at == MAX_DEPTH
