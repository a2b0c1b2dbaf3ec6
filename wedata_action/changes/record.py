"""What a run writes down about itself, and a later run reads: a success is recorded, never inferred.

The record is the only notice that the program writes. GitHub keeps it as an annotation of the job's check run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from wedata_action.result import Result
from wedata_action.settings import Settings

TITLE = "wedata-action"

_SUCCESSES = frozenset({"success", "noop", "adopted", "submitted"})
_ID = "[0-9a-f]{40}|[0-9a-f]{64}"
_RECORD = re.compile(rf"\(record:1 scope:([0-9a-f]{{12}}) base:({_ID}|empty) head:({_ID}) result:([a-z-]+)\)\s*\Z")


class Record(NamedTuple):
    """`base` and `head` are commit ids; an empty `base` is the empty tree. `result` is the word of the output."""

    scope: str
    base: str
    head: str
    result: str

    def __str__(self) -> str:
        return f"(record:1 scope:{self.scope} base:{self.base or 'empty'} head:{self.head} result:{self.result})"

    def is_success(self, *, pass_pending: bool) -> bool:
        """Whether every change up to `head` is settled.

        `pass_pending` is the input `pending-approval: pass` of the run that reads the record: for it a submission that
        awaits approval is settled.
        """
        return self.result in _SUCCESSES or (pass_pending and self.result == "pending-approval")


def scope_of(settings: Settings) -> str:
    """The first 12 hexadecimal digits of a SHA-256 over the inputs that tell steps, sites and projects apart."""
    values = {
        "definitions": sorted({glob.strip() for glob in settings.definitions}),
        "endpoint": urlsplit(settings.endpoint).hostname or "",
        "project-id": settings.project_id or "",
        "region": settings.region or "",
        "target": settings.target or "",
    }
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()[:12]


def record_of(settings: Settings, result: Result) -> Record | None:
    """The record of a run that submitted; `None` for one that never knew its base.

    Only an adoption that succeeded makes head a base: one that was refused or cancelled must not move later runs on.
    """
    if not result.base_source or not result.head:
        return None
    if result.base_source == "adopt" and result.result != "adopted":
        return None
    return Record(scope_of(settings), result.base, result.head, str(result.result))


def read_records(notices: Iterable[str], head: str) -> tuple[Record, ...]:
    """The records in the messages of notices whose head is `head`, the commit of the run that they belong to.

    A text in a commit cannot hold that commit's id, so no commit forges a record.
    """
    found = (match.groups() for match in map(_RECORD.search, notices) if match)
    return tuple(
        Record(scope, "" if base == "empty" else base, own, result) for scope, base, own, result in found if own == head
    )
