"""`import`: definitions and code files for the tasks that exist in WeData. Nothing is written there."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from wedata_action.commands.import_look import Looked, look
from wedata_action.commands.import_target import add_target, compare_code, find_same, name_target
from wedata_action.commands.sign_in import new_client, sign_in
from wedata_action.commands.step import Step, at_most_every
from wedata_action.errors import Cancelled, Reason, RunError
from wedata_action.importing.importer import Importer, Named
from wedata_action.importing.notes import Note
from wedata_action.importing.reading import read_tasks
from wedata_action.outcome.conclusion import failed
from wedata_action.report.console import Console
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
    settings = step.settings
    if step.context:
        raise _invalid("import writes files for a person to commit: run it in a shell")
    if settings.project_id is None:
        raise _invalid(f"{settings.names['project-id']} is not set: give the project's id")
    client = new_client(step)
    with step.open() as clone:
        looked = look(step, clone, wanted.folder, dry=wanted.dry_run)
        sign_in(client)
        listed = _list(client.call, step, settings.project_id)
        chosen = _choose(listed, wanted)
        try:
            if settings.target and looked.targets - {settings.target}:
                return _add_ids(step, wanted, client.call, looked, listed, chosen)
            return _write(step, wanted, client.call, looked, listed, chosen)
        except (Cancelled, RunError):
            if looked.repository.files.written:
                step.console.line("Every file that was written is whole. Run the same command again to go on.")
            raise


def _write(  # what was read so far, from three places
    step: Step, wanted: Wanted, call: Call, looked: Looked, listed: Sequence[Listed], chosen: Sequence[Listed]
) -> Result:
    settings, console, target = step.settings, step.console, step.settings.target
    renamed = name_target(looked, target) if target else []
    for path in renamed:
        console.line(f"{path}: {_would(wanted)} its ids as those of the target {target}")
    _say_how_long(step, chosen)
    with click.progressbar(length=len(chosen), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        say = at_most_every(5, step.clock, step.progress())

        def progress() -> None:
            bar.update(1)
            if bar.hidden:
                say(f"{bar.pos} of {count(len(chosen), 'task')} read")

        work = Importer(looked.repository, listed, chosen, force=wanted.force, progress=progress)
        read_tasks(call, step.clock, settings.project_id or "", chosen, work.add, draft=wanted.draft)
    new = sum(work.definitions.values())
    if new:
        with console.group(f"{_would(wanted)} definitions of {count(new, 'task')}"):
            for path, tasks in work.definitions.items():
                console.line(f"{path}: {count(tasks, 'task')}")
    if work.changed:
        with console.group(f"{_would(wanted)} changed code of {count(len(work.changed), 'task')}"):
            for path in work.changed:
                console.line(path)
    _say_named(console, work.named)
    files = {"new definition": new, "new code file": work.codes, "changed code file": len(work.changed)}
    counts = ", ".join(count(number, what) for what, number in files.items() if number)
    counts = counts or ("nothing else" if renamed else "nothing")
    console.line(f"{_would(wanted)} {counts}; {count(work.unchanged, 'code file')} had WeData's code already")
    if (new or work.changed or renamed) and not wanted.dry_run:
        for line in _next_steps(wanted, first=looked.first):
            console.line(line)
    return _end(step, work.named)


def _add_ids(  # what was read so far, from three places
    step: Step, wanted: Wanted, call: Call, looked: Looked, listed: Sequence[Listed], chosen: Sequence[Listed]
) -> Result:
    console, target = step.console, step.settings.target or ""
    found = find_same(looked, functools.partial(_list, call, step), listed, chosen, target)
    if wanted.workflows or wanted.task_ids:
        found.not_there.clear()  # the others were not asked for
        found.no_project.clear()
    added = add_target(looked, found, target)
    _say_how_long(step, [task for task in chosen if task not in found.not_defined])
    named = {**added.named, **compare_code(call, step.clock, looked, found, chosen)}
    ids = sum(added.ids.values())
    if ids:
        with console.group(f"{_would(wanted)} ids of {count(ids, 'task')} for the target {target}"):
            for path, number in added.ids.items():
                console.line(f"{path}: {count(number, 'task')}")
    else:
        console.line(f"The definitions have every id of the target {target} that could be matched: nothing to add")
    _say_named(console, named)
    if ids and not wanted.dry_run:
        console.line(
            "Next: look at the changes with git diff, commit them and push. Start a target that is new to the workflow "
            "once by hand, with base: adopt or base: empty."
        )
    return _end(step, named)


def _would(wanted: Wanted) -> str:
    return "Would write" if wanted.dry_run else "Wrote"


def _say_how_long(step: Step, tasks: Sequence[Listed]) -> None:
    rate, workflows = step.settings.requests_per_second, len({task.group for task in tasks})
    step.console.line(
        f"Reading {count(len(tasks), 'task')} of {count(workflows, 'workflow')}, which takes about "
        f"{math.ceil(len(tasks) / rate)} s at {rate} calls a second"
    )


def _list(call: Call, step: Step, project_id: str) -> list[Listed]:
    try:
        return list_tasks(patiently(call, step.clock), project_id)
    except ApiError as error:
        # A refusal is about what was asked for, such as a project that does not exist: nothing was submitted.
        reason = Reason.INVALID_INPUT if error.reason is Reason.REJECTED else error.reason
        raise RunError(reason, f"the tasks of project {project_id} cannot be listed: {error}") from error


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


def _say_named(console: Console, named: Named) -> None:
    for note in Note:
        if tasks := named.get(note):
            with console.group(f"{count(len(tasks), 'task')} {note}"):
                for task, detail in tasks:
                    console.line(f"{task.workflow}: {task.name} ({task.task_id}){f': {detail}' if detail else ''}")


def _end(step: Step, named: Named) -> Result:
    result = step.known._replace(result=ResultWord.SUCCESS)
    if unread := named.get(Note.UNREAD):
        return failed(result, Reason.AMBIGUOUS, f"{count(len(unread), 'task')} could not be read: run again")
    return result


def _next_steps(wanted: Wanted, *, first: bool) -> list[str]:
    if wanted.draft:
        return [
            "Next: commit these files by themselves; make your own change in a second commit, and push both.",
            "git then has what somebody typed in WeData, so the next run may overwrite the draft.",
        ]
    if first:
        return [
            "Next:",
            "  1. Look at the files.",
            "  2. Commit them and the workflow with [skip ci] in the message, and push.",
            "  3. Run the workflow by hand with base: adopt. Later runs submit what changes from there on.",
        ]
    return ["Next: look at the changes with git diff, commit them and push."]


def _invalid(message: str) -> RunError:
    return RunError(Reason.INVALID_INPUT, message)
