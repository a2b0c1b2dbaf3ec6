"""Two commits become the tasks that changed, were skipped or were removed.

Everything is read from commit objects. Only definitions that changed are parsed, and those that a byte scan points at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from wedata_action.changes.fingerprint import content_digest
from wedata_action.changes.globs import PathFilter, static_prefix
from wedata_action.changes.reading import Paths, SourceReader, duplicates, parse_files
from wedata_action.changes.scan import Scan
from wedata_action.changes.trees import CommitTree, topmost
from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.git import Difference, Entry, Repository
from wedata_action.task import Change, Task

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """Tasks in the order of their path and position."""

    changed: tuple[Task, ...]
    skipped: tuple[Task, ...]
    removed: tuple[Task, ...]


@dataclass(slots=True)
class _Side:
    """What one commit defines, as far as it was read."""

    reader: SourceReader
    project_id: str
    tasks: dict[Identity, list[Task]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, definitions: Sequence[Task]) -> None:
        fingerprints, diagnostics = self.reader.fingerprints(definitions)
        self.diagnostics += diagnostics
        for definition, fingerprint in zip(definitions, fingerprints, strict=True):
            project_id = definition.project_id or self.project_id
            task = definition._replace(project_id=project_id, fingerprint=fingerprint)
            self.tasks.setdefault(task.identity, []).append(task)

    def identity(self, definition: Task) -> Identity:
        return definition.project_id or self.project_id, definition.task_id


def definition_folders(files: PathFilter) -> list[str]:
    """The folders that every definition lies in, none of them inside another."""
    return topmost({static_prefix(glob) for glob in files.positive})


def find_changes(repository: Repository, base: str, head: str, files: PathFilter, project_id: str) -> Changes:
    """Compares two trees or commits. `files` are the definitions, `project_id` that of tasks that name none.

    Raises `RunError` for definitions that are invalid, and where there is none at all.
    """
    old, new = CommitTree(repository, base), CommitTree(repository, head)
    touched: dict[str, Difference] = {}
    others: dict[str, Entry | None] = {}
    for found in repository.diff(base, head):
        if found.path in files:
            touched[found.path] = found
        else:
            others[found.path] = found.new
    folders = definition_folders(files)
    at_head = {path: entry for path, entry in new.list(folders).items() if path in files}
    if not at_head and not any(found.old for found in touched.values()):
        globs = ", ".join(files.positive) or "a list of exclusions alone"
        raise RunError(Reason.INVALID_INPUT, f"no definition matches {globs}, neither at head nor at base")
    digests: dict[str, str] = {}
    before = _Side(SourceReader(old, files, digests), project_id)
    after = _Side(SourceReader(new, files, digests), project_id)
    parsed = parse_files(old, {path: found.old for path, found in touched.items() if found.old})
    before.add([definition for file in parsed if not file.diagnostics for definition in file.tasks])
    parsed = parse_files(new, {path: found.new for path, found in touched.items() if found.new})
    after.add([definition for file in parsed for definition in file.tasks])
    after.diagnostics += [diagnostic for file in parsed for diagnostic in file.diagnostics]
    untouched = {path: entry for path, entry in at_head.items() if path not in touched}
    scan = Scan(new, untouched)
    read = _add_by_sources(scan, Paths(others), before, after) if others else set()
    _add_by_ids(scan, read, before, after)
    after.diagnostics += duplicates(task for tasks in after.tasks.values() for task in tasks)
    after.diagnostics += _without_project(after)
    if after.diagnostics:
        diagnostics = sorted(
            dict.fromkeys(after.diagnostics), key=lambda diagnostic: diagnostic.location or Location("")
        )
        count = "1 mistake" if len(diagnostics) == 1 else f"{len(diagnostics)} mistakes"
        message = f"{count} in the definitions; nothing was submitted"
        raise RunError(Reason.INVALID_DEFINITION, message, tuple(diagnostics))
    return _compared(before, after, repository, touched)


def _add_by_sources(scan: Scan, others: Paths, before: _Side, after: _Side) -> set[Location]:
    """Adds the tasks of unchanged definitions whose sources changed; gives their places."""

    def wanted(definition: Task) -> bool:
        return any(others.fitting(source) for source in definition.sources)

    return _add_where(wanted, scan.tree, scan.files_with_sources(), before, after)


def _add_by_ids(scan: Scan, read: set[Location], before: _Side, after: _Side) -> None:
    """Adds the tasks of unchanged definitions that have the identity of one that changed."""
    changed = {
        identity
        for identity in before.tasks.keys() | after.tasks.keys()
        if _fingerprints(before, identity) != _fingerprints(after, identity)
    }

    def wanted(definition: Task) -> bool:
        return after.identity(definition) in changed and definition.location not in read

    if changed:
        files = scan.files_with_ids({task_id for _, task_id in changed})
        _add_where(wanted, scan.tree, files, before, after)


def _add_where(
    wanted: Callable[[Task], bool],
    tree: CommitTree,
    files: Mapping[str, Entry],
    before: _Side,
    after: _Side,
) -> set[Location]:
    """Adds tasks of definitions that are the same on both sides, and the mistakes of their files."""
    added: list[Task] = []
    for parsed in parse_files(tree, files):
        hits = [definition for definition in parsed.tasks if wanted(definition)]
        added += hits
        if hits:
            after.diagnostics += parsed.diagnostics
    before.add(added)
    after.add(added)
    return {definition.location for definition in added}


def _fingerprints(side: _Side, identity: Identity) -> set[str]:
    return {task.fingerprint for task in side.tasks.get(identity, ())}


def _compared(before: _Side, after: _Side, repository: Repository, touched: Mapping[str, Difference]) -> Changes:
    changed: list[Task] = []
    same: list[Task] = []
    for identity, [task] in after.tasks.items():
        if identity not in before.tasks:
            changed.append(task._replace(change=Change.ADDED))
        elif _fingerprints(before, identity) != {task.fingerprint}:
            changed.append(task._replace(change=Change.CHANGED))
        else:
            same.append(task)
    removed = [
        tasks[0]._replace(change=Change.REMOVED, why="its definition was removed; WeData keeps the task")
        for identity, tasks in before.tasks.items()
        if identity not in after.tasks
    ]
    skipped: list[Task] = []
    if same:
        reasons = _Reasons(repository, touched, before, after)
        skipped = [task._replace(why=reasons.of(task)) for task in same]
    return Changes(
        tuple(sorted(changed, key=lambda task: task.location)),
        tuple(sorted(skipped, key=lambda task: task.location)),
        tuple(sorted(removed, key=lambda task: task.location)),
    )


class _Reasons:
    """Why a task that was looked at is skipped."""

    def __init__(self, repository: Repository, touched: Mapping[str, Difference], before: _Side, after: _Side) -> None:
        self._objects = repository.objects
        self._touched = touched
        self._old_tasks = before.tasks
        self._before, self._after = _by_path(before), _by_path(after)
        self._of_file: dict[str, str] = {}

    def of(self, task: Task) -> str:
        path = task.location.path
        former = self._old_tasks[task.identity]
        if len(former) > 1:
            return "only another definition of it was removed"
        if former[0].location.path != path:
            return f"moved from {former[0].location.path}"
        if path not in self._touched:
            return "only line endings or modes of its sources changed"
        if self._before[path] != self._after[path]:
            return "only other tasks of the file changed"
        if path not in self._of_file:
            self._of_file[path] = self._of_touched(self._touched[path])
        return self._of_file[path]

    def _of_touched(self, found: Difference) -> str:
        ids = [entry.id for entry in (found.old, found.new) if entry]
        if len(set(ids)) == 1:
            return "only the file mode changed"
        if len({content_digest(chunks) for chunks in self._objects.stream(ids)}) == 1:
            return "only line endings changed"
        return "only the notation changed, such as comments, white space, quotes or the order of keys"


def _by_path(side: _Side) -> dict[str, set[tuple[Identity, str]]]:
    """What each file defines, whatever the order and the notation."""
    found: dict[str, set[tuple[Identity, str]]] = {}
    for identity, tasks in side.tasks.items():
        for task in tasks:
            found.setdefault(task.location.path, set()).add((identity, task.fingerprint))
    return found


def _without_project(side: _Side) -> list[Diagnostic]:
    return [
        Diagnostic(
            f"task {task.task_id} names no project: add project_id, or set the input 'project-id'",
            task.location,
        )
        for (project_id, _), tasks in side.tasks.items()
        if not project_id
        for task in tasks
    ]
