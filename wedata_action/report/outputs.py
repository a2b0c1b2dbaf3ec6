"""The outputs of the step. Names and meanings are the contract's; other jobs gate on them."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

from wedata_action.report.words import ORDER
from wedata_action.result import BatchResult, Result, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OUTPUTS = {
    "result": "Verdict in one word. Only `success` says that every changed task is live.",
    "failure-reason": "Why the run failed, in one word; empty otherwise.",
    "job-id": "The first JobId.",
    "job-ids": "All JobIds.",
    "request-ids": "RequestIds of the submissions, in the order of the batches.",
    "task-ids": "Tasks in the plan of this run.",
    "live-task-ids": "Tasks of the plan whose version is live.",
    "failed-task-ids": "Tasks of the plan that failed.",
    "pending-task-ids": "Tasks of the plan that await approval in WeData.",
    "unknown-task-ids": "Tasks of the plan whose outcome is not known.",
    "unsent-task-ids": "Tasks of the plan that were not submitted.",
    "skipped-task-ids": "Tasks that were looked at and have not changed.",
    "task-count": "Number of tasks in the plan.",
    "batch-count": "Number of batches in the plan.",
    "base": "Id of the commit that `head` was compared with.",
    "base-source": "Where the base comes from: `last-success`, `event`, `merge-base`, `input`, `empty` or `adopt`.",
    "head": "Id of the commit whose definitions were read.",
    "report-file": "Path of the machine-readable report, as given.",
}
"""What each output holds, for `action.yml` and the documentation. An output named `…-ids` is a JSON list."""

LIMIT = 900_000
"""Bytes of all outputs together. GitHub takes 1 MB a job, counted in UTF-16."""

LISTS = {
    State.LIVE: "live-task-ids",
    State.FAILED: "failed-task-ids",
    State.PENDING: "pending-task-ids",
    State.UNKNOWN: "unknown-task-ids",
    State.UNSENT: "unsent-task-ids",
}

# What can be had elsewhere goes first: `task-ids` is the union of the five lists by end state.
_CUT_FIRST = ("skipped-task-ids", "task-ids", "live-task-ids", "unsent-task-ids", "request-ids", "unknown-task-ids")


def outputs(result: Result) -> dict[str, str]:
    """All outputs of the contract, as texts; a list is compact JSON.

    A task id stands once in a list, even if two projects have a task of that id. A list that is too long for GitHub
    is an empty text instead, which `fromJSON` refuses: `[]` would say that there are none.
    """
    return _fitting(result)[0]


def left_out(result: Result) -> str:
    """Which of the outputs had to be left empty for their size, in words; an empty text if none."""
    names = _fitting(result)[1]
    if not names:
        return ""
    return (
        f"The outputs {', '.join(names)} were left empty: with them the outputs would exceed the 1 MB that GitHub "
        "takes of a job. The file that `report-file` names has them in full."
    )


def _fitting(result: Result) -> tuple[dict[str, str], list[str]]:
    values = _values(result)
    cut: list[str] = []
    for name in _CUT_FIRST:
        if sum(map(_size, values.values())) <= LIMIT:
            break
        values[name] = ""
        cut.append(name)
    return values, cut


def _values(result: Result) -> dict[str, str]:
    # Short ones first: what stands at the head of the file survives even a kill in the midst of a write.
    job_ids = list(dict.fromkeys(batch.job_id for batch in result.batches if batch.job_id is not None))
    values = {
        "result": result.result,
        "failure-reason": str(result.failure_reason or ""),
        "job-id": str(job_ids[0]) if job_ids else "",
        "base": result.base,
        "base-source": result.base_source,
        "head": result.head,
        "report-file": result.report_file,
        "task-count": str(sum(group.size for group in result.groups)),
        "batch-count": str(len(result.batches)),
        "job-ids": _json(job_ids),
        "request-ids": _json(batch.request_id for batch in result.batches if batch.request_id),
    }
    # By urgency, so that the short lists of what failed come before those of what is well.
    for state in ORDER:
        values[LISTS[state]] = _task_ids(result.groups, state)
    values["task-ids"] = _task_ids(result.groups, None)
    values["skipped-task-ids"] = _json(task.task_id for task in result.skipped)
    return values


def _task_ids(batches: Sequence[BatchResult], state: State | None) -> str:
    """The tasks of an end state, or with `None` all; joined from what each batch keeps, unless projects share ids."""
    if len({batch.project_id for batch in batches}) > 1:
        return _json(task.task_id for batch in batches for task in batch.tasks if state in {None, task.state})
    return _joined(tuple(ids for batch in batches if (ids := batch.ids_as_json[state])))


@functools.lru_cache(maxsize=4)
def _joined(lists: tuple[str, ...]) -> str:
    """One list of many. That of all tasks is the same at each change, and so are most of the others."""
    return f"[{','.join(lists)}]"


def _size(value: str) -> int:
    return 2 * len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass"))


def _json(items: Iterable[str | int]) -> str:
    return json.dumps(list(dict.fromkeys(items)), ensure_ascii=False, separators=(",", ":"))
