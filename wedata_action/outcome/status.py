"""Asks later what became of tasks: by the stamps of their versions, or by JobIds where the site has ListBatchDetail."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from wedata_action.clock import Clock
from wedata_action.errors import Location, Reason, RunError
from wedata_action.outcome.by_job import ByJob, judge_job
from wedata_action.outcome.conclusion import conclude, failed
from wedata_action.outcome.polling import PAUSES, Answer, Polling, Question, utc
from wedata_action.outcome.proof import Files, Proof
from wedata_action.outcome.versions import (
    UnclearOrderError,
    is_void,
    judge_version,
    newest_stamped,
    read_versions,
    stamped,
)
from wedata_action.parallel import Flow, for_each
from wedata_action.result import Batch, BatchStatus, End, Result, State, TaskOutcome
from wedata_action.settings import INTERNATIONAL_ENDPOINT, Settings
from wedata_action.task import Options, Task
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.versions import Version, list_task_versions
from wedata_action.tencent.wedata import Call, JobDetail, list_batch_detail, patiently

Job = tuple[str, int]
"""Project id and JobId."""


def ask_by_stamps(  # the outside world, what to ask about, and who is told
    call: Call, clock: Clock, files: Files, tasks: Sequence[Task], timeout: int, progress: Callable[[str], None]
) -> tuple[TaskOutcome, ...]:
    """Each task with what became of its content at head, whichever run submitted it, the proof of its code included.

    Waits up to `timeout` seconds for those that are open; with 0 it asks once. Raises `RunError` if the versions cannot
    be read.
    """
    versions = read_versions(call, clock, tasks, "the versions of the tasks must be read")
    outcomes = {task.identity: TaskOutcome(task) for task in tasks}
    flow = Flow(clock)
    until = clock.monotonic() + timeout

    def settle(asked: Sequence[TaskOutcome], ends: Sequence[End]) -> None:
        for outcome, end in zip(asked, ends, strict=True):
            if end.state is State.LIVE and outcome.task.code and not end.proved:
                polling.add([Proof(call, files, outcome, end).question(until)])
            else:
                outcomes[outcome.task.identity] = outcome.ended(end)

    polling = Polling(flow, clock, settle, progress)
    for outcome in list(outcomes.values()):
        found = versions[outcome.task.identity]
        answer = [found] if isinstance(found, End) else state_by_stamp(outcome.task, found)
        end = End(State.UNKNOWN, Reason.AMBIGUOUS, answer) if isinstance(answer, str) else answer[0]
        if timeout and end.state is State.UNKNOWN:
            polling.add([_question(call, outcome, until)])
        else:
            settle([outcome], [end])
    flow.run()
    return tuple(outcomes.values())


def _question(call: Call, outcome: TaskOutcome, until: float) -> Question:
    task = outcome.task
    return Question(
        (outcome,),
        lambda: state_by_stamp(task, list_task_versions(call, *task.identity)),
        lambda seen: End(State.UNKNOWN, Reason.TIMEOUT, seen),
        until,
    )


def state_by_stamp(task: Task, versions: Sequence[Version]) -> Answer:
    """What became of a task, or why that is still open.

    The newest stamped version decides, void ones left out; if that has another content, a newer void one of this
    content tells that it was refused.
    """
    candidates = stamped(versions)
    try:
        last = newest_stamped(candidates)
        standing = newest_stamped(candidate for candidate in candidates if not is_void(candidate.version))
    except UnclearOrderError as error:
        return str(error)
    for found in (standing, last):
        if found and found.stamp.is_of(task.fingerprint):
            return [judge_version(found.version)]
    if last is None:
        return "none of its versions has a stamp"
    return f"its newest stamped version {last.version.number} has the content of commit {last.stamp.head}, not of head"


def ask_again(result: Result, settings: Settings, *, by_job: bool) -> str:
    """The shell command that asks what became of the tasks of `result` that are unknown."""
    unknown = [outcome for outcome in result.outcomes if outcome.state is State.UNKNOWN]
    site = ["--region", settings.region or ""]
    if settings.endpoint != INTERNATIONAL_ENDPOINT:
        site += ["--endpoint", settings.endpoint.removeprefix("https://")]
    if by_job and all(outcome.job_id is not None for outcome in unknown):
        jobs: dict[str, dict[str, None]] = {}
        for outcome in unknown:
            jobs.setdefault(outcome.task.project_id, {})[str(outcome.job_id)] = None
        return " && ".join(_command(*site, "--project-id", project_id, *ids) for project_id, ids in jobs.items())
    options = ["--project-id", settings.project_id or ""] if "project-id" in settings.given else []
    if "definitions" in settings.given:
        options += ["--definitions", "\n".join(settings.definitions)]
    if settings.target:
        options += ["--target", settings.target]
    return _command(*site, *options, "--base", result.base or "empty", "--head", result.head)


def _command(*arguments: str) -> str:
    return shlex.join(("wedata-action", "status", *arguments))


def ask_jobs(
    call: Call, clock: Clock, jobs: Sequence[Job], timeout: int, progress: Callable[[str], None]
) -> tuple[Batch, ...]:
    """One batch for each job, with the tasks that WeData names for it.

    Waits up to `timeout` seconds for jobs that run; with 0 it asks once. A job that still runs has no tasks and the
    status `RUNNING`; one whose answer proves nothing about any task is `OPEN`. Raises `RunError` where the site cannot
    be asked by job, or does not answer.
    """
    batches: dict[Job, Batch] = {}
    read, by_job = patiently(call, clock), ByJob(call, clock)

    def ask(job: Job) -> None:
        try:
            detail = list_batch_detail(read, *job)
        except ApiError as error:
            raise _unanswered(error, job) from error
        batches[job] = _batch(str(jobs.index(job) + 1), job, detail, by_job)

    until = clock.monotonic() + timeout
    pauses = PAUSES.delays(clock)
    for_each(ask, jobs, clock.workers)
    while running := [job for job in jobs if batches[job].status is BatchStatus.RUNNING]:
        left = until - clock.monotonic()
        if left <= 0:
            break
        names = ", ".join(batches[job].message for job in running)
        progress(f"{len(jobs) - len(running)} of {len(jobs)} jobs have ended. Open until {utc(clock, until)}: {names}")
        clock.sleep(min(next(pauses), left))
        for_each(ask, running, clock.workers)
    return tuple(batches[job] for job in jobs)


def conclude_jobs(result: Result, *, pass_pending: bool) -> Result:
    """The end of a run that asked about jobs: what failed counts before what is open."""
    ended = conclude(result, wait=True, pass_pending=pass_pending) if result.outcomes else result
    unsettled = [job for job in result.batches if not job.outcomes]
    if not unsettled:
        return ended
    message = "; ".join(job.message for job in unsettled) + ". Ask again later"
    if ended.failure_reason not in {None, Reason.PENDING_APPROVAL, Reason.AMBIGUOUS}:
        return ended._replace(message=message)
    running = all(job.status is BatchStatus.RUNNING for job in unsettled)
    timed_out = running and ended.failure_reason is not Reason.AMBIGUOUS
    return failed(result, Reason.TIMEOUT if timed_out else Reason.AMBIGUOUS, message)


def _unanswered(error: ApiError, job: Job) -> RunError:
    project_id, job_id = job
    if error.not_offered:
        return RunError(
            Reason.INVALID_INPUT,
            "this site has no ListBatchDetail, so it cannot be asked about a JobId. Give --base and --head instead: "
            "the tasks are then found by their stamps",
        )
    if error.not_found:
        return RunError(Reason.INVALID_INPUT, f"project {project_id} has no job {job_id}: {error}")
    return RunError(error.reason, f"job {job_id} cannot be asked about: {error}")


def _batch(number: str, job: Job, detail: JobDetail, by_job: ByJob) -> Batch:
    project_id, job_id = job
    batch = Batch(number, project_id, Options(), (), BatchStatus.RUNNING, job_id)
    # Each id once, and no empty one: a job that names one twice, or none, must not add up.
    task_ids = [key for key in dict.fromkeys((*detail.succeeded, *detail.failed)) if key]
    ends = judge_job(detail, job_id, task_ids)
    if ends is None:
        return batch._replace(message=f"job {job_id} is {detail.status}")
    if not ends:
        return batch._replace(status=BatchStatus.OPEN, message=f"WeData's answer about job {job_id} proves nothing")
    outcomes = []
    for task_id, end in ends.items():
        task = Task(task_id, Location(""), detail.names.get(task_id, ""), project_id)
        outcomes.append(TaskOutcome(task, batch=number, job_id=job_id).ended(by_job.explained(task, job_id, end)))
    return batch._replace(status=BatchStatus.ACCEPTED, outcomes=tuple(outcomes))
