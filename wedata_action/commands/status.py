"""`status`: what became of the tasks between base and head, or of jobs. It reads and sends nothing."""

from __future__ import annotations

import dataclasses

from wedata_action.commands.compare import batches_of, compare
from wedata_action.commands.sign_in import sign_in
from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.conclusion import conclude
from wedata_action.outcome.lookup import patiently, read_versions, state_by_stamp
from wedata_action.outcome.status import ask_jobs, conclude_jobs
from wedata_action.report.log import log_ends
from wedata_action.result import Result
from wedata_action.submission.ledger import Ledger
from wedata_action.task import Change


def status(step: Step) -> Result:
    """Raises `RunError` and `GitError`."""
    return _of_jobs(step) if step.settings.job_ids else _of_tasks(step)


def _of_jobs(step: Step) -> Result:
    settings = step.settings
    if settings.project_id is None:
        raise RunError(Reason.INVALID_INPUT, "input 'project-id' is not set: jobs are asked for by project")
    client = step.client()
    sign_in(client)
    jobs = ask_jobs(patiently(client.read, step.clock), settings.project_id, settings.job_ids, step.workers)
    result = dataclasses.replace(step.known, batches=tuple(jobs))
    return conclude_jobs(result, pass_pending=settings.pending_approval == "pass")


def _of_tasks(step: Step) -> Result:
    client = step.client()
    compared = compare(step)
    batches = batches_of(step, compared, tuple(t for t in compared.plan if t.change is not Change.REVERTED))
    if not batches:
        return dataclasses.replace(compared.result, result="noop")
    sign_in(client)
    ledger = Ledger(compared.result, batches, lambda *_: None)
    tasks = ledger.snapshot().tasks
    identities = [(task.project_id, task.task_id) for task in tasks]
    call = patiently(client.read, step.clock)
    versions = read_versions(call, identities, step.workers, step.clock, "the tasks are asked for by version")
    for batch in ledger.snapshot().batches:
        ends = {task.task_id: state_by_stamp(versions[task.project_id, task.task_id], task) for task in batch.tasks}
        ledger.settle(batch.number, ends)
    result = ledger.close()
    log_ends(step.console, result)
    return conclude(result, wait=True, pass_pending=step.settings.pending_approval == "pass")
