"""Which commits head is compared with: the first half of the changes stage.

A base that cannot be resolved ends the run: it never falls back to a smaller difference, nor to an empty one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from wedata_action.changes.base import Base, event_base, unresolved
from wedata_action.changes.history import History
from wedata_action.changes.last_success import Question, adopted, given, last_success, refuse_superseded
from wedata_action.errors import Reason, RunError
from wedata_action.git import GitError, Repository, is_object_id
from wedata_action.github.context import Context
from wedata_action.github.errors import GitHubError
from wedata_action.inputs import BASES
from wedata_action.settings import Settings

_CONTENTS = "or give github-token the permission contents: read"
_REMEDY = (
    "if a force push removed it, set the input 'base' to a commit that exists or to empty; otherwise check out with "
    f"fetch-depth: 0, {_CONTENTS}"
)
_REMEDY_IN_A_SHELL = "check the id, or fetch the commit with git fetch"


def find_head(settings: Settings, repository: Repository, context: Context | None) -> str:
    """The commit whose definitions count, at hand in the repository. Raises `RunError`."""
    if context is None:
        if settings.head is None and repository.head is None:
            raise RunError(Reason.INVALID_INPUT, "the branch has no commit yet: commit the definitions first")
        revision = settings.head or repository.head or ""
        commit = repository.resolve(revision)
        if commit is None:
            raise RunError(Reason.INVALID_INPUT, f"--head {revision}: the repository has no such commit")
        return commit
    if settings.head is not None:
        raise RunError(Reason.INVALID_INPUT, "--head is for a shell: in Actions the event names the commit")
    commit = _event_head(repository, context)
    remedy = f"check out the event's own repository with fetch-depth: 0, {_CONTENTS}"
    if missing := _missing(repository, commit, None):
        raise RunError(Reason.INVALID_INPUT, f"the event's commit {commit} {missing}: {remedy}")
    return commit


def find_base(
    settings: Settings, repository: Repository, context: Context | None, head: str, history: History | None
) -> Base:
    """The base of `head`, at hand in the repository. `history` is `None` where there is none: outside Actions.

    Raises `RunError`, mostly with the reason `unresolved-base`.
    """
    try:
        base = _find(settings, repository, context, head, history)
    except GitHubError as error:
        raise unresolved(
            f"the base cannot be found, because GitHub did not tell: {error}. Or set the input 'base' to event, which "
            "compares with the event's own base and never looks back at failed runs",
        ) from error
    for commit in filter(None, base.commits):
        remedy = _REMEDY if context else _REMEDY_IN_A_SHELL
        if missing := _missing(repository, commit, head):
            raise unresolved(f"the base {commit} ({base.explanation}) {missing}: {remedy}")
    there = _fetch_what_is_there(repository, base.unsettled, head)
    return base._replace(unsettled=there, everything=base.everything or len(there) < len(base.unsettled))


def _find(
    settings: Settings, repository: Repository, context: Context | None, head: str, history: History | None
) -> Base:
    word = settings.base
    asked = None
    if context and history and context.branch and not context.of_a_change:
        asked = Question(settings, repository, context, head, history)
    if word == "empty":
        if asked and asked.context.run_attempt > 1:
            refuse_superseded(asked)
        return Base(("",), "empty", "every definition counts as new", everything=True)
    if word not in BASES:
        revision = _revision(settings, repository, context, head)
        return given(asked, revision) if asked else Base((revision,), "input", "as given")
    if context is None:
        what = "there is no --base"
        if "base" in settings.given:
            what = f"{settings.names['base']}: {word} works in GitHub Actions only"
        raise unresolved(
            f"{what}: name a commit to compare with, such as --base HEAD~1, or compare with nothing by --base empty"
        )
    if word == "event" or context.of_a_change:
        return event_base(repository, context, head, history)
    if asked is None:
        raise unresolved(
            f"{context.ref or f'the event {context.event_name}'} is not a branch, so it has no earlier runs to start "
            "from: set the input 'base' to a commit, or to empty",
        )
    if context.branch.startswith("gh-readonly-queue/"):
        raise unresolved(
            f"{context.branch} belongs to a merge queue: submit on push to the branch that it merges into, and plan "
            "under the event merge_group",
        )
    return adopted(asked) if word == "adopt" else last_success(asked)


def _event_head(repository: Repository, context: Context) -> str:
    if context.event_name in {"pull_request", "pull_request_target"}:
        if repository.head == context.pull_request_head:
            return context.pull_request_head
        if context.event_name == "pull_request_target":
            raise unresolved(
                "under pull_request_target the checkout is the base branch, without the pull request's changes: use "
                "the event pull_request, which also keeps secrets away from the pull request",
            )
    if not is_object_id(context.sha) or context.sha.strip("0") == "":
        raise RunError(
            Reason.INVALID_INPUT, f"the event {context.event_name} has no commit: GITHUB_SHA is {context.sha}"
        )
    return context.sha


def _revision(settings: Settings, repository: Repository, context: Context | None, head: str) -> str:
    """The commit that the input `base` names, at hand or not."""
    revision, written = settings.base, settings.names["base"]
    if is_object_id(revision):
        if revision.strip("0"):
            return revision
        raise unresolved(f"{written}: an id of zeros is not a commit: name one, or give empty")
    commit = repository.resolve(revision)
    if commit is None:
        remedy = _how_to_name_a_commit(repository, context, head)
        raise unresolved(f"{written}: {revision!r} is not a commit of this clone: {remedy}")
    return commit


def _how_to_name_a_commit(repository: Repository, context: Context | None, head: str) -> str:
    if repository.shallow:
        whole = "check out with fetch-depth: 0" if context else "get the whole history with git fetch --unshallow"
        return f"give a full commit id, which is fetched, or {whole}"
    if not repository.commit(head).parents:
        return "head is the first commit, so give empty, and every definition counts as new"
    return "give a branch, a tag or a commit id"


def _missing(repository: Repository, commit: str, have: str | None) -> str:
    """Why a commit is not at hand, after an attempt to fetch it; an empty text if it is."""
    complaint = "it is not a commit"
    if is_object_id(commit):
        try:
            if not repository.objects.has_commit(commit):
                repository.fetch([commit], have=have)
            if repository.objects.has_commit(commit):
                return ""
        except GitError as error:
            complaint = str(error)
    return f"is not in the clone and cannot be fetched ({complaint})"


def _fetch_what_is_there(repository: Repository, commits: Sequence[str], have: str) -> tuple[str, ...]:
    """Those of `commits` that are in the clone or can be fetched; the remote may have dropped others."""
    is_there = repository.objects.has_commit
    missing = [commit for commit in commits if not is_there(commit)]
    # One by one where not all can be fetched at once.
    for several in (missing, *([commit] for commit in missing)):
        if not all(map(is_there, several)):
            with contextlib.suppress(GitError):
                repository.fetch(several, have=have)
    return tuple(filter(is_there, commits))
