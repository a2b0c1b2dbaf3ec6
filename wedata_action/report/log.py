"""What the log says of batches: when their call has ended, and when their tasks have."""

from __future__ import annotations

from collections import Counter

from wedata_action.report.console import Console
from wedata_action.report.words import ORDER
from wedata_action.result import BatchResult, Result

_SHOWN = 20  # tasks of a batch; all are in the job summary


def log_batch(console: Console, batch: BatchResult) -> None:
    """A group with the tasks of a batch, under what became of its call."""
    job = f", JobId {batch.job_id}" if batch.job_id is not None else ""
    tasks = "1 task" if batch.size == 1 else f"{batch.size} tasks"
    with console.group(f"Batch {batch.number}: {tasks} of project {batch.project_id}: {batch.status}{job}"):
        if batch.request_id:
            console.line(f"RequestId {batch.request_id}")
        if batch.message:
            console.line(batch.message)
        for task in batch.tasks[:_SHOWN]:
            console.line(f"{task.location}: {task.task_id} {task.name} {task.change}: {task.remark}")
        if batch.size > _SHOWN:
            console.line(f"and {batch.size - _SHOWN} more")


def log_ends(console: Console, result: Result) -> None:
    """A line for each batch: how many of its tasks ended how."""
    for group in result.groups:
        ends = Counter(task.state for task in group.tasks)
        counts = ", ".join(f"{ends[state]} {state}" for state in ORDER if ends[state])
        name = f"Batch {group.number}" if group.number else "Submitted already"
        job = f", JobId {group.job_id}" if group.job_id is not None else ""
        console.line(f"{name}{job}: {counts}")
