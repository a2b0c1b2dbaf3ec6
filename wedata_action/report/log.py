"""What the log says of tasks: what is planned, what became of each call, and how each task ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wedata_action.report import words
from wedata_action.report.console import Console
from wedata_action.result import Batch, Drift, Result, TaskOutcome
from wedata_action.task import OTHERS_CHANGED, Task

_SHOWN = 20  # tasks of a batch that was sent; the job summary has them all


def log_plan(console: Console, result: Result) -> None:
    """Every task: in which batch it would be sent and why, or why it would not."""
    for batch in result.batches:
        with console.group(f"Batch {batch.number}: {words.count(batch.size, 'task')} of project {batch.project_id}"):
            for outcome in batch.outcomes:
                console.line(_planned(outcome.task, _code(outcome.task)))
    for title, tasks in (("Skipped", result.skipped), ("Removed from git, and still in WeData", result.removed)):
        if tasks:
            with console.group(f"{title}: {words.count(len(tasks), 'task')}"):
                others = Counter(task.location.path for task in tasks if task.why == OTHERS_CHANGED)
                for task in tasks:
                    if others[task.location.path] <= _SHOWN or task.why != OTHERS_CHANGED:
                        console.line(_planned(task))
                for path, number in others.items():
                    if number > _SHOWN:
                        console.line(f"{number} tasks: {OTHERS_CHANGED} [{path}]")


def log_batch(console: Console, batch: Batch) -> None:
    """A group with the tasks of a batch, under what became of its call."""
    job = f", JobId {batch.job_id}" if batch.job_id is not None else ""
    tasks = words.count(batch.size, "task")
    with console.group(f"Batch {batch.number}: {tasks} of project {batch.project_id}: {batch.status}{job}"):
        if batch.request_id:
            console.line(f"RequestId {batch.request_id}")
        if batch.message:
            console.line(batch.message)
        for outcome in batch.outcomes[:_SHOWN]:
            console.line(_planned(outcome.task, _code(outcome.task), f"remark: {outcome.remark}"))
        if batch.size > _SHOWN:
            console.line(f"and {batch.size - _SHOWN} more")


def log_ends(console: Console, result: Result) -> None:
    """A line for each batch: how many of its tasks ended how."""
    if result.settled:
        console.line(f"Not sent by this run: {words.counts(result.settled)}")
    for batch in result.batches:
        job = f", JobId {batch.job_id}" if batch.job_id is not None else ""
        console.line(f"Batch {batch.number}{job}: {words.counts(batch.outcomes)}")
    if any(outcome.task.code for outcome in result.outcomes):
        console.line(words.proved(result.outcomes))


def log_outcomes(console: Console, outcomes: Sequence[TaskOutcome]) -> None:
    """A line for each task: what became of it; many that are in sync are counted."""
    in_sync = sum(outcome.drift is Drift.IN_SYNC for outcome in outcomes)
    for outcome in words.by_urgency(outcomes):
        if outcome.drift is Drift.IN_SYNC and in_sync > _SHOWN:
            continue
        version = f", version {outcome.version}" if outcome.version else ""
        said = "; ".join(part for part in (outcome.message, outcome.warning) if part)
        console.line(f"{words.label(outcome.task)}: {words.state(outcome)}{version}{f': {said}' if said else ''}")
    if in_sync > _SHOWN:
        console.line(f"{in_sync} tasks: {Drift.IN_SYNC}")


def _code(task: Task) -> str:
    """Which code goes live, unless the reason names it."""
    return "" if task.code and task.code.path in task.why else words.code(task)


def _planned(task: Task, *more: str) -> str:
    said = "; ".join(filter(None, (task.why or task.change, *more)))
    return f"{words.label(task)}: {said} [{task.location.path}:{task.location.line}]"
