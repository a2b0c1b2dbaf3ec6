"""The modes: how each of them goes through the stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wedata_action.changes.base import find_head
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.trees import CommitTree, WorkTree
from wedata_action.changes.validation import validate
from wedata_action.commands.planning import Found, count, find, make_plan, untouched
from wedata_action.commands.sign_in import SignIn, sign_in
from wedata_action.errors import Reason, RunError
from wedata_action.outcome import conclusion
from wedata_action.outcome.look_first import applies, resume
from wedata_action.report.log import log_batch, log_ends
from wedata_action.result import BatchResult, Result
from wedata_action.settings import Settings
from wedata_action.submission.ledger import Ledger
from wedata_action.task import Task

if TYPE_CHECKING:
    from wedata_action.commands.run import Run
    from wedata_action.outcome.waiting import Waiting
    from wedata_action.tencent.client import Client
    from wedata_action.tencent.wedata import Call


def _submit(run: Run) -> Result:
    settings = run.settings
    client = _client(run)
    found = find(run)
    if found.base.source == "adopt":
        return dataclasses.replace(run.known, result="adopted")
    if found.changed or found.reverted:
        sign_in(client)
    batches = make_plan(run, found, _left(run, found, client.read))
    if not batches and not run.known.resumed:
        return dataclasses.replace(run.known, result="noop")
    from wedata_action.submission.sending import Submission
    from wedata_action.tencent.wedata import submit

    run.learn(result="unknown", failure_reason=Reason.AMBIGUOUS)
    ledger = run.ledger = Ledger(run.known, batches, _publisher(run))
    waiting = _waiting(run, ledger, client.read)
    run.reporter.publish(ledger.snapshot())
    submission = Submission(
        lambda batch: submit(client.call, batch),
        ledger,
        run.clock,
        stop_on_rejection=False,
        log=run.console.line,
        settle=waiting.settle if settings.wait else None,
    )
    waiting.stopped = lambda: submission.stopped
    submission.run(batches, _workers(run))
    waiting.wait(ledger.snapshot().batches)
    log_ends(run.console, ledger.snapshot())
    result = conclusion.conclude(ledger.close(), wait=settings.wait, pass_pending=settings.pending_approval == "pass")
    return _with_advice(result, settings, by_job=bool(waiting.by_job))


def _left(run: Run, found: Found, call: Call) -> tuple[Task, ...]:
    """What is left to submit; of the rest, the state in WeData is read and not assumed."""
    settings = run.settings
    again = applies(settings, run.context, found.base)
    if not found.reverted and not (again and found.changed):
        return found.changed
    looked_up = found.changed if again else ()
    resumed = resume(call, looked_up, found.reverted, settings, _workers(run), run.clock)
    reason = "as before a run that did not succeed, and live with this content"
    settled = tuple(untouched(reverted, reason) for reverted in resumed.settled)
    run.learn(resumed=resumed.submitted, skipped=(*run.known.skipped, *settled))
    submitted = sum(group.size for group in resumed.submitted)
    run.console.line(f"Looked up: {count(submitted, 'task')} submitted already, {len(settled)} reverted and live")
    return resumed.left if again else (*found.changed, *resumed.left)


def _waiting(run: Run, ledger: Ledger, call: Call) -> Waiting:
    from wedata_action.outcome.waiting import Waiting

    return Waiting(
        call,
        ledger,
        run.clock,
        _workers(run),
        timeout=run.settings.wait_timeout,
        stamped=True,
        only_look_up=not run.settings.wait,
        log=run.console.line,
        progress=run.progress,
    )


def _workers(run: Run) -> int:
    # Two at least: a call in the main thread would be cut off by a signal, and its answer lost.
    return min(run.clock.workers, max(2, run.settings.requests_per_second))


def _with_advice(result: Result, settings: Settings, *, by_job: bool) -> Result:
    """Names the command that asks again, where something is still open."""
    from wedata_action.outcome.status import ask_again

    if result.result != "unknown":
        return result
    command = ask_again(result, settings, by_job=by_job)
    how = f"ask again with: {command}" if command else "look at their versions in WeData"
    return dataclasses.replace(result, message=f"what became of some tasks is not known; {how}")


def _plan_only(run: Run) -> Result:
    found = find(run)
    batches = make_plan(run, found, (*found.changed, *found.reverted))
    ledger = Ledger(run.known, batches, lambda *_: None)
    for batch in ledger.snapshot().batches:
        log_batch(run.console, batch)
    return dataclasses.replace(ledger.snapshot(), result="planned" if batches else "noop")


def _validate(run: Run) -> Result:
    with run.open_repository(run) as repository:
        files = PathFilter(run.settings.definitions)
        if run.context:
            head = find_head(run.settings, repository, run.context)
            run.learn(head=head)
            tasks, diagnostics = validate(CommitTree(repository, head), files, run.settings.project_id or "")
        else:
            tasks, diagnostics = validate(WorkTree(repository.root), files, run.settings.project_id or "")
    if diagnostics:
        message = f"{count(len(diagnostics), 'mistake')} in the definitions"
        raise RunError(Reason.INVALID_DEFINITION, message, tuple(diagnostics))
    run.console.line(f"{count(len(tasks), 'task')}, no mistake")
    return dataclasses.replace(run.known, result="valid")


def _status(run: Run) -> Result:
    """Asks once: whoever wants to wait asks again."""
    from wedata_action.outcome.lookup import patiently, read_versions, state_by_stamp
    from wedata_action.outcome.status import ask_jobs, conclude_jobs

    settings = run.settings
    client = _client(run)
    call = patiently(client.read, run.clock)
    if settings.job_ids:
        if settings.project_id is None:
            raise RunError(Reason.INVALID_INPUT, "input 'project-id' is not set: jobs are asked for by project")
        sign_in(client)
        jobs = ask_jobs(call, settings.project_id, settings.job_ids, _workers(run))
        result = dataclasses.replace(run.known, batches=tuple(jobs))
        return conclude_jobs(result, pass_pending=settings.pending_approval == "pass")
    found = find(run)
    batches = make_plan(run, found, found.changed)
    if not batches:
        return dataclasses.replace(run.known, result="noop")
    sign_in(client)
    run.ledger = Ledger(run.known, batches, lambda *_: None)
    tasks = run.ledger.snapshot().tasks
    identities = [(task.project_id, task.task_id) for task in tasks]
    versions = read_versions(call, identities, _workers(run), run.clock, "the tasks are asked for by version")
    for batch in run.ledger.snapshot().batches:
        ends = {task.task_id: state_by_stamp(versions[task.project_id, task.task_id], task) for task in batch.tasks}
        run.ledger.settle(batch.number, ends)
    result = run.ledger.close()
    log_ends(run.console, result)
    return conclusion.conclude(result, wait=True, pass_pending=settings.pending_approval == "pass")


def _client(run: Run) -> Client:
    console = run.console
    return SignIn(
        run.settings, run.context, run.environ, run.clock, run.session, console.mask, console.line, console.debug
    ).client()


def _publisher(run: Run) -> Callable[[Result, BatchResult], None]:
    """Writes the outputs at each change, and logs a batch when its call has ended."""
    logged: set[str] = set()

    def publish(result: Result, batch: BatchResult) -> None:
        run.reporter.publish(result)
        if batch.status not in {"planned", "sending"} and batch.number not in logged:
            logged.add(batch.number)
            log_batch(run.console, batch)

    return publish


MODES: Mapping[str, Callable[[Run], Result]] = {
    "submit": _submit,
    "plan": _plan_only,
    "validate": _validate,
    "status": _status,
}
