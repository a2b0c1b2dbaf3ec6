"""From what is known of every task to the word, the failure reason and the exit code of the run.

Green is proved, red is the default: a state that nobody thought of ends as `internal`.
"""

from __future__ import annotations

import dataclasses

from wedata_action.errors import Reason
from wedata_action.result import Result, State


def conclude(result: Result, *, wait: bool, pass_pending: bool) -> Result:
    """The end of a run that sent what it had to send.

    With `wait` false it is enough that every task is known to be submitted: unknown, but for no reason.
    """
    reason = _reason(result, pass_pending=pass_pending)
    if reason is not None:
        return failed(result, reason)
    states = {task.state for task in result.tasks}
    if states == {State.LIVE}:
        return _green(result, "success")
    if states and states <= {State.LIVE, State.PENDING}:
        return _green(result, "pending-approval")
    if not wait and states and not states & {State.FAILED, State.UNSENT}:
        return _green(result, "submitted")
    return failed(result, Reason.INTERNAL, "the end of some task is not accounted for")


def _reason(result: Result, *, pass_pending: bool) -> Reason | None:
    reasons = {task.failure_reason for task in result.tasks if task.failure_reason}
    if Reason.AUTH in reasons:
        return Reason.AUTH
    states = {task.state for task in result.tasks}
    if State.LIVE in states and states & {State.FAILED, State.UNSENT}:
        return Reason.PARTIAL
    if State.PENDING in states:
        reasons.add(Reason.PENDING_APPROVAL)
    if pass_pending:
        reasons.discard(Reason.PENDING_APPROVAL)
    return next((reason for reason in Reason if reason in reasons), None)


def failed(result: Result, reason: Reason, message: str = "") -> Result:
    """The run ends red for `reason`; `message` says what happened if no single task does."""
    return dataclasses.replace(
        result,
        result=reason.result,
        failure_reason=reason,
        exit_code=reason.exit_code,
        message=message or result.message,
    )


def cancelled(result: Result, signal_number: int, message: str) -> Result:
    """The run was stopped by a signal: exit code 130 after SIGINT, 143 after SIGTERM."""
    return dataclasses.replace(failed(result, Reason.CANCELLED, message), exit_code=128 + signal_number)


def _green(result: Result, word: str) -> Result:
    return dataclasses.replace(result, result=word, failure_reason=None, exit_code=0)
