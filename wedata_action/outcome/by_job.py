"""Outcomes by job: ListBatchDetail, and GetBatchDetailErrorLog for each task that failed. Domestic sites have both."""

from __future__ import annotations

import functools

from wedata_action.backoff import Backoff
from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.jobs import judge_job
from wedata_action.outcome.polling import Answer, Doubt, Question
from wedata_action.outcome.versions import judge_version
from wedata_action.result import Batch, End, State, TaskOutcome
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call, error_log, list_batch_detail

_LOG_TRIES = Backoff(tries=4)


class ByJob:
    """Asks once for all tasks of a batch, and knows failures with their reasons."""

    timeout = 1800
    about = "The site has ListBatchDetail: it is asked about jobs"

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._unreadable: ApiError | None = None

    def questions(self, batch: Batch, until: float) -> list[Question]:
        """One for the whole job."""
        if batch.job_id is None:
            return []
        ask = functools.partial(self._ask, batch, batch.job_id)
        expire = functools.partial(_expired, batch.job_id)
        return [Question(batch.outcomes, ask, expire, until)]

    def judge(self, version: Version) -> End:
        """By its two states: without a JobId there is nothing else to ask about."""
        return judge_version(version)

    def explain(self, outcome: TaskOutcome, end: End) -> End:
        """Adds the error log. One that cannot be read changes no verdict, and then no other is asked for."""
        if outcome.job_id is None:
            return end
        if self._unreadable is None:
            try:
                words = self._error_log(outcome, outcome.job_id)
            except ApiError as error:
                self._unreadable = error
            else:
                said = f"WeData says: {words}" if words else f"{end.message}, and its error log is empty"
                return end._replace(message=said)
        return end._replace(message=f"{end.message}; its error log cannot be read: {self._unreadable}")

    def _ask(self, batch: Batch, job_id: int) -> Answer:
        task_ids = [outcome.task.task_id for outcome in batch.outcomes]
        detail = list_batch_detail(self._call, batch.project_id, job_id)
        found = judge_job(detail, job_id, task_ids)
        if found is None:
            return f"job {job_id} is {detail.status}"
        ends = [found[task_id] for task_id in task_ids]
        return Doubt(ends) if any(end.state is State.UNKNOWN for end in ends) else ends

    def _error_log(self, outcome: TaskOutcome, job_id: int) -> str:
        return _LOG_TRIES.retry(
            lambda: error_log(self._call, *outcome.task.identity, job_id),
            self._clock,
            lambda error: isinstance(error, ApiError) and (error.retryable or error.verdict is Verdict.OPEN),
        )


def _expired(job_id: int, seen: str) -> End:
    return End(State.UNKNOWN, Reason.TIMEOUT, f"the outcome of job {job_id} was not known in time: {seen}")
