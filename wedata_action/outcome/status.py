"""Asks later what became of jobs, by their JobIds: what `status` does where the site has ListBatchDetail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wedata_action.errors import Reason, RunError
from wedata_action.ledger import End
from wedata_action.outcome.jobs import judge_job
from wedata_action.parallel import for_each
from wedata_action.result import BatchResult, State, TaskResult
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.wedata import Call, JobDetail, error_log, list_batch_detail
from wedata_action.world import World


def ask_jobs(call: Call, project_id: str, job_ids: Sequence[int], workers: int, world: World) -> list[BatchResult]:
    """One result for each job, with the tasks that WeData names for it; a job that goes on has none.

    Raises `RunError` where the site cannot be asked by job, or does not answer.
    """
    found: dict[int, BatchResult] = {}

    def ask(numbered: tuple[int, int]) -> None:
        number, job_id = numbered
        detail = list_batch_detail(call, project_id, job_id)
        ends = judge_job(detail, _task_ids(detail)) or {}
        logs = {
            task_id: error_log(call, project_id, job_id, task_id)
            for task_id, end in ends.items()
            if end.state is State.FAILED
        }
        found[number] = _result(str(number), project_id, job_id, detail, ends, logs)

    try:
        for_each(ask, enumerate(job_ids, start=1), workers, world)
    except ApiError as error:
        if error.not_offered:
            raise RunError(
                Reason.INVALID_INPUT,
                "input 'job-ids': this site has no ListBatchDetail, so jobs cannot be asked about; leave job-ids out "
                "and give base and head: the tasks are then found by their stamps",
            ) from error
        reason = error.reason if error.reason in {Reason.AUTH, Reason.THROTTLED} else Reason.UNREACHABLE
        raise RunError(reason, f"WeData answered {error.code}: {error.message}") from error
    return [found[number] for number in sorted(found)]


def _task_ids(detail: JobDetail) -> list[str]:
    return [*(detail.succeeded or ()), *(detail.failed or ())]


def _result(
    number: str,
    project_id: str,
    job_id: int,
    detail: JobDetail,
    ends: Mapping[str, End],
    logs: Mapping[str, str],
) -> BatchResult:
    tasks = tuple(
        TaskResult(
            project_id=project_id,
            task_id=task_id,
            name=detail.names.get(task_id, ""),
            place=None,
            change="",
            fingerprint="",
            remark="",
            batch=number,
            state=end.state,
            failure_reason=end.failure_reason,
            job_id=job_id,
            message=f"WeData says: {logs[task_id]}" if logs.get(task_id) else end.message,
            warning=end.warning,
        )
        for task_id, end in ends.items()
    )
    message = "" if ends else f"JobStatus {detail.status}: the job has not ended"
    return BatchResult(number, project_id, tasks, "accepted", job_id, message=message)
