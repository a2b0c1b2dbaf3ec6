"""Asks later what became of jobs, by their JobIds, where the site has ListBatchDetail; and how to ask later."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence

from wedata_action.errors import Reason, RunError
from wedata_action.outcome.conclusion import conclude, failed
from wedata_action.outcome.jobs import job_fault, judge_job
from wedata_action.outcome.logs import remedy
from wedata_action.parallel import for_each
from wedata_action.result import BatchResult, Result, State, TaskResult
from wedata_action.settings import INTERNATIONAL_ENDPOINT, Settings
from wedata_action.submission.ledger import End
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.wedata import Call, JobDetail, error_log, list_batch_detail


def ask_jobs(call: Call, project_id: str, job_ids: Sequence[int], workers: int) -> list[BatchResult]:
    """One result for each job, with the tasks that WeData names for it.

    A job that goes on has none and the status `running`; one whose answer proves nothing about any task is `open`.
    Raises `RunError` where the site cannot be asked by job, or does not answer.
    """
    details: dict[int, JobDetail] = {}

    def ask(job_id: int) -> None:
        try:
            details[job_id] = list_batch_detail(call, project_id, job_id)
        except ApiError as error:
            raise _unanswered(error, project_id, job_id) from error

    for_each(ask, job_ids, workers)
    jobs = [_result(str(number), project_id, job_id, details[job_id]) for number, job_id in enumerate(job_ids, start=1)]
    return _with_logs(call, jobs, workers)


def conclude_jobs(result: Result, *, pass_pending: bool) -> Result:
    """The end of a run that asked about jobs: what failed counts before what goes on."""
    ended = conclude(result, wait=True, pass_pending=pass_pending) if result.tasks else result
    unsettled = [job for job in result.batches if not job.tasks]
    if not unsettled:
        return ended
    message = "; ".join(f"JobId {job.job_id}: {job.message}" for job in unsettled) + ". Ask again later"
    if ended.failure_reason not in {None, Reason.PENDING_APPROVAL, Reason.AMBIGUOUS}:
        return dataclasses.replace(ended, message=message)
    running = all(job.status == "running" for job in unsettled) and ended.failure_reason is not Reason.AMBIGUOUS
    return failed(result, Reason.TIMEOUT if running else Reason.AMBIGUOUS, message)


def ask_again(result: Result, settings: Settings, *, by_job: bool) -> str:
    """The shell command that asks what became of the tasks of `result` that are unknown; empty if none could tell."""
    unknown = [task for task in result.tasks if task.state is State.UNKNOWN]
    site = ["--region", settings.region or ""]
    if settings.endpoint != INTERNATIONAL_ENDPOINT:
        site += ["--endpoint", settings.endpoint.removeprefix("https://")]
    if by_job and all(task.job_id is not None for task in unknown):
        jobs: dict[str, dict[str, None]] = {}
        for task in unknown:
            jobs.setdefault(task.project_id, {})[str(task.job_id)] = None
        return " && ".join(_command(*site, "--project-id", project_id, *ids) for project_id, ids in jobs.items())
    given = {"project-id": settings.project_id}
    options = [text for name, value in given.items() if name in settings.given for text in (f"--{name}", value or "")]
    if "definitions" in settings.given:
        options += ["--definitions", "\n".join(settings.definitions)]
    return _command(*site, *options, "--base", result.base or "empty", "--head", result.head)


def _command(*arguments: str) -> str:
    return shlex.join(("wedata-action", "status", *arguments))


def _unanswered(error: ApiError, project_id: str, job_id: int) -> RunError:
    if error.not_offered:
        return RunError(
            Reason.INVALID_INPUT,
            "JOB_ID: this site has no ListBatchDetail, so jobs cannot be asked about; leave job-ids out "
            "and give base and head: the tasks are then found by their stamps",
        )
    if error.code.split(".")[0] == "ResourceNotFound":
        return RunError(Reason.INVALID_INPUT, f"input 'job-ids': project {project_id} has no job {job_id}: {error}")
    return RunError(error.reason, f"job {job_id} cannot be asked about: {error}{remedy(error, 'ListBatchDetail')}")


def _result(number: str, project_id: str, job_id: int, detail: JobDetail) -> BatchResult:
    # Each id once, and no empty one: a job that names one twice, or none, must not add up.
    task_ids = [key for key in dict.fromkeys((*(detail.succeeded or ()), *(detail.failed or ()))) if key]
    ends = judge_job(detail, task_ids)
    if ends is None:
        message = f"JobStatus {detail.status}: the job has not ended"
        return BatchResult(number, project_id, (), "running", job_id, message=message)
    if not ends:
        message = f"WeData's answer about the job does not add up: {job_fault(detail, task_ids)}"
        return BatchResult(number, project_id, (), "open", job_id, message=message)
    tasks = tuple(_task(number, project_id, job_id, task_id, detail.names, end) for task_id, end in ends.items())
    return BatchResult(number, project_id, tasks, "accepted", job_id)


def _task(number: str, project_id: str, job_id: int, task_id: str, names: Mapping[str, str], end: End) -> TaskResult:
    return TaskResult(
        project_id=project_id,
        task_id=task_id,
        name=names.get(task_id, ""),
        location=None,
        change="",
        fingerprint="",
        remark="",
        batch=number,
        state=end.state,
        failure_reason=end.failure_reason,
        job_id=job_id,
        message=end.message,
        warning=end.warning,
    )


def _with_logs(call: Call, jobs: Sequence[BatchResult], workers: int) -> list[BatchResult]:
    """Adds the error logs of tasks that failed. One that cannot be read changes no verdict, and no other is tried."""
    said: dict[tuple[int | None, str], str] = {}
    unreadable: list[ApiError] = []

    def read(task: TaskResult) -> None:
        if task.job_id is None or unreadable:
            return
        try:
            words = error_log(call, task.project_id, task.job_id, task.task_id)
        except ApiError as error:
            unreadable.append(error)
        else:
            said[task.job_id, task.task_id] = f"WeData says: {words}" if words else f"{task.message}; no error log"

    for_each(read, [task for job in jobs for task in job.tasks if task.state is State.FAILED], workers)
    note = f"; its error log could not be read: {unreadable[0]}" if unreadable else ""

    def told(task: TaskResult) -> TaskResult:
        if task.state is not State.FAILED:
            return task
        return task._replace(message=said.get((task.job_id, task.task_id)) or task.message + note)

    return [dataclasses.replace(job, tasks=tuple(map(told, job.tasks))) for job in jobs]
