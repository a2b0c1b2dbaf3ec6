"""What one tree defines: definition files become tasks with their fingerprints, or mistakes with their places."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wedata_action.changes.fingerprint import fingerprint
from wedata_action.changes.globs import PathFilter, static_prefix
from wedata_action.changes.sources import TaskFiles
from wedata_action.changes.trees import Contents, Tree, topmost
from wedata_action.definitions import MAX_BYTES, MAX_MISTAKES, parse, quote
from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.git import REGULAR, SUBMODULE, SYMLINK, Entry
from wedata_action.task import Identity, Task


class Scope(NamedTuple):
    """Which files define tasks, and which projects they belong to.

    `project_id` is that of tasks that name none. Tasks of other projects than those `allowed` are mistakes; if it is
    empty, any is allowed. Of values by target those of `target` count; `written` is how the user writes that input.
    """

    files: PathFilter
    project_id: str = ""
    allowed: Collection[str] = ()
    target: str = ""
    written: str = "target"


class ParsedFile(NamedTuple):
    """One definition file: its tasks, and what is wrong with it."""

    tasks: tuple[Task, ...]
    diagnostics: tuple[Diagnostic, ...]


class Validated(NamedTuple):
    """All tasks of a tree, what is wrong with their definitions, in the order of places, and globs that fit none.

    `targets` are the chosen one, or all that the definitions name. The tasks are those of each.
    """

    tasks: tuple[Task, ...]
    mistakes: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    unmatched: tuple[str, ...]
    targets: tuple[str, ...]


def validate(tree: Tree, scope: Scope) -> Validated:
    """Reads every definition, changed or not, and finds each mistake for which a run would refuse it.

    Raises `RunError` if no definition matches, or none names the chosen target.
    """
    definitions, warnings = find_definitions(tree, scope.files)
    if not definitions:
        raise RunError(Reason.INVALID_INPUT, no_definition(scope))
    side = Side(tree, scope, Contents())
    side.add(parse_files(tree, definitions))
    mistakes = side.mistakes(side.targets)
    if not mistakes and scope.target and scope.target not in side.targets:
        raise unknown_target(scope, side.targets)
    in_order = tuple(sorted(side.checked(side.targets), key=lambda task: task.location))
    targets = (scope.target,) if scope.target else tuple(sorted(side.targets))
    return Validated(in_order, mistakes, warnings, scope.files.unmatched(definitions), targets)


def unknown_target(scope: Scope, targets: Collection[str]) -> RunError:
    """Why values by target cannot be told: none is chosen, or one that no definition names."""
    exist = f"the definitions name {', '.join(sorted(targets))}" if targets else "no definition has values by target"
    if scope.target:
        message = f"{scope.written}: no definition at head names the target {quote(scope.target)}; {exist}"
    else:
        message = f"{scope.written} is not set, and definitions have values by target: set it; {exist}"
    return RunError(Reason.INVALID_INPUT, message)


def no_definition(scope: Scope, where: str = "") -> str:
    """The message for globs that no file matches."""
    globs = ", ".join(scope.files.positive) or "a list of exclusions alone"
    return (
        f"no definition matches {globs}{where}: set definitions to the globs of your files. To write the first ones, "
        "run wedata-action import"
    )


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
    """What one tree defines, as far as it was read: the definitions of each identity, and the names of `targets`.

    `tasks` are those of the chosen target, resolved, and `others` those of the other ones, which are only checked.
    """

    def __init__(self, tree: Tree, scope: Scope, contents: Contents) -> None:
        """`contents` are those of files that tasks name, which the sides of a comparison share."""
        self.tree = tree
        self.scope = scope
        self.tasks: dict[Identity, list[Task]] = {}
        self.others: dict[Identity, list[Task]] = {}
        self.targets: set[str] = set()
        self.files = TaskFiles(tree, scope.files, contents)
        self._diagnostics: list[Diagnostic] = []

    def identity(self, task: Task) -> Identity:
        """The identity of a task as its definition has it, which may leave out the project."""
        return task.project_id or self.scope.project_id, task.task_id

    def add(self, files: Sequence[ParsedFile]) -> None:
        """Adds tasks and mistakes."""
        chosen: list[Task] = []
        others: list[Task] = []
        target = self.scope.target
        for task in (task for file in files for task in file.tasks):
            self.targets.update(task.targets)
            mine = task.target == target if task.target else target not in task.targets
            (chosen if mine else others).append(task)
        tasks, wrong = self.files.resolve(chosen)
        # The targets of an entry share code and sources, and those of entries without the chosen one are checked too.
        of_chosen = {(task.code, task.sources) for task in chosen} if others else set()
        unchecked = {named: task for task in others if (named := (task.code, task.sources)) not in of_chosen}
        _, more = self.files.resolve(list(unchecked.values()))
        self._diagnostics += [*(diagnostic for file in files for diagnostic in file.diagnostics), *wrong, *more]
        for found, by_identity in ((tasks, self.tasks), (others, self.others)):
            for task in found:
                identity = self.identity(task)
                by_identity.setdefault(identity, []).append(task._replace(project_id=identity[0]))

    def fingerprints(self, identity: Identity, *, without_code: bool = False) -> set[str]:
        """Those of all definitions of a task; none if there is none."""
        tasks = self.tasks.get(identity, ())
        return {self._without_code(task) if without_code else task.fingerprint for task in tasks}

    def _without_code(self, task: Task) -> str:
        """The fingerprint that the task would have if its definition named no code."""
        if not task.code or not task.fingerprint:
            return task.fingerprint
        return fingerprint(task._replace(code=None), list(self.files.sources_of(task).values()))

    def mistakes(self, targets: Collection[str]) -> tuple[Diagnostic, ...]:
        """What is wrong with the tasks and files that were added, in the order of the places.

        `targets` are all those that are known, in files that were added or not.
        """
        everywhere = self.tasks
        if self.others:
            identities = dict.fromkeys((*self.tasks, *self.others))
            everywhere = {each: [*self.tasks.get(each, ()), *self.others.get(each, ())] for each in identities}
        found = [*self._diagnostics, *_duplicates(everywhere, targets), *self._wrong_projects(targets)]
        return _limited(sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.location or Location("")))

    def is_elsewhere(self, identity: Identity, targets: Collection[str]) -> bool:
        """Whether another one of the `targets` has the task."""
        return any(targets_of(task, targets) for task in self.others.get(identity, ()))

    def checked(self, targets: Collection[str]) -> Iterator[Task]:
        """The tasks of the chosen target; without one, those of each of the `targets`."""
        for task in itertools.chain.from_iterable(self.tasks.values()):
            if self.scope.target or targets_of(task, targets):
                yield task
        if not self.scope.target:
            yield from itertools.chain.from_iterable(self.others.values())

    def _wrong_projects(self, targets: Collection[str]) -> Iterator[Diagnostic]:
        allowed = self.scope.allowed if self.scope.target or not targets else ()
        for task in self.checked(targets):
            where = f" in the target {task.target}" if task.target else ""
            if not task.project_id:
                message = f"task {task.task_id} has no project{where}: add project_id, or set project-id"
                yield Diagnostic(message, task.location)
            elif allowed and task.project_id not in allowed:
                message = f"task {task.task_id} is in project {task.project_id}, which allowed-projects does not list"
                yield Diagnostic(message, task.location)


def _duplicates(tasks: Mapping[Identity, Sequence[Task]], targets: Collection[str]) -> Iterator[Diagnostic]:
    """A mistake at each definition of a task that has another one, which it names, and where two targets meet."""
    for (project_id, task_id), twins in tasks.items():
        if len(twins) == 1 and (twins[0].target or not targets):
            continue
        project = f" of project {project_id}" if project_id else ""
        places = [(target, task.location) for task in twins for target in targets_of(task, targets)]
        for place in places if len(places) > 1 else ():
            other = places[1] if place == places[0] else places[0]
            yield Diagnostic(_met(f"task {task_id}{project}", place, other), place[1])


def targets_of(task: Task, targets: Collection[str]) -> Sequence[str]:
    """The targets that have the task, of those that are known; one empty name where none is."""
    if task.target or not targets:
        return [task.target]
    return sorted(set(targets).difference(task.targets))


def _met(what: str, place: tuple[str, Location], other: tuple[str, Location]) -> str:
    elsewhere = "" if place[1] == other[1] else f", here and at {other[1]}"
    if place[0] == other[0]:
        return f"{what} is defined twice{elsewhere}"
    pair = " and ".join(sorted((place[0], other[0])))
    return f"the targets {pair} lead to the same {what}{elsewhere}: give each its own task_id or project_id"


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
