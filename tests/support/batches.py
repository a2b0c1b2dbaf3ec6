"""Batches for tests, without a repository behind them."""

from __future__ import annotations

import hashlib

from wedata_action.changes.reading import Task
from wedata_action.definitions import TaskDefinition
from wedata_action.errors import Location
from wedata_action.submission.batches import Batch, Options, PlannedTask


def make_task(task_id: str, project: str = "p1", **fields: object) -> Task:
    definition = TaskDefinition(task_id, Location("wedata/a.yml", 1), **fields)  # type: ignore[arg-type] # its own fields
    return Task(definition, project, hashlib.sha256(task_id.encode()).hexdigest())


def make_batch(number: str, *task_ids: str, project: str = "p1", check: bool | None = None) -> Batch:
    """A batch of tasks; `check` is its NeedCheckParentSubmitted."""
    tasks = tuple(PlannedTask(make_task(task_id, project), "changed", f"remark of {task_id}") for task_id in task_ids)
    return Batch(number, project, Options(None, check, None, None), tasks)
