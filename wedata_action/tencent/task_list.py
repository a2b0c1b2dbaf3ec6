"""The tasks of a project (ListTasks 2025-08-06, page 1174/73868)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wedata_action.tencent.calls import V2025
from wedata_action.tencent.wedata import PAGE, Call, as_text, no_list, page_of

_MOST_PAGES = 500
_PASSES = 3


class Listed(NamedTuple):
    """A task as the list has it; texts are empty where WeData says null.

    `type` is a TaskTypeId such as `34`. `submitted` is whether there is a submitted version of it.
    """

    task_id: str
    name: str
    workflow_id: str
    workflow: str
    type: str
    submitted: bool

    @property
    def group(self) -> str:
        """What the tasks of one workflow have in common: two workflows may have one name."""
        return self.workflow_id or self.workflow


def list_tasks(call: Call, project_id: str) -> list[Listed]:
    """Every task of a project, once, in the order of the answers.

    While pages are read, tasks come and go, and what stands behind them moves. So a pass that found fewer tasks than
    the last page counts is made again. Raises `ApiError`, also where no pass finds as many.
    """
    found: dict[str, Listed] = {}
    for _ in range(_PASSES):
        for page in range(1, _MOST_PAGES + 1):
            response = call("ListTasks", V2025, {"ProjectId": project_id, "PageNumber": page, "PageSize": PAGE})
            items, total = page_of(response, "tasks")
            tasks = [_task(item if isinstance(item, dict) else {}) for item in items]
            found.update((task.task_id, task) for task in tasks)
            if len(items) < PAGE if total is None else page * PAGE >= total:
                break
        if not found.pop("", None) and len(found) >= (total or 0):
            return list(found.values())
    raise no_list(response, f"WeData listed {len(found)} tasks with an id, and counts {total}: run again")


def _task(item: Mapping[str, Any]) -> Listed:
    return Listed(
        task_id=as_text(item.get("TaskId")),
        name=as_text(item.get("TaskName")),
        workflow_id=as_text(item.get("WorkflowId")),
        workflow=as_text(item.get("WorkflowName")),
        type=as_text(item.get("TaskTypeId")),
        submitted=bool(item.get("TaskLatestSubmitVersionNo")),
    )
