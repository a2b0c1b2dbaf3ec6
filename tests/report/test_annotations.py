"""What is shown at the lines of the definitions."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings

from tests.report.builders import batch, failure, outcome, results
from tests.support.runner import replay
from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.report.annotations import Annotation, annotations_of
from wedata_action.report.console import ActionsConsole
from wedata_action.result import Result, ResultWord, State, TaskOutcome


def test_a_failed_task_is_an_error_at_its_definition_that_says_what_and_where_and_what_to_do() -> None:
    failed = outcome(
        "1001", State.FAILED, failure_reason=Reason.JOB_FAILED, job_id=77, request_id="r-1", message="no schedule"
    )
    assert annotations_of(failure(failed)) == [
        Annotation(
            "error",
            "load orders (1001) failed.\n"
            "No schedule\n"
            "Project p1, batch 1, JobId 77, RequestId r-1.\n"
            "Fix what WeData names, in the task or in its code. Then run again: a change whose run failed is "
            "submitted again.",
            Location("wedata/orders.yml", 3, 5),
            "WeData: load orders (1001): failed",
        )
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ResourceNotFound", "Check task_id and project_id"),
        ("ResourceNotFound.Task", "Check task_id and project_id"),
        ("InvalidParameterValue.ValidationError", "Fix what WeData names, in the definition or in the inputs."),
        ("UnsupportedRegion", "Set region"),
        ("RequestSizeLimitExceeded", "Lower batch-size."),
        ("SomethingNew", "Fix what WeData names. Then run again"),
    ],
)
def test_the_advice_is_about_the_code_of_the_answer(code: str, words: str) -> None:
    failed = outcome(state=State.FAILED, failure_reason=Reason.REJECTED, message=f"WeData answered {code}: no")
    (found,) = annotations_of(failure(batches=(batch(failed, code=code),)))
    assert f"WeData answered {code}: no\n" in found.message
    assert words in found.message.splitlines()[-1]


def test_a_task_that_was_rejected_with_others_may_not_be_the_cause() -> None:
    def rejected(name: str) -> TaskOutcome:
        return outcome(name, State.FAILED, failure_reason=Reason.REJECTED, message="no")

    alone, *others = (
        annotations_of(failure(batches=(batch(*map(rejected, names), status="rejected"),))) for names in ("a", "ab")
    )
    assert "another one may be the cause" not in alone[0].message
    assert all(
        "rejected the call with all of its 2 tasks, so another one may be the cause." in found.message
        for found in others[0]
    )


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("UnauthorizedOperation.CamNoAuth", "Then run again: a change whose run failed is submitted again."),
        ("AuthFailure.SignatureExpire", "Set the clock of the machine: Tencent Cloud accepts a difference of at most"),
        ("AuthFailure.New", "Then run again: a change whose run failed is submitted again."),
    ],
)
def test_what_concerns_the_account_is_said_once_and_not_at_a_definition(code: str, last: str) -> None:
    def rejected(name: str, number: str) -> TaskOutcome:
        said = f"WeData answered {code}: no. Allow it"
        return outcome(
            name, State.FAILED, failure_reason=Reason.AUTH, message=said, batch=number, request_id=f"r-{number}"
        )

    batches = (
        batch(*(rejected(str(task), "1") for task in range(6)), code=code),
        batch(rejected("6", "2"), number="2", code=code),
    )
    (found,) = annotations_of(failure(batches=batches, failure_reason=Reason.AUTH))
    assert (found.level, found.location, found.title) == ("error", None, "WeData: 7 tasks: failed")
    what, said, call, advice = found.message.splitlines()
    assert what.startswith("7 tasks failed: load orders (0), load orders (1), ")
    assert what.endswith("and 2 more.")
    assert (said, call) == (f"WeData answered {code}: no. Allow it", "Project p1, batch 1, 2, RequestId r-1, r-2.")
    assert advice.startswith(last)


def test_tasks_that_were_not_sent_for_the_same_reason_are_one_error() -> None:
    unsent = [outcome(name, State.UNSENT, message="not sent, because the run ended before") for name in "abc"]
    (found,) = annotations_of(failure(*unsent))
    assert found.message.startswith("3 tasks were not submitted: load orders (a), load orders (b), load orders (c).\n")
    (found,) = annotations_of(failure(unsent[0]))
    assert (found.location, found.title) == (unsent[0].location, "WeData: load orders (a): unsent")


def test_errors_come_first_of_the_run_then_mistakes_then_tasks_by_urgency() -> None:
    result = failure(
        outcome("a", State.UNSENT),
        outcome("b"),
        outcome("c", State.FAILED),
        outcome("d", State.UNKNOWN, failure_reason=Reason.TIMEOUT),
        outcome("e", State.PENDING),
        message="two mistakes",
        diagnostics=(Diagnostic("bad key", Location("a.yml", 2)),),
        warnings=(Diagnostic("odd region"),),
    )
    found = annotations_of(result)
    assert [(item.level, item.message if item.title[:6] != "WeData" else item.title) for item in found] == [
        ("error", "two mistakes"),
        ("error", "bad key"),
        ("error", "WeData: load orders (c): failed"),
        ("error", "WeData: load orders (d): unknown"),
        ("error", "WeData: load orders (e): pending-approval"),
        ("error", "WeData: load orders (a): unsent"),
        ("warning", "odd region"),
    ]
    assert found[0].location is None


def test_what_was_accepted_and_not_awaited_is_called_so() -> None:
    accepted = [outcome(name, State.UNKNOWN, job_id=7) for name in "ab"]
    assert annotations_of(Result("submit", ResultWord.SUBMITTED, batches=(batch(*accepted),))) == []
    _, found = annotations_of(failure(outcome("c", State.FAILED), *accepted))
    assert found.title == "WeData: 2 tasks: accepted"
    assert "2 tasks were accepted by WeData, and their outcome was not awaited: " in found.message
    assert "unknown" not in found.message


@pytest.mark.parametrize(
    ("result", "state", "levels"),
    [
        (ResultWord.PLANNED, State.UNSENT, []),
        (ResultWord.SUBMITTED, State.UNKNOWN, []),
        (ResultWord.PENDING, State.PENDING, ["warning"]),
    ],
)
def test_a_green_run_has_no_errors(result: ResultWord, state: State, levels: list[str]) -> None:
    found = annotations_of(Result("submit", result, message="a word", batches=(batch(outcome("a", state)),)))
    assert [item.level for item in found] == levels


def test_a_live_task_with_a_warning_is_a_warning() -> None:
    live = batch(outcome(warning="status O"), outcome("b"))
    (found,) = annotations_of(Result("submit", ResultWord.SUCCESS, batches=(live,)))
    assert (found.level, "Status O" in found.message) == ("warning", True)


@pytest.mark.parametrize(
    ("count", "shown", "last"),
    [
        (8, 8, "load orders"),
        (9, 9, "load orders"),
        (10, 10, "1 more error is in the job summary."),
        (300, 10, "291 more errors are in the job summary."),
    ],
)
def test_nine_of_a_level_are_shown_and_then_how_many_more_there_are(count: int, shown: int, last: str) -> None:
    tasks = [outcome(str(number), State.FAILED, message=str(number)) for number in range(count)]
    result = failure(*tasks, warnings=(Diagnostic("w"),))
    errors = [item for item in annotations_of(result) if item.level == "error"]
    assert len(errors) == shown
    assert errors[-1].message.startswith(last)
    assert len(annotations_of(result, limit=None)) == count + 1


@settings(max_examples=150, deadline=None)
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
