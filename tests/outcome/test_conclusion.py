"""From what is known of the tasks to word, reason and exit code: green only where it is proved."""

import itertools

import pytest

from tests.support.batches import make_task
from wedata_action.errors import Reason
from wedata_action.outcome.conclusion import cancelled, conclude, failed
from wedata_action.result import Batch, BatchStatus, Result, ResultWord, State, TaskOutcome
from wedata_action.task import Options

GREEN = {"success", "submitted", "pending-approval"}
Known = tuple[State, Reason | None]

LIVE: Known = (State.LIVE, None)
SUBMITTED: Known = (State.UNKNOWN, None)
PENDING: Known = (State.PENDING, Reason.PENDING_APPROVAL)
REJECTED: Known = (State.FAILED, Reason.REJECTED)
JOB_FAILED: Known = (State.FAILED, Reason.JOB_FAILED)
NO_AUTH: Known = (State.FAILED, Reason.AUTH)
UNREACHABLE: Known = (State.UNSENT, Reason.UNREACHABLE)
THROTTLED: Known = (State.UNSENT, Reason.THROTTLED)
AMBIGUOUS: Known = (State.UNKNOWN, Reason.AMBIGUOUS)
TIMEOUT: Known = (State.UNKNOWN, Reason.TIMEOUT)
UNSENT: Known = (State.UNSENT, None)
UNSENT_IN_TIME: Known = (State.UNSENT, Reason.TIMEOUT)


def result_of(*tasks: Known) -> Result:
    outcomes = tuple(
        TaskOutcome(make_task(str(number)), batch="1", state=state, failure_reason=reason)
        for number, (state, reason) in enumerate(tasks)
    )
    batch = Batch("1", "p1", Options(), outcomes, BatchStatus.ACCEPTED)
    return Result("submit", ResultWord.UNKNOWN, Reason.AMBIGUOUS, batches=(batch,))


# The first that applies, as in the contract's table of failure reasons.
TABLE = [
    ([LIVE], "success", None, 0),
    ([LIVE, LIVE], "success", None, 0),
    ([NO_AUTH], "failure", Reason.AUTH, 3),
    ([LIVE, NO_AUTH, JOB_FAILED, TIMEOUT], "failure", Reason.AUTH, 3),
    ([LIVE, REJECTED], "failure", Reason.REJECTED, 1),
    ([LIVE, JOB_FAILED, AMBIGUOUS, PENDING], "failure", Reason.JOB_FAILED, 1),
    ([LIVE, UNREACHABLE], "failure", Reason.UNREACHABLE, 4),
    ([LIVE, UNSENT], "failure", Reason.INTERNAL, 70),
    ([LIVE, UNSENT_IN_TIME], "unknown", Reason.TIMEOUT, 4),
    ([REJECTED], "failure", Reason.REJECTED, 1),
    ([SUBMITTED, REJECTED], "failure", Reason.REJECTED, 1),
    ([REJECTED, JOB_FAILED], "failure", Reason.REJECTED, 1),
    ([JOB_FAILED, THROTTLED, TIMEOUT], "failure", Reason.JOB_FAILED, 1),
    ([UNREACHABLE], "failure", Reason.UNREACHABLE, 4),
    ([UNREACHABLE, THROTTLED, AMBIGUOUS], "failure", Reason.UNREACHABLE, 4),
    ([THROTTLED, AMBIGUOUS], "failure", Reason.THROTTLED, 4),
    ([AMBIGUOUS], "unknown", Reason.AMBIGUOUS, 4),
    ([LIVE, AMBIGUOUS], "unknown", Reason.AMBIGUOUS, 4),
    ([AMBIGUOUS, TIMEOUT, PENDING], "unknown", Reason.AMBIGUOUS, 4),
    ([LIVE, TIMEOUT, PENDING], "unknown", Reason.TIMEOUT, 4),
    ([LIVE, PENDING], "pending-approval", Reason.PENDING_APPROVAL, 5),
    ([PENDING], "pending-approval", Reason.PENDING_APPROVAL, 5),
    ([SUBMITTED], "failure", Reason.INTERNAL, 70),
    ([LIVE, SUBMITTED], "failure", Reason.INTERNAL, 70),
    ([UNSENT], "failure", Reason.INTERNAL, 70),
    ([(State.FAILED, None)], "failure", Reason.INTERNAL, 70),
    ([(State.LIVE, Reason.SUPERSEDED)], "failure", Reason.SUPERSEDED, 2),
    ([], "failure", Reason.INTERNAL, 70),
]


