"""What is read without a YAML parser is what the parser reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wedata_action.definitions import flat_yaml, yaml_nodes
from wedata_action.definitions.mistakes import Mistakes
from wedata_action.definitions.nodes import MAPPING, PLAIN, TEXT

marks = st.text("a1_é中 ,./-\t\"'\\#:%&*!|>[]{}?@`=~\r\x85\u2028\ufeff\U0001d7d8", max_size=6)
values = st.one_of(marks, marks.map(lambda text: f'"{text}"'), marks.map(lambda text: f"'{text}'"), st.text(max_size=4))
entries = st.builds(
    "{}{}{}".format, st.sampled_from(["task_id", "a", "", "é", "a b"]), st.sampled_from([": ", ":"]), values
)
lines = st.one_of(entries, marks, marks.map(lambda text: f"#{text}"), st.sampled_from(["", "---", "...", "- a", " a"]))
texts = st.builds(lambda found, end: "\n".join(found) + end, st.lists(lines, max_size=4), st.sampled_from(["\n", ""]))


def test_a_flat_definition_is_read() -> None:
    text = "# The orders of 店 5\n\ntask_id: \"007\"\nname: load orders_店, v1.2\nauto_run: true\nremark: 'a: #b'\n"
    assert flat_yaml.document(text) == (
        MAPPING,
        [
            (PLAIN, "task_id", 21),
            (TEXT, "007", 30),
            (PLAIN, "name", 36),
            (PLAIN, "load orders_店, v1.2", 42),
            (PLAIN, "auto_run", 62),
            (PLAIN, "true", 72),
            (PLAIN, "remark", 77),
            (TEXT, "a: #b", 85),
        ],
        21,
    )


@settings(max_examples=2000, deadline=None)
@given(texts)
def test_what_is_read_is_what_the_parser_reads(text: str) -> None:
    flat = flat_yaml.document(text)
    if flat is not None:
        assert [flat] == list(yaml_nodes.documents(Mistakes("a.yml", text)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "a: b",
        "a: b\n  c\n",
        "a: b # c\n",
        "a: b \n",
        'a: "b\\n"\n',
        "a: 'b''c'\n",
        "a:\n",
        "a:  b\n",
        "a: b: c\n",
        "a: -b\n",
        "a: [b]\n",
        "a: &b c\n",
        "a: !!str b\n",
        "<<: a\n",
        "a: b\r\n",
        "a: b\u2028c: d\n",
        "a: b\n---\na: b\n",
        "a: |\n  b\n",
    ],
)
def test_what_may_mean_something_else_is_left_to_the_parser(text: str) -> None:
    assert flat_yaml.document(text) is None
