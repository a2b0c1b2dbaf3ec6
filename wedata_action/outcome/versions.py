"""What the state of a task's version means."""

from __future__ import annotations

from wedata_action.errors import Reason
from wedata_action.result import State
from wedata_action.submission.ledger import End
from wedata_action.tencent.wedata import Version

# ApproveStatus is text, not an enumeration: the words of page 1174/73869, which shows the first one mangled too, and
# of the approval pages. Null, on a site that lists the version, says nothing against it.
_PASSED = {None, "无需审批", "u65e0u9700u5ba1u6279", "通过", "已通过"}
_PENDING = {"未审批", "审批中"}
REFUSED = {"驳回", "已驳回", "撤销", "已撤销", "异常", "已失效"}

_LIVE = {"Y", None}
_LIVE_BUT = {"N": "new, not scheduled yet", "O": "paused"}
_FAILED = {"F": "offline", "T": "going offline", "INVALID": "invalid"}


def is_void(version: Version) -> bool:
    """Refused, withdrawn or void: as if it had never been submitted."""
    return version.approve_status in REFUSED


def judge_version(version: Version) -> End:
    """What became of a task whose version this is. ApproveStatus decides first, then Status."""
    approval, status, number = version.approve_status, version.status, version.number
    if approval in _PENDING:
        return End(State.PENDING, Reason.PENDING_APPROVAL, f"the submission awaits approval: {approval}", number)
    if approval in REFUSED:
        return End(State.FAILED, Reason.JOB_FAILED, f"the submission did not pass approval: {approval}", number)
    if approval not in _PASSED:
        message = f"WeData gives an ApproveStatus that is not documented: {approval}"
        return End(State.UNKNOWN, Reason.AMBIGUOUS, message, number)
    return _judge_status(status, number)


def _judge_status(status: str | None, number: str) -> End:
    if status in _LIVE:
        return End(State.LIVE, version=number)
    if status in _LIVE_BUT:
        return End(State.LIVE, version=number, warning=f"the task is {_LIVE_BUT[status]} (Status {status})")
    if status in _FAILED:
        return End(State.FAILED, Reason.JOB_FAILED, f"the task is {_FAILED[status]} (Status {status})", number)
    return End(State.UNKNOWN, Reason.AMBIGUOUS, f"WeData gives a Status that is not documented: {status}", number)
