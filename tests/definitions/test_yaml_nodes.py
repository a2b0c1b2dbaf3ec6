from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.definitions.reading import mistakes, task, tasks
from wedata_action.definitions import MAX_BYTES, parse
from wedata_action.definitions.mistakes import Mistakes
from wedata_action.definitions.nodes import MAX_DEPTH, Node, Unreadable
from wedata_action.definitions.yaml_nodes import documents


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("task_id: [1\n", "1:12 not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: b: c\n", "1:5 not valid YAML: a ':' is not allowed here; put a text that has ': ' in quotes"),
        ("a: 1\n@b: 2\n", "2:1 not valid YAML: found character that cannot start any token"),
        ("a: é\nb: \x07\n", "2:4 not valid YAML: control characters are not allowed (U+0007)"),
        ("!x!y a\n", "1:1 not valid YAML: found undefined tag handle while parsing a node"),
    ],
)
def test_a_syntax_error_is_one_mistake_with_the_parsers_words(text: str, mistake: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(mistake)


@pytest.mark.parametrize("tag", ["!!str", "!!int", "!!float", "!<tag:yaml.org,2002:str>"])
def test_core_tags_of_scalars_leave_the_text_as_written(tag: str) -> None:
    assert task(f"task_id: {tag} 007").task_id == "007"


def test_a_text_tag_makes_null_a_text() -> None:
    assert task("task_id: !!str null").task_id == "null"


def test_the_other_core_tags_are_accepted_where_they_fit() -> None:
    found = task("!!map {task_id: 1, auto_run: !!bool 'true', name: !!null '', sources: !!seq [a]}")
    assert (found.options.auto_run, found.name, found.sources[0].glob) == (True, "", "a")


@pytest.mark.parametrize(
    ("value", "tag"),
    [("!!bool [a]", "bool"), ("!!null {a: b}", "null"), ("!!str [a]", "str"), ("!!map [a]", "map"), ("!!seq x", "seq")],
)
def test_a_core_tag_that_does_not_fit_is_the_only_mistake(value: str, tag: str) -> None:
    assert mistakes(f"task_id: 1\nauto_run: {value}") == [f"2:11 the value does not fit its tag '!!{tag}'"]


@pytest.mark.parametrize("value", ["!!bool yes", "!!null x"])
def test_a_word_is_a_boolean_or_null_by_its_key_and_not_by_its_tag(value: str) -> None:
    [mistake] = mistakes(f"task_id: 1\nauto_run: {value}")
    assert mistake.startswith("2:11 'auto_run' must be true or false, without quotes, not the text ")


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("!include", "!include"), ("!!python/object:os.system", "!!python/object:os.system"), ("!!binary", "!!binary"),
        ("!!set", "!!set"), ("!!merge", "!!merge"), ("!<x:y>", "x:y"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["abc", "[a]", "{a: b}"])
def test_custom_tags_are_refused(tag: str, shown: str, value: str) -> None:
    assert mistakes(f"task_id: 1\nname: {tag} {value}") == [
        f"2:7 the tag '{shown}' is not allowed: write the value itself, without a tag"
    ]


def test_a_custom_tag_of_a_task_or_document_is_the_only_mistake() -> None:
    assert len(mistakes("!x {a: 1}")) == 1
    assert len(mistakes("tasks: [!x {a: 1}]")) == 1
    assert len(mistakes("tasks: !x [a: 1]")) == 1
    assert len(mistakes("task_id: 1\nsources: !x [a]")) == 1
    assert len(mistakes("task_id: 1\nsources: [!x a]")) == 1
    assert len(mistakes("task_id: 1\n!x a: 1")) == 1
    assert len(mistakes("task_id: !x 1")) == 1


def test_a_tag_that_is_not_utf_8_is_a_mistake() -> None:
    assert mistakes("a: !<%ED%A0%80> b") == ["1:6 not valid YAML: a tag is not UTF-8"]


def test_an_alias_stands_for_its_anchor() -> None:
    first, second = tasks("tasks:\n- {task_id: 1, sources: &s [a, b]}\n- {task_id: 2, sources: *s}\n")
    assert first.sources == second.sources
    assert task("project_id: &p 5\nname: *p\ntask_id: *p").task_id == "5"


def test_a_later_anchor_of_the_same_name_counts() -> None:
    assert task("name: &a x\nproject_id: &a y\ntask_id: *a").task_id == "y"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("task_id: 1\nname: *x\n", "2:7 the alias '*x' has no anchor before it in its document"),
        ("{task_id: &a 1}\n---\ntask_id: *a\n", "3:10 the alias '*a' has no anchor before it in its document"),
        ("task_id: 1\nsources: &s [*s]\n", "2:14 the alias '*s' is inside the node that it stands for"),
        ("&d\ntask_id: 1\nname: *d\n", "3:7 the alias '*d' is inside the node that it stands for"),
    ],
)
def test_an_alias_without_a_finished_anchor_is_a_mistake(text: str, mistake: str) -> None:
    assert mistakes(text) == [mistake]


