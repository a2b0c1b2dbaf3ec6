"""What is known of a run at one instant, as plain values: the only thing that the report reads.

A `Result` never changes; whoever learns more makes a new one. Texts in it may come from files, commits and the API:
they are data, and each writer of the report makes them inert for its own medium.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wedata_action.errors import Place, Problem, Reason


class State(enum.StrEnum):
    """How a task ends."""

    LIVE = "live"
    FAILED = "failed"
    PENDING = "pending-approval"
    UNKNOWN = "unknown"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task of the plan. `change` is `added` or `changed`; `version` is WeData's, such as `V41`."""

    project_id: str
    task_id: str
    name: str
    place: Place
    change: str
    fingerprint: str
    remark: str
    batch: str
    state: State
    job_id: int | None = None
    request_id: str = ""
    version: str = ""
    message: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One call. `number` is `2`, or `2.1` for a part of a batch that was split.

    `status` is `planned`, `sending`, `accepted`, `rejected`, `open` (the answer left the outcome open) or `unsent`.
    """

    number: str
    project_id: str
    size: int
    status: str
    job_id: int | None = None
    request_id: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Untouched:
    """A task that was looked at and is not submitted: `reason` says why it was skipped or that it was removed."""

    project_id: str
    task_id: str
    name: str
    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """The whole run. `result` and `failure_reason` are the words of the outputs of the same names."""

    mode: str
    result: str
    failure_reason: Reason | None = None
    message: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    tasks: tuple[TaskResult, ...] = ()
    batches: tuple[BatchResult, ...] = ()
    skipped: tuple[Untouched, ...] = ()
    removed: tuple[Untouched, ...] = ()
    base: str = ""
    base_source: str = ""
    base_explanation: str = ""
    head: str = ""
    report_file: str = ""
    exit_code: int = 0
