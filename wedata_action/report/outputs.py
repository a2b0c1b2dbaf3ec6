"""The outputs of the step. Names and meanings are the contract's: other jobs gate on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from wedata_action.errors import Reason
from wedata_action.github.commands import replace_surrogates
from wedata_action.result import Result, State
from wedata_action.task import is_task_id

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
    "removed-task-ids": "Tasks that are no longer defined; they stay in WeData.",
    "drifted-task-ids": "Tasks that WeData does not have as git has them; only in mode `drift`.",
    "task-count": "Number of tasks in the plan.",
    "batch-count": "Number of batches in the plan.",
    "base": "Id of the commit that `head` was compared with.",
    "base-source": "Where the base comes from: `last-success`, `event`, `merge-base`, `input`, `empty` or `adopt`.",
    "head": "Id of the commit whose definitions were read.",
    "target": "The input `target`, as given.",
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
_CUT_FIRST = (
    "skipped-task-ids",
    "removed-task-ids",
    "task-ids",
    "live-task-ids",
    "unsent-task-ids",
    "request-ids",
    "unknown-task-ids",
)


def outputs_so_far(result: Result) -> dict[str, str]:
    """The outputs while the run goes on: true if it dies now. They hold no list of tasks."""
    return {"result": "unknown", "failure-reason": Reason.AMBIGUOUS.value, **_facts(result)}


def outputs(result: Result) -> dict[str, str]:
    """All outputs of the contract, as texts; a list is compact JSON.

    A task id stands once in a list, even if two projects have a task of that id. An id that WeData answered and that
    no definition may have stands in none. A list that is too long for GitHub is an empty text instead, which
    `fromJSON` refuses: `[]` would say that there are none.
    """
    verdict = {"result": result.result, "failure-reason": str(result.failure_reason or "")}
    known = verdict | _facts(result) | _lists(result) | {"report-file": result.report_file}
    values = {name: known[name] for name in OUTPUTS}
    for name in _CUT_FIRST:
        if sum(map(_size, values.values())) <= LIMIT:
            break
        values[name] = ""
    return values


def left_out(values: Mapping[str, str]) -> str:
    """Which of the outputs had to be left empty for their size, in words; an empty text if none."""
    names = [name for name in _CUT_FIRST if not values[name]]
    if not names:
        return ""
    return (
        f"The outputs {', '.join(names)} are empty: with them the outputs would exceed the 1 MB that GitHub accepts "
        "from a job. The input 'report-file' gives a file that holds all of them."
    )


def _facts(result: Result) -> dict[str, str]:
    job_ids = list(dict.fromkeys(batch.job_id for batch in result.batches if batch.job_id is not None))
    return {
        "job-id": str(job_ids[0]) if job_ids else "",
        "job-ids": _json(job_ids),
        "request-ids": _json(replace_surrogates(batch.request_id) for batch in result.batches if batch.request_id),
        "task-count": str(len(result.outcomes)),
        "batch-count": str(len(result.batches)),
        "base": result.base,
        "base-source": result.base_source,
        "head": result.head,
        "target": result.target,
    }


def _lists(result: Result) -> dict[str, str]:
    tasks = {name: [found.task for found in result.outcomes if found.state is state] for state, name in LISTS.items()}
    tasks["task-ids"] = [outcome.task for outcome in result.outcomes]
    tasks["skipped-task-ids"], tasks["removed-task-ids"] = list(result.skipped), list(result.removed)
    tasks["drifted-task-ids"] = [found.task for found in result.outcomes if found.failure_reason is Reason.DRIFTED]
    return {name: _json(task.task_id for task in found if is_task_id(task.task_id)) for name, found in tasks.items()}


def _json(items: Iterable[str | int]) -> str:
    return json.dumps(list(dict.fromkeys(items)), separators=(",", ":"))


def _size(value: str) -> int:
    return 2 * len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass"))
