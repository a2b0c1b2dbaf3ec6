"""Why a run ends: the failure reasons of the contract, and the values that carry a mistake to the edge.

Errors are raised where they are known, with their reason and their place; only the report turns them into words.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Reason(enum.StrEnum):
    """The values of the output `failure-reason`."""

    CANCELLED = "cancelled"
    INVALID_INPUT = "invalid-input"
    INVALID_DEFINITION = "invalid-definition"
    UNRESOLVED_BASE = "unresolved-base"
    SUPERSEDED = "superseded"
    TOO_MANY_TASKS = "too-many-tasks"
    AUTH = "auth"
    PARTIAL = "partial"
    REJECTED = "rejected"
    JOB_FAILED = "job-failed"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    AMBIGUOUS = "ambiguous"
    TIMEOUT = "timeout"
    PENDING_APPROVAL = "pending-approval"
    INTERNAL = "internal"


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
