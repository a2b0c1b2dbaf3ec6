"""The outputs that other jobs gate on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.report.builders import batch, failure, outcome, results, task
from tests.support import act, command_files
from wedata_action.errors import Reason
from wedata_action.github.commands import replace_surrogates, without_record
from wedata_action.github.files import OutputFile
from wedata_action.report.outputs import LIMIT, LISTS, left_out, outputs, outputs_so_far
from wedata_action.result import Result, ResultWord, State

NAMES = (
    "result failure-reason job-id job-ids request-ids task-ids live-task-ids failed-task-ids pending-task-ids "
    "unknown-task-ids unsent-task-ids skipped-task-ids removed-task-ids drifted-task-ids task-count batch-count base "
    "base-source head target report-file"
)


def test_a_run_without_tasks_has_all_outputs_and_empty_lists() -> None:
    values = outputs(Result("submit", ResultWord.NOOP, base="b", base_source="event", head="h"))
    assert values.keys() == set(NAMES.split())
    assert {name: value for name, value in values.items() if value != "[]"} == {
        "result": "noop",
        "failure-reason": "",
        "job-id": "",
        "task-count": "0",
        "batch-count": "0",
        "base": "b",
        "base-source": "event",
        "head": "h",
        "target": "",
        "report-file": "",
    }


def test_while_the_run_goes_on_the_outputs_hold_no_word_that_may_turn_out_false() -> None:
    batches = (batch(outcome("b"), job_id=77, request_id="r-1"), batch(outcome("a", State.UNSENT), status="planned"))
    result = Result("submit", ResultWord.SUCCESS, batches=batches, base="b", base_source="event", head="h")
    assert outputs_so_far(result) == {
        "result": "unknown",
        "failure-reason": "ambiguous",
        "job-id": "77",
        "job-ids": "[77]",
        "request-ids": '["r-1"]',
        "task-count": "2",
        "batch-count": "2",
        "base": "b",
        "base-source": "event",
        "head": "h",
        "target": "",
    }


def test_ids_stand_in_the_order_of_batches_and_plan() -> None:
    batches = (
        batch(outcome("b"), status="rejected", request_id="r-1"),
        batch(outcome("a", State.FAILED), job_id=77, request_id="r-2"),
        batch(outcome("c"), job_id=5),
    )
    values = outputs(failure(batches=batches))
    assert values["failure-reason"] == Reason.REJECTED
    assert (values["job-id"], values["job-ids"], values["request-ids"]) == ("77", "[77,5]", '["r-1","r-2"]')
    assert (values["task-ids"], values["live-task-ids"], values["failed-task-ids"]) == (
        '["b","a","c"]',
        '["b","c"]',
        '["a"]',
    )
    assert (values["task-count"], values["batch-count"]) == ("3", "3")


def test_an_id_of_two_projects_stands_once_in_a_list() -> None:
    values = outputs(failure(outcome("a", project_id="p"), outcome("a", project_id="q")))
    assert (values["task-ids"], values["live-task-ids"], values["task-count"]) == ('["a"]', '["a"]', "2")


@settings(max_examples=150, deadline=None)
@given(results)
def test_outputs_of_hostile_texts_are_read_back_as_they_were_meant(
    tmp_path_factory: pytest.TempPathFactory, result: Result
) -> None:
    path = Path(tmp_path_factory.getbasetemp() / "outputs")
    path.write_bytes(b"")
    OutputFile(path).write(outputs(result))
    seen = command_files.read_outputs(path)
    assert seen == act.read_outputs(path)
    assert seen.keys() == set(NAMES.split())
    assert seen["base"] == without_record(replace_surrogates(result.base)).replace("\r", " ").replace("\n", " ")
    listed = [task_id for name in seen if name.endswith("task-ids") for task_id in json.loads(seen[name])]
    assert all(re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", task_id) for task_id in listed)
    assert json.loads(seen["request-ids"]) == list(
        dict.fromkeys(
            without_record(replace_surrogates(batch.request_id)) for batch in result.batches if batch.request_id
        )
    )


def test_task_ids_of_the_contracts_form_stand_in_the_list_of_their_state() -> None:
    ids = dict(zip(State, ("20250801000000001", "a.b", "A-1", "x:y", "_"), strict=True))
    skipped, removed = (task(name) for name in ("s", "$(touch${IFS}x)"))
    values = outputs(
        failure(*(outcome(task_id, state) for state, task_id in ids.items()), skipped=(skipped,), removed=(removed,))
    )
    assert {state: json.loads(values[name]) for state, name in LISTS.items()} == {
        state: [task_id] for state, task_id in ids.items()
    }
    assert json.loads(values["task-ids"]) == list(ids.values())
    assert (values["skipped-task-ids"], values["removed-task-ids"]) == ('["s"]', "[]")


def test_lists_that_are_too_long_for_github_are_empty_texts_and_said_so() -> None:
    skipped = tuple(task(f"{number:020}") for number in range(25_000))
    result = failure(outcome("1", State.FAILED), skipped=skipped)
    values = outputs(result)
    assert values["skipped-task-ids"] == ""
    assert values["failed-task-ids"] == '["1"]'
    assert "skipped-task-ids are empty" in left_out(values)
    assert sum(len(value.encode("utf-16-le")) for value in values.values()) <= LIMIT


def test_nothing_is_left_out_of_an_ordinary_run() -> None:
    assert left_out(outputs(failure(outcome()))) == ""
