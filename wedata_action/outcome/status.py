"""Asks later what became of tasks: by the stamps of their versions, on any site."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.lookup import read_versions
from wedata_action.outcome.polling import Answer, Question, poll
from wedata_action.outcome.versions import UnclearOrderError, is_void, judge_version, newest_stamped, stamped
from wedata_action.result import End, Result, State, TaskOutcome
from wedata_action.settings import INTERNATIONAL_ENDPOINT, Settings
from wedata_action.task import Task
from wedata_action.tencent.versions import Version, list_task_versions
from wedata_action.tencent.wedata import Call


def ask_by_stamps(
    call: Call, clock: Clock, tasks: Sequence[Task], timeout: int, progress: Callable[[str], None]
) -> tuple[TaskOutcome, ...]:
    """Each task with what became of its content at head, whichever run submitted it.

    Waits up to `timeout` seconds for those that are open; with 0 it asks once. Raises `RunError` if the versions cannot
    be read.
    """
    versions = read_versions(call, clock, tasks, "the versions of the tasks must be read")
    outcomes: dict[tuple[str, str], TaskOutcome] = {}
    for task in tasks:
        found = versions[task.identity]
        answer = [found] if isinstance(found, End) else state_by_stamp(task, found)
        end = End(State.UNKNOWN, Reason.AMBIGUOUS, answer) if isinstance(answer, str) else answer[0]
        outcomes[task.identity] = TaskOutcome(task).ended(end)

    def question(task: Task, until: float) -> Question:
        return Question(
            (TaskOutcome(task),),
            lambda: state_by_stamp(task, list_task_versions(call, *task.identity)),
            lambda seen: End(State.UNKNOWN, Reason.TIMEOUT, seen),
            until,
        )

    def settle(asked: Sequence[TaskOutcome], ends: Sequence[End]) -> None:
        for outcome, end in zip(asked, ends, strict=True):
            outcomes[outcome.task.identity] = outcome.ended(end)

    if timeout:
        until = clock.monotonic() + timeout
        unknown = [outcome.task for outcome in outcomes.values() if outcome.state is State.UNKNOWN]
        poll([question(task, until) for task in unknown], clock, settle, progress)
    return tuple(outcomes.values())


def state_by_stamp(task: Task, versions: Sequence[Version]) -> Answer:
    """What became of a task, or why that is still open.

    The newest stamped version decides, void ones left out; if that has another content, a newer void one of this
    content tells that it was refused.
    """
    candidates = stamped(versions)
    try:
        last = newest_stamped(candidates)
        standing = newest_stamped(candidate for candidate in candidates if not is_void(candidate.version))
    except UnclearOrderError as error:
        return str(error)
    for found in (standing, last):
        if found and found.stamp.is_of(task.fingerprint):
            return [judge_version(found.version)]
    if last is None:
        return "none of its versions has a stamp"
    return f"its newest stamped version {last.version.number} has the content of commit {last.stamp.head}, not of head"


def ask_again(result: Result, settings: Settings, *, by_job: bool) -> str:
    """The shell command that asks what became of the tasks of `result` that are unknown."""
    unknown = [outcome for outcome in result.outcomes if outcome.state is State.UNKNOWN]
    site = ["--region", settings.region or ""]
    if settings.endpoint != INTERNATIONAL_ENDPOINT:
        site += ["--endpoint", settings.endpoint.removeprefix("https://")]
    if by_job and all(outcome.job_id is not None for outcome in unknown):
        jobs: dict[str, dict[str, None]] = {}
        for outcome in unknown:
            jobs.setdefault(outcome.task.project_id, {})[str(outcome.job_id)] = None
        return " && ".join(_command(*site, "--project-id", project_id, *ids) for project_id, ids in jobs.items())
    options = ["--project-id", settings.project_id or ""] if "project-id" in settings.given else []
    if "definitions" in settings.given:
        options += ["--definitions", "\n".join(settings.definitions)]
    return _command(*site, *options, "--base", result.base or "empty", "--head", result.head)


def _command(*arguments: str) -> str:
    return shlex.join(("wedata-action", "status", *arguments))
