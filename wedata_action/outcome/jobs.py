"""What the detail of a batch job means for each of its tasks (ListBatchDetail, page 1267/118491)."""

from __future__ import annotations

from collections.abc import Sequence

from wedata_action.errors import Reason
from wedata_action.result import State
from wedata_action.submission.ledger import End
from wedata_action.tencent.wedata import JobDetail

_ALARMED = ("SUCCESS_WITH_ALARM", "PART_SUCCESS_WITH_ALARM")
# Of each final state: whether tasks succeeded, and whether tasks failed.
_FINAL = {
    "SUCCESS": (True, False),
    "SUCCESS_WITH_ALARM": (True, False),
    "PART_SUCCESS": (True, True),
    "PART_SUCCESS_WITH_ALARM": (True, True),
    "FAIL": (False, True),
}


def judge_job(detail: JobDetail, task_ids: Sequence[str]) -> dict[str, End] | None:
    """What became of each task of the job, or `None` while that is open.

    A job that does not add up proves nothing: then every task is `unknown`.
    """
    if detail.status not in _FINAL:
        return None  # it runs, or its state is unknown, and may become known until the deadline
    fault = job_fault(detail, task_ids)
    if fault:
        message = f"WeData's answer about the job does not add up: {fault}"
        return dict.fromkeys(task_ids, End(State.UNKNOWN, Reason.AMBIGUOUS, message))
    failed = End(State.FAILED, Reason.JOB_FAILED, "WeData could not create the version")
    return dict.fromkeys(detail.succeeded or (), _succeeded(detail)) | dict.fromkeys(detail.failed or (), failed)


def job_fault(detail: JobDetail, task_ids: Sequence[str]) -> str:
    """Why the detail of a job in a final state proves nothing about these tasks; an empty text if it does."""
    status, succeeded, failed = str(detail.status), detail.succeeded, detail.failed
    if succeeded is None or failed is None:
        return "SuccessResource or FailResource is null"
    if type(detail.total) is not int or detail.total != len(task_ids):
        return f"TotalResource is {detail.total}, and {len(task_ids)} tasks were submitted"
    if sorted((*succeeded, *failed)) != sorted(task_ids):
        return "SuccessResource and FailResource together are not the tasks that were submitted"
    if (bool(succeeded), bool(failed)) != _FINAL[status]:
        return f"JobStatus is {status} with {len(succeeded)} tasks that succeeded and {len(failed)} that failed"
    return ""


def _succeeded(detail: JobDetail) -> End:
    if detail.need_approve is True:
        return End(State.PENDING, Reason.PENDING_APPROVAL, "the submission awaits approval (NeedApprove)")
    if detail.need_approve is not False:
        message = (
            f"the job succeeded, but whether it awaits approval is not known: NeedApprove is {detail.need_approve}"
        )
        return End(State.UNKNOWN, Reason.AMBIGUOUS, message)
    warning = f"the job ended with an alarm ({detail.status})" if detail.status in _ALARMED else ""
    return End(State.LIVE, warning=warning)
