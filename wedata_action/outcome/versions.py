"""The versions of tasks: which of them came from this program, the state of one, and those of many read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.parallel import for_each
from wedata_action.result import End, State
from wedata_action.stamps import Stamp, read_stamp
from wedata_action.task import Identity, Task
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version, list_task_versions, newest
from wedata_action.tencent.wedata import Call, patiently

# ApproveStatus is text, not an enumeration: the words of page 1174/73869, which shows the first one mangled too, and
# of the approval pages. Null, on a site that lists the version, says nothing against it.
_PASSED = {None, "无需审批", "u65e0u9700u5ba1u6279", "通过", "已通过"}
_PENDING = {"未审批", "审批中"}
_REFUSED = {"驳回", "已驳回", "撤销", "已撤销", "异常", "已失效"}

_LIVE_BUT = {"N": "new, not scheduled yet", "O": "paused"}
_FAILED = {"F": "offline", "T": "going offline", "INVALID": "invalid"}


class Stamped(NamedTuple):
    """A version with the stamp in its remark."""

    version: Version
    stamp: Stamp


class UnclearOrderError(Exception):
    """Which of the versions is the newest cannot be told. As a text, one sentence that says so."""


def stamped(versions: Iterable[Version]) -> list[Stamped]:
    """The versions that carry a stamp. Those made by hand carry none."""
    return [Stamped(version, stamp) for version in versions if (stamp := read_stamp(version.remark))]


def newest_stamped(candidates: Iterable[Stamped]) -> Stamped | None:
    """The newest of them, if there is one. Raises `UnclearOrderError`."""
    found = {candidate.version: candidate for candidate in candidates}
    if not found:
        return None
    version = newest(found)
    if version is None:
        names = ", ".join(version.number or version.id for version in found)
        raise UnclearOrderError(f"which of its versions {names} is the newest cannot be told by number nor by time")
    return found[version]


def is_void(version: Version) -> bool:
    """Refused, withdrawn or void: as if it had never been submitted."""
    return version.approve_status in _REFUSED


def judge_version(version: Version) -> End:
    """What became of a task whose version this is. ApproveStatus decides first, then Status."""
    approval, status, number = version.approve_status, version.status, version.number
    if approval in _PENDING:
        return End(
            State.PENDING, Reason.PENDING_APPROVAL, f"the submission awaits approval in WeData: {approval}", number
        )
    if approval in _REFUSED:
        return End(State.FAILED, Reason.JOB_FAILED, f"the submission was not approved in WeData: {approval}", number)
    if approval not in _PASSED:
        return _unknown(f"WeData gives an ApproveStatus that is not documented: {approval}", number)
    if approval is None and status is None:
        return _unknown("WeData gives neither an ApproveStatus nor a Status for its version", number)
    return _judge_status(status, number)


def _judge_status(status: str | None, number: str) -> End:
    if status in {"Y", None}:
        return End(State.LIVE, version=number)
    if status in _LIVE_BUT:
        return End(State.LIVE, version=number, warning=f"the task is {_LIVE_BUT[status]} (Status {status})")
    if status in _FAILED:
        return End(State.FAILED, Reason.JOB_FAILED, f"the task is {_FAILED[status]} (Status {status})", number)
    return _unknown(f"WeData gives a Status that is not documented: {status}", number)


def _unknown(message: str, number: str) -> End:
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message, number)


def read_versions(
    call: Call, clock: Clock, tasks: Sequence[Task], why: str, progress: Callable[[str], None] = lambda _: None
) -> dict[Identity, list[Version] | End]:
    """By project and task id: the submitted versions of each task, or the end of one that WeData does not have.

    Raises `RunError` where they cannot be read for any other reason; `why` says what they are needed for.
    """
    found: dict[Identity, list[Version] | End] = {}
    read = patiently(call, clock)

    def look(task: Task) -> None:
        try:
            found[task.identity] = list_task_versions(read, *task.identity)
        except ApiError as error:
            if error.verdict is not Verdict.REFUSED or error.not_offered:
                raise
            found[task.identity] = _refused(task, error)
        progress(f"{len(found)} of {len(tasks)} tasks looked up")

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
    if error.not_found:
        message = f"WeData has no task {task.task_id} in project {task.project_id}: {error}"
    else:
        message = f"WeData rejected the request for its versions, so nothing was sent: {error}"
    return End(State.FAILED, Reason.REJECTED, message)
