"""What the repository has, before `import` reads anything from WeData."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wedata_action.changes.globs import static_prefix
from wedata_action.changes.reading import ParsedFile, find_definitions, parse_files
from wedata_action.changes.sources import code_path
from wedata_action.changes.trees import WorkTree, topmost
from wedata_action.commands.compare import scope_of
from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.importing import importer
from wedata_action.importing.files import WorkFiles
from wedata_action.importing.importer import Defined
from wedata_action.importing.names import Names
from wedata_action.report.words import count
from wedata_action.task import Task


class Looked(NamedTuple):
    """The repository as the stage takes it, and its definition files with their tasks.

    `first` is whether no definition is committed yet.
    """

    repository: importer.Repository
    tasks: dict[str, tuple[Task, ...]]
    first: bool

    @property
    def targets(self) -> frozenset[str]:
        """The targets that the definitions name."""
        return frozenset(name for tasks in self.tasks.values() for task in tasks for name in task.targets)


def look(step: Step, clone: Repository, given_folder: str, *, dry: bool) -> Looked:
    """Raises `RunError` where definitions cannot be read, or the folder will not do."""
    settings, scope, folder = step.settings, scope_of(step.settings), _folder(given_folder)
    project_id = settings.project_id or ""
    example = f"{folder}/workflow/tasks.yml"
    if example not in scope.files or f"{folder}/workflow/task.sql" in scope.files:
        raise _invalid(
            f"--folder {folder}: the globs of definitions must fit {example}, and not the code beside it: give "
            f"--definitions '{folder}/**/*.yml', and the same in the workflow"
        )
    tree = WorkTree(clone.root)
    found, _ = find_definitions(tree, scope.files)
    tasks = {path: file.tasks for path, file in zip(found, _valid(parse_files(tree, found)), strict=True)}
    own = [task for file in tasks.values() for task in file if task.project_id in {"", project_id}]
    named = {task.task_id: code_path(task.code) or "" if task.code else "" for task in own}
    codes = {task_id: "" if path in scope.files else path for task_id, path in named.items()}
    folders = {static_prefix(glob) for glob in scope.files.positive} | {f"{folder}/"}
    below = topmost(folders | {path[: path.rfind("/") + 1] for path in codes.values() if path})
    committed = clone.list_tree(clone.head, below) if clone.head else {}

    def committed_content(path: str) -> bytes | None:
        if path not in committed:
            return None
        [content] = clone.objects.read([committed[path].id])
        return content

    files = WorkFiles(clone.root, committed_content, dry=dry)
    files.read(example)  # a folder behind a symbolic link is refused before an hour of reading
    repository = importer.Repository(
        files,
        Names(tree.list(below)),
        {task.task_id: Defined(task.location.path, codes[task.task_id]) for task in own},
        step.files(clone).knows,
        scope.files.__contains__,
        folder,
        project_id,
        _target(settings.target, own, any(task.targets for file in tasks.values() for task in file)),
    )
    return Looked(repository, tasks, first=not any(map(scope.files.__contains__, committed)))


def _target(given: str | None, own: Sequence[Task], by_target: bool) -> str | None:
    """The target of new definitions: as given, else the one that has the project."""
    if given or not by_target:
        return given or ""
    having = {task.target for task in own if task.target}
    return having.pop() if len(having) == 1 else None


def _valid(parsed: Sequence[ParsedFile]) -> Sequence[ParsedFile]:
    if mistakes := tuple(mistake for file in parsed for mistake in file.diagnostics):
        message = f"{count(len(mistakes), 'mistake')} in the definitions: mend them first. Nothing was written"
        raise RunError(Reason.INVALID_DEFINITION, message, mistakes)
    return parsed


def _folder(given: str) -> str:
    folder = given.removeprefix("./").rstrip("/")
    parts = folder.split("/")
    if not folder.isprintable() or "\\" in folder or {"", ".", "..", ".git"} & set(parts):
        raise _invalid(f"--folder: {given!r} is not allowed; give a folder from the repository's root, such as wedata")
    return folder


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
