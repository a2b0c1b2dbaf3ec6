"""What is shown at the lines of the definitions."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings

from tests.report.builders import batch, failure, results, task
from tests.support.runner import replay
from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.report.annotations import Annotation, annotations_of
from wedata_action.report.console import ActionsConsole
from wedata_action.result import Result, ResultWord, State


def test_a_failed_task_is_an_error_at_its_definition_that_says_what_and_where_and_what_to_do() -> None:
    failed = task("1001", State.FAILED, job_id=77, request_id="r-1", batch="2", message="no schedule")
    assert annotations_of(failure(failed)) == [
        Annotation(
            "error",
            "WeData task 1001 (load orders) of project p1 failed.\n"
            "no schedule\n"
            "Sent in batch 2, JobId 77, RequestId r-1.\n"
            "Mend the task, then run this workflow again: a change whose run failed is submitted again.",
            Location("wedata/orders.yml", 3, 5),
            "WeData task 1001: failed",
        )
    ]


def test_the_run_comes_first_then_mistakes_then_tasks_by_urgency() -> None:
    result = failure(
        task("a", State.UNSENT),
        task("b"),
        task("c", State.FAILED),
        task("d", State.UNKNOWN),
        task("e", State.PENDING),
        message="two mistakes",
        diagnostics=(Diagnostic("bad key", Location("a.yml", 2)),),
        warnings=(Diagnostic("odd region"),),
    )
    found = annotations_of(result)
    assert [(item.level, item.message if item.title[:6] != "WeData" else item.title) for item in found] == [
        ("error", "two mistakes"),
        ("error", "bad key"),
        ("warning", "odd region"),
        ("error", "WeData task c: failed"),
        ("error", "WeData task d: unknown"),
        ("error", "WeData task e: pending-approval"),
        ("error", "WeData task a: unsent"),
    ]
    assert found[0].location is None


@pytest.mark.parametrize(
    ("result", "state", "levels"),
    [("planned", State.UNSENT, []), ("submitted", State.UNKNOWN, []), ("pending-approval", State.PENDING, ["warning"])],
)
def test_a_green_run_has_no_errors(result: str, state: State, levels: list[str]) -> None:
    found = annotations_of(Result("submit", ResultWord(result), message="a word", batches=(batch(task("a", state)),)))
    assert [item.level for item in found] == levels


def test_a_live_task_with_a_warning_is_a_warning() -> None:
    (found,) = annotations_of(
        Result("submit", ResultWord.SUCCESS, batches=(batch(task(warning="status O"), task("b")),))
    )
    assert (found.level, "status O" in found.message) == ("warning", True)


@pytest.mark.parametrize(
    ("count", "shown", "last"), [(9, 9, ""), (10, 10, ""), (11, 10, "2 more errors"), (300, 10, "291 more")]
)
def test_ten_of_a_level_are_shown_and_of_more_the_last_says_how_many(count: int, shown: int, last: str) -> None:
    result = failure(
        *(task(str(number), State.FAILED) for number in range(count)),
        warnings=(Diagnostic("w"),),
        failure_reason=Reason.REJECTED,
    )
    errors = [item for item in annotations_of(result) if item.level == "error"]
    assert len(errors) == shown
    assert errors[-1].message.startswith(last or "WeData task")
    assert len(annotations_of(result, limit=None)) == count + 1


@settings(max_examples=500, deadline=None)
@given(results)
def test_hostile_results_make_as_many_commands_as_annotations(result: Result) -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream)
    found = annotations_of(result)
    for item in found:
        console.annotate(item)
    seen = replay(stream.getvalue())
    assert seen.commands == len(seen.annotations) == len(found)
    assert seen.plain_lines == []
    assert [issue.level for issue in seen.annotations] == [item.level for item in found]
