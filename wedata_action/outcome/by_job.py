"""Outcomes by job: ListBatchDetail, and GetBatchDetailErrorLog for each task that failed. Domestic sites have both."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason
from wedata_action.outcome.polling import Answer, Question
from wedata_action.result import Batch, End, State
from wedata_action.task import Task
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.wedata import Call, JobDetail, error_log, list_batch_detail, patiently

_LOG_TRIES = Backoff(tries=4)
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


class ByJob:
    """Asks once for all tasks of a batch, and knows failures with their reasons.

    `timeout` is the default of `wait-timeout`, in seconds; `about` is one sentence for the log.
    """

    timeout = 1800
    about = "The site has ListBatchDetail: it is asked about jobs"

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._read_log = patiently(call, clock, _LOG_TRIES)
        self._unreadable: ApiError | None = None

    def questions(self, batch: Batch, until: float) -> list[Question]:
        """What to ask about an accepted batch until then, in monotonic seconds: one for the whole job."""
        if batch.job_id is None:
            return []
        ask = functools.partial(self._ask, batch, batch.job_id)
        expire = functools.partial(_expired, batch.job_id)
        return [Question(batch.outcomes, ask, expire, until)]

    def explained(self, task: Task, job_id: int, end: End) -> End:
        """The end of a task of a job; that of a failed one with WeData's own words.

        An error log that cannot be read changes no verdict, and then no other is asked for.
        """
        if end.state is not State.FAILED:
            return end
        if self._unreadable is None:
            try:
                words = error_log(self._read_log, *task.identity, job_id)
            except ApiError as error:
                self._unreadable = error
            else:
                said = f"WeData says: {words}" if words else f"{end.message}, and its error log is empty"
                return end._replace(message=said)
        return end._replace(message=f"{end.message}; its error log cannot be read: {self._unreadable}")

    def _ask(self, batch: Batch, job_id: int) -> Answer:
        tasks = [outcome.task for outcome in batch.outcomes]
        detail = list_batch_detail(self._call, batch.project_id, job_id)
        found = judge_job(detail, job_id, [task.task_id for task in tasks])
        if found is None:
            return f"job {job_id} is {detail.status}"
        return [self.explained(task, job_id, found[task.task_id]) for task in tasks]


def _expired(job_id: int, seen: str) -> End:
    return End(State.UNKNOWN, Reason.TIMEOUT, f"the outcome of job {job_id} was not known in time: {seen}")


def judge_job(detail: JobDetail, job_id: int, task_ids: Sequence[str]) -> dict[str, End] | None:
    """What became of each task of the job, or `None` while the job runs or its state is not known.

    An answer that does not add up proves nothing: then every task is `unknown`. Page 1267/118491.
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
        return f"TotalResource is {detail.total} instead of {len(task_ids)}"
    if sorted((*succeeded, *failed)) != sorted(task_ids):
        return "SuccessResource and FailResource together are not the tasks that were submitted"
    if (bool(succeeded), bool(failed)) != _FINAL[str(detail.status)]:
        return f"JobStatus is {detail.status}, with {len(succeeded)} succeeded and {len(failed)} failed"
    return ""


def _succeeded(detail: JobDetail) -> End:
    if detail.need_approve is True:
        return End(State.PENDING, Reason.PENDING_APPROVAL, "the submission awaits approval in WeData (NeedApprove)")
    if detail.need_approve is not False:
        message = f"the job succeeded, but NeedApprove is {detail.need_approve}, so it may await approval"
        return End(State.UNKNOWN, Reason.AMBIGUOUS, message)
    warning = f"the job ended with an alarm ({detail.status})" if detail.status in _ALARMED else ""
    return End(State.LIVE, warning=warning)
