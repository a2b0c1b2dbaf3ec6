"""The proof that production runs the code at head: it is read back until it equals the file, or time is up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from wedata_action.code_text import code_digest, difference
from wedata_action.errors import Reason
from wedata_action.outcome.polling import Answer, Question
from wedata_action.result import End, State, TaskOutcome
from wedata_action.tencent.tasks import get_production_code
from wedata_action.tencent.wedata import Call

_NOT_READ = "its production code could not be read"


class Files(Protocol):
    """Contents of files by their blob ids."""

    def read(self, blob: str) -> bytes:
        """The content."""

    def digest(self, blob: str) -> bytes:
        """The `code_digest` of the content."""


@dataclass(slots=True)
class Proof:
    """The proof of one task that was seen live, as `end` says."""

    call: Call
    files: Files
    outcome: TaskOutcome
    end: End
    _seen: bytes | None = field(default=None, init=False)

    def question(self, until: float) -> Question:
        """What to ask, until so many monotonic seconds."""
        return Question((self.outcome,), self._ask, self._expire, until, lane="prove")

    def _ask(self) -> Answer:
        code = self.outcome.task.code
        if code is None:
            return [self.end]
        self._seen = None
        found = get_production_code(self.call, *self.outcome.task.identity)
        if code_digest(found) == self.files.digest(code.blob):
            return [self.end._replace(proved=code.digest)]
        self._seen = found
        return f"production does not run {code.path} of head yet"

    def _expire(self, seen: str) -> End:
        code, version = self.outcome.task.code, self.end.version
        if code is None or self._seen is None:
            message = f"the task is live, but {_NOT_READ}: {seen}"
            return End(State.UNKNOWN, Reason.AMBIGUOUS, message, version)
        if code.base_blob and code_digest(self._seen) == self.files.digest(code.base_blob):
            message = f"the task is live, but when time was up production still ran {code.path} of the base"
            return End(State.UNKNOWN, Reason.TIMEOUT, message, version)
        shown = difference(self.files.read(code.blob), self._seen)
        message = f"production does not run {code.path} of head, but another code: somebody may have submitted it"
        return End(State.FAILED, Reason.CODE_MISMATCH, message, version, difference=shown)
