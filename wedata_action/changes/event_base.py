"""The base that an event itself has: of a pull request, a merge group or a push."""

from __future__ import annotations

from wedata_action.changes.base import Base
from wedata_action.changes.history import History
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.github.context import Context
from wedata_action.github.runs import merge_base


def event_base(repository: Repository, context: Context, head: str, history: History | None) -> Base:
    """The base of the event, whatever earlier runs did. Raises `RunError` and `GitHubError`."""
    if context.event_name in {"pull_request", "pull_request_target"}:
        return _of_a_pull_request(repository, context, head, history)
    if context.event_name == "merge_group":
        return Base((str(context.at("merge_group", "base_sha") or ""),), "event", "the base of the merge group")
    if context.event_name == "push" and context.branch:
        return _of_a_push(repository, context, head, history)
    raise RunError(
        Reason.UNRESOLVED_BASE,
        f"the event {context.event_name} on {context.ref or 'no branch'} has no base of its own: set the input 'base' "
        "to a commit, or to empty",
    )


def _of_a_pull_request(repository: Repository, context: Context, head: str, history: History | None) -> Base:
    branch = str(context.at("pull_request", "base", "ref") or "the base branch")
    parents = repository.commit(head).parents
    if head != context.pull_request_head and len(parents) == 2:
        return Base((parents[0],), "event", f"{branch} as the pull request is merged into it")
    tip = str(context.at("pull_request", "base", "sha") or "")
    return Base((_merge_base(repository, tip, tip, head, history),), "merge-base", f"the merge base with {branch}")


def _of_a_push(repository: Repository, context: Context, head: str, history: History | None) -> Base:
    if context.before:
        return Base((context.before,), "event", "the branch before this push")
    branch, default = context.branch, context.default_branch
    if not context.at("before") or not default:
        raise RunError(Reason.UNRESOLVED_BASE, "the push event names no commit before it: set the input 'base'")
    if branch == default:
        return Base(("",), "empty", f"{branch} is new and the default branch: every definition is new")
    commit = _merge_base(repository, f"refs/remotes/origin/{default}", default, head, history)
    if commit == head:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"the branch {branch} is new and has no commit that {default} has not, so the event has no base: set the "
            "input 'base' for one run, to empty, adopt or a commit",
        )
    return Base((commit,), "merge-base", f"the merge base with {default}")


def _merge_base(repository: Repository, tip: str, name: str, head: str, history: History | None) -> str:
    """From the clone if it has the whole history, else from GitHub: a shallow clone may name too old a commit."""
    commit = None if repository.shallow else repository.resolve(tip)
    found = repository.merge_base(commit, head) if commit else None
    if found is None and history is not None:
        found = merge_base(history.get, name, head)
    if found is None:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"the merge base of {name} and {head} is not in this clone, and GitHub names none: check out with "
            "fetch-depth: 0",
        )
    return found
