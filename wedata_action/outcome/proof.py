"""The proof that production runs the code at head: it is read back until it equals the file, or time is up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from wedata_action.code_text import code_digest, difference
from wedata_action.errors import Reason
from wedata_action.outcome.polling import Answer, Question
from wedata_action.outcome.versions import UnclearOrderError, is_void, newest_stamped, stamped
from wedata_action.result import End, State, TaskOutcome
from wedata_action.stamps import Stamp, read_stamp
from wedata_action.tencent.tasks import get_production_code, get_submitted
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.versions import list_task_versions
from wedata_action.tencent.wedata import Call

_NOT_SHOWN = "WeData does not show the code of its version yet"


class Files(Protocol):
    """Contents of files by their blob ids."""

    def read(self, blob: str) -> bytes:
        """The content."""

    def digest(self, blob: str) -> bytes:
        """The `code_digest` of the content."""


@dataclass(slots=True)
class Proof:
    """The proof of one task that was seen live, as `end` says.

    With `of_version` the version that says so must have the code too: the one of this run, or, where the outcome has no
    remark, the newest with the content at head. A look-up that has read the newest version needs no more of it.
    """

    call: Call
    files: Files
    outcome: TaskOutcome
    end: End
    of_version: bool = True
    _seen: bytes = field(default=b"", init=False)

    def question(self, until: float) -> Question:
        """What to ask, until so many monotonic seconds."""
        return Question((self.outcome,), self._ask, self._expire, until, lane="prove")

    def _ask(self) -> Answer:
        code = self.outcome.task.code
        if code is None:
            return [self.end]
        self._seen = b""
        found = self._production()
        if not self._is_file(found):
            # Only its digest is kept: ten thousand codes may be waited for at once.
            self._seen = code_digest(found)
            return f"production does not run {code.path} of head yet"
        # What ran before may have had the same code, and then it proves nothing of a version of this run.
        return self._ask_version() if self.of_version else [self.end._replace(proved=code.digest)]

    def _ask_version(self) -> Answer:
        """Whether the version of this run has the code: somebody may have saved the draft before WeData read it."""
        code, identity = self.outcome.task.code, self.outcome.task.identity
        if code is None:
            return [self.end]
        found = get_submitted(self.call, *identity, "")
        if not self._is_ours(read_stamp(found.remark)):  # somebody submitted the task since, so it says nothing of ours
            versions = stamped(list_task_versions(self.call, *identity))
            ours = [one for one in versions if self._is_ours(one.stamp) and not is_void(one.version)]
            try:
                version = newest_stamped(ours)
            except UnclearOrderError as error:
                return str(error)
            if version is None or not version.version.id:
                return _NOT_SHOWN
            found = get_submitted(self.call, *identity, version.version.id)
        if self._is_file(found.code or b""):
            return [self.end._replace(proved=code.digest)]
        if found.code is None:
            return _NOT_SHOWN
        return [self._mismatch("the version of this run has" if self.outcome.batch else "its version has", found.code)]

    def _is_ours(self, stamp: Stamp | None) -> bool:
        sent = read_stamp(self.outcome.remark)
        return stamp is not None and (stamp == sent if sent else stamp.is_of(self.outcome.task.fingerprint))

    def _is_file(self, found: bytes) -> bool:
        code = self.outcome.task.code
        return code is not None and code_digest(found) == self.files.digest(code.blob)

    def _production(self) -> bytes:
        return get_production_code(self.call, *self.outcome.task.identity)

    def _expire(self, seen: str) -> End:
        code, version = self.outcome.task.code, self.end.version
        if code is None or not self._seen:  # the last answer was none, or it was about the version
            message = f"the task is live, but its production code could not be read: {seen}"
            return End(State.UNKNOWN, Reason.AMBIGUOUS, message, version)
        if code.base_blob and self._seen == self.files.digest(code.base_blob):
            message = f"the task is live, but when time was up production still ran {code.path} of the base"
            return End(State.UNKNOWN, Reason.TIMEOUT, message, version)
        try:
            found = self._production()
        except ApiError:
            found = b"(its code could not be read again)"
        return self._mismatch("production runs", found)

    def _mismatch(self, what: str, found: bytes) -> End:
        code = self.outcome.task.code
        path, file = (code.path, self.files.read(code.blob)) if code else ("", b"")
        message = f"{what} another code than {path} of head: somebody may have saved or submitted it in WeData"
        shown = difference(file, found)
        return End(State.FAILED, Reason.CODE_MISMATCH, message, self.end.version, difference=shown)
