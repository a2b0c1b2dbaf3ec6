"""What the log says of batches: when their call has ended, and when their tasks have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wedata_action.report.console import Console
from wedata_action.report.words import ORDER, by_urgency
from wedata_action.result import Batch, Result, TaskOutcome

_SHOWN = 20  # tasks of a batch; all are in the job summary


def log_batch(console: Console, batch: Batch) -> None:
    """A group with the tasks of a batch, under what became of its call."""
    job = f", JobId {batch.job_id}" if batch.job_id is not None else ""
    tasks = "1 task" if batch.size == 1 else f"{batch.size} tasks"
    with console.group(f"Batch {batch.number}: {tasks} of project {batch.project_id}: {batch.status}{job}"):
        if batch.request_id:
            console.line(f"RequestId {batch.request_id}")
        if batch.message:
            console.line(batch.message)
        for outcome in batch.outcomes[:_SHOWN]:
            task = outcome.task
            console.line(f"{task.location}: {task.task_id} {task.name} {task.change}: {outcome.remark}")
        if batch.size > _SHOWN:
            console.line(f"and {batch.size - _SHOWN} more")


def log_ends(console: Console, result: Result) -> None:
    """A line for each batch: how many of its tasks ended how."""
    if result.settled:
        console.line(f"Without a call: {_counts(result.settled)}")
    for batch in result.batches:
        job = f", JobId {batch.job_id}" if batch.job_id is not None else ""
        console.line(f"Batch {batch.number}{job}: {_counts(batch.outcomes)}")


def log_outcomes(console: Console, outcomes: Sequence[TaskOutcome]) -> None:
    """A line for each task: what became of it."""
    for outcome in by_urgency(outcomes):
        task = outcome.task
        where = f"{outcome.location}: " if outcome.location else ""
        version = f" {outcome.version}" if outcome.version else ""
        words = "; ".join(part for part in (outcome.message, outcome.warning) if part)
        console.line(f"{where}{task.task_id} {task.name}: {outcome.state}{version}{f': {words}' if words else ''}")


def _counts(outcomes: Sequence[TaskOutcome]) -> str:
    accepted = sum(outcome.accepted for outcome in outcomes)
    ends = Counter(outcome.state for outcome in outcomes if not outcome.accepted)
    words = [f"{accepted} accepted"] if accepted else []
    return ", ".join([*words, *(f"{ends[state]} {state}" for state in ORDER if ends[state])])
