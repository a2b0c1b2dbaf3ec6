"""Reads the versions of many tasks: before something is sent again, and for `status`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason, RunError
from wedata_action.parallel import for_each
from wedata_action.result import End, State
from wedata_action.task import Task
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version, list_task_versions
from wedata_action.tencent.wedata import Call

_A_MINUTE = Backoff(first=0.5, seconds=60)


def patiently(call: Call, clock: Clock, backoff: Backoff = _A_MINUTE) -> Call:
    """`call` for reads that must succeed: what may go through later is tried again, as a rule for a minute."""

    def read(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return backoff.retry(
            lambda: call(action, version, payload),
            clock,
            lambda error: isinstance(error, ApiError) and (error.retryable or error.verdict is Verdict.OPEN),
        )

    return read


def read_versions(
    call: Call, clock: Clock, tasks: Iterable[Task], why: str
) -> dict[tuple[str, str], list[Version] | End]:
    """By project and task id: the submitted versions of each task, or the end of one that WeData does not have.

    Raises `RunError` where they cannot be read for any other reason; `why` says what they are needed for.
    """
    found: dict[tuple[str, str], list[Version] | End] = {}
    read = patiently(call, clock)

    def look(task: Task) -> None:
        try:
            found[task.identity] = list_task_versions(read, *task.identity)
        except ApiError as error:
            if error.verdict is not Verdict.REFUSED or error.not_offered:
                raise
            found[task.identity] = _refused(task, error)

    try:
        for_each(look, tasks, clock.workers)
    except ApiError as error:
        reason = Reason.UNREACHABLE if error.verdict is Verdict.OPEN else error.reason
        request = f" (RequestId {error.request_id})" if error.request_id else ""
        message = f"{why}, and that failed: {error}{request}"
        raise RunError(reason, message) from error
    return found


def _refused(task: Task, error: ApiError) -> End:
    """The end of a task whose versions WeData refuses to list: most likely there is no such task."""
    if error.code.split(".")[0] == "ResourceNotFound":
        message = f"WeData has no task {task.task_id} in project {task.project_id}: {error}"
    else:
        message = f"WeData refused to list the versions of the task, so nothing was sent: {error}"
    return End(State.FAILED, Reason.REJECTED, message)
