"""`submit`: the tasks that the commits changed become new versions, and green means that each of them is live."""

from __future__ import annotations

from collections.abc import Callable

from wedata_action.commands.compare import Compared, batches_of, compare
from wedata_action.commands.sign_in import new_client, sign_in
from wedata_action.commands.step import Step
from wedata_action.errors import Reason
from wedata_action.outcome.by_job import ByJob
from wedata_action.outcome.conclusion import conclude
from wedata_action.outcome.look_first import look_first
from wedata_action.outcome.status import ask_again
from wedata_action.outcome.waiting import Waiting
from wedata_action.report.log import log_batch, log_ends
from wedata_action.report.words import count
from wedata_action.result import Batch, BatchStatus, Result, ResultWord
from wedata_action.submission.batches import check_size
from wedata_action.submission.ledger import Ledger
from wedata_action.submission.sending import Submission
from wedata_action.task import Task
from wedata_action.tencent.client import Client
from wedata_action.tencent.wedata import submit as send


def submit(step: Step) -> Result:
    """Raises `RunError`, `GitError` and `Cancelled`; what was known until then is published."""
    client = new_client(step)
    compared = compare(step)
    if compared.base.source == "adopt":
        return compared.result._replace(result=ResultWord.ADOPTED)
    if not compared.plan:
        return compared.result._replace(result=ResultWord.NOOP)
    sign_in(client)
    compared, left = _look_first(step, client, compared)
    check_size(len(left), step.settings.max_tasks)
    if not left and not compared.result.settled:
        return compared.result._replace(result=ResultWord.NOOP)
    return _send_and_wait(step, client, compared, left)


def _look_first(step: Step, client: Client, compared: Compared) -> tuple[Compared, tuple[Task, ...]]:
    """What is left to submit. Of the rest, the state in WeData is read and not assumed."""
    because = compared.base.look_first_because(step.context)
    if not because:
        return compared, compared.plan
    step.console.line(f"Looking the tasks up before anything is sent, because {because}")
    run_id = int(step.context.run_id) if step.context else 0
    looked = look_first(client.call, step.clock, compared.plan, run_id)
    step.console.line(f"Looked up: {count(len(looked.to_send), 'task')} to send, {len(looked.ended)} settled already")
    result = compared.result._replace(settled=looked.ended, skipped=(*compared.result.skipped, *looked.never_submitted))
    return compared._replace(result=result), looked.to_send


def _send_and_wait(step: Step, client: Client, compared: Compared, left: tuple[Task, ...]) -> Result:
    settings, console = step.settings, step.console
    known = compared.result._replace(result=ResultWord.UNKNOWN, failure_reason=Reason.AMBIGUOUS)
    ledger = Ledger(batches_of(step, compared, left), _publisher(step, known))
    timeout = settings.wait_timeout if settings.wait else None
    waiting = Waiting(client.call, step.clock, ledger.settle, timeout, console.line, step.progress(), settings.wait)
    step.publish(known._replace(batches=ledger.batches))
    try:
        deliver(Submission(lambda batch: send(client.call, batch), ledger, step.clock, console.line), waiting)
    finally:
        known = known._replace(batches=ledger.close())
        step.publish(known)
    log_ends(console, known)
    result = conclude(known, wait=settings.wait, pass_pending=settings.pending_approval == "pass")
    if result.result is not ResultWord.UNKNOWN:
        return result
    command = ask_again(result, settings, by_job=isinstance(waiting.strategy, ByJob))
    message = f"what became of some tasks is not known. To ask again: {command}"
    return result._replace(message=message)


def deliver(submission: Submission, waiting: Waiting) -> None:
    """Sends the ledger's batches and waits for their outcomes, which end in the ledger too.

    Between two layers it waits for what the next one may depend on, and at the end for all. Raises `Cancelled`.
    """
    ledger = submission.ledger
    while layer := submission.layer():
        submission.send(layer)
        next_projects = {batch.project_id for batch in submission.layer()}
        waiting.wait([batch for batch in ledger.batches if batch.project_id in next_projects])
    waiting.wait(ledger.batches)


def _publisher(step: Step, known: Result) -> Callable[[tuple[Batch, ...], Batch], None]:
    """Writes the outputs at each change, and logs a batch when its call has ended."""
    logged: set[str] = set()

    def publish(batches: tuple[Batch, ...], batch: Batch) -> None:
        step.publish(known._replace(batches=batches))
        if batch.status not in {BatchStatus.PLANNED, BatchStatus.SENDING} and batch.number not in logged:
            logged.add(batch.number)
            log_batch(step.console, batch)

    return publish
