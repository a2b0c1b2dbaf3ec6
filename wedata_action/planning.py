"""The stages up to the first call: repository, head, base, changes, batches."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from wedata_action.base import Base, find_base, find_head
from wedata_action.changes.compare import Changes, find_changes
from wedata_action.changes.trees import CommitTree
from wedata_action.errors import Problem, Reason, RunError
from wedata_action.git import GitError, Remote, Repository
from wedata_action.globs import PathFilter, compile_globs
from wedata_action.plan import Batch, default_text, make_batches, option_warnings
from wedata_action.result import Untouched

if TYPE_CHECKING:
    from wedata_action.changes.reading import Task
    from wedata_action.run import Run


def open_repository(run: Run) -> Repository:
    """The clone around the working directory, with GitHub as its remote. Raises `RunError`."""
    remote = None
    if run.context and run.settings.github_token:
        token = base64.b64encode(f"x-access-token:{run.settings.github_token}".encode()).decode()
        remote = Remote(f"{run.context.server_url}/{run.context.repository}", f"Basic {token}")
    folder = Path(run.settings.working_directory)
    try:
        return Repository(folder, run.environ, remote)
    except GitError as error:
        raise RunError(
            Reason.INVALID_INPUT,
            f"{folder.absolute()} is in no git work tree ({error}): check the repository out first, with "
            "actions/checkout, and name its folder in 'working-directory' if it is not the workspace",
        ) from error


def make_plan(run: Run) -> tuple[Batch, ...]:
    """Finds what changed and cuts it into batches; what it learns on the way is in the outputs at once."""
    settings, console = run.settings, run.console
    with open_repository(run) as repository:
        head = find_head(settings, repository, run.context)
        run.learn(head=head)
        base = find_base(settings, repository, run.context, head, lambda *ends: _merge_base(run, *ends))
        run.learn(base=base.commit, base_source=base.source, base_explanation=base.explanation)
        console.line(f"Base: {base.commit or 'the empty tree'} ({base.source}: {base.explanation})")
        console.line(f"Head: {head}")
        files = PathFilter(settings.definitions, repository.prefix)
        changes = _changes(repository, base, head, files, settings.project_id or "")
        text = settings.version_remark or default_text(repository.commit(head).message)
        unmatched = _unmatched(run, repository, head, files)
    warnings = (*run.known.warnings, *unmatched, *option_warnings(changes.changed))
    removed = tuple(_untouched(task, "its definition was removed; WeData keeps the task") for task in changes.removed)
    skipped = tuple(_untouched(found.task, found.reason) for found in changes.skipped)
    run.learn(warnings=warnings, skipped=skipped, removed=removed)
    label = run.context.run if run.context else f"{run.world.now():.0f}.1"  # no other run may have the same stamp
    batches = make_batches(changes.changed, settings, default_text=text, head=head, run=label)
    console.line(
        f"Plan: {count(len(changes.changed), 'task')} in {count(len(batches), 'batch', 'batches')}; "
        f"{len(skipped)} looked at and unchanged, {len(removed)} removed"
    )
    return batches


def _changes(repository: Repository, base: Base, head: str, files: PathFilter, project_id: str) -> Changes:
    tree = base.commit or repository.empty_tree
    try:
        return find_changes(repository, tree, head, files, project_id)
    except GitError:
        if not repository.partial:
            raise
    repository.fetch([commit for commit in (base.commit, head) if commit], have=None)
    return find_changes(repository, tree, head, files, project_id)


def _merge_base(run: Run, base: str, head: str) -> str:
    from wedata_action.github.api import Api, GitHubError

    if run.context is None:
        raise RunError(Reason.UNRESOLVED_BASE, "GitHub can only be asked in GitHub Actions: name a commit with --base")
    api = Api(run.context.api_url, run.context.repository, run.settings.github_token, run.session())
    try:
        return api.merge_base(base, head)
    except GitHubError as error:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"the merge base of {base} and {head} is not in this clone, and GitHub did not tell it ({error}): check "
            "out with fetch-depth: 0, or give the job the permission contents: read",
        ) from error


def _unmatched(run: Run, repository: Repository, head: str, files: PathFilter) -> list[Problem]:
    """A warning for each glob of the user's that fits no file at head."""
    if "definitions" not in run.settings.given:
        return []
    paths = CommitTree(repository, head).list([""])
    return [
        Problem(f"input 'definitions': {glob} matches no file")
        for glob in files.positive
        if not any(map(compile_globs([glob]).match, paths))
    ]


def _untouched(task: Task, reason: str) -> Untouched:
    definition = task.definition
    return Untouched(task.project_id, definition.task_id, definition.name, definition.place, reason)


def count(number: int, one: str, many: str = "") -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
