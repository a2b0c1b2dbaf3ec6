"""The JSON schema judges definitions as the reader does, but for what no schema can say.

`check_agreement` is also called for every text of the other tests of definitions.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.definitions.agreement import check_agreement, schema_errors
from tests.definitions.test_properties import PIECES, respelled, shared_bodies, task_bodies, writers
from tests.definitions.test_targets import EXAMPLE, spread
from wedata_action.definitions import parse
from wedata_action.definitions.json_schema import json_schema
from wedata_action.definitions.schema import KEYS, TABLE


def test_every_key_has_its_description() -> None:
    definitions = json_schema()["definitions"]
    assert {key.name: definitions[key.name]["description"] for key in TABLE} == {key.name: key.help for key in TABLE}


def test_the_example_of_the_contract_is_valid() -> None:
    assert schema_errors("a.yml", EXAMPLE) == []


@pytest.mark.parametrize("text", [
    "task_id: 1\nTaskId: 2\n", "name: x\n", "task_id: 1\nnmae: x\n", "task_id: {}\n", "task_id: {d v: 1}\n",
    "tasks: []\ntask_id: 1\n", "tasks: [1]\n", "task_id: ''\n", "task_id: 1\ncode: /a\n", "[]\n", "text\n",
    "task_id: 1\ncode: {dev: a}\n",
])  # fmt: skip
def test_a_mistake_is_an_error(text: str) -> None:
    assert schema_errors("a.yml", text)
    assert parse("a.yml", text.encode())[1]


@given(shared_bodies, st.lists(task_bodies, max_size=3), writers, st.data())
def test_what_the_reader_takes_the_schema_takes(
    shared: dict[str, Any], bodies: list[dict[str, Any]], writer: Any, data: st.DataObject
) -> None:
    path, write = writer
    bodies = [respelled(spread(body, data), data) for body in bodies]
    text = write(respelled({**spread(shared, data), "tasks": bodies}, data))
    assert parse(path, text.encode())[1] == ()
    assert not schema_errors(path, text)


numbers = st.integers(-(10**20), 10**20) | st.floats(-1e10, 1e10).map(lambda value: round(value, 3))
odd_texts = st.sampled_from(["dev", "a.sql", "/a", "a\\b", "C:/x", " ", "x" * 65, "x" * 1001, "1 2"])
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8) | odd_texts
names = st.sampled_from([*KEYS, *KEYS, "dev", "prod", "d v", "nmae"]) | st.text(max_size=3)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
likely = st.dictionaries(names, values | st.dictionaries(st.sampled_from(["dev", "prod"]), scalars), max_size=5)
documents = values | likely | st.builds(
    lambda shared, tasks: {**shared, "tasks": tasks}, likely, st.lists(likely | values, max_size=3)
) | st.builds(lambda task, task_id: {"task_id": task_id, **task}, likely, scalars)  # fmt: skip


@settings(max_examples=200)
@given(documents)
def test_any_document_is_judged_alike(document: Any) -> None:
    check_agreement("a.json", json.dumps(document).encode())


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_judged_alike(text: str) -> None:
    check_agreement("a.yml", text.encode())
