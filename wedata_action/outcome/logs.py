"""What WeData's error logs say about the tasks of a job that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.polling import Watch, poll
from wedata_action.result import BatchResult, State, TaskResult
from wedata_action.submission.ledger import End, Ledger
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, error_log

_TIMEOUT, _TRIES = 15, 4  # at least these seconds for all of them, and at most these tries for each


def read_logs(
    call: Call,
    ledger: Ledger,
    batches: Iterable[BatchResult],
    workers: int,
    clock: Clock,
    deadline: float,
    progress: Callable[[str], None],
) -> None:
    """Adds its error log to the end of each task that failed. A log that cannot be read changes no verdict.

    `deadline` in monotonic seconds; a few seconds are taken beyond it.
    """
    deadline = max(deadline, clock.monotonic() + _TIMEOUT)
    watches = [
        _watch(call, ledger, batch.number, task, batch.job_id, deadline)
        for batch in batches
        if batch.job_id is not None
        for task in batch.tasks
        if task.failure_reason is Reason.JOB_FAILED
    ]
    poll(watches, workers, clock, lambda text: progress(f"Error logs of failed tasks: {text}"))


def _watch(call: Call, ledger: Ledger, number: str, task: TaskResult, job_id: int, deadline: float) -> Watch:
    tries_left = _TRIES

    def settle(message: str) -> None:
        ledger.settle(number, {task.task_id: End(State.FAILED, Reason.JOB_FAILED, message)})

    def ask() -> str | None:
        nonlocal tries_left
        tries_left -= 1
        try:
            words = error_log(call, task.project_id, job_id, task.task_id)
        except ApiError as error:
            seen = f"its error log could not be read: {error}{remedy(error, 'GetBatchDetailErrorLog')}"
            if tries_left and (error.retryable or error.verdict is Verdict.OPEN):
                return seen
            settle(f"{task.message}; {seen}")
        else:
            settle(f"WeData says: {words}" if words else f"{task.message}, and its error log is empty")
        return None

    return Watch(ask, lambda seen: settle(f"{task.message}; {seen}"), deadline)


def remedy(error: ApiError, action: str) -> str:
    """What to do about a permission that is missing, to be put behind the error."""
    if error.remedy or not error.code.startswith("UnauthorizedOperation"):
        return ""
    return f". Allow the CAM action wedata:{action} to this user or role, and make it a member of the project"
