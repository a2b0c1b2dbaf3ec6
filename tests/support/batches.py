"""Batches for tests, without a repository behind them."""

from __future__ import annotations

import hashlib

from wedata_action.errors import Location
from wedata_action.result import Batch, TaskOutcome
from wedata_action.task import Change, Options, Task


def make_task(task_id: str, project: str = "p1", **fields: object) -> Task:
    """A changed task. `fields` are its other fields and those of its options."""
    options = Options._make(fields.pop(name, None) for name in Options._fields)
    task = Task(task_id, Location("wedata/a.yml", 1), project_id=project, options=options, change=Change.CHANGED)
    return task._replace(fingerprint=hashlib.sha256(task_id.encode()).hexdigest(), **fields)  # type: ignore[arg-type]


def make_batch(number: str, *task_ids: str, project: str = "p1", check: bool | None = None) -> Batch:
    """A batch of tasks; `check` is its NeedCheckParentSubmitted."""
    tasks = (make_task(task_id, project) for task_id in task_ids)
    outcomes = tuple(TaskOutcome(task, f"remark of {task.task_id}", number) for task in tasks)
    return Batch(number, project, Options(need_check_parent_submitted=check), outcomes)
