"""Brings the code of a task into WeData's draft, and loses nothing that somebody typed there.

WeData has no lock and no version to write against, so the draft is read just before it is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from wedata_action.clock import Backoff, Clock
from wedata_action.code.whole import differing_fields
from wedata_action.code_text import code_digest, difference
from wedata_action.errors import Diagnostic, Reason
from wedata_action.github.errors import GitHubError
from wedata_action.result import End, State
from wedata_action.task import Identity, Task
from wedata_action.tencent.tasks import Draft, get_task, saved_by, update_code
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, patiently

_WRITES = Backoff(tries=5)
_READ_BACK = Backoff(longest=4.0, seconds=15)


class Files(Protocol):
    """What git has; both may raise, and `GitHubError` among it."""

    def read(self, blob: str) -> bytes:
        """The content of a blob, without a byte order mark."""

    def knows(self, code: bytes) -> bool:
        """Whether the repository has this code as a blob."""


class _Write(NamedTuple):
    """A file that takes the place of a draft, in a `mode`. `edit` says what git does not have of that, if anything."""

    task: Task
    draft: Draft
    file: bytes
    mode: str
    edit: str = ""


@dataclass(slots=True)
class Drafts:
    """Reads and writes drafts through `call`. Safe to share between threads.

    `mode` is the input `code`. `stop` ends all writing and sending, and is told why. `dropped` warns of each edit that
    git does not have and that was overwritten, because `mode` says so.
    """

    call: Call
    clock: Clock
    files: Files
    mode: str
    stop: Callable[[Reason, str], None]
    log: Callable[[str], None]
    dropped: dict[Identity, Diagnostic] = field(default_factory=dict, init=False)
    _first: threading.Lock = field(default_factory=threading.Lock, init=False)
    _trusted: bool = field(default=False, init=False)
    _broken: str = field(default="", init=False)

    def prepare(self, task: Task) -> End | None:
        """Makes the draft hold the file at head; gives the end of a task that must not be sent."""
        return self._prepare_in(task, self.mode)

    def _prepare_in(self, task: Task, mode: str) -> End | None:
        try:
            # As a whole: while a write waits for its next try, somebody may save the draft.
            return _WRITES.retry(lambda: self._prepare(task, mode), self.clock, _may_pass)
        except ApiError as error:
            return _not_saved(State.UNSENT, error)
        except GitHubError as error:
            reason = Reason.AUTH if error.status in {401, 403} else Reason.UNREACHABLE
            message = f"not sent, because GitHub did not tell whether the repository has WeData's draft: {error}"
            return End(State.UNSENT, reason, message)

    def restore(self, task: Task) -> End | None:
        """Takes back what an unsettled run may have written; an edit of somebody's stays, also under `overwrite`."""
        end = None if self.mode == "verify" else self._prepare_in(task, "push")
        return None if end and end.failure_reason is Reason.CONFLICT else end

    def _prepare(self, task: Task, mode: str) -> End | None:
        file = self.files.read(task.code.blob) if task.code else b""
        try:
            draft = get_task(patiently(self.call, self.clock), *task.identity)
        except ApiError as error:
            if error.not_found:
                message = f"WeData has no task {task.task_id} in project {task.project_id}: {error}"
                return End(State.FAILED, Reason.REJECTED, message)
            return End(State.UNSENT, error.reason, f"not sent, because WeData's draft cannot be read: {error}")
        if bundle := draft.configuration.get("BundleId"):
            message = f"the task belongs to the WeData bundle {bundle}, so its code is the bundle's to deploy"
            return End(State.FAILED, Reason.REJECTED, message)
        if code_digest(draft.code or b"") == code_digest(file):
            return None
        if mode == "verify" or (not (known := self._is_known(draft, mode)) and mode != "overwrite"):
            return self._conflict(task, draft, file)
        return self._write(_Write(task, draft, file, mode, "" if known else _edit(draft)))

    def _is_known(self, draft: Draft, mode: str) -> bool:
        """Whether git has the draft, or there is nothing to have."""
        never_submitted = not draft.base.get("TaskLatestSubmitVersionNo")
        if not draft.code and (never_submitted or draft.code is None):
            return never_submitted
        try:
            return self.files.knows(draft.code or b"")
        except GitHubError:
            if mode == "overwrite":
                return False
            raise

    def _conflict(self, task: Task, draft: Draft, file: bytes) -> End:
        path = task.code.path if task.code else ""
        saved = f"saved {saved_by(draft.base)}"
        if self.mode == "verify":
            what = "is empty" if not draft.code else f"is not {path} at head"
            message = (
                f"WeData's draft, {saved}, {what}, and `code: verify` writes nothing: save the file's code in WeData, "
                "or use `code: push`."
            )
        else:
            message = f"WeData's draft, {saved}, is not {path} at head. Nothing was written or sent."
        return End(State.FAILED, Reason.CONFLICT, message, difference=difference(file, draft.code or b""))

    def _write(self, write: _Write) -> End | None:
        if self._trusted:
            return self._save(write)
        if self._first.acquire(blocking=False):
            try:
                return self._write_first(write)
            finally:
                self._first.release()
        with self._first:
            pass
        return self._prepare(write.task, write.mode)  # time has passed: the draft is read again

    def _write_first(self, write: _Write) -> End | None:
        """That a partial update leaves the rest of a task alone is inferred: the first one shows it."""
        if self._broken:
            return End(State.UNSENT, Reason.REJECTED, f"not sent: {self._broken}")
        if end := self._save(write):
            return end
        task = write.task
        try:
            after = get_task(patiently(self.call, self.clock), *task.identity)
        except ApiError as error:
            return End(State.UNSENT, error.reason, f"not sent, because the task cannot be read back: {error}")
        lost, other = differing_fields(write.draft, after)
        if other:
            self.log(f"Writing the code of task {task.task_id} also changed {', '.join(other)}")
        if lost:
            self._broken = (
                f"writing the code of task {task.task_id} changed more than its code, so nothing else was written or "
                "sent"
            )
            self.stop(Reason.REJECTED, f"not sent: {self._broken}")
            was = [f"{name} was {value}" for name, value in lost.items()]
            message = f"{self._broken}. Restore the task in WeData first: {'; '.join(was)}"
            # The summary cuts messages, and shows differences whole: here somebody needs every word.
            return End(State.FAILED, Reason.REJECTED, message, difference="\n".join(was))
        if code_digest(after.code or b"") != code_digest(write.file):
            return _ambiguous("WeData's draft has another code again")
        self._trusted = True
        return None

    def _save(self, write: _Write) -> End | None:
        """Raises `ApiError` where another try may go through."""
        try:
            update_code(self.call, *write.task.identity, write.file)
        except ApiError as error:
            if _may_pass(error):
                raise
            if error.verdict is Verdict.OPEN or error.doubtful:
                return self._read_back(write, error)
            return _not_saved(State.FAILED if error.reason is Reason.REJECTED else State.UNSENT, error)
        self._wrote(write)
        return None

    def _read_back(self, write: _Write, error: ApiError) -> End | None:
        """Whether the code was saved, after an answer that does not tell."""
        delays = _READ_BACK.delays(self.clock)
        while True:
            try:
                if code_digest(get_task(self.call, *write.task.identity).code or b"") == code_digest(write.file):
                    self._wrote(write)
                    return None
            except ApiError as unread:
                error = unread
            if (delay := next(delays, None)) is None:
                self._warn(write, "may have been dropped")
                return _ambiguous(str(error))
            self.clock.sleep(delay)

    def _wrote(self, write: _Write) -> None:
        task = write.task
        self.log(f"Wrote {task.code.path if task.code else ''} to WeData's draft of task {task.task_id}")
        self._warn(write, "was dropped")

    def _warn(self, write: _Write, what: str) -> None:
        if write.edit:
            task = write.task
            who = f"{task.name} ({task.task_id})" if task.name else f"Task {task.task_id}"
            message = f"{who}: an edit in WeData that git does not have {what}, {write.edit}"
            self.dropped[task.identity] = Diagnostic(message, task.code.location if task.code else task.location)
            self.log(message)


def _edit(draft: Draft) -> str:
    """Where to find a draft again once it is overwritten: each save is a version in WeData."""
    number = draft.base.get("TaskLatestVersionNo")
    kept = f"WeData keeps it as saved version {number}" if number else "look for it among the task's saved versions"
    return f"saved {saved_by(draft.base)}. {kept}"


def _may_pass(error: Exception) -> bool:
    return isinstance(error, ApiError) and error.retryable


def _not_saved(state: State, error: ApiError) -> End:
    return End(state, error.reason, f"not sent, because its code was not saved: {error}")


def _ambiguous(said: str) -> End:
    message = f"not sent, because it is not known whether its code was saved: {said}. Run again"
    return End(State.UNSENT, Reason.AMBIGUOUS, message)
