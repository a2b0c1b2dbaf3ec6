"""Looks at what WeData has before anything is sent, because an earlier run may have submitted the same content.

WeData has no idempotency token: this look is all that keeps a run from creating a version twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.versions import (
    Stamped,
    UnclearOrderError,
    is_void,
    judge_version,
    newest_stamped,
    read_versions,
    stamped,
)
from wedata_action.result import End, State, TaskOutcome
from wedata_action.task import Change, Task
from wedata_action.tencent.wedata import Call


@dataclass(frozen=True, slots=True)
class Looked:
    """What to do with the tasks of a plan.

    `to_send` are those that WeData does not have with this content, `ended` those that need no call. `never_submitted`
    are reverted tasks that no run has submitted, so that there is nothing to take back.
    """

    to_send: tuple[Task, ...]
    ended: tuple[TaskOutcome, ...]
    never_submitted: tuple[Task, ...]


def look_first(call: Call, clock: Clock, tasks: Sequence[Task], run_id: int) -> Looked:
    """Looks each task up by the stamps of its versions; `run_id` is this run's, 0 outside GitHub Actions.

    Raises `RunError` if the versions cannot be read, and if a later run has stamped one of them.
    """
    why = "an earlier run may have submitted some of these tasks, so their versions must be read first"
    versions = read_versions(call, clock, tasks, why)
    to_send: list[Task] = []
    ended: list[TaskOutcome] = []
    never_submitted: list[Task] = []
    for task in tasks:
        found = versions[task.identity]
        if isinstance(found, End):
            ended.append(TaskOutcome(task).ended(found))
            continue
        candidates = stamped(found)
        _check_superseded(task, candidates, run_id)
        outcome = _settled(task, candidates)
        if outcome:
            ended.append(outcome)
        elif task.change is Change.REVERTED and not candidates:
            never_submitted.append(task)
        else:
            to_send.append(task)
    return Looked(tuple(to_send), tuple(ended), tuple(never_submitted))


def _settled(task: Task, candidates: Sequence[Stamped]) -> TaskOutcome | None:
    """The task as its newest stamped version left it, if that has this content; void ones are left out."""
    try:
        last = newest_stamped(candidate for candidate in candidates if not is_void(candidate.version))
    except UnclearOrderError as error:
        message = f"nothing was sent, because {error}; run again when WeData has numbered them"
        return TaskOutcome(task).ended(End(State.UNKNOWN, Reason.AMBIGUOUS, message))
    if last is None or not last.stamp.is_of(task.fingerprint):
        return None
    end = judge_version(last.version)
    said = f"run {last.stamp.run} submitted it already"
    end = end._replace(message=f"{said}; {end.message}" if end.message else said)
    return TaskOutcome(task, last.version.remark).ended(end)


def _check_superseded(task: Task, candidates: Sequence[Stamped], run_id: int) -> None:
    """Raises `RunError` if the newest stamp names a later run. Runs outside GitHub Actions have no order."""
    try:
        last = newest_stamped(candidates)
    except UnclearOrderError:
        return
    if last and last.stamp.run_id > run_id > 0:
        raise RunError(
            Reason.SUPERSEDED,
            f"run {last.stamp.run} is later than this one and has submitted task {task.task_id} of commit "
            f"{last.stamp.head}; nothing was sent. Re-run the latest run of this workflow instead",
        )
