"""Every answer of ListBatchDetail: green only where each task is proved live."""

import functools
import itertools
import random
from typing import Any

import pytest

from tests.outcome.site import make_site, stamped, states
from tests.simulation.clock import SimulatedClock
from wedata_action.outcome.by_job import judge_job
from wedata_action.outcome.status import ask_jobs, conclude_jobs
from wedata_action.result import Result, ResultWord, State
from wedata_action.tencent.wedata import list_batch_detail

STATUSES = (
    "CREATING", "INIT", "RUNNING", "SUCCESS", "SUCCESS_WITH_ALARM", "PART_SUCCESS", "PART_SUCCESS_WITH_ALARM", "FAIL",
    "UNKNOWN", None, "DONE", "success", 3,
)  # fmt: skip
APPROVALS = (True, False, None, "false", 0)
LISTS: dict[str, tuple[Any, Any]] = {
    "complete": (["a", "b"], []),
    "all failed": ([], ["a", "b"]),
    "partial": (["a"], ["b"]),
    "one is missing": (["a"], []),
    "the failed one is missing": ([], ["b"]),
    "empty": ([], []),
    "null": (None, None),
    "no list of failures": (["a", "b"], None),
    "no list of successes": (None, ["a", "b"]),
    "overlapping": (["a", "b"], ["b"]),
    "in both": (["a"], ["a"]),
    "foreign": (["a", "x"], []),
    "one too many": (["a", "b", "x"], []),
    "foreign failure": (["a", "b"], ["x"]),
    "twice": (["a", "a"], []),
    "twice and complete": (["a", "b", "b"], []),
    "null among them": (["a", "b", None], []),
    "null instead of one": (["a", None], []),
}
TOTALS = (2, 3, None, "2", 2.0, True)
ROWS = list(itertools.product(STATUSES, APPROVALS, LISTS, TOTALS))

# Both tasks succeeded, nothing awaits approval, and the total says so too: with an alarm or without. A null list
# beside a total that adds up is an empty one.
GREEN = {
    (status, "False", lists, "2")
    for status in ("'SUCCESS'", "'SUCCESS_WITH_ALARM'")
    for lists in ("'complete'", "'no list of failures'")
}


def response(status: Any, approval: Any, lists: str, total: Any) -> dict[str, Any]:
    succeeded, failed = LISTS[lists]

    def resources(ids: list[str | None] | None) -> Any:
        if ids is None:
            return None
        return [None if found is None else {"ResourceId": found, "ResourceName": found} for found in ids]

    return {
        "JobId": None,
        "JobStatus": status,
        "NeedApprove": approval,
        "SuccessResource": resources(succeeded),
        "FailResource": resources(failed),
        "TotalResource": total,
    }


def run_with(row: tuple[Any, Any, str, Any], *, pass_pending: bool = False) -> Result:
    site = make_site()
    site.instead["ListBatchDetail"] = response(*row)
    return site.run(stamped("1", "a", "b"), timeout=5, pass_pending=pass_pending)


def name(row: tuple[Any, Any, str, Any]) -> tuple[str, ...]:
    return tuple(map(repr, row))


@functools.cache
def results(*, pass_pending: bool = False) -> dict[tuple[str, ...], Result]:
    return {name(row): run_with(row, pass_pending=pass_pending) for row in ROWS}


def test_the_only_green_rows_are_those_where_each_task_is_proved_live() -> None:
    assert {row for row, result in results().items() if result.exit_code == 0} == GREEN


def test_under_pass_what_awaits_approval_is_green_too() -> None:
    pending = {(status, "True", lists, total) for status, _, lists, total in GREEN}
    assert {row for row, result in results(pass_pending=True).items() if result.exit_code == 0} == GREEN | pending
    assert {results(pass_pending=True)[row].result for row in pending} == {"pending-approval"}


def test_a_task_is_live_or_failed_only_where_its_job_adds_up() -> None:
    named: dict[State, set[tuple[str, ...]]] = {state: set() for state in State}
    for row, result in results().items():
        for task, state in states(result).items():
            named[state].add((*row, task))
    parts = ("PART_SUCCESS", "PART_SUCCESS_WITH_ALARM")
    assert named[State.LIVE] == {(*row, task) for row in GREEN for task in "ab"} | {
        (repr(status), "False", "'partial'", "2", "a") for status in parts
    }
    # What failed has failed, whatever the approval of the others.
    assert named[State.FAILED] == {
        (repr(status), repr(approval), repr(lists), "2", task)
        for approval in APPROVALS
        for status, lists, tasks in (
            *((part, "partial", "b") for part in parts),
            ("FAIL", "all failed", "ab"),
            ("FAIL", "no list of successes", "ab"),
        )
        for task in tasks
    }
    assert not named[State.UNSENT]


