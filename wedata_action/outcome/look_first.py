"""Looks at what WeData has before anything is sent, because an earlier run may have submitted the same content.

WeData has no idempotency token: this look is all that keeps a run from creating a version twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from wedata_action.clock import Clock
from wedata_action.code_text import code_digest
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.proof import Files
from wedata_action.outcome.versions import (
    Stamped,
    UnclearOrderError,
    is_void,
    judge_version,
    newest_stamped,
    read_versions,
    stamped,
)
from wedata_action.parallel import for_each
from wedata_action.result import End, State, TaskOutcome
from wedata_action.task import Change, Identity, Task
from wedata_action.tencent.tasks import get_submitted
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.versions import Version, newest
from wedata_action.tencent.wedata import Call, patiently

Versions = Mapping[Identity, list[Version] | End]


class Looked(NamedTuple):
    """What to do with the tasks of a plan.

    `to_send` are those that WeData does not have with this content, `ended` those that need no call. `never_submitted`
    are reverted tasks that no run has submitted, so that there is nothing to take back.
    """

    to_send: tuple[Task, ...]
    ended: tuple[TaskOutcome, ...]
    never_submitted: tuple[Task, ...]


def look_first(  # the outside world, what to look up, and who is told
    call: Call,
    clock: Clock,
    tasks: Sequence[Task],
    run_id: int,
    files: Files,
    progress: Callable[[str], None] = lambda _: None,
    *,
    adopt: bool = False,
) -> Looked:
    """Looks each task up by the stamps of its versions; `run_id` is this run's, 0 outside GitHub Actions.

    With `adopt`, a task that was never stamped counts as submitted if what is live is the code at head. Raises
    `RunError` if the versions cannot be read, and if a later run has stamped one of them.
    """
    why = "an earlier run may have submitted some of these tasks, so their versions must be read first"
    versions = read_versions(call, clock, tasks, why, progress)
    found: dict[Identity, TaskOutcome] = {}
    never_stamped: set[Identity] = set()
    for task in tasks:
        listed = versions[task.identity]
        if isinstance(listed, End):
            found[task.identity] = TaskOutcome(task).ended(listed)
            continue
        candidates = stamped(listed)
        _check_superseded(task, candidates, run_id)
        if outcome := _settled(task, candidates) if candidates else _adopted(task, listed) if adopt else None:
            found[task.identity] = outcome
        if not candidates:
            never_stamped.add(task.identity)
    settled = _with_code(call, clock, found, versions, files)
    left = [task for task in tasks if task.identity not in settled]
    void = [task for task in left if task.change is Change.REVERTED and task.identity in never_stamped]
    return Looked(tuple(task for task in left if task not in void), tuple(settled.values()), tuple(void))


def _with_code(
    call: Call, clock: Clock, found: Mapping[Identity, TaskOutcome], versions: Versions, files: Files
) -> dict[Identity, TaskOutcome]:
    """Of these tasks those without `code`, and those whose newest version has the code at head; void ones left out."""
    kept = dict(found)

    def look(outcome: TaskOutcome) -> None:
        task, identity = outcome.task, outcome.task.identity
        try:
            code = get_submitted(patiently(call, clock), *identity, _newest_id(versions[identity])).code
        except ApiError as error:
            message = f"nothing was sent, because the code of its newest version cannot be read: {error}"
            kept[identity] = TaskOutcome(task).ended(End(State.UNSENT, error.reason, message))
            return
        if task.code and code_digest(code or b"") != files.digest(task.code.blob):
            del kept[identity]

    for_each(look, [one for one in found.values() if one.task.code and _has_version(one)], clock.workers)
    return kept


def _has_version(outcome: TaskOutcome) -> bool:
    """Whether a version was found for a task, which may have no number. Of the others nothing can be read."""
    return bool(outcome.version) or outcome.state in {State.LIVE, State.PENDING}


def _newest_id(versions: list[Version] | End) -> str:
    """The id of the newest version, void ones left out; empty where it cannot be told."""
    last = None if isinstance(versions, End) else newest(version for version in versions if not is_void(version))
    return last.id if last else ""


def _adopted(task: Task, versions: Sequence[Version]) -> TaskOutcome | None:
    """The task as somebody submitted it by hand, if that is live; nothing shows so of a task without `code`."""
    last = newest(versions)
    if task.code is None or last is None or (end := judge_version(last)).state is not State.LIVE:
        return None
    return TaskOutcome(task).ended(end._replace(message=f"adopted: version {last.number} was submitted by hand"))


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
