"""From what is known of every task to the word, the failure reason and the exit code of the run.

Green is proved, red is the default: a state that nobody thought of ends as `internal`.
"""

from __future__ import annotations

from wedata_action.errors import Reason
from wedata_action.result import Result, ResultWord, State


def conclude(result: Result, *, wait: bool, pass_pending: bool) -> Result:
    """The end of a run that sent what it had to send.

    The first reason in the order of `Reason` that a task has decides. With `wait` false it is enough that WeData
    accepted every task.
    """
    reasons = {outcome.failure_reason for outcome in result.outcomes}
    states = {outcome.state for outcome in result.outcomes}
    if State.PENDING in states:
        reasons.add(Reason.PENDING_APPROVAL)
    if pass_pending and State.UNSENT not in states:
        reasons.discard(Reason.PENDING_APPROVAL)
    for reason in Reason:
        if reason in reasons:
            return failed(result, reason)
    if any(outcome.state is State.LIVE and outcome.task.code and not outcome.proved for outcome in result.outcomes):
        return failed(result, Reason.INTERNAL, "the code of some live task was not proved")
    if states == {State.LIVE}:
        return _green(result, ResultWord.SUCCESS)
    if states and states <= {State.LIVE, State.PENDING}:
        return _green(result, ResultWord.PENDING)
    if not wait and states and not states & {State.FAILED, State.UNSENT}:
        return _green(result, ResultWord.SUBMITTED)
    return failed(result, Reason.INTERNAL, "the end of some task is not accounted for")


def failed(result: Result, reason: Reason, message: str = "") -> Result:
    """The run ends red for `reason`; `message` says what happened if no single task does."""
    return result._replace(
        result=ResultWord(reason.result),
        failure_reason=reason,
        exit_code=reason.exit_code,
        message=message or result.message,
    )


def cancelled(result: Result, signal_number: int, message: str) -> Result:
    """The run was stopped by a signal: exit code 130 after SIGINT, 143 after SIGTERM."""
    return failed(result, Reason.CANCELLED, message)._replace(exit_code=128 + signal_number)


def _green(result: Result, word: ResultWord) -> Result:
    return result._replace(result=word, failure_reason=None, exit_code=0)
