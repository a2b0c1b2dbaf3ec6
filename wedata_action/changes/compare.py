"""Two commits become the tasks that changed, were skipped or were removed.

Everything is read from commit objects. Only definitions that changed are parsed, and those that a byte scan points at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wedata_action.changes.fingerprint import content_digest
from wedata_action.changes.reading import SourceReader, Task, duplicates, parse_files, source_glob
from wedata_action.changes.scan import files_with_ids, files_with_sources
from wedata_action.changes.trees import CommitTree
from wedata_action.definitions import TaskDefinition
from wedata_action.errors import Place, Problem, Reason, RunError
from wedata_action.git import Difference, Entry, Repository
from wedata_action.globs import PathFilter, compile_globs, static_prefix

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A task to be submitted. `change` is `added` or `changed`."""

    task: Task
    change: str


@dataclass(frozen=True, slots=True)
class UnchangedTask:
    """A task that was looked at and stays as it is, and why."""

    task: Task
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Tasks in the order of their path and position."""

    changed: tuple[ChangedTask, ...]
    skipped: tuple[UnchangedTask, ...]
    removed: tuple[Task, ...]


@dataclass(slots=True)
class _Side:
    """What one commit defines, as far as it was read."""

    reader: SourceReader
    project_id: str
    tasks: dict[Identity, list[Task]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, definitions: Sequence[TaskDefinition]) -> None:
        fingerprints, problems = self.reader.fingerprints(definitions)
        self.problems += problems
        for definition, fingerprint in zip(definitions, fingerprints, strict=True):
            task = Task(definition, definition.project_id or self.project_id, fingerprint)
            self.tasks.setdefault(task.identity, []).append(task)


def definition_folders(files: PathFilter) -> list[str]:
    """The folders that every definition lies in, none of them inside another."""
    folders = sorted({static_prefix(glob) for glob in files.positive})
    return [folder for folder in folders if not any(folder != other and folder.startswith(other) for other in folders)]


def find_changes(repository: Repository, base: str, head: str, files: PathFilter, project_id: str) -> Changes:
    """Compares two trees or commits. `files` are the definitions, `project_id` that of tasks that name none.

    Raises `RunError` for definitions that are invalid, and where there is none at all.
    """
    old, new = CommitTree(repository, base), CommitTree(repository, head)
    differences = repository.diff(base, head)
    at_head = {path: entry for path, entry in new.list(definition_folders(files)).items() if path in files}
    changed_files = [difference for difference in differences if difference.path in files]
    if not at_head and not any(difference.old for difference in changed_files):
        raise RunError(Reason.INVALID_INPUT, f"no definition matches {_globs(files)}, neither at head nor at base")
    digests: dict[str, str] = {}
    before = _Side(SourceReader(old, files, digests), project_id)
    after = _Side(SourceReader(new, files, digests), project_id)
    for parsed in parse_files(old, {found.path: found.old for found in changed_files if found.old}):
        if not parsed.problems:
            before.add(parsed.tasks)
    for parsed in parse_files(new, {found.path: found.new for found in changed_files if found.new}):
        after.problems += parsed.problems
        after.add(parsed.tasks)
    untouched = dict(at_head)
    for found in changed_files:
        untouched.pop(found.path, None)
    others = [found for found in differences if found.path not in files]
    read = _add_by_sources(new, untouched, others, before, after) if others else set()
    _add_by_ids(new, untouched, read, before, after)
    problems = sorted(
        [
            *after.problems,
            *duplicates(task for tasks in after.tasks.values() for task in tasks),
            *_without_project(after),
        ],
        key=_by_place,
    )
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        message = f"{count} in the definitions; nothing was submitted"
        raise RunError(Reason.INVALID_DEFINITION, message, tuple(problems))
    return _compared(before, after, _Reasons(repository, changed_files))


def _add_by_sources(
    tree: CommitTree, untouched: Mapping[str, Entry], others: Sequence[Difference], before: _Side, after: _Side
) -> set[Identity]:
    """Adds the tasks of unchanged definitions whose sources changed; gives their identities."""
    added: list[TaskDefinition] = []
    for parsed in parse_files(tree, files_with_sources(tree, untouched)):
        for definition in parsed.tasks:
            pattern = compile_globs([source_glob(source) for source in definition.sources])
            if definition.sources and any(pattern.match(found.path) for found in others):
                added.append(definition)
                after.problems += [problem for problem in parsed.problems if problem not in after.problems]
    before.add(added)
    after.add(added)
    return {(definition.project_id or after.project_id, definition.task_id) for definition in added}


def _add_by_ids(
    tree: CommitTree, untouched: Mapping[str, Entry], read: set[Identity], before: _Side, after: _Side
) -> None:
    """Adds the tasks of unchanged definitions that have the identity of one that changed."""
    changed = {
        identity
        for identity in before.tasks.keys() | after.tasks.keys()
        if _fingerprints(before, identity) != _fingerprints(after, identity)
    }
    if not changed:
        return
    places = {task.definition.place for identity in read for task in after.tasks[identity]}
    for parsed in parse_files(tree, files_with_ids(tree, untouched, {task_id for _, task_id in changed})):
        hits = [
            definition
            for definition in parsed.tasks
            if (definition.project_id or after.project_id, definition.task_id) in changed
            and definition.place not in places
        ]
        before.add(hits)
        after.add(hits)


def _fingerprints(side: _Side, identity: Identity) -> set[str]:
    return {task.fingerprint for task in side.tasks.get(identity, ())}


def _compared(before: _Side, after: _Side, reasons: _Reasons) -> Changes:
    changed: list[ChangedTask] = []
    same: list[Task] = []
    for identity, [task] in after.tasks.items():
        if identity not in before.tasks:
            changed.append(ChangedTask(task, "added"))
        elif _fingerprints(before, identity) != {task.fingerprint}:
            changed.append(ChangedTask(task, "changed"))
        else:
            same.append(task)
    removed = [tasks[0] for identity, tasks in before.tasks.items() if identity not in after.tasks]
    reasons.changed_files = {task.definition.place.path for task in (*(found.task for found in changed), *removed)}
    skipped = [UnchangedTask(task, reasons.of(before.tasks[task.identity], task)) for task in same]
    return Changes(
        tuple(sorted(changed, key=lambda found: _order(found.task))),
        tuple(sorted(skipped, key=lambda found: _order(found.task))),
        tuple(sorted(removed, key=_order)),
    )


def _order(task: Task) -> tuple[str, int, int]:
    place = task.definition.place
    return place.path, place.line, place.column


class _Reasons:
    """Why a task that was looked at is skipped."""

    def __init__(self, repository: Repository, differences: Sequence[Difference]) -> None:
        self._objects = repository.objects
        self._differences = {found.path: found for found in differences}
        self._of_file: dict[str, str] = {}
        self.changed_files: set[str] = set()

    def of(self, old: Sequence[Task], new: Task) -> str:
        path = new.definition.place.path
        former = [task.definition.place.path for task in old]
        if path not in former:
            return f"moved from {former[0]}"
        if path not in self._differences:
            return (
                "only line endings of its sources changed"
                if new.definition.sources
                else "only another definition of it was removed"
            )
        if path not in self._of_file:
            self._of_file[path] = self._of(self._differences[path])
        return self._of_file[path]

    def _of(self, found: Difference) -> str:
        if found.path in self.changed_files:
            return "only other tasks of the file changed"
        if found.old and found.new and found.old.id == found.new.id:
            return "only the file mode changed"
        ids = [entry.id for entry in (found.old, found.new) if entry]
        if len({content_digest(chunks) for chunks in self._objects.stream(ids)}) == 1:
            return "only line endings changed"
        return "only comments, white space or the order of keys changed"


def _without_project(side: _Side) -> list[Problem]:
    return [
        Problem(
            f"task {task.definition.task_id} names no project: add project_id, or set the input 'project-id'",
            task.definition.place,
        )
        for (project_id, _), tasks in side.tasks.items()
        if not project_id
        for task in tasks
    ]


def _by_place(problem: Problem) -> Place:
    return problem.place or Place("")


def _globs(files: PathFilter) -> str:
    return ", ".join(files.positive)
