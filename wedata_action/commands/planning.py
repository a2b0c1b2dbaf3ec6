"""The stages up to the first call: repository, head, base, changes, batches."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wedata_action.changes.base import Base, find_base, find_head
from wedata_action.changes.compare import Changes, find_changes
from wedata_action.changes.globs import PathFilter, compile_globs
from wedata_action.changes.trees import CommitTree
from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.git import GitError, Remote, Repository
from wedata_action.result import Untouched
from wedata_action.submission.batches import Batch, check_size, default_text, make_batches, option_warnings
from wedata_action.task import Change, Task

if TYPE_CHECKING:
    from wedata_action.commands.run import Run
    from wedata_action.github.api import Api
    from wedata_action.github.history import History


@dataclass(frozen=True, slots=True)
class Found:
    """What the commits changed. `text` is the remark of definitions that have none.

    `reverted` are tasks as they are at the base, which a run since then that did not succeed may have submitted
    otherwise.
    """

    base: Base
    head: str
    text: str
    changed: tuple[Task, ...]
    reverted: tuple[Task, ...]


def open_repository(run: Run) -> Repository:
    """The clone around the current folder; in Actions GitHub is its remote. Raises `RunError`."""
    remote = None
    if run.context and run.settings.github_token:
        token = base64.b64encode(f"x-access-token:{run.settings.github_token}".encode()).decode()
        remote = Remote(f"{run.context.server_url}/{run.context.repository}", f"Basic {token}")
    try:
        return Repository(Path(), run.environ, remote)
    except GitError as error:
        raise RunError(
            Reason.INVALID_INPUT,
            f"{Path.cwd()} is not in a git work tree ({error}): check out the repository first, in Actions with "
            "actions/checkout and without its input 'path'",
        ) from error


def find(run: Run) -> Found:
    """Finds what changed; what is learnt on the way is in the outputs at once."""
    settings, console = run.settings, run.console
    with run.open_repository(run) as repository:
        head = find_head(settings, repository, run.context)
        run.learn(head=head)
        base = find_base(
            settings, repository, run.context, head, lambda *ends: _merge_base(run, *ends), lambda: _history(run)
        )
        run.learn(base=base.commit, base_source=base.source, base_explanation=base.explanation)
        run.reporter.publish(run.known)
        console.line(f"Base: {base.commit or 'the empty tree'} ({base.source}: {base.explanation})")
        console.line(f"Head: {head}")
        files = PathFilter(settings.definitions)
        project_id = settings.project_id or ""
        changes = find_changes(repository, base.commit or repository.empty_tree, head, files, project_id)
        reverted = _reverted(repository, base, head, files, project_id, changes)
        # Hidden before it is cut: a part of a secret would stay.
        text = run.console.secrets.hide(settings.version_remark or default_text(repository.commit(head).message))
        unmatched = _unmatched(run, repository, head, files)
    check_size(len(changes.changed) + len(reverted), settings.max_tasks)
    doubtful = {found.identity for found in reverted}
    skipped = [found for found in changes.skipped if found.identity not in doubtful]
    run.learn(
        warnings=(*run.known.warnings, *unmatched, *option_warnings((*changes.changed, *reverted))),
        skipped=tuple(untouched(found, found.why) for found in skipped),
        removed=tuple(untouched(task, task.why) for task in changes.removed),
    )
    console.line(
        f"Changes: {count(len(changes.changed), 'task')} changed or new; {len(skipped)} looked at and "
        f"unchanged, {len(changes.removed)} removed"
    )
    return Found(base, head, text, changes.changed, reverted)


def make_plan(run: Run, found: Found, tasks: Sequence[Task]) -> tuple[Batch, ...]:
    """Cuts tasks into batches."""
    label = run.context.run if run.context else f"{run.clock.now() * 1000:.0f}.1"  # no other run may have this stamp
    return make_batches(tasks, run.settings, default_text=found.text, head=found.head, run=label)


def untouched(task: Task, reason: str) -> Untouched:
    """A task that is not submitted, as the report shows it."""
    return Untouched(task.project_id, task.task_id, task.name, task.location, reason)


def _reverted(
    repository: Repository, base: Base, head: str, files: PathFilter, project_id: str, changes: Changes
) -> tuple[Task, ...]:
    """Tasks that are as at the base, and were otherwise in a run since that did not succeed."""
    known = {found.identity for found in changes.changed}
    reverted: dict[tuple[str, str], Task] = {}
    for commit in base.unsettled:
        if commit in {base.commit, head}:
            continue
        for found in find_changes(repository, commit, head, files, project_id).changed:
            if found.change is Change.CHANGED and found.identity not in known:
                reverted.setdefault(found.identity, found)
    return tuple(found._replace(change=Change.REVERTED) for found in reverted.values())


def _merge_base(run: Run, base: str, head: str) -> str:
    from wedata_action.github.api import GitHubError

    try:
        return _api(run).compare(base, head).merge_base
    except GitHubError as error:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"the merge base of {base} and {head} is not in this clone, and GitHub could not be asked for it: {error}. "
            "Or check out with fetch-depth: 0",
        ) from error


def _history(run: Run) -> History:
    from wedata_action.github.api import GitHubError
    from wedata_action.github.history import read_history

    if run.context is None:
        raise ValueError("a shell has no run history")
    try:
        return read_history(_api(run), run.context, run.clock)
    except GitHubError as error:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"the history of this workflow's runs cannot be read: {error}. Or set the input 'base' "
            "to event, which compares with the event's own base and never looks back at failed runs",
        ) from error


def _api(run: Run) -> Api:
    from wedata_action.github.api import Api

    if run.context is None:
        raise RunError(Reason.UNRESOLVED_BASE, "GitHub can only be asked in GitHub Actions: name a commit with --base")
    context, token = run.context, run.settings.github_token
    return Api(context.api_url, context.repository, token, run.session(), clock=run.clock, log=run.console.line)


def _unmatched(run: Run, repository: Repository, head: str, files: PathFilter) -> list[Diagnostic]:
    """A warning for each glob of the user's that fits no file at head."""
    if "definitions" not in run.settings.given:
        return []
    paths = CommitTree(repository, head).list([""])
    return [
        Diagnostic(f"input 'definitions': {glob} matches no file")
        for glob in files.positive
        if not any(map(compile_globs([glob]).match, paths))
    ]


def count(number: int, one: str, many: str = "") -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
