"""What is known of a run at one instant, as plain values: the only thing that the report reads.

A `Result` never changes; whoever learns more makes a new one. Texts in it may come from files, commits and the API:
they are data, and each writer of the report makes them inert for its own medium.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from wedata_action.errors import Diagnostic, Location, Reason


class State(enum.StrEnum):
    """How a task ends."""

    LIVE = "live"
    FAILED = "failed"
    PENDING = "pending-approval"
    UNKNOWN = "unknown"
    UNSENT = "unsent"


class TaskResult(NamedTuple):
    """One task of the plan. `change` is `added` or `changed`; `version` is WeData's, such as `V41`.

    `location` is
    unknown where only a JobId was given. `failure_reason` is what the task alone would make the run fail with.
    """

    project_id: str
    task_id: str
    name: str
    location: Location | None
    change: str
    fingerprint: str
    remark: str
    batch: str
    state: State
    failure_reason: Reason | None = None
    job_id: int | None = None
    request_id: str = ""
    version: str = ""
    message: str = ""
    warning: str = ""


@dataclass(frozen=True)
class BatchResult:
    """One call. `number` is `2`, or `2.1` for a part of a batch that was split.

    `status` is `planned`, `sending`, `accepted`, `rejected`, `open` (the answer left the outcome open) or `unsent`,
    or `already-submitted` for tasks of an earlier run; `code` is the error code that it was answered with.
    """

    number: str
    project_id: str
    tasks: tuple[TaskResult, ...]
    status: str
    job_id: int | None = None
    request_id: str = ""
    code: str = ""
    message: str = ""

    @property
    def size(self) -> int:
        """How many tasks the call carries."""
        return len(self.tasks)


class Untouched(NamedTuple):
    """A task that was looked at and is not submitted: `reason` says why it was skipped or that it was removed."""

    project_id: str
    task_id: str
    name: str
    location: Location
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """The whole run. `result` and `failure_reason` are the words of the outputs of the same names.

    `resumed` are tasks of the plan that an earlier run had submitted already, a group for each project: no calls.
    """

    mode: str
    result: str
    failure_reason: Reason | None = None
    message: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    batches: tuple[BatchResult, ...] = ()
    resumed: tuple[BatchResult, ...] = ()
    skipped: tuple[Untouched, ...] = ()
    removed: tuple[Untouched, ...] = ()
    base: str = ""
    base_source: str = ""
    base_explanation: str = ""
    head: str = ""
    report_file: str = ""
    exit_code: int = 0

    @property
    def groups(self) -> tuple[BatchResult, ...]:
        """The batches, and before them what was submitted already."""
        return (*self.resumed, *self.batches)

    @property
    def tasks(self) -> tuple[TaskResult, ...]:
        """All tasks of the plan, group by group."""
        return tuple(task for group in self.groups for task in group.tasks)
