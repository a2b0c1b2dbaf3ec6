"""`status`: what became of the tasks between base and head, or of jobs. It reads and sends nothing."""

from __future__ import annotations

from wedata_action.commands.compare import compare
from wedata_action.commands.sign_in import new_client, sign_in
from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.by_job import ByJob
from wedata_action.outcome.by_version import ByVersion
from wedata_action.outcome.conclusion import conclude
from wedata_action.outcome.status import ask_by_stamps, ask_jobs, conclude_jobs
from wedata_action.report.log import log_outcomes
from wedata_action.result import Result, ResultWord
from wedata_action.settings import Settings


def status(step: Step) -> Result:
    """Raises `RunError` and `GitError`."""
    return _of_jobs(step) if step.settings.job_ids else _of_tasks(step)


def _of_jobs(step: Step) -> Result:
    settings = step.settings
    if settings.project_id is None:
        raise RunError(
            Reason.INVALID_INPUT, f"{settings.names['project-id']} is not set: a job is asked for in its project"
        )
    client = new_client(step)
    sign_in(client)
    jobs = [(settings.project_id, job_id) for job_id in settings.job_ids]
    batches = ask_jobs(client.call, step.clock, jobs, _timeout(settings, ByJob.timeout), step.progress())
    result = step.known._replace(batches=batches)
    log_outcomes(step.console, result.outcomes)
    return conclude_jobs(result, pass_pending=settings.pending_approval == "pass")


def _of_tasks(step: Step) -> Result:
    settings = step.settings
    client = new_client(step)
    with step.open() as repository:
        compared = compare(step, repository)
        if not compared.plan:
            return compared.result._replace(result=ResultWord.NOOP)
        sign_in(client)
        files, timeout = step.files(repository), _timeout(settings, ByVersion.timeout)
        outcomes = ask_by_stamps(client.call, step.clock, files, compared.plan, timeout, step.progress())
    log_outcomes(step.console, outcomes)
    result = compared.result._replace(settled=outcomes)
    return conclude(result, wait=True, pass_pending=settings.pending_approval == "pass")


def _timeout(settings: Settings, default: int) -> int:
    """The seconds to wait; 0 asks once."""
    return (settings.wait_timeout or default) if settings.wait else 0
