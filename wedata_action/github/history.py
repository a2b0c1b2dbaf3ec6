"""What earlier runs of this job on this branch did, by GitHub's REST API.

A run counts by the job and the step of this job's and step's names in it: a workflow is also green when the job was
skipped, and red when a later job failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wedata_action.clock import Clock
from wedata_action.github.api import Api, GitHubError
from wedata_action.github.context import Context

_PAGE = 100
_MOST_PAGES = 50
_AGREEMENT = 2.0  # seconds between two looks at which step is under way: GitHub may lag behind the runner


@dataclass(frozen=True, slots=True)
class Names:
    """The names of this job and of this step in it, as GitHub shows them.

    `unnamed` is how the name of the step begins if it has none of its own: then the version that it pins is no part
    of its name.
    """

    job: str
    step: str
    unnamed: str

    def is_step(self, name: object) -> bool:
        """Whether a step of another run is this one."""
        if self.unnamed and self.step.startswith(self.unnamed):
            return str(name).startswith(self.unnamed)
        return name == self.step


@dataclass(frozen=True, slots=True)
class History:
    """`last_success` is the commit of the newest run in which this job and step succeeded.

    `unsettled` are the commits of runs after that one which did not succeed: they may have submitted something.
    `superseded_by` is the number of a run after this one that succeeded, `earlier` says that there was any run before.
    An earlier attempt of this run counts as any other run.
    """

    last_success: str | None
    unsettled: tuple[str, ...]
    superseded_by: int | None
    earlier: bool


def read_history(api: Api, context: Context, clock: Clock) -> History:
    """Reads as many runs as it takes to find the last success. Raises `GitHubError`."""
    reader = _Reader(api)
    own = reader.get(f"actions/runs/{context.run_id}")
    names = _own_names(reader, context, clock)
    number = own.get("run_number")
    if not isinstance(number, int):
        raise GitHubError(200, "GitHub gave this run no number")
    unsettled: list[str] = []
    earlier = False
    for run in _runs(reader, own, context):
        is_own = run["id"] == own["id"]
        if is_own and context.run_attempt == 1:
            continue
        outcome = _outcome(reader, run, names)
        if outcome is None or (is_own and not outcome):
            continue
        if outcome and run["run_number"] > number:
            return History(None, (), run["run_number"], earlier)
        if outcome:
            return History(run["head_sha"], tuple(dict.fromkeys(unsettled)), None, earlier=True)
        earlier = earlier or run["run_number"] < number
        unsettled.append(run["head_sha"])
    return History(None, tuple(dict.fromkeys(unsettled)), None, earlier)


@dataclass(frozen=True, slots=True)
class _Reader:
    api: Api

    def get(self, path: str, **parameters: str | int) -> Any:
        return self.api.get(path, **parameters)

    def list(self, path: str, key: str, **parameters: str | int) -> Iterator[Mapping[str, Any]]:
        """The items of all pages, each page read when it is needed, runs newest first."""
        read = total = 0
        for page in range(1, _MOST_PAGES + 1):
            answer = self.get(path, per_page=_PAGE, page=page, **parameters)
            items = answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(items, list):
                raise GitHubError(200, f"GitHub answered {path} without {key}")
            yield from sorted(items, key=lambda item: item.get("run_number") or 0, reverse=True)
            read += len(items)
            total = max(total, answer.get("total_count") or 0)
            if len(items) < _PAGE:
                break
        if read < total:
            raise GitHubError(200, f"GitHub gave {read} of {total} items of {path}")


def _runs(reader: _Reader, own: Mapping[str, Any], context: Context) -> Iterator[Mapping[str, Any]]:
    """Runs of this workflow on this branch that could have submitted something, newest first."""
    path = f"actions/workflows/{own['workflow_id']}/runs"
    for run in reader.list(path, "workflow_runs", branch=context.branch, exclude_pull_requests="true"):
        repository = run.get("head_repository")
        ours = isinstance(repository, dict) and repository.get("full_name") == context.repository
        event = str(run.get("event"))
        if ours and not event.startswith("pull_request") and event != "merge_group":
            yield run


def _outcome(reader: _Reader, run: Mapping[str, Any], names: Names) -> bool | None:
    """Whether this job and step succeeded in some attempt of a run; `None` for a run that surely had no such job.

    Every attempt has the same commit: that a later one failed does not undo what an earlier one proved. Of several
    jobs of this name in an attempt all must have succeeded.
    """
    jobs = list(reader.list(f"actions/runs/{run['id']}/jobs", "jobs", filter="all"))
    ours = [job for job in jobs if job.get("name") == names.job]
    if not ours:
        # A run that was cancelled early lists no job that had yet to begin, and a skipped one may have another name.
        skipped = any(job.get("conclusion") == "skipped" for job in jobs)
        complete = run.get("status") == "completed" and run.get("conclusion") != "cancelled" and jobs
        return None if complete and not skipped else False
    attempts: dict[object, list[Mapping[str, Any]]] = {}
    for job in ours:
        attempts.setdefault(job.get("run_attempt"), []).append(job)
    return any(all(_succeeded(job, names) for job in same) for same in attempts.values())


def _succeeded(job: Mapping[str, Any], names: Names) -> bool:
    steps = [step for step in job.get("steps") or () if names.is_step(step.get("name"))]
    return bool(steps) and all(part.get("conclusion") == "success" for part in (job, *steps))


def _own_names(reader: _Reader, context: Context, clock: Clock) -> Names:
    """The job by its runner, and the step by being under way.

    That it has no name of its own but this action's is proof; another name has to be seen twice, since GitHub may
    still show the step before.
    """
    before: Names | None = None
    for _ in range(5):
        names = _names_under_way(reader, context)
        if names is not None and (names == before or (names.unnamed and names.step.startswith(names.unnamed))):
            return names
        before = names
        clock.sleep(_AGREEMENT)
    raise GitHubError(200, "GitHub does not show which job and step of this run is under way")


def _names_under_way(reader: _Reader, context: Context) -> Names | None:
    path = f"actions/runs/{context.run_id}/attempts/{context.run_attempt}/jobs"
    jobs = [
        job
        for job in reader.list(path, "jobs")
        if job.get("status") == "in_progress" and job.get("runner_name") == context.runner_name
    ]
    if len(jobs) != 1:
        return None
    steps = [step for step in jobs[0].get("steps") or () if step.get("status") == "in_progress"]
    return Names(str(jobs[0]["name"]), str(steps[0]["name"]), context.unnamed_step) if len(steps) == 1 else None
