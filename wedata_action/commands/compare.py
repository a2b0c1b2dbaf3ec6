"""The changes stage as `submit`, `plan` and `status` go through it: head, base, and the tasks that differ."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from wedata_action.changes.base import Base
from wedata_action.changes.compare import Changes, find_changes
from wedata_action.changes.find_base import find_base, find_head
from wedata_action.changes.globs import PathFilter, compile_globs
from wedata_action.changes.trees import CommitTree
from wedata_action.commands.step import Step
from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.git import Repository
from wedata_action.report.words import count
from wedata_action.result import Batch, Result
from wedata_action.submission.batches import default_text, make_batches, option_warnings
from wedata_action.task import Change, Task


class Compared(NamedTuple):
    """What the commits changed. `plan` are the tasks to be submitted, `text` the remark of those that have none."""

    result: Result
    base: Base
    head: str
    plan: tuple[Task, ...]
    text: str


def compare(step: Step) -> Compared:
    """Finds what changed. What is learnt on the way is in the outputs at once. Raises `RunError` and `GitError`."""
    settings, console, result = step.settings, step.console, step.known
    with step.repository(settings, step.context, step.environ) as repository:
        head = find_head(settings, repository, step.context)
        console.line(f"Head: {head}")
        step.publish(result := dataclasses.replace(result, head=head))
        base = find_base(settings, repository, step.context, head, step.history())
        console.line(f"Base: {' and '.join(base.commits) or 'the empty tree'} ({base.source}: {base.explanation})")
        result = dataclasses.replace(
            result, base=base.commit, base_source=base.source, base_explanation=base.explanation
        )
        step.publish(result)
        files = PathFilter(settings.definitions)
        project_id = settings.project_id or ""
        bases = [commit or repository.empty_tree for commit in base.commits]
        changes = _against(repository, bases, head, files, project_id)
        reverted = _reverted(repository, base, head, files, project_id, changes)
        # Hidden before it is cut: a part of a secret would stay.
        text = console.secrets.hide(settings.version_remark or default_text(repository.commit(head).message))
        unmatched = _unmatched(step, repository, head, files)
    plan = (*changes.changed, *reverted)
    doubtful = {task.identity for task in reverted}
    skipped = tuple(task for task in changes.skipped if task.identity not in doubtful)
    result = dataclasses.replace(
        result,
        warnings=(*result.warnings, *unmatched, *option_warnings(plan)),
        skipped=skipped,
        removed=changes.removed,
    )
    console.line(
        f"Changes: {count(len(changes.changed), 'task')} changed or new, {len(reverted)} to be looked up, "
        f"{len(skipped)} looked at and unchanged, {len(changes.removed)} removed"
    )
    return Compared(result, base, head, plan, text)


def batches_of(step: Step, compared: Compared, tasks: tuple[Task, ...]) -> tuple[Batch, ...]:
    """Cuts tasks of the plan into batches, each version with its remark and stamp."""
    hide = step.console.secrets.hide
    # Remarks are cut, which would leave a part of a secret in them.
    tasks = tuple(
        task._replace(version_remark=hide(task.version_remark)) if task.version_remark else task for task in tasks
    )
    return make_batches(tasks, step.settings, default_text=compared.text, head=compared.head, run=step.label)


def _unmatched(step: Step, repository: Repository, head: str, files: PathFilter) -> list[Diagnostic]:
    """A warning for each glob of the user's that fits no file at head."""
    if "definitions" not in step.settings.given:
        return []
    paths = CommitTree(repository, head).list([""])
    return [
        Diagnostic(f"input 'definitions': {glob} matches no file")
        for glob in files.positive
        if not any(map(compile_globs([glob]).match, paths))
    ]


def _against(repository: Repository, bases: list[str], head: str, files: PathFilter, project_id: str) -> Changes:
    found = [find_changes(repository, base, head, files, project_id) for base in bases]
    changed = {task.identity: task for changes in reversed(found) for task in changes.changed}
    skipped = {task.identity: task for changes in found for task in changes.skipped if task.identity not in changed}
    removed = {task.identity: task for changes in found for task in changes.removed}
    return Changes(
        tuple(sorted(changed.values(), key=lambda task: task.location)),
        tuple(sorted(skipped.values(), key=lambda task: task.location)),
        tuple(sorted(removed.values(), key=lambda task: task.location)),
    )


def _reverted(
    repository: Repository, base: Base, head: str, files: PathFilter, project_id: str, changes: Changes
) -> tuple[Task, ...]:
    """Tasks that are as at the base, and may have been submitted otherwise by a run since."""
    if "" in base.commits:  # every definition is new, and in the plan already
        return ()
    known = {task.identity for task in changes.changed}
    commits = (
        [repository.empty_tree] if base.everything else [c for c in base.unsettled if c not in {base.commit, head}]
    )
    reverted: dict[tuple[str, str], Task] = {}
    for commit in dict.fromkeys(commits):
        try:
            found = find_changes(repository, commit, head, files, project_id)
        except RunError as error:
            if error.reason is Reason.INVALID_INPUT:  # no definition at either commit
                continue
            raise
        for task in found.changed:
            if task.identity not in known:
                reverted.setdefault(task.identity, task._replace(change=Change.REVERTED))
    return tuple(reverted.values())
