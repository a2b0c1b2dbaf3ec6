"""`import`: definitions and code files for the tasks that exist in WeData. Nothing is written there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from wedata_action.changes.globs import static_prefix
from wedata_action.changes.reading import find_definitions, parse_files
from wedata_action.changes.sources import code_path
from wedata_action.changes.trees import WorkTree, topmost
from wedata_action.commands.compare import scope_of
from wedata_action.commands.sign_in import new_client, sign_in
from wedata_action.commands.step import Step
from wedata_action.errors import Cancelled, Reason, RunError
from wedata_action.git import Repository
from wedata_action.importing import importer
from wedata_action.importing.files import WorkFiles
from wedata_action.importing.importer import Defined, Importer
from wedata_action.importing.names import Names
from wedata_action.importing.reading import Note, read_tasks
from wedata_action.outcome.conclusion import failed
from wedata_action.report.words import count
from wedata_action.result import Result, ResultWord
from wedata_action.tencent.task_list import Listed, list_tasks
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.wedata import Call, patiently


class Wanted(NamedTuple):
    """The options that only this command has. Without `workflows` and `task_ids` all tasks of the project are meant."""

    workflows: tuple[str, ...] = ()
    task_ids: tuple[str, ...] = ()
    folder: str = "wedata"
    draft: bool = False
    force: bool = False
    dry_run: bool = False


def import_tasks(step: Step, wanted: Wanted) -> Result:
    """Raises `RunError`, `GitError` and `Cancelled`; whatever was written until then is whole."""
    settings, console = step.settings, step.console
    if step.context:
        raise _invalid("import writes files for a person to commit: run it in a shell")
    if settings.project_id is None:
        raise _invalid(f"{settings.names['project-id']} is not set: give the project's id")
    client = new_client(step)
    with step.open() as repository:
        known = _look(step, repository, wanted)
        sign_in(client)
        listed = _list(patiently(client.call, step.clock), settings.project_id)
        chosen = _choose(listed, wanted)
        rate, workflows = settings.requests_per_second, len({task.group for task in chosen})
        console.line(
            f"Reading {count(len(chosen), 'task')} of {count(workflows, 'workflow')}, which takes about "
            f"{len(chosen) / rate:.0f} s at {rate} calls a second"
        )
        with click.progressbar(length=len(chosen), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            work = Importer(known, listed, chosen, force=wanted.force, progress=lambda: bar.update(1))
            try:
                read_tasks(client.call, step.clock, settings.project_id, chosen, work.add, draft=wanted.draft)
            except (Cancelled, RunError):
                console.line("Every file that was written is whole. Run the same command again to go on.")
                raise
    return _conclude(step, wanted, work, first=not known.defined)


def _look(step: Step, repository: Repository, wanted: Wanted) -> importer.Repository:
    """What the repository has. Raises `RunError` where its definitions cannot be read, or the folder will not do."""
    settings, scope, folder = step.settings, scope_of(step.settings), _folder(wanted.folder)
    example = f"{folder}/workflow/tasks.yml"
    if example not in scope.files or f"{folder}/workflow/task.sql" in scope.files:
        raise _invalid(
            f"--folder {folder}: the globs of definitions must fit {example}, and not the code beside it: give "
            f"--definitions '{folder}/**/*.yml', and the same in the workflow"
        )
    tree = WorkTree(repository.root)
    found, _ = find_definitions(tree, scope.files)
    parsed = parse_files(tree, found)
    if mistakes := tuple(mistake for file in parsed for mistake in file.diagnostics):
        message = (
            f"{count(len(mistakes), 'mistake')} in the definitions that exist: mend them first. Nothing was written"
        )
        raise RunError(Reason.INVALID_DEFINITION, message, mistakes)
    own = [task for file in parsed for task in file.tasks if task.project_id in {"", settings.project_id}]
    codes = {task.task_id: code_path(task.code) or "" if task.code else "" for task in own}
    folders = {static_prefix(glob) for glob in scope.files.positive} | {f"{folder}/"}
    below = topmost(folders | {path[: path.rfind("/") + 1] for path in codes.values() if path})
    committed = repository.list_tree(repository.head, below) if repository.head else {}

    def committed_content(path: str) -> bytes | None:
        return next(repository.objects.read([committed[path].id])) if path in committed else None

    files = WorkFiles(repository.root, committed_content, dry=wanted.dry_run)
    files.read(example)  # a folder behind a symbolic link is refused before an hour of reading
    return importer.Repository(
        files,
        Names(tree.list(below)),
        {task.task_id: Defined(task.location.path, codes[task.task_id]) for task in own},
        step.files(repository).knows,
        scope.files.__contains__,
        folder,
        settings.project_id or "",
    )


def _folder(given: str) -> str:
    folder = given.removeprefix("./").rstrip("/")
    parts = folder.split("/")
    if not folder.isprintable() or "\\" in folder or {"", ".", "..", ".git"} & set(parts):
        raise _invalid(f"--folder: {given!r} is not allowed; give a folder from the repository's root, such as wedata")
    return folder


def _list(call: Call, project_id: str) -> list[Listed]:
    try:
        return list_tasks(call, project_id)
    except ApiError as error:
        raise RunError(error.reason, f"the tasks of project {project_id} cannot be listed: {error}") from error


def _choose(listed: Sequence[Listed], wanted: Wanted) -> list[Listed]:
    """The tasks that are meant, one workflow after another. Raises `RunError` for a name or an id that no task has."""
    unknown = [f"workflow {name!r}" for name in wanted.workflows if name not in {task.workflow for task in listed}]
    unknown += [f"task {task_id!r}" for task_id in wanted.task_ids if task_id not in {task.task_id for task in listed}]
    if unknown or not listed:
        raise _invalid(f"WeData lists no {' and no '.join(unknown) or 'task'} in this project")
    if not (wanted.workflows or wanted.task_ids):
        chosen = list(listed)
    else:
        chosen = [task for task in listed if task.workflow in wanted.workflows or task.task_id in wanted.task_ids]
    return sorted(chosen, key=lambda task: (task.workflow, task.group, task.task_id))


def _conclude(step: Step, wanted: Wanted, work: Importer, *, first: bool) -> Result:
    console, would = step.console, "Would write" if wanted.dry_run else "Wrote"
    new = sum(work.definitions.values())
    for title, paths in (
        (f"{would} definitions of", [f"{path}: {count(tasks, 'task')}" for path, tasks in work.definitions.items()]),
        (f"{would} changed code of", work.changed),
    ):
        if paths:
            size = new if paths is not work.changed else len(paths)
            with console.group(f"{title} {count(size, 'task')}"):
                for path in paths:
                    console.line(path)
    for note in Note:
        if tasks := work.named.get(note):
            with console.group(f"{count(len(tasks), 'task')} {note}"):
                for task, detail in tasks:
                    console.line(f"{task.workflow}: {task.name} ({task.task_id}){f': {detail}' if detail else ''}")
    files = {"new definition": new, "new code file": work.codes, "changed code file": len(work.changed)}
    counts = ", ".join(count(number, what) for what, number in files.items() if number)
    console.line(f"{would} {counts or 'nothing'}; {count(work.unchanged, 'code file')} had WeData's code already")
    result = step.known._replace(result=ResultWord.SUCCESS)
    if unread := work.named.get(Note.UNREAD):
        return failed(result, Reason.AMBIGUOUS, f"{count(len(unread), 'task')} could not be read: run again")
    if (new or work.changed) and not wanted.dry_run:
        console.line(_next_step(wanted, first=first))
    return result


def _next_step(wanted: Wanted, *, first: bool) -> str:
    if wanted.draft:
        return (
            "Next: commit these files by themselves; make your own change in a second commit, and push both. git then "
            "has what somebody typed in WeData, so the next run may overwrite the draft."
        )
    if first:
        return (
            "Next: look at the files, and commit them with [skip ci] in the message, or with base: adopt in the "
            "workflow. Push, and have one run with base: adopt: later runs submit what changes from there on."
        )
    return "Next: look at the changes with git diff, commit them and push."


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
