"""Values that differ by target: one task for each target that an entry names."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.definitions.reading import given_by, mistakes, tasks
from tests.definitions.test_properties import expected, shared_bodies, task_bodies, writers
from wedata_action.definitions import parse
from wedata_action.definitions.parser import MAX_TASKS
from wedata_action.definitions.schema import TABLE
from wedata_action.errors import Location
from wedata_action.task import Task

BY_TARGET = [key.name for key in TABLE if key.by_target]
NAME = "the name of a target must have 1 to 64 letters from A to Z, digits, '_', '-' and '.', and this is"

EXAMPLE = """\
project_id: {dev: "1460947878944567296", prod: "1470547050521227264"}
tasks:
  - name: load_orders
    task_id: {dev: "20250801000000001", prod: "20250915000000007"}
    code: load_orders.sql
"""


def by_target(text: str) -> dict[str, Task]:
    found = tasks(text)
    assert len({task.target for task in found}) == len(found)
    return {task.target: task for task in found}


def test_the_example_of_the_contract_is_a_task_for_each_target() -> None:
    dev, prod = tasks(EXAMPLE)
    assert (dev.target, dev.project_id, dev.task_id) == ("dev", "1460947878944567296", "20250801000000001")
    assert (prod.target, prod.project_id, prod.task_id) == ("prod", "1470547050521227264", "20250915000000007")
    assert dev.targets == prod.targets == ("dev", "prod")
    assert dev.code == prod.code
    assert (dev.location, prod.location) == (Location("wedata/a.yml", 4, 20), Location("wedata/a.yml", 4, 47))


def test_the_keys_by_target_are_those_of_the_contract() -> None:
    assert BY_TARGET == [
        "task_id", "folder_id", "project_id", "auto_run", "need_check_parent_submitted", "alarm_ways",
        "alarm_recipient_types",
    ]  # fmt: skip


def test_a_task_without_an_entry_for_a_target_is_no_part_of_it() -> None:
    assert list(by_target("project_id: {dev: p, prod: q}\ntasks: [task_id: {dev: a}]")) == ["dev"]


def test_an_id_for_every_target_stands_for_those_that_the_entry_does_not_name_too() -> None:
    found = by_target("task_id: a\nauto_run: {prod: true}\n")
    assert {name: task.options.auto_run for name, task in found.items()} == {"": None, "prod": True}
    assert found[""].targets == found["prod"].targets == ("prod",)


@pytest.mark.parametrize(
    ("own", "shared", "seen"),
    [
        ("p", "{dev: q}", {"": "p", "dev": "p"}),
        ("{dev: p}", "q", {"": "q", "dev": "p"}),
        ("{dev: p}", "{dev: q, prod: r}", {"": "", "dev": "p", "prod": "r"}),
        ("{dev: ~}", "{dev: q, prod: r}", {"": "", "dev": "q", "prod": "r"}),
        ("~", "{dev: q}", {"": "", "dev": "q"}),
    ],
)
def test_a_value_of_the_task_wins_over_the_shared_one_for_each_target(
    own: str, shared: str, seen: dict[str, str]
) -> None:
    found = by_target(f"project_id: {shared}\ntasks: [{{task_id: a, project_id: {own}}}]")
    assert {name: task.project_id for name, task in found.items()} == seen


def test_a_block_has_the_place_of_each_id() -> None:
    dev, prod = tasks("task_id:\n  dev: 'a'\n  prod: 007\n")
    assert (dev.location.line, prod.location.line, prod.task_id) == (2, 3, "007")


def test_an_anchored_mapping_may_be_shared_by_entries() -> None:
    found = tasks("tasks:\n- {task_id: {dev: a}, auto_run: &x {dev: true}}\n- {task_id: {dev: b}, auto_run: *x}\n")
    assert [task.options.auto_run for task in found] == [True, True]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("task_id: {}\n", "1:10 'task_id' is an empty mapping: give a value, or one for each target"),
        ("task_id: {dev: ~}\n", "1:16 'task_id' is empty for the target 'dev': leave the target out"),
        ("task_id: {dev: ''}\n", "1:16 'task_id' is empty for the target 'dev': leave the target out"),
        ("task_id: {dev: a, 'dev': b}\n", "1:19 'task_id' has the target 'dev' twice"),
        ("task_id: {dev: {a: b}}\n", "1:16 'task_id' must be a text, not a mapping"),
        ("task_id: a\nauto_run: {dev: 1}\n", "2:17 'auto_run' must be true or false, without quotes, not the text '1'"),
        ("task_id: a\nproject_id: {dev: ''}\n", "2:19 'project_id' is empty: give an id or leave the key out"),
        ("task_id: {d e: a}\n", f"1:11 'task_id': {NAME} the text 'd e'"),
        ("task_id: {'': a}\n", f"1:11 'task_id': {NAME} null"),
        ("task_id: {[dev]: a}\n", f"1:11 'task_id': {NAME} a list"),
        ("task_id: a\nname: {dev: x}\n", "2:7 'name' must be a text, not a mapping"),
        ("task_id: a\nversion_remark: {dev: x}\n", "2:17 'version_remark' must be a text, not a mapping"),
        ("task_id: a\ncode: {dev: x}\n", "2:7 'code' must be a text, not a mapping"),
    ],
)
def test_a_mistake_in_a_value_by_target_has_its_place(text: str, found: str) -> None:
    assert mistakes(text) == [found.replace("null", "the text ''")]


def test_a_file_has_no_more_tasks_for_all_targets_than_a_limit() -> None:
    targets = ", ".join(f"t{number}: 1" for number in range(200))
    entries = "".join(f"- task_id: a{number}\n" for number in range(600))
    found, [diagnostic] = parse("a.yml", f"project_id: {{{targets}}}\ntasks:\n{entries}".encode())
    assert len(found) == MAX_TASKS
    assert diagnostic.message == "the file has over 100,000 tasks, counted for each target: split it"


names = st.sampled_from(["dev", "prod", "stage", "1", "true", "x-1.y_Z"])


def spread(body: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The body with some of its values by target: each is that of one target or of several."""
    return {
        name: dict.fromkeys(data.draw(st.lists(names, min_size=1, max_size=3, unique=True)), value)
        if name in BY_TARGET and data.draw(st.booleans())
        else value
        for name, value in body.items()
    }


