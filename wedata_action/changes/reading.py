"""What one tree defines: definition files become tasks with their fingerprints, or mistakes with their places."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from wedata_action.changes.fingerprint import fingerprint
from wedata_action.changes.globs import PathFilter, static_prefix
from wedata_action.changes.sources import TaskFiles
from wedata_action.changes.trees import Contents, Tree, topmost
from wedata_action.definitions import MAX_BYTES, MAX_MISTAKES, parse
from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.git import REGULAR, SUBMODULE, SYMLINK, Entry
from wedata_action.task import Identity, Task


class Scope(NamedTuple):
    """Which files define tasks, and which projects they belong to.

    `project_id` is that of tasks that name none. Tasks of other projects than those `allowed` are mistakes; if it is
    empty, any is allowed.
    """

    files: PathFilter
    project_id: str = ""
    allowed: Collection[str] = ()


class ParsedFile(NamedTuple):
    """One definition file: its tasks, and what is wrong with it."""

    tasks: tuple[Task, ...]
    diagnostics: tuple[Diagnostic, ...]


class Validated(NamedTuple):
    """All tasks of a tree, what is wrong with their definitions, in the order of places, and globs that fit none."""

    tasks: tuple[Task, ...]
    mistakes: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    unmatched: tuple[str, ...]


def validate(tree: Tree, scope: Scope) -> Validated:
    """Reads every definition, changed or not, and finds each mistake for which a run would refuse it.

    Raises `RunError` if no definition matches.
    """
    definitions, warnings = find_definitions(tree, scope.files)
    if not definitions:
        raise RunError(Reason.INVALID_INPUT, no_definition(scope))
    side = Side(tree, scope, Contents())
    side.add(parse_files(tree, definitions))
    tasks = [task for tasks in side.tasks.values() for task in tasks]
    in_order = tuple(sorted(tasks, key=lambda task: task.location))
    return Validated(in_order, side.mistakes(), warnings, scope.files.unmatched(definitions))


def no_definition(scope: Scope, where: str = "") -> str:
    """The message for globs that no file matches."""
    globs = ", ".join(scope.files.positive) or "a list of exclusions alone"
    return f"no definition matches {globs}{where}: set definitions to the globs of your files"


def find_definitions(tree: Tree, files: PathFilter) -> tuple[dict[str, Entry], tuple[Diagnostic, ...]]:
    """The definition files of a tree, and warnings about files that are none but for upper and lower case."""
    listed = tree.list(topmost({static_prefix(glob) for glob in files.positive}))
    warnings = tuple(
        Diagnostic("not read: it matches the globs of 'definitions' only in other letter case", Location(path))
        for path in listed
        if files.fits_but_for_case(path)
    )
    return {path: entry for path, entry in listed.items() if path in files}, warnings


def parse_files(tree: Tree, files: Mapping[str, Entry]) -> list[ParsedFile]:
    """Parses each file, in order. A file that is not a regular one is a mistake."""
    regular = {path: entry for path, entry in files.items() if entry.mode in REGULAR}
    contents = zip(regular, tree.read((entry.id for entry in regular.values()), MAX_BYTES), strict=True)
    parsed = {path: ParsedFile(*parse(path, content)) for path, content in contents}
    return [parsed.get(path) or ParsedFile((), (_not_a_file(path, entry),)) for path, entry in files.items()]


def _not_a_file(path: str, entry: Entry) -> Diagnostic:
    kind = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}.get(entry.mode, "not one")
    return Diagnostic(f"a definition must be a regular file, and this is {kind}", Location(path))


class Side:
    """What one tree defines, as far as it was read. `tasks` are the definitions of each identity."""

    def __init__(self, tree: Tree, scope: Scope, contents: Contents) -> None:
        """`contents` are those of files that tasks name, which the sides of a comparison share."""
        self.tree = tree
        self.scope = scope
        self.tasks: dict[Identity, list[Task]] = {}
        self.files = TaskFiles(tree, scope.files, contents)
        self._diagnostics: list[Diagnostic] = []

    def identity(self, task: Task) -> Identity:
        """The identity of a task as its definition has it, which may leave out the project."""
        return task.project_id or self.scope.project_id, task.task_id

    def add(self, files: Sequence[ParsedFile]) -> None:
        """Adds tasks and mistakes."""
        tasks, wrong = self.files.resolve([task for file in files for task in file.tasks])
        self._diagnostics += [*(diagnostic for file in files for diagnostic in file.diagnostics), *wrong]
        for task in tasks:
            identity = self.identity(task)
            self.tasks.setdefault(identity, []).append(task._replace(project_id=identity[0]))

    def fingerprints(self, identity: Identity, *, without_code: bool = False) -> set[str]:
        """Those of all definitions of a task; none if there is none."""
        tasks = self.tasks.get(identity, ())
        return {self._without_code(task) if without_code else task.fingerprint for task in tasks}

    def _without_code(self, task: Task) -> str:
        """The fingerprint that the task would have if its definition named no code."""
        if not task.code or not task.fingerprint:
            return task.fingerprint
        return fingerprint(task._replace(code=None), list(self.files.sources_of(task).values()))

    def mistakes(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the tasks and files that were added, in the order of the places."""
        found = [*self._diagnostics, *_duplicates(self.tasks), *self._wrong_projects()]
        return _limited(sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.location or Location("")))

    def _wrong_projects(self) -> Iterable[Diagnostic]:
        for (project_id, task_id), tasks in self.tasks.items():
            message = ""
            if not project_id:
                message = f"task {task_id} has no project: add project_id, or set project-id"
            elif self.scope.allowed and project_id not in self.scope.allowed:
                message = f"task {task_id} is in project {project_id}, which allowed-projects does not list"
            if message:
                yield from (Diagnostic(message, task.location) for task in tasks)


def _duplicates(tasks: Mapping[Identity, Sequence[Task]]) -> Iterable[Diagnostic]:
    """A mistake at each definition of a task that has another one, which it names."""
    for (project_id, task_id), twins in tasks.items():
        project = f" of project {project_id}" if project_id else ""
        for task in twins if len(twins) > 1 else ():
            other = twins[1] if task is twins[0] else twins[0]
            message = f"task {task_id}{project} is defined twice, here and at {other.location}"
            yield Diagnostic(message, task.location)


def _limited(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Of each file the first `MAX_MISTAKES`, and how many more there are: a small file can have a hundred thousand."""
    kept: list[Diagnostic] = []
    most = MAX_MISTAKES + 1  # a file whose own mistakes are cut has one more, which says so
    for _, in_file in itertools.groupby(diagnostics, lambda found: found.location and found.location.path):
        found = list(in_file)
        kept += found[:most]
        if rest := found[most:]:
            kept.append(Diagnostic(f"and {len(rest):,} more mistakes in this file", rest[0].location))
    return tuple(kept)
