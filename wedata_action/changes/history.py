"""What earlier runs on the branch recorded, and which of them may have submitted something nobody knows of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import NamedTuple

from wedata_action.changes.record import TITLE, Record, read_records
from wedata_action.clock import Clock
from wedata_action.github.errors import Get
from wedata_action.github.runs import Run, list_runs, read_jobs
from wedata_action.parallel import for_each

_MOST_RUNS, _MOST_CALLS, _AT_ONCE = 100, 300, 8
_RECENT, _PATIENCE, _PAUSE = 60.0, 20.0, 2.0  # seconds: GitHub shows a record some time after its job has ended


class TooLongError(Exception):
    """There is more history than a run may read."""


class PastRun(NamedTuple):
    """A run, whether one of its jobs `started`, and what its attempts recorded in any scope."""

    run: Run
    started: bool
    records: tuple[Record, ...]

    def of(self, scope: str) -> tuple[Record, ...]:
        """Its records of one scope."""
        return tuple(record for record in self.records if record.scope == scope)


@dataclass(slots=True)
class History:
    """Reads runs of a branch from GitHub, newest first, each when it is asked for and at most once.

    `read` gets a path below the repository's address, and raises `GitHubError`. `workflow` is the name of the
    workflow's file, `scope` that of this run's records.
    """

    read: Get
    clock: Clock
    repository: str
    branch: str
    workflow: str
    scope: str
    calls: int = field(default=0, init=False)

    def runs(self) -> Iterator[PastRun]:
        """The runs of this workflow. Raises `TooLongError` where the next one is past the limit, and `GitHubError`."""
        yield from self._read(list_runs(self.get, self.repository, self.branch, self.workflow))

    def of_a_renamed_workflow(self, own: Iterable[PastRun], after: int = 0) -> list[PastRun]:
        """`own` with the runs of other workflows that have records of this scope, newest first; else an empty list.

        The file of a workflow may have had another name. Looked at are the newest 100 runs of the branch whose ids are
        greater than `after`.
        """
        own = list(own)
        known = {found.run.workflow_id for found in own}
        others = (run for run in list_runs(self.get, self.repository, self.branch, None)
                  if run.workflow_id not in known)  # fmt: skip
        found = list(self._read(islice(takewhile(lambda run: run.id > after, others), _MOST_RUNS)))
        former = {past.run.workflow_id for past in found if past.of(self.scope)}
        both = [*own, *(past for past in found if past.run.workflow_id in former)]
        return sorted(both, key=lambda past: past.run.id, reverse=True) if former else []

    def get(self, path: str, **parameters: str | int) -> object:
        """One call, counted. Raises `TooLongError` and `GitHubError`."""
        self.calls += 1
        if self.calls > _MOST_CALLS:
            raise TooLongError
        return self.read(path, **parameters)

    def _read(self, runs: Iterator[Run]) -> Iterator[PastRun]:
        """Eight at a time. The limit is met only by whoever asks for more."""
        for begun in range(0, _MOST_RUNS, _AT_ONCE):
            several = list(islice(runs, min(_AT_ONCE, _MOST_RUNS - begun)))
            read: dict[int, PastRun] = {}

            def look(run: Run, read: dict[int, PastRun] = read) -> None:
                read[run.id] = self._past(run)

            for_each(look, several, min(_AT_ONCE, self.clock.workers))
            yield from (read[run.id] for run in several)
            if not several:
                return
        if next(runs, None) is not None:
            raise TooLongError

    def _past(self, run: Run) -> PastRun:
        """A run that has just ended is read again for a while: GitHub may show its record a little later."""
        deadline = self.clock.monotonic() + _PATIENCE
        while True:
            jobs = read_jobs(self.get, run, TITLE)
            past = PastRun(run, jobs.started, read_records(jobs.notices, run.commit))
            recent = run.ended is not None and self.clock.now() - run.ended < _RECENT
            if past.of(self.scope) or not jobs.started or not recent or self.clock.monotonic() >= deadline:
                return past
            self.clock.sleep(_PAUSE)


class LookBack(NamedTuple):
    """What the runs of a branch say, as far as they were read.

    `success` is the commit of the newest success of this scope. Without one, `bases` are those of the records of this
    scope, each once, that of the oldest run first. `unsettled` are the commits of the other runs in which a job
    started, newest first, and the bases that they recorded: they may have submitted what differs from these. With
    `everything` one of them was compared with the empty tree. `superseded_by` is the id of a later run with a success,
    `elsewhere` the commit of the newest success of another scope. `started` says that a job of an earlier run started,
    or of a later one that recorded its base: then this is not the first use.
    """

    success: str | None = None
    bases: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    everything: bool = False
    superseded_by: int | None = None
    elsewhere: str | None = None
    started: bool = False


def look_back(
    runs: Iterable[PastRun],
    run_id: int,
    scope: str,
    is_success: Callable[[Record], bool],
    is_ancestor: Callable[[str], bool],
) -> LookBack:
    """Goes back through `runs`, newest first, to the last success. `run_id` is this run's own.

    A record counts only on an ancestor of head: any other commit was overwritten by a force push, or is a tag's.
    """
    unsettled: dict[str, None] = {}
    recorded: dict[str, None] = {}
    read: list[PastRun] = []
    elsewhere, started = None, False
    for past in runs:
        records = past.of(scope)
        success = any(map(is_success, records))
        if past.run.id > run_id and success:
            return LookBack(superseded_by=past.run.id)
        if success and is_ancestor(past.run.commit):
            recorded.pop(past.run.commit, None)  # what they share with this base was in none of their plans
            everything = "" in recorded
            recorded.pop("", None)
            return LookBack(past.run.commit, (), (*unsettled, *recorded), everything, started=True)
        read.append(past)
        if past.run.id < run_id or records:
            started = started or past.started
        if past.run.id < run_id and elsewhere is None and any(map(is_success, past.records)) and not success:
            elsewhere = past.run.commit
        if past.started and past.run.id != run_id:
            unsettled[past.run.commit] = None
        recorded.update((record.base, None) for record in records)
    oldest_first = [past for past in reversed(read) if past.of(scope) and is_ancestor(past.run.commit)]
    bases = dict.fromkeys(record.base for past in oldest_first for record in reversed(past.of(scope)))
    return LookBack(None, tuple(bases), tuple(unsettled), False, None, elsewhere, started)