def test_an_alias_bomb_is_refused() -> None:
    levels = ["- &l0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"- &l{number} [{', '.join([f'*l{number - 1}'] * 10)}]" for number in range(1, 12)]
    found = mistakes("\n".join(levels))
    assert any("the aliases of the file stand for more than 100000 nodes" in mistake for mistake in found)


def test_the_limit_on_aliases_is_one_for_all_documents() -> None:
    document = "--- {task_id: 1, sources: [&a [" + "x, " * 1000 + "], " + "*a, " * 40 + "]}\n"
    assert not any("aliases" in mistake for mistake in mistakes(document * 2))
    assert any("aliases" in mistake for mistake in mistakes(document * 3))


def test_nesting_ends_at_the_limit() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert "a document must be a mapping" in mistakes(deepest)[0]
    assert mistakes(f"[{deepest}]") == ["1:17 lists and mappings are nested more than 16 deep"]


HOSTILE = [
    "[", "{", "- ", "? ", "a: ", "[a: ", "{a: [", "&a ", "!a ", "*a ", "--- ", "---\n", "...\n", "- - a\n", "[]\n---\n",
    "{a: b}\n---\n", "#\n", "'", '"', "|\n", "a\n ", "\n", "\r", "\u2028", "%TAG !a! b\n", "%FOO\n", "a: b\n", "? a\n",
    "task_id: 1\n", "taskid: 1\n", "---\n- a\n", "\t", "\x00", "\ufeff", "<<: a\n", "- {task_id: 1}\n",
]  # fmt: skip


@pytest.mark.parametrize("path", ["a.yml", "a.json"])
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("start", ["", "[", "tasks:\n"])
def test_a_piece_repeated_to_the_largest_size_ends_soon(piece: str, start: str, path: str) -> None:
    data = (start + piece * ((MAX_BYTES - len(start)) // len(piece.encode()))).encode()
    began = time.process_time()
    parse(path, data)
    assert time.process_time() - began < 5


def test_many_tag_directives_are_refused() -> None:
    text = "".join(f"%TAG !a{number}! b\n" for number in range(50_000)) + "--- a"
    assert mistakes(text) == ["1:1 more than 100 %TAG directives"]


@pytest.mark.parametrize(
    "text",
    [
        "task_id: 1\nname: é\n---\ntasks: [&a {task_id: '2'}, *a, !!map {name: \"x\\ny\"}]\n",
        "a: [1\n",
        "# é\nb: \x07\n",
        "",
    ],
)
def test_the_parser_in_python_gives_the_same_nodes(text: str) -> None:
    def read(parser: type) -> tuple[list[Node], int | None]:
        nodes: list[Node] = []
        try:
            nodes.extend(documents(Mistakes("a.yml", text), parser))
        except Unreadable as error:
            return nodes, error.at
        return nodes, None

    assert read(yaml.SafeLoader) == read(yaml.CSafeLoader)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(str.isalnum), max_size=5))
def test_the_index_of_a_node_is_that_of_its_first_character(words: list[str]) -> None:
    text = "é: [数, 😀]\n---\n" + "".join(f"- {word} # 注\r\n" for word in words)
    _, *found = documents(Mistakes("a.yml", text))
    for node in found[0][1] if words else ():
        assert text.startswith(node[1], node[2])
