"""What the detail of a batch job means for each of its tasks (ListBatchDetail, page 1267/118491)."""

from __future__ import annotations

from collections.abc import Sequence

from wedata_action.errors import Reason
from wedata_action.result import End, State
from wedata_action.tencent.wedata import JobDetail

_TYPE = "BATCH_CREATE_VERSION"
_ALARMED = ("SUCCESS_WITH_ALARM", "PART_SUCCESS_WITH_ALARM")
# Of each final state: whether tasks succeeded, and whether tasks failed.
_FINAL = {
    "SUCCESS": (True, False),
    "SUCCESS_WITH_ALARM": (True, False),
    "PART_SUCCESS": (True, True),
    "PART_SUCCESS_WITH_ALARM": (True, True),
    "FAIL": (False, True),
}


def judge_job(detail: JobDetail, job_id: int, task_ids: Sequence[str]) -> dict[str, End] | None:
    """What became of each task of the job, or `None` while the job runs or its state is not known.

    An answer that does not add up proves nothing: then every task is `unknown`.
    """
    fault = _foreign(detail, job_id)
    if not fault and detail.status not in _FINAL:
        return None
    fault = fault or _mismatch(detail, task_ids)
    if fault:
        message = f"WeData's answer about job {job_id} proves nothing: {fault}"
        return dict.fromkeys(task_ids, End(State.UNKNOWN, Reason.AMBIGUOUS, message))
    failed = End(State.FAILED, Reason.JOB_FAILED, "WeData could not create the version")
    return dict.fromkeys(detail.succeeded, _succeeded(detail)) | dict.fromkeys(detail.failed, failed)


def _foreign(detail: JobDetail, job_id: int) -> str:
    """Why the answer is not about this job; an empty text if it is. Both fields may be null."""
    if detail.job_id is not None and str(detail.job_id) != str(job_id):
        return f"it is about job {detail.job_id}"
    if detail.job_type is not None and detail.job_type != _TYPE:
        return f"its JobType is {detail.job_type}"
    return ""


def _mismatch(detail: JobDetail, task_ids: Sequence[str]) -> str:
    """Why the detail of a job in a final state does not add up; an empty text if it does."""
    succeeded, failed = detail.succeeded, detail.failed
    if type(detail.total) is not int or detail.total != len(task_ids):
        return f"TotalResource is {detail.total}, and {len(task_ids)} tasks were submitted"
    if sorted((*succeeded, *failed)) != sorted(task_ids):
        return "SuccessResource and FailResource together are not the tasks that were submitted"
    if (bool(succeeded), bool(failed)) != _FINAL[str(detail.status)]:
        return f"JobStatus is {detail.status}, with {len(succeeded)} successes and {len(failed)} failures"
    return ""


def _succeeded(detail: JobDetail) -> End:
    if detail.need_approve is True:
        return End(State.PENDING, Reason.PENDING_APPROVAL, "the submission awaits approval in WeData (NeedApprove)")
    if detail.need_approve is not False:
        message = f"the job succeeded, but NeedApprove is {detail.need_approve}, so it may await approval"
        return End(State.UNKNOWN, Reason.AMBIGUOUS, message)
    warning = f"the job ended with an alarm ({detail.status})" if detail.status in _ALARMED else ""
    return End(State.LIVE, warning=warning)
