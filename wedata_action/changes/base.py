"""Which two commits are compared: the first half of the second stage.

A base that cannot be resolved ends the run: it never falls back to a smaller difference, nor to an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wedata_action.errors import Reason, RunError
from wedata_action.git import Commit, GitError, Repository
from wedata_action.github.context import Context
from wedata_action.inputs import BASES
from wedata_action.settings import Settings

if TYPE_CHECKING:
    from wedata_action.github.history import History

MergeBase = Callable[[str, str], str]
"""Asks GitHub for the merge base of two commits or branches."""

ReadHistory: TypeAlias = "Callable[[], History]"
"""Reads what earlier runs did."""

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REMEDY = (
    "if a force push removed it, set the input 'base' to a commit that exists, or to empty; otherwise check out with "
    "fetch-depth: 0"
)


class Base(NamedTuple):
    """`commit` is empty for the empty tree; `source` is the word of the output `base-source`.

    `unsettled` are the commits of runs since then that did not succeed: they may have submitted something.
    """

    commit: str
    source: str
    explanation: str
    unsettled: tuple[str, ...] = ()


def find_head(settings: Settings, repository: Repository, context: Context | None) -> str:
    """The commit to submit, at hand in the repository. Raises `RunError`."""
    if context is None:
        if settings.head is None and repository.head is None:
            raise RunError(Reason.INVALID_INPUT, "the branch has no commit yet: commit the definitions first")
        revision = settings.head or repository.head or ""
        commit = repository.resolve(revision)
        if commit is None:
            raise RunError(Reason.INVALID_INPUT, f"--head {revision}: the repository has no such commit")
        return commit
    commit = _event_head(repository, context)
    if settings.head is not None and commit not in {settings.head, repository.resolve(settings.head)}:
        raise RunError(
            Reason.INVALID_INPUT,
            f"input 'head': {settings.head} is not the event's commit {commit}; in Actions leave 'head' unset",
        )
    what, remedy = f"the event's commit {commit}", "check out the event's own repository with fetch-depth: 0"
    _fetch(repository, [commit], None, what, Reason.INVALID_INPUT, remedy)
    return commit


def find_base(
    settings: Settings,
    repository: Repository,
    context: Context | None,
    head: str,
    merge_base: MergeBase,
    history: ReadHistory,
) -> Base:
    """The base of `head`, at hand in the repository. Raises `RunError`, mostly with reason `unresolved-base`."""
    base = _find_base(settings, repository, context, head, merge_base, history)
    if base.source != "empty":
        if not _COMMIT_ID.fullmatch(base.commit):
            raise RunError(Reason.UNRESOLVED_BASE, f"{base.explanation} is no commit id: {base.commit!r}; set 'base'")
        what = f"the base {base.commit} ({base.explanation})"
        _fetch(repository, [base.commit], head, what, Reason.UNRESOLVED_BASE, _REMEDY)
    what = "the commit of an earlier run that did not succeed, and may have submitted something,"
    _fetch(repository, base.unsettled, head, what, Reason.UNRESOLVED_BASE, _REMEDY)
    return base


def _event_head(repository: Repository, context: Context) -> str:
    if context.event_name in {"pull_request", "pull_request_target"}:
        if repository.head == context.pull_request_head:
            return context.pull_request_head
        if context.event_name == "pull_request_target":
            raise RunError(
                Reason.UNRESOLVED_BASE,
                "under pull_request_target the checkout is the base branch, without the pull request's changes: use "
                "the event pull_request, which also keeps secrets away from the pull request",
            )
    if not _COMMIT_ID.fullmatch(context.sha) or context.sha.strip("0") == "":
        raise RunError(
            Reason.INVALID_INPUT, f"the event {context.event_name} has no commit: GITHUB_SHA is {context.sha}"
        )
    return context.sha


def _find_base(
    settings: Settings,
    repository: Repository,
    context: Context | None,
    head: str,
    merge_base: MergeBase,
    history: ReadHistory,
) -> Base:
    word = settings.base
    if word == "empty":
        return Base("", "empty", "as asked for: every definition is new")
    if word not in BASES:
        return Base(_named(word, repository), "input", "as given")
    if context is None:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"base {word} is for GitHub Actions: in a shell name a commit, such as --base HEAD~1, or --base empty",
        )
    if word == "adopt":
        return _adopted(context, head, history)
    found = _last_success(context, history) if _needs_history(word, context) else None
    if found is None and word == "last-success":
        raise _no_success(context)
    return found or _event_base(repository, context, head, merge_base)


def _needs_history(word: str, context: Context) -> bool:
    of_a_change = context.event_name in {"pull_request", "pull_request_target", "merge_group"}
    return word == "last-success" or (word == "auto" and bool(context.branch) and not of_a_change)


def _event_base(repository: Repository, context: Context, head: str, merge_base: MergeBase) -> Base:
    if context.event_name in {"pull_request", "pull_request_target"}:
        return _pull_request_base(repository, context, head, merge_base)
    if context.event_name == "merge_group":
        return Base(str(context.at("merge_group", "base_sha") or ""), "event", "the base of the merge group")
    if context.event_name == "push" and context.branch:
        return _push_base(repository, context, head, merge_base)
    raise RunError(
        Reason.UNRESOLVED_BASE,
        f"the event {context.event_name} on {context.ref or 'no branch'} has no base of its own: set the input 'base' "
        "to a commit, or to empty",
    )


def _last_success(context: Context, history: ReadHistory) -> Base | None:
    """The commit of the last run that succeeded; `None` if there was no earlier run at all."""
    if not context.branch:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"{context.ref or 'this event'} is no branch, so it has no last success: set the input 'base' to a commit",
        )
    known = history()
    if known.superseded_by is not None:
        raise RunError(
            Reason.SUPERSEDED,
            f"run {known.superseded_by} of this workflow, which is newer than this one, has succeeded: its commit is "
            "live, and nothing was sent. Re-run that one instead if need be",
        )
    if known.last_success is not None:
        return Base(known.last_success, "last-success", "the last run that succeeded", known.unsettled)
    if known.earlier:
        raise _no_success(context)
    return None


def _no_success(context: Context) -> RunError:
    before = f" (before this push the branch was at {context.before})" if context.before else ""
    return RunError(
        Reason.UNRESOLVED_BASE,
        f"no run of this job on {context.branch} has succeeded yet, so it is not known which changes are live. Set the "
        f"input 'base' for one run: to the id of the last commit whose tasks are in WeData{before}, to empty to submit "
        "every definition, or to adopt to submit nothing and start from here",
    )


def _adopted(context: Context, head: str, history: ReadHistory) -> Base:
    if not context.branch:
        raise RunError(Reason.UNRESOLVED_BASE, "base adopt is for branches: it makes a commit the base of later runs")
    known = history()
    if known.last_success is not None or known.superseded_by is not None:
        raise RunError(
            Reason.INVALID_INPUT,
            "input 'base': adopt is refused, since this job has already succeeded on this branch: remove it, and "
            "changes since that run are submitted",
        )
    return Base(head, "adopt", "nothing is submitted, and later runs start from this commit")


def _named(revision: str, repository: Repository) -> str:
    if _COMMIT_ID.fullmatch(revision):
        return revision
    commit = repository.resolve(revision)
    if commit is None:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"input 'base': {revision!r} names no commit in this clone: give a full commit id, which is fetched, or "
            "check out with fetch-depth: 0",
        )
    return commit


def _pull_request_base(repository: Repository, context: Context, head: str, merge_base: MergeBase) -> Base:
    branch = str(context.at("pull_request", "base", "ref") or "the base branch")
    commit: Commit = repository.commit(head)
    if head != context.pull_request_head and len(commit.parents) == 2:
        return Base(commit.parents[0], "event", f"{branch} as the pull request is merged into it")
    tip = str(context.at("pull_request", "base", "sha") or "")
    return _merge_base(repository, tip, head, branch, merge_base)


def _push_base(repository: Repository, context: Context, head: str, merge_base: MergeBase) -> Base:
    if context.before:
        return Base(context.before, "event", "the branch before this push")
    branch, default = context.branch, context.default_branch
    if not context.at("before") or not default:
        raise RunError(Reason.UNRESOLVED_BASE, "the push event names no commit before it: set the input 'base'")
    if branch == default:
        return Base("", "empty", f"{branch} is new and the default branch: every definition is new")
    return _merge_base(repository, f"refs/remotes/origin/{default}", head, default, merge_base)


def _merge_base(repository: Repository, tip: str, head: str, branch: str, ask: MergeBase) -> Base:
    """From the clone if it has the whole history, else from GitHub: a shallow clone may name too old a commit."""
    explanation = f"the merge base with {branch}"
    commit = None if repository.shallow else repository.resolve(tip)
    if commit and (found := repository.merge_base(commit, head)):
        return Base(found, "merge-base", explanation)
    return Base(ask(branch if tip.startswith("refs/") else tip, head), "merge-base", explanation)


def _fetch(
    repository: Repository, commits: Sequence[str], have: str | None, what: str, reason: Reason, remedy: str
) -> None:
    """Makes commits available. Raises `RunError` with the given reason and remedy."""
    missing = [commit for commit in commits if not repository.objects.has_commit(commit)]
    if not missing:
        return
    complaint = "it is no commit"
    try:
        repository.fetch(missing, have=have)
        if all(map(repository.objects.has_commit, missing)):
            return
    except GitError as error:
        complaint = str(error)
    raise RunError(
        reason,
        f"{what} is not in the clone and cannot be fetched ({complaint}): {remedy}, or give github-token the "
        "permission contents: read",
    )
