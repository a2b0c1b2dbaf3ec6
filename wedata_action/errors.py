"""Why a run ends: the failure reasons of the contract, and the values that carry a mistake to the edge.

Errors are raised where they are known, with their reason and their place; only the report turns them into words.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Reason(enum.StrEnum):
    """The values of the output `failure-reason`, with what a run of that reason ends as.

    The order decides: a run has the first reason that applies. `result` is the output of that name, `exit_code` that of
    the step, and `meaning` is what a person reads in the documentation.
    """

    result: str
    exit_code: int
    meaning: str

    def __new__(cls, word: str, result: str, exit_code: int, meaning: str) -> Reason:  # noqa: PYI034 - no subclass
        """A member: its word with its columns."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.result, member.exit_code, member.meaning = result, exit_code, meaning
        return member

    CANCELLED = "cancelled", "cancelled", 130, "SIGINT or SIGTERM stopped the run; the exit code of SIGTERM is 143"
    INVALID_INPUT = (
        "invalid-input",
        "failure",
        2,
        "Something the run needs is missing or not allowed; nothing was sent",
    )
    INVALID_DEFINITION = "invalid-definition", "failure", 2, "A definition has mistakes; nothing was sent"
    UNRESOLVED_BASE = "unresolved-base", "failure", 2, "The commit to compare with is not known; nothing was sent"
    SUPERSEDED = "superseded", "failure", 2, "A newer run has submitted already; nothing was sent"
    TOO_MANY_TASKS = "too-many-tasks", "failure", 2, "More tasks than `max-tasks` were to be sent; nothing was sent"
    AUTH = "auth", "failure", 3, "Tencent Cloud rejected the credentials or their permissions"
    CONFLICT = "conflict", "failure", 1, "A draft in WeData is not the file in git, and was not overwritten"
    REJECTED = "rejected", "failure", 1, "WeData rejected a submission"
    JOB_FAILED = "job-failed", "failure", 1, "WeData accepted a submission, and then the task failed"
    CODE_MISMATCH = "code-mismatch", "failure", 1, "Production runs other code than the file at head"
    UNREACHABLE = "unreachable", "failure", 4, "No connection to Tencent Cloud: DNS, TCP or TLS"
    THROTTLED = "throttled", "failure", 4, "The rate limit still applied after five tries"
    AMBIGUOUS = "ambiguous", "unknown", 4, "It is not known whether a submission was executed, or what WeData has"
    TIMEOUT = "timeout", "unknown", 4, "The outcome was not known in time"
    PENDING_APPROVAL = "pending-approval", "pending-approval", 5, "A submission awaits approval in WeData"
    DRIFTED = "drifted", "drifted", 6, "Something in WeData is not as git has it"
    INTERNAL = "internal", "failure", 70, "The action itself failed; please report it"


class Location(NamedTuple):
    """Where something stands: a path relative to the repository's root, line and column counted from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Diagnostic(NamedTuple):
    """One mistake or one warning in plain words, and where it stands, if anywhere."""

    message: str
    location: Location | None = None


class RunError(Exception):
    """Ends the run.

    `message` says what happened and what to do; `diagnostics` are the single mistakes behind it, each to be annotated.
    """

    def __init__(self, reason: Reason, message: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.diagnostics = diagnostics


class Cancelled(BaseException):
    """SIGINT or SIGTERM arrived. Not an `Exception`, so that no handler of ordinary failures swallows it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
