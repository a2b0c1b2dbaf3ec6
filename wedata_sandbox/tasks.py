"""The tasks that exist: their drafts, their versions and what production runs, over time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from wedata_sandbox.behaviour import NO_APPROVAL_NEEDED
from wedata_sandbox.content import Content, NewTask, first
from wedata_sandbox.fields import ApiError
from wedata_sandbox.versions import COLLEAGUE, Person, Version, digits

_DAY: Final = 86_400  # seconds that a task is old which exists from the start


@dataclass(slots=True)
class Task:
    """A task of a project. `saved` and `submitted` are its versions, oldest first; the last saved one is the draft.

    `production` is the version that production runs.
    """

    new: NewTask
    created: float
    saved: list[Version] = field(default_factory=list)
    submitted: list[Version] = field(default_factory=list)
    production: Version | None = None
    _last_millisecond: int = 0

    @property
    def task_id(self) -> str:
        """Its id."""
        return self.new.task_id

    @property
    def draft(self) -> Version:
        """The version that was saved last."""
        return self.saved[-1]

    def save(self, content: Content, now: float, by: Person) -> Version:
        """Save a draft; each save is a version of its own."""
        return self._add(self.saved, Version(content, now, by))

    def submit(self, version: Version) -> Version:
        """Add a submitted version; gives it with its number and id."""
        return self._add(self.submitted, version)

    def index(self, version_num: str) -> int:
        """Where a submitted version stands, or the newest if `version_num` is empty; LookupError if there is none."""
        for index in reversed(range(len(self.submitted))):
            if version_num in {"", self.submitted[index].version_num}:
                return index
        raise LookupError(f"task {self.task_id} has no submitted version {version_num}")

    def _add(self, versions: list[Version], version: Version) -> Version:
        self._last_millisecond = max(int(version.created * 1000), self._last_millisecond + 1)
        version_id = f"{self.task_id}_{digits(self._last_millisecond)}"
        versions.append(replace(version, version_num=f"V{len(versions) + 1}", version_id=version_id))
        return versions[-1]


class Tasks:
    """The tasks of every project, and what becomes of them later. Not thread-safe.

    `now` gives Unix seconds. `known` maps each project that exists to its tasks, an id or a `NewTask`; without it
    every project and every task exists.
    """

    def __init__(
        self, now: Callable[[], float], known: Mapping[str, Collection[str | NewTask]] | None, default: NewTask
    ) -> None:
        self.now = now
        self._default = default
        self._projects = None if known is None else set(known)
        self._tasks: dict[tuple[str, str], Task] = {}
        self._deleted: set[tuple[str, str]] = set()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._moment: float | None = None
        self._order = 0
        for project_id, tasks in (known or {}).items():
            for task in tasks:
                new = replace(default, task_id=task) if isinstance(task, str) else task
                self.create(project_id, new, now() - _DAY)

    def create(self, project_id: str, new: NewTask, created: float) -> Task:
        """Somebody creates a task; it replaces one of the same id."""
        if self._projects is not None:
            self._projects.add(project_id)
        self._deleted.discard((project_id, new.task_id))
        task = self._tasks[project_id, new.task_id] = Task(new, created)
        draft = task.save(first(new, COLLEAGUE.uin), created, COLLEAGUE)
        if new.submitted:
            self.submit(task, replace(draft, approve_status=NO_APPROVAL_NEEDED, status="Y"))
        if new.edit is not None:
            task.save(replace(draft.content, code=new.edit), self.now(), COLLEAGUE)
        return task

    def delete(self, project_id: str, task_id: str) -> None:
        """Somebody deletes a task."""
        self._tasks.pop((project_id, task_id), None)
        self._deleted.add((project_id, task_id))

    def get(self, project_id: str, task_id: str) -> Task:
        """A task; `ApiError` ResourceNotFound for one that does not exist, or a project that does not."""
        if task := self.find(project_id, task_id):
            return task
        self.check_project(project_id)
        if self._projects is not None or (project_id, task_id) in self._deleted:
            raise ApiError("ResourceNotFound", f"The project {project_id} has no task {task_id}.")
        return self.create(project_id, replace(self._default, task_id=task_id), self.now() - _DAY)

    def find(self, project_id: str, task_id: str) -> Task | None:
        """A task that somebody created or named before."""
        return self._tasks.get((project_id, task_id))

    def of(self, project_id: str) -> list[Task]:
        """The tasks of a project; those that exist only because every task does are listed once they were named."""
        self.check_project(project_id)
        return [task for (project, _), task in self._tasks.items() if project == project_id]

    def check_project(self, project_id: str) -> None:
        """`ApiError` ResourceNotFound if the project does not exist."""
        if self._projects is not None and project_id not in self._projects:
            raise ApiError("ResourceNotFound", f"The project {project_id} does not exist.")

    def snapshot(self, task: Task, *, by: Person, approve_status: str | None, status: str | None) -> Version:
        """A version of the draft as it is now."""
        return Version(task.draft.content, self.moment(), by, approve_status=approve_status, status=status)

    def submit(self, task: Task, version: Version, delay: float = 0.0) -> Version:
        """Add a submitted version; production runs it `delay` seconds after it needs no approval any more."""
        added = task.submit(version)
        self._go_live(task, added, delay)
        return added

    def decide(
        self, task: Task, version_num: str, approve_status: str | None, status: str | None, delay: float = 0.0
    ) -> Version:
        """Decide on a submitted version, or on the newest if `version_num` is empty; LookupError if there is none."""
        index = task.index(version_num)
        decided = task.submitted[index] = replace(task.submitted[index], approve_status=approve_status, status=status)
        self._go_live(task, decided, delay)
        return decided

    def at(self, time: float, act: Callable[[], object]) -> None:
        """Do something at `time`: at the first `settle` from then on."""
        self._order += 1
        heapq.heappush(self._due, (time, self._order, act))

    def settle(self) -> None:
        """Do what is due by now."""
        now = self.now()
        while self._due and self._due[0][0] <= now:
            self._moment, _, act = heapq.heappop(self._due)
            act()
        self._moment = None

    def moment(self) -> float:
        """When what happens now happens: for what was due earlier, the time at which it was."""
        return self.now() if self._moment is None else self._moment

    def _go_live(self, task: Task, version: Version, delay: float) -> None:
        index = task.index(version.version_num)

        def produce() -> None:
            # In the meantime a newer version may have gone live, or this one may have been withdrawn.
            newest = task.production is None or task.index(task.production.version_num) <= index
            if newest and task.submitted[index].goes_live:
                task.production = version

        if not version.goes_live:
            return
        if delay:
            self.at(self.moment() + delay, produce)
        else:
            produce()