def resolved(body: dict[str, Any], target: str) -> dict[str, Any]:
    """What a reader of the contract takes from the body for one target."""
    values = {name: value.get(target) if isinstance(value, dict) else value for name, value in body.items()}
    return {name: value for name, value in values.items() if value is not None}


@given(shared_bodies, st.lists(task_bodies, max_size=3), writers, st.data())
def test_each_target_has_the_task_that_its_values_alone_would_make(
    shared: dict[str, Any], bodies: list[dict[str, Any]], writer: Any, data: st.DataObject
) -> None:
    shared, bodies = spread(shared, data), [spread(body, data) for body in bodies]
    path, write = writer
    found, diagnostics = parse(path, write({**shared, "tasks": bodies}).encode())
    assert diagnostics == ()
    for target in ("dev", "prod", "stage", "1", "true", "x-1.y_Z", "unnamed"):
        wanted = [resolved(shared, target) | resolved(body, target) for body in bodies]
        seen = [task for task in found if task.target == target or (not task.target and target not in task.targets)]
        assert [given_by(task) for task in seen] == [expected(body) for body in wanted if "task_id" in body]


@given(st.dictionaries(st.text(max_size=70), st.text(max_size=5), max_size=3))
def test_no_other_text_is_the_name_of_a_target(values: dict[str, str]) -> None:
    found, diagnostics = parse("a.json", json.dumps({"task_id": values}).encode())
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", task.target) for task in found)
    assert found or diagnostics