@pytest.mark.parametrize(("tasks", "word", "reason", "code"), TABLE)
def test_the_first_reason_of_the_contract_that_applies_is_given(
    tasks: list[Known], word: str, reason: Reason | None, code: int
) -> None:
    ended = conclude(result_of(*tasks), wait=True, pass_pending=False)
    assert (ended.result, ended.failure_reason, ended.exit_code) == (word, reason, code)


@pytest.mark.parametrize(
    ("tasks", "word", "reason", "code"),
    [
        ([PENDING], "pending-approval", None, 0),
        ([LIVE, PENDING], "pending-approval", None, 0),
        ([LIVE], "success", None, 0),
        ([LIVE, PENDING, JOB_FAILED], "failure", Reason.JOB_FAILED, 1),
        ([PENDING, TIMEOUT], "unknown", Reason.TIMEOUT, 4),
        ([PENDING, SUBMITTED], "failure", Reason.INTERNAL, 70),
    ],
)
def test_an_approval_passes_where_the_user_asked_for_it(
    tasks: list[Known], word: str, reason: Reason | None, code: int
) -> None:
    ended = conclude(result_of(*tasks), wait=True, pass_pending=True)
    assert (ended.result, ended.failure_reason, ended.exit_code) == (word, reason, code)


@pytest.mark.parametrize(
    ("tasks", "word", "reason", "code"),
    [
        ([SUBMITTED], "submitted", None, 0),
        ([SUBMITTED, LIVE], "submitted", None, 0),
        ([SUBMITTED, REJECTED], "failure", Reason.REJECTED, 1),
        ([SUBMITTED, AMBIGUOUS], "unknown", Reason.AMBIGUOUS, 4),
        ([SUBMITTED, THROTTLED], "failure", Reason.THROTTLED, 4),
        ([SUBMITTED, UNSENT], "failure", Reason.INTERNAL, 70),
        ([SUBMITTED, PENDING], "pending-approval", Reason.PENDING_APPROVAL, 5),
    ],
)
def test_without_waiting_it_is_enough_that_all_is_submitted(
    tasks: list[Known], word: str, reason: Reason | None, code: int
) -> None:
    ended = conclude(result_of(*tasks), wait=False, pass_pending=False)
    assert (ended.result, ended.failure_reason, ended.exit_code) == (word, reason, code)


@pytest.mark.parametrize(("wait", "pass_pending"), list(itertools.product([True, False], repeat=2)))
def test_success_means_that_every_task_is_live_and_exit_0_that_nothing_speaks_against_it(
    wait: bool, pass_pending: bool
) -> None:
    every = [(state, reason) for state in State for reason in (None, *Reason)]
    for tasks in itertools.combinations_with_replacement(every, 2):
        ended = conclude(result_of(*tasks), wait=wait, pass_pending=pass_pending)
        if ended.result == "success":
            assert {state for state, _ in tasks} == {State.LIVE}
        assert (ended.exit_code == 0) is (ended.failure_reason is None)
        if ended.exit_code == 0:
            assert ended.result in GREEN
            assert not {state for state, _ in tasks} & {State.FAILED, State.UNSENT}
            assert {reason for _, reason in tasks} <= {None, Reason.PENDING_APPROVAL}
            pending = any(state is State.PENDING for state, _ in tasks)
            assert pass_pending or not pending, tasks


@pytest.mark.parametrize(
    ("reason", "word", "code"),
    [
        (Reason.INVALID_INPUT, "failure", 2),
        (Reason.INVALID_DEFINITION, "failure", 2),
        (Reason.UNRESOLVED_BASE, "failure", 2),
        (Reason.SUPERSEDED, "failure", 2),
        (Reason.TOO_MANY_TASKS, "failure", 2),
        (Reason.INTERNAL, "failure", 70),
    ],
)
def test_a_run_that_ends_early_has_the_exit_code_of_its_reason(reason: Reason, word: str, code: int) -> None:
    ended = failed(result_of(), reason, "what happened")
    assert (ended.result, ended.failure_reason, ended.exit_code, ended.message) == (word, reason, code, "what happened")


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_a_cancelled_run_has_the_exit_code_of_its_signal(number: int, code: int) -> None:
    ended = cancelled(result_of(LIVE), number, "the run was cancelled")
    assert (ended.result, ended.failure_reason, ended.exit_code) == ("cancelled", Reason.CANCELLED, code)


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_is_green(reason: Reason) -> None:
    assert reason.exit_code > 0
    assert reason.result not in {"success", "noop", "submitted", "planned", "valid", "adopted"}
