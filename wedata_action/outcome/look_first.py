"""Which of the changed tasks an earlier run has submitted already, by the stamps of their versions in WeData.

The service has no idempotency token: looking before sending is all that keeps a re-run from creating a version twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.lookup import newest_of_content, read_versions
from wedata_action.outcome.versions import judge_version
from wedata_action.result import BatchResult, State, TaskResult
from wedata_action.stamps import read_stamp
from wedata_action.task import Change, Task
from wedata_action.tencent.wedata import Call, Version


@dataclass(frozen=True, slots=True)
class Resumed:
    """What is left to submit, what is submitted already, and reverted tasks that are live with this content."""

    left: tuple[Task, ...]
    submitted: tuple[BatchResult, ...]
    settled: tuple[Task, ...]


def resume(
    call: Call,
    changed: Sequence[Task],
    reverted: Sequence[Task],
    workers: int,
    clock: Clock,
    run_id: int,
) -> Resumed:
    """Looks every task up by its versions. `run_id` is this run's, 0 outside GitHub Actions.

    Raises `RunError` where they cannot be read, and where a later run has stamped one of them.
    """
    identities = [found.identity for found in (*changed, *reverted)]
    why = "an earlier run may have submitted some of these tasks, so their versions have to be read first"
    versions = read_versions(call, identities, workers, clock, why)

    def version_of(found: Task) -> Version | None:
        return newest_of_content(versions[found.identity], found.fingerprint)

    for found in (*changed, *reverted):
        _check_superseded(found, versions[found.identity], run_id)
    left: list[Task] = []
    settled: list[Task] = []
    by_project: dict[str, list[TaskResult]] = {}
    for found in (*changed, *reverted):
        version = version_of(found)
        if version is None:
            left.append(found)
        elif found.change == Change.REVERTED and judge_version(version).state is State.LIVE:
            settled.append(found)
        else:
            by_project.setdefault(found.project_id, []).append(_task_result(found, version))
    submitted = tuple(
        BatchResult("", project_id, tuple(tasks), "already-submitted") for project_id, tasks in by_project.items()
    )
    return Resumed(tuple(left), submitted, tuple(settled))


def _check_superseded(task: Task, versions: Sequence[Version], run_id: int) -> None:
    """Raises `RunError` where the newest stamp names a later run. Runs outside GitHub Actions have no order."""
    stamps = (stamp for version in versions if (stamp := read_stamp(version.remark)))
    newest = next(stamps, None)
    if newest and newest.run_id > run_id > 0:
        raise RunError(
            Reason.SUPERSEDED,
            f"run {newest.run}, which is later than this one, has submitted task {task.task_id} of commit "
            f"{newest.head}: nothing was sent. Re-run that one instead if need be",
        )


def _task_result(found: Task, version: Version) -> TaskResult:
    end = judge_version(version)
    return TaskResult(
        project_id=found.project_id,
        task_id=found.task_id,
        name=found.name,
        location=found.location,
        change=found.change,
        fingerprint=found.fingerprint,
        remark=version.remark,
        batch="",
        state=end.state,
        failure_reason=end.failure_reason,
        version=end.version,
        message="; ".join(part for part in ("already submitted by an earlier run", end.message) if part),
        warning=end.warning,
    )
