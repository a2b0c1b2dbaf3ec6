"""`submit`: the tasks that the commits changed become new versions, and green means that each of them is live."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from wedata_action.commands.compare import Compared, batches_of, compare
from wedata_action.commands.sign_in import sign_in
from wedata_action.commands.step import Step
from wedata_action.errors import Reason
from wedata_action.outcome.conclusion import conclude
from wedata_action.outcome.look_first import resume
from wedata_action.outcome.status import ask_again
from wedata_action.outcome.waiting import Waiting
from wedata_action.report.log import log_batch, log_ends
from wedata_action.report.words import count
from wedata_action.result import BatchResult, Result, Untouched
from wedata_action.submission.batches import check_size
from wedata_action.submission.ledger import Ledger
from wedata_action.submission.sending import Submission
from wedata_action.task import Change, Task
from wedata_action.tencent.wedata import submit as send

if TYPE_CHECKING:
    from wedata_action.tencent.client import Client


def submit(step: Step) -> Result:
    """Raises `RunError`, `GitError` and `Cancelled`; what was known until then is published."""
    client = step.client()
    compared = compare(step)
    if compared.base.source == "adopt":
        return dataclasses.replace(compared.result, result="adopted")
    if not compared.plan:
        return dataclasses.replace(compared.result, result="noop")
    sign_in(client)
    compared, left = _look_first(step, client, compared)
    check_size(len(left), step.settings.max_tasks)
    if not left and not compared.result.resumed:
        return dataclasses.replace(compared.result, result="noop")
    return _send_and_wait(step, client, compared, left)


def _look_first(step: Step, client: Client, compared: Compared) -> tuple[Compared, tuple[Task, ...]]:
    """What is left to submit. Of the rest, the state in WeData is read and not assumed."""
    because = compared.base.look_first_because(step.context)
    if not because:
        return compared, compared.plan
    step.console.line(f"Looking the tasks up before anything is sent, because {because}")
    changed = [task for task in compared.plan if task.change is not Change.REVERTED]
    reverted = [task for task in compared.plan if task.change is Change.REVERTED]
    resumed = resume(client.read, changed, reverted, step.workers, step.clock, int(step.label.split(".")[0]))
    submitted = sum(group.size for group in resumed.submitted)
    step.console.line(f"Looked up: {count(submitted, 'task')} submitted already, {len(resumed.settled)} settled")
    settled = tuple(
        Untouched(task.project_id, task.task_id, task.name, task.location, "settled: WeData has this content live")
        for task in resumed.settled
    )
    result = dataclasses.replace(
        compared.result, resumed=resumed.submitted, skipped=(*compared.result.skipped, *settled)
    )
    return compared._replace(result=result), resumed.left


def _send_and_wait(step: Step, client: Client, compared: Compared, left: tuple[Task, ...]) -> Result:
    settings, console = step.settings, step.console
    batches = batches_of(step, compared, left)
    known = dataclasses.replace(compared.result, result="unknown", failure_reason=Reason.AMBIGUOUS)
    logged: set[str] = set()

    def publish(result: Result, batch: BatchResult) -> None:
        step.publish(result)
        if batch.status not in {"planned", "sending"} and batch.number not in logged:
            logged.add(batch.number)
            log_batch(console, batch)

    ledger = Ledger(known, batches, publish)
    waiting = Waiting(
        client.read,
        ledger,
        step.clock,
        step.workers,
        timeout=settings.wait_timeout,
        stamped=True,
        only_look_up=not settings.wait,
        log=console.line,
        progress=step.progress(),
    )
    submission = Submission(
        lambda batch: send(client.call, batch),
        ledger,
        step.clock,
        stop_on_rejection=False,
        log=console.line,
        settle=waiting.settle if settings.wait else None,
    )
    waiting.stopped = lambda: submission.stopped
    step.publish(ledger.snapshot())
    try:
        submission.run(batches, step.workers)
        waiting.wait(ledger.snapshot().batches)
    finally:
        step.publish(ledger.close())
    log_ends(console, ledger.snapshot())
    result = conclude(ledger.snapshot(), wait=settings.wait, pass_pending=settings.pending_approval == "pass")
    if result.result != "unknown":
        return result
    command = ask_again(result, settings, by_job=bool(waiting.by_job))
    how = f"ask again with: {command}" if command else "look at their versions in WeData"
    return dataclasses.replace(result, message=f"what became of some tasks is not known; {how}")
