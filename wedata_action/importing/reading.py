"""Reads tasks and their code from WeData: each API action in a lane of its own, so that they run side by side."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wedata_action.clock import Backoff, Clock
from wedata_action.code_text import MAX_CODE, code_digest
from wedata_action.errors import Reason, RunError
from wedata_action.importing.notes import Note
from wedata_action.parallel import Flow
from wedata_action.tencent.task_list import Listed
from wedata_action.tencent.tasks import Draft, get_production_code, get_task
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, patiently

_TRIES = Backoff(tries=4)
_MOST_OPEN = 20  # tasks without a usable answer, after which nothing more is asked
_GRACE = 10.0  # seconds for what is being written when a signal comes

_SUFFIXES = {
    **dict.fromkeys(("21", "23", "32", "33", "34", "36", "40", "43", "48", "70", "134", "138"), ".sql"),
    **dict.fromkeys(("30", "31", "50"), ".py"),
    **dict.fromkeys(("35", "38", "133"), ".sh"),
}
"""By TaskTypeId. For another type the suffix is that of the file in which WeData keeps the code."""


class Found(NamedTuple):
    """A task as WeData has it. `code` is what is to be in git, `None` where that is no file.

    `error` says why a task could not be read.
    """

    task: Listed
    code: bytes | None = None
    suffix: str = ""
    notes: tuple[Note, ...] = ()
    error: str = ""


def read_tasks(  # whom to ask, about what, and who is told
    call: Call, clock: Clock, project_id: str, tasks: Sequence[Listed], done: Callable[[Found], None], *, draft: bool
) -> None:
    """Reads each task: the code that production runs, or with `draft` the draft.

    `done` is called once for each, in threads. Raises `RunError` where WeData as a whole cannot be read.
    """
    reads = _Reads(patiently(call, clock, _TRIES), Flow(clock), project_id, done, draft=draft)
    for task in tasks:
        reads.begin("GetTask", reads.look_at_task, task)
    reads.flow.run(grace=_GRACE, lanes=("write",))


class _Reads:
    """One read of a task begins the next, so that few codes are held at a time."""

    def __init__(self, read: Call, flow: Flow, project_id: str, done: Callable[[Found], None], *, draft: bool) -> None:
        self.flow = flow
        self._read, self._project_id, self._done, self._draft = read, project_id, done, draft
        self._open = 0

    def begin(self, action: str, look: Callable[..., None], task: Listed, *seen: Any) -> None:
        def work() -> None:
            try:
                look(task, *seen)
            except ApiError as error:
                self._failed(task, error)

        self.flow.add(action, work)

    def look_at_task(self, task: Listed) -> None:
        draft = get_task(self._read, self._project_id, task.task_id)
        suffix = _suffix(task, draft)
        submitted = task.submitted or bool(draft.base.get("TaskLatestSubmitVersionNo"))
        if draft.configuration.get("BundleId"):
            self._end(Found(task, None, suffix, (Note.OF_BUNDLE,)))
        elif draft.code is not None and submitted and not self._draft:
            self.begin("GetOpsTaskCode", self._look_at_code, task, suffix, draft.code)
        else:
            never = () if submitted else (Note.NEVER_SUBMITTED,)
            self._end(_checked(Found(task, draft.code, suffix, never)))

    def _look_at_code(self, task: Listed, suffix: str, draft: bytes) -> None:
        try:
            code = get_production_code(self._read, self._project_id, task.task_id)
        except ApiError as error:
            if not error.not_found:
                raise
            self._end(Found(task, None, suffix, (Note.NOT_IN_PRODUCTION,)))
        else:
            notes = () if code_digest(code) == code_digest(draft) else (Note.UNSUBMITTED,)
            self._end(_checked(Found(task, code, suffix, notes)))

    def _failed(self, task: Listed, error: ApiError) -> None:
        if error.not_found:
            self._end(Found(task, notes=(Note.GONE,)))
            return
        self._open += error.verdict is Verdict.OPEN  # a refusal is about this task
        if error.reason in {Reason.AUTH, Reason.UNREACHABLE, Reason.THROTTLED} or self._open > _MOST_OPEN:
            raise RunError(error.reason, f"task {task.task_id} cannot be read: {error}")
        self._end(Found(task, notes=(Note.UNREAD,), error=str(error)))

    def _end(self, found: Found) -> None:
        self.flow.add("write", functools.partial(self._done, found))


def _checked(found: Found) -> Found:
    """Without a code that no definition may name."""
    code = found.code or b""
    if len(code) > MAX_CODE:
        return found._replace(code=None, notes=(*found.notes, Note.TOO_LARGE))
    try:
        code.decode()
    except UnicodeDecodeError:
        return found._replace(code=None, notes=(*found.notes, Note.NOT_TEXT))
    return found


def _suffix(task: Listed, draft: Draft) -> str:
    if task.type in _SUFFIXES:
        return _SUFFIXES[task.type]
    settings = draft.configuration.get("TaskExtConfigurationList")
    entries = [entry for entry in settings if isinstance(entry, dict)] if isinstance(settings, list) else []
    kept = next((entry.get("ParamValue") for entry in entries if entry.get("ParamKey") == "ftp.file.name"), None)
    suffix = str(kept).rpartition(".")[2].lower()
    fits = suffix.isascii() and suffix.isalnum() and len(suffix) <= 8 and suffix not in {"yml", "yaml", "json"}
    return f".{suffix}" if "." in str(kept) and fits else ".txt"
