"""`submit`: the tasks that the commits changed become new versions, and green means that each of them is live."""

from __future__ import annotations

from wedata_action.code.drafts import Drafts
from wedata_action.code.files import Files
from wedata_action.commands.compare import Compared, batches_of, compare
from wedata_action.commands.delivery import Delivery
from wedata_action.commands.sign_in import new_client, sign_in
from wedata_action.commands.step import Step, at_most_every
from wedata_action.errors import Reason
from wedata_action.outcome.by_job import ByJob
from wedata_action.outcome.conclusion import conclude
from wedata_action.outcome.look_first import Looked, look_first
from wedata_action.outcome.status import ask_again
from wedata_action.outcome.waiting import Waiting
from wedata_action.report.log import log_batch, log_ends
from wedata_action.report.words import count
from wedata_action.result import Batch, BatchStatus, Result, ResultWord, TaskOutcome
from wedata_action.submission.batches import check_size, options_of
from wedata_action.submission.ledger import Ledger, Publish
from wedata_action.submission.order import find_order
from wedata_action.submission.sending import Submission
from wedata_action.tencent.client import Client
from wedata_action.tencent.wedata import submit as send


def submit(step: Step) -> Result:
    """Raises `RunError`, `GitError` and `Cancelled`; what was known until then is published."""
    client = new_client(step)
    with step.open() as repository:
        compared = compare(step, repository)
        if compared.base.source == "adopt":
            return compared.result._replace(result=ResultWord.ADOPTED)
        if not compared.plan:
            return compared.result._replace(result=ResultWord.NOOP)
        sign_in(client)
        files = step.files(repository)
        looked = _look_first(step, client, files, compared)
        check_size(len(looked.to_send), step.settings.max_tasks)
        skipped = (*compared.result.skipped, *looked.never_submitted)
        compared = compared._replace(result=compared.result._replace(settled=looked.ended, skipped=skipped))
        return _deliver(step, client, files, compared, looked)


def _look_first(step: Step, client: Client, files: Files, compared: Compared) -> Looked:
    """What is left to submit. Of the rest, the state in WeData is read and not assumed."""
    because = compared.base.look_first_because(step.context)
    if not because:
        return Looked(compared.plan, (), ())
    step.console.line(f"Looking the tasks up before anything is sent, because {because}")
    run_id = int(step.context.run_id) if step.context else 0
    adopt = compared.base.first_use or compared.base.source == "empty"
    progress = at_most_every(5, step.clock, step.progress())
    looked = look_first(client.call, step.clock, compared.plan, run_id, files, progress, adopt=adopt)
    step.console.line(f"Looked up: {count(len(looked.ended), 'task')} settled already, {len(looked.to_send)} left")
    return looked


def _deliver(step: Step, client: Client, files: Files, compared: Compared, looked: Looked) -> Result:
    settings, console, clock = step.settings, step.console, step.clock
    checked = {task.identity for task in looked.to_send if options_of(task, settings).need_check_parent_submitted}
    related = (*looked.to_send, *(outcome.task for outcome in looked.ended))
    order = find_order(client.call, clock, related, looked.to_send, checked)
    known = compared.result._replace(
        result=ResultWord.UNKNOWN,
        failure_reason=Reason.AMBIGUOUS,
        warnings=(*compared.result.warnings, *order.warnings),
        settled=(*compared.result.settled, *order.ended),
    )
    ledger = Ledger(batches_of(step, compared, order.layers), _publisher(step, known), known.settled)
    submission = Submission(lambda batch: send(client.call, batch), ledger, clock, console.line)
    drafts = Drafts(client.call, clock, files, settings.code, submission.stop, console.line)
    timeout, progress = settings.wait_timeout if settings.wait else None, step.progress()
    waiting = Waiting(client.call, clock, files, timeout, console.line, progress, for_outcomes=settings.wait)
    step.publish(known._replace(batches=ledger.batches))
    # An unsettled run may have written their drafts: the next submission would take that code live.
    to_send = {task.identity for task in looked.to_send}
    restored = [task for task in compared.plan if task.code and task.identity not in to_send]
    try:
        delivery = Delivery(drafts, submission, waiting, clock, progress, order.parents)
        delivery.run(restored)
    finally:
        dropped = sorted(drafts.dropped.values(), key=lambda found: (found.location, found.message))
        warnings = (*known.warnings, *dropped)
        known = known._replace(batches=ledger.close(), settled=ledger.settled, warnings=warnings)
        # A reverted task that needs no call is skipped, unless its draft could not be written back.
        ended = {outcome.task.identity for outcome in known.outcomes}
        known = known._replace(skipped=tuple(task for task in known.skipped if task.identity not in ended))
        step.publish(known)
    log_ends(console, known)
    return _concluded(step, known, by_job=isinstance(waiting.strategy, ByJob))


def _concluded(step: Step, known: Result, *, by_job: bool) -> Result:
    settings = step.settings
    if not known.outcomes:
        return known._replace(result=ResultWord.NOOP, failure_reason=None)
    result = conclude(known, wait=settings.wait, pass_pending=settings.pending_approval == "pass")
    if result.result is not ResultWord.UNKNOWN:
        return result
    command = ask_again(result, settings, by_job=by_job)
    message = f"what became of some tasks is not known. To ask again: `{command}`"
    return result._replace(message=message)


def _publisher(step: Step, known: Result) -> Publish:
    """Writes the outputs at each change, and logs a batch when its call has ended."""
    logged: set[str] = set()

    def publish(settled: tuple[TaskOutcome, ...], batches: tuple[Batch, ...], batch: Batch | None) -> None:
        step.publish(known._replace(batches=batches, settled=settled))
        if batch and batch.status not in {BatchStatus.PLANNED, BatchStatus.SENDING} and batch.number not in logged:
            logged.add(batch.number)
            log_batch(step.console, batch)

    return publish
