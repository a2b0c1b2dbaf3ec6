"""Reads what WeData has of each task, for the judgement of drift: each API action in a lane of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wedata_action.clock import Backoff, Clock
from wedata_action.code_text import code_digest
from wedata_action.errors import Reason
from wedata_action.outcome.drift import Seen, drift_end, judge_drift
from wedata_action.outcome.proof import Files
from wedata_action.parallel import Flow
from wedata_action.result import Drift, End, TaskOutcome
from wedata_action.task import Task
from wedata_action.tencent.tasks import get_production_code, get_task
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import list_task_versions
from wedata_action.tencent.wedata import Call

_TRIES = Backoff(tries=4)
_SILENCE = 60.0  # seconds without any answer, after which nothing more is asked


def find_drift(
    call: Call, clock: Clock, files: Files, tasks: Sequence[Task], progress: Callable[[str], None]
) -> tuple[TaskOutcome, ...]:
    """Each task with its word. A task of which anything cannot be read is unknown."""
    reads = _Reads(_patiently(call, clock), clock, files, progress, len(tasks))
    for task in tasks:
        reads.begin("GetTask", reads.look_at_task, task)
    reads.flow.run()
    return tuple(TaskOutcome(task).ended(reads.ends[task.identity]) for task in tasks)


class _Reads:
    """One read of a task begins the next, so that few codes are held at a time."""

    def __init__(self, read: Call, clock: Clock, files: Files, progress: Callable[[str], None], total: int) -> None:
        self.flow = Flow(clock)
        self.ends: dict[tuple[str, str], End] = {}
        self._read, self._files, self._progress, self._total = read, files, progress, total

    def begin(self, action: str, look: Callable[..., None], task: Task, *seen: Seen) -> None:
        def work() -> None:
            try:
                look(task, *seen)
            except ApiError as error:
                missing = action == "GetTask" and error.not_found
                self._settle(task, _missing(task, error) if missing else _unread(error))

        self.flow.add(action, work)

    def look_at_task(self, task: Task) -> None:
        draft = get_task(self._read, *task.identity)
        code = draft.code or b""
        same = task.code is None or code_digest(code) == self._files.digest(task.code.blob)
        self.begin("ListTaskVersions", self._look_at_versions, task, Seen(draft.base, None if same else code))

    def _look_at_versions(self, task: Task, seen: Seen) -> None:
        seen = seen._replace(versions=list_task_versions(self._read, *task.identity))
        if task.code is None:
            self._settle(task, judge_drift(task, seen, None))
        else:
            self.begin("GetOpsTaskCode", self._look_at_code, task, seen)

    def _look_at_code(self, task: Task, seen: Seen) -> None:
        try:
            seen = seen._replace(production=get_production_code(self._read, *task.identity))
        except ApiError as error:
            if not error.not_found:
                raise
        self._settle(task, judge_drift(task, seen, self._files.read(task.code.blob) if task.code else None))

    def _settle(self, task: Task, end: End) -> None:
        self.ends[task.identity] = end
        self._progress(f"{len(self.ends)} of {self._total} tasks compared")


def _patiently(call: Call, clock: Clock) -> Call:
    """`call` with a few tries of each read. Once the site has been silent for a minute, nothing more is asked of it."""
    silent: tuple[float, ApiError] | None = None

    def is_lost() -> bool:
        return silent is not None and clock.monotonic() - silent[0] > _SILENCE

    def once(*asked: Any) -> dict[str, Any]:
        nonlocal silent
        if (known := silent) and is_lost():
            raise known[1]
        try:
            answer = call(*asked)
        except ApiError as error:
            # An answer such as ResourceNotFound is about one task, and no silence.
            silent = ((silent or (clock.monotonic(),))[0], error) if _may_pass(error) else None
            raise
        silent = None
        return answer

    def read(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        ask = functools.partial(once, action, version, payload)
        return _TRIES.retry(ask, clock, lambda error: _may_pass(error) and not is_lost())

    return read


def _may_pass(error: Exception) -> bool:
    return isinstance(error, ApiError) and (error.retryable or error.verdict is Verdict.OPEN)


def _missing(task: Task, error: ApiError) -> End:
    return drift_end(Drift.MISSING, f"WeData has no task {task.task_id} in project {task.project_id}: {error}")


def _unread(error: ApiError) -> End:
    of_the_account = error.reason in {Reason.AUTH, Reason.UNREACHABLE, Reason.THROTTLED}
    return drift_end(Drift.UNKNOWN, f"it cannot be read: {error}", error.reason if of_the_account else None)
