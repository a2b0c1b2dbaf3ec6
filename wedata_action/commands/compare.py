"""The changes stage as `submit`, `plan` and `status` go through it: head, base, and the tasks that differ."""

from __future__ import annotations

from typing import NamedTuple

from wedata_action.changes.base import Base
from wedata_action.changes.compare import Changes, find_changes
from wedata_action.changes.find_base import find_base, find_head
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import Scope, Validated
from wedata_action.changes.uncommitted import uncommitted
from wedata_action.commands.step import Step
from wedata_action.errors import Diagnostic
from wedata_action.git import Repository
from wedata_action.report.words import count
from wedata_action.result import Batch, Result
from wedata_action.settings import Settings
from wedata_action.submission.batches import default_text, make_batches, option_warnings
from wedata_action.task import Task


class Compared(NamedTuple):
    """What the commits changed. `plan` are the tasks to be submitted, `text` the remark of those that have none."""

    result: Result
    base: Base
    plan: tuple[Task, ...]
    text: str


def compare(step: Step, repository: Repository) -> Compared:
    """Finds what changed. What is learnt on the way is in the outputs at once. Raises `RunError` and `GitError`."""
    settings, console, result = step.settings, step.console, step.known
    head = find_head(settings, repository, step.context)
    console.line(f"Head: {head}")
    step.publish(result := result._replace(head=head))
    base = find_base(settings, repository, step.context, head, step.history())
    console.line(f"Base: {' and '.join(base.commits) or 'none'} ({base.source}: {base.explanation})")
    result = result._replace(base=base.commit, base_source=base.source, base_explanation=base.explanation)
    step.publish(result)
    scope = scope_of(settings)
    # Adopted is only what can be read: every definition is looked at, not only those that differ.
    commits = ("",) if base.source == "adopt" else base.commits
    bases = [commit or repository.empty_tree for commit in commits]
    unsettled = (repository.empty_tree,) if base.everything else base.unsettled
    if "" in base.commits:  # every definition is new, and in the plan already
        unsettled = ()
    changes = find_changes(repository, bases, head, scope, unsettled)
    # Hidden before it is cut: a part of a secret would stay.
    text = console.secrets.hide(settings.version_remark or default_text(repository.commit(head).message))
    plan = (*changes.changed, *changes.reverted)
    unread = _unread(repository, head, scope) if step.context is None and settings.head is None else ()
    result = result._replace(
        warnings=(*result.warnings, *warnings_of(settings, changes), *unread, *option_warnings(plan)),
        skipped=changes.skipped,
        removed=changes.removed,
    )
    counted = {
        "changed or new": changes.changed,
        "reverted": changes.reverted,
        "unchanged": changes.skipped,
        "removed": changes.removed,
    }
    said = [f"{count(len(tasks), 'task')} {word}" for word, tasks in counted.items() if tasks]
    console.line(f"Changes: {', '.join(said) or 'none'}")
    return Compared(result, base, plan, text)


def batches_of(step: Step, compared: Compared, layers: tuple[tuple[Task, ...], ...]) -> tuple[Batch, ...]:
    """Cuts tasks of the plan, layer by layer, into batches, each version with its remark and stamp."""
    hide = step.console.secrets.hide
    # Remarks are cut, which would leave a part of a secret in them.
    shown = (
        [task._replace(version_remark=hide(task.version_remark)) if task.version_remark else task for task in layer]
        for layer in layers
    )
    # In a shell the stamp names a run that supersedes nobody.
    run = step.context.run if step.context else f"0.{step.clock.now() * 1000:.0f}"
    return make_batches(shown, step.settings, default_text=compared.text, head=compared.result.head, run=run)


def warnings_of(settings: Settings, found: Changes | Validated) -> tuple[Diagnostic, ...]:
    """What is odd about the files, and the globs of the user's that match none."""
    unmatched = found.unmatched if "definitions" in settings.given else ()
    names = settings.names
    return (*found.warnings, *(Diagnostic(f"{names['definitions']}: {glob} matches no file") for glob in unmatched))


def _unread(repository: Repository, head: str, scope: Scope) -> tuple[Diagnostic, ...]:
    """A warning where the work tree is ahead of the commit that is read."""
    paths = uncommitted(repository, head, scope.files)
    if not paths:
        return ()
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    message = f"commits are read, and these changes are not committed: {', '.join(paths[:3])}{more}"
    return (Diagnostic(message),)


def scope_of(settings: Settings) -> Scope:
    """Which definitions count for this run, with which target, and which projects they may belong to."""
    files, target = PathFilter(settings.definitions), settings.target or ""
    return Scope(files, settings.project_id or "", settings.allowed_projects, target, settings.names["target"])
