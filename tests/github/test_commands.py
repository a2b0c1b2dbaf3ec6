"""Workflow commands, read back by a port of the runner's parser."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.hostile import texts
from tests.support.runner import Issue, replay
from wedata_action.github import commands

many = settings(max_examples=500, deadline=None)


def meant(text: str) -> str:
    """A first combining mark gets a space to stand on."""
    return f" {text}" if text and unicodedata.category(text[0]).startswith("M") else text


@many
@given(st.lists(texts, max_size=5), st.booleans())
@example(["\t::error::x", "a\r::error::x", "a ##[add-mask]x", "\u200d::error::x"], True)
def test_inert_text_is_one_plain_line_each(lines: list[str], linguistic: bool) -> None:
    seen = replay("".join(commands.inert(line) + "\n" for line in lines), linguistic=linguistic)
    assert seen.commands == 0
    assert len(seen.plain_lines) == len(lines)


@many
@given(texts)
def test_inert_text_has_no_control_or_format_character(text: str) -> None:
    shown = commands.inert(text)
    kept = "\t\u200c\u200d"
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in kept]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 任务 👩‍👩‍👧", "plain 任务 👩‍👩‍👧"),
        ("a\x1b[31m\r\n\u202e\udcff", "a\\x1b[31m\\r\\n\\u202e\\udcff"),
        ("  ::error::x", "\\  ::error::x"),
        ("see ##[error]x", "see ##\\[error]x"),
        ("a::b", "a::b"),
    ],
)
def test_inert_text_stays_legible(text: str, shown: str) -> None:
    assert commands.inert(text) == shown


@many
@given(texts, texts, texts, st.booleans())
@example("\u0301 ##[add-mask]x", "", "", True)
@example("x", "=a,line=9", "=::", True)
def test_an_annotation_is_read_back_as_it_was_meant(message: str, path: str, title: str, linguistic: bool) -> None:
    line = commands.annotation("error", message, path=path, line=3, column=7, title=title)
    seen = replay(line + "\n", linguistic=linguistic)
    assert seen.commands == 1
    (issue,) = seen.annotations
    assert issue.message == meant(commands.cut(commands.paragraphs(message), commands.MESSAGE_LIMIT))
    wanted = commands.replace_surrogates(path).replace("##[", "##\\[").replace("(record:", "(record :")
    assert (issue.file or "").removeprefix("./") == wanted.removeprefix("./")
    assert (issue.line, issue.col) == (("3", "7") if path else (None, None))
    shown = commands.cut(
        commands.printable(title).replace("##[", "##\\[").replace("(record:", "(record :"), commands.TITLE_LIMIT
    )
    assert (issue.title or "").strip() == shown.strip()


@many
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"]), min_size=1).filter(
        lambda t: "##" not in t
    )
)
def test_harmless_text_is_read_back_unchanged(text: str) -> None:
    seen = replay(commands.annotation("warning", text, path=text, line=1, title=text[:100]))
    file = f"./{text}" if text.startswith("=") else text
    title = f" {text[:100]}" if text.startswith("=") else text[:100]
    assert seen.annotations == [Issue("warning", text[:3800], file, "1", title=title)]


def test_a_message_keeps_its_lines_and_is_cut_before_the_runner_does() -> None:
    (issue,) = replay(commands.annotation("error", "a\r\nb\n" + "💥" * 4000)).annotations
    assert issue.message.startswith("a\nb\n💥")
    assert issue.message.endswith("💥…")
    assert len(issue.message.encode("utf-16-le")) // 2 <= commands.MESSAGE_LIMIT


def test_a_column_without_a_line_is_left_out() -> None:
    assert commands.annotation("error", "x", path="a", column=4) == "::error file=a::x"


@many
@given(texts, st.booleans())
def test_groups_debug_lines_and_masks_are_one_command_each(text: str, linguistic: bool) -> None:
    stream = "\n".join((commands.group(text), commands.endgroup(), commands.debug(text)))
    seen = replay(stream, linguistic=linguistic)
    assert (seen.commands, seen.plain_lines) == (3, [])
    assert seen.groups == [meant(commands.printable(text).replace("##[", "##\\[").replace("(record:", "(record :"))]
    assert seen.debugs == [meant(commands.paragraphs(text))]


@many
@given(st.text(min_size=1).filter(lambda t: t.strip() and not unicodedata.category(t[0]).startswith("M")))
def test_a_mask_hides_exactly_the_value(value: str) -> None:
    assert replay(commands.add_mask(value)).masks == [value]


@many
@given(texts.filter(lambda text: text.strip() not in {"", "-"}))
def test_a_mask_is_always_read_and_covers_all_but_leading_combining_marks(value: str) -> None:
    for linguistic in (True, False):
        seen = replay(commands.add_mask(value), linguistic=linguistic)
        assert (seen.plain_lines, seen.others, len(seen.masks) <= 1) == ([], [], True)
        for mask in seen.masks:
            marks = value.removesuffix(mask)
            assert all(unicodedata.category(char).startswith("M") for char in marks)


@many
@given(st.text(st.sampled_from("ab💥é"), max_size=40), st.integers(1, 30))
def test_cut_text_fits_in_utf_16_units(text: str, limit: int) -> None:
    shown = commands.cut(text, limit)
    assert len(shown.encode("utf-16-le")) <= 2 * limit
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
