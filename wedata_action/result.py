"""What is known of a run at one instant, as plain values: the only thing that the report reads.

A `Result` never changes; whoever learns more makes a new one. Texts in it may come from files, commits and the API:
they are data, and each writer of the report makes them inert for its own medium.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.task import Options, Task


class State(enum.StrEnum):
    """How a task ends."""

    LIVE = "live"
    FAILED = "failed"
    PENDING = "pending-approval"
    UNKNOWN = "unknown"
    UNSENT = "unsent"


class Drift(enum.StrEnum):
    """What `drift` finds of a task; of several findings the first here is its word.

    `state` is how the task ends: a failed one has drifted. `meaning` says it of one task or of several.
    """

    state: State
    meaning: str

    def __new__(cls, word: str, state: State, meaning: str) -> Drift:  # noqa: PYI034 - no subclass
        """A member: its word with its columns."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.state, member.meaning = state, meaning
        return member

    MISSING = "missing", State.FAILED, "not in WeData"
    CODE_DIFFERS = "code-differs", State.FAILED, "production runs other code than the file at head"
    NOT_SUBMITTED = "not-submitted", State.FAILED, "not submitted with the content at head"
    UNKNOWN = "unknown", State.UNKNOWN, "could not be compared with git"
    AWAITS_APPROVAL = "awaits-approval", State.PENDING, "submitted, and awaits approval in WeData"
    NEVER_SUBMITTED = "never-submitted", State.UNSENT, "never submitted, so nothing of it runs"
    CHANGED_IN_WEDATA = "changed-in-wedata", State.LIVE, "somebody submitted a newer version in WeData"
    DRAFT_DIFFERS = "draft-differs", State.LIVE, "WeData's draft has an edit that was not submitted"
    UNPROVEN = "unproven", State.UNSENT, "neither code in git nor a stamp in WeData, so there is nothing to compare"
    IN_SYNC = "in-sync", State.LIVE, "as git has it"


class BatchStatus(enum.StrEnum):
    """What became of a call: `OPEN` if its answer leaves that open.

    `RUNNING` is for jobs that were asked about by their JobId and have not ended.
    """

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"
    UNSENT = "unsent"
    RUNNING = "running"


class ResultWord(enum.StrEnum):
    """The values of the output `result`."""

    SUCCESS = "success"
    NOOP = "noop"
    SUBMITTED = "submitted"
    PLANNED = "planned"
    VALID = "valid"
    ADOPTED = "adopted"
    IN_SYNC = "in-sync"
    DRIFTED = "drifted"
    FAILURE = "failure"
    PENDING = "pending-approval"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class End(NamedTuple):
    """How one task ended. `failure_reason` is what the run would fail with for this task alone.

    `proved` is the digest of the code that production was seen to run, where it is the file's. `difference` shows, line
    by line, how WeData's code differs from the file. `drift` is what the mode of that name found.
    """

    state: State
    failure_reason: Reason | None = None
    message: str = ""
    version: str = ""
    warning: str = ""
    proved: str = ""
    difference: str = ""
    drift: Drift | None = None


class TaskOutcome(NamedTuple):
    """One task of the plan and what became of it.

    `remark` is that of its new version, `batch` the number of its call, empty where none was needed. `version` is
    WeData's number, such as `V41`.
    """

    task: Task
    remark: str = ""
    batch: str = ""
    state: State = State.UNSENT
    failure_reason: Reason | None = None
    job_id: int | None = None
    request_id: str = ""
    version: str = ""
    message: str = ""
    warning: str = ""
    proved: str = ""
    difference: str = ""
    drift: Drift | None = None

    @property
    def location(self) -> Location | None:
        """The place of its definition, if it is known: a job that is asked about by its JobId names tasks alone."""
        return self.task.location if self.task.location.path else None

    @property
    def accepted(self) -> bool:
        """Whether WeData accepted the task and nobody waited for more."""
        return self.state is State.UNKNOWN and self.failure_reason is None

    @property
    def end(self) -> End:
        """How it ended."""
        return End._make(getattr(self, name) for name in End._fields)

    def ended(self, end: End) -> TaskOutcome:
        """The same task with this end. A version that is known stays."""
        return self._replace(**end._asdict() | {"version": end.version or self.version})


class Batch(NamedTuple):
    """One call, from the plan to the report.

    `number` counts from 1; the halves of a batch that was split are `2.1` and `2.2`. `code` is the error code that the
    call was answered with.
    """

    number: str
    project_id: str
    options: Options
    outcomes: tuple[TaskOutcome, ...]
    status: BatchStatus = BatchStatus.PLANNED
    job_id: int | None = None
    request_id: str = ""
    code: str = ""
    message: str = ""

    @property
    def size(self) -> int:
        """How many tasks the call carries."""
        return len(self.outcomes)

    def halves(self) -> tuple[Batch, Batch]:
        """Two planned batches in place of this one, which must have two tasks or more."""
        middle = self.size // 2
        return self._part("1", self.outcomes[:middle]), self._part("2", self.outcomes[middle:])

    def _part(self, number: str, outcomes: tuple[TaskOutcome, ...]) -> Batch:
        number = f"{self.number}.{number}"
        planned = tuple(TaskOutcome(outcome.task, outcome.remark, number) for outcome in outcomes)
        return Batch(number, self.project_id, self.options, planned)


class Result(NamedTuple):
    """The whole run. `result` and `failure_reason` are the words of the outputs of the same names.

    `settled` are tasks of the plan that needed no call, such as those that an earlier run submitted.
    """

    mode: str
    result: ResultWord
    failure_reason: Reason | None = None
    message: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    settled: tuple[TaskOutcome, ...] = ()
    batches: tuple[Batch, ...] = ()
    skipped: tuple[Task, ...] = ()
    removed: tuple[Task, ...] = ()
    base: str = ""
    base_source: str = ""
    base_explanation: str = ""
    head: str = ""
    target: str = ""
    report_file: str = ""
    exit_code: int = 0

    @property
    def outcomes(self) -> tuple[TaskOutcome, ...]:
        """All tasks of the plan: those that are settled, then batch by batch."""
        return (*self.settled, *(outcome for batch in self.batches for outcome in batch.outcomes))