@pytest.mark.parametrize("status", ["CREATING", "INIT", "RUNNING", "UNKNOWN", None, "DONE"])
def test_a_job_that_has_not_ended_in_a_known_state_is_asked_about_until_the_deadline(status: str | None) -> None:
    result = run_with((status, False, "complete", 2))
    assert (result.result, result.failure_reason, result.exit_code) == ("unknown", "timeout", 4)
    assert f"job 1 is {status}" in result.outcomes[0].message


def test_an_alarm_is_a_warning() -> None:
    (live, other) = run_with(("SUCCESS_WITH_ALARM", False, "complete", 2)).outcomes
    assert live.state is State.LIVE
    assert "SUCCESS_WITH_ALARM" in live.warning == other.warning


def test_a_job_that_does_not_add_up_says_what_does_not() -> None:
    for row, words in (
        (("SUCCESS", False, "null", 2), "are not the tasks"),
        (("SUCCESS", False, "complete", 3), "TotalResource is 3 instead of 2"),
        (("SUCCESS", False, "one is missing", 2), "are not the tasks"),
        (("SUCCESS", False, "partial", 2), "SUCCESS, with 1 succeeded and 1 failed"),
        (("SUCCESS", None, "complete", 2), "NeedApprove is None"),
    ):
        result = run_with(row)
        assert (result.result, result.failure_reason) == ("unknown", "ambiguous")
        assert words in result.outcomes[0].message


def asked_later(row: tuple[Any, Any, str, Any]) -> Result:
    clock = SimulatedClock().started(random.Random(0), lambda: None)
    jobs = ask_jobs(lambda *_: response(*row), clock, [("p1", 7)], 0, lambda _: None)
    return conclude_jobs(Result("status", ResultWord.FAILURE, batches=jobs), pass_pending=False)


def test_status_knows_no_tasks_but_those_of_the_answer_and_is_green_for_the_same_rows() -> None:
    # Which tasks were sent is not known then, so that another id, or another number of them, is as good.
    green = {
        (repr(status), "False", repr(lists), total)
        for status in ("SUCCESS", "SUCCESS_WITH_ALARM")
        for lists, total in (("complete", "2"), ("no list of failures", "2"), ("foreign", "2"), ("one too many", "3"))
    }
    assert {name(row) for row in ROWS if asked_later(row).exit_code == 0} == green


def test_status_ends_as_the_table_of_the_contract_says_for_every_row() -> None:
    for row in ROWS:
        result = asked_later(row)
        running = row[0] not in {"SUCCESS", "SUCCESS_WITH_ALARM", "PART_SUCCESS", "PART_SUCCESS_WITH_ALARM", "FAIL"}
        assert (result.failure_reason == "timeout") is running, row
        assert result.failure_reason in {None, "timeout", "ambiguous", "job-failed", "pending-approval"}, row


def test_ids_that_are_numbers_are_read_as_they_are_written() -> None:
    answer = response("SUCCESS", False, "complete", 1) | {"SuccessResource": [{"ResourceId": 20250415191408327}]}
    detail = list_batch_detail(lambda *_: answer, "p1", 7)
    assert judge_job(detail, 7, ["20250415191408327"]) is not None
    assert detail.succeeded == ("20250415191408327",)


def run_changed(**fields: Any) -> Result:
    site = make_site()
    site.instead["ListBatchDetail"] = response("SUCCESS", False, "complete", 2) | fields
    return site.run(stamped("1", "a", "b"), timeout=120)


@pytest.mark.parametrize(
    "fields", [{"JobId": 1}, {"JobId": "1"}, {"JobType": "BATCH_CREATE_VERSION"}, {"JobType": None}]
)
def test_an_answer_about_our_job_counts(fields: dict[str, Any]) -> None:
    assert run_changed(**fields).result == "success"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"JobId": 2}, "about job 2"),
        ({"JobId": True}, "about job True"),
        ({"JobType": "BATCH_RUN"}, "JobType is BATCH_RUN"),
    ],
)
def test_another_job_or_another_type_of_job_proves_nothing(fields: dict[str, Any], words: str) -> None:
    result = run_changed(**fields)
    assert (result.result, result.failure_reason) == ("unknown", "ambiguous")
    assert words in result.outcomes[0].message


def test_an_answer_that_proves_nothing_is_asked_for_again_and_given_up_after_a_minute() -> None:
    site = make_site()
    whole, odd = response("SUCCESS", False, "complete", 2), response("SUCCESS", None, "null", None)
    answers = iter([odd, odd, odd])
    site.before = lambda *_: site.instead.update({"ListBatchDetail": next(answers, whole)})
    assert site.run(stamped("1", "a", "b")).result == "success"

    site = make_site()
    site.instead["ListBatchDetail"] = odd
    result = site.run(stamped("1", "a", "b"))
    assert (result.result, result.failure_reason) == ("unknown", "ambiguous")
    assert 60 <= site.clock.seconds - site.started < 62
