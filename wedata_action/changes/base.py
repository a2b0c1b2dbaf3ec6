"""What head is compared with, and the base that an event itself has: of a pull request, a merge group or a push."""

from __future__ import annotations

from typing import NamedTuple

from wedata_action.changes.history import History
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.github.context import Context
from wedata_action.github.runs import merge_base


class Base(NamedTuple):
    """What head is compared with, and how much of it is uncertain.

    `commits` are one or more; an empty text is the empty tree. `source` is the word of the output `base-source`.
    `unsettled` are the commits of runs that may have submitted something nobody recorded. With `everything` one of
    those cannot be read, or they are not known, so every definition is looked up. `first_use` says that no earlier run
    recorded anything.
    """

    commits: tuple[str, ...]
    source: str
    explanation: str
    unsettled: tuple[str, ...] = ()
    everything: bool = False
    first_use: bool = False

    @property
    def commit(self) -> str:
        """The base that the outputs and the record name."""
        return self.commits[0]

    def look_first_because(self, context: Context | None) -> str:
        """Why tasks are looked up in WeData before they are sent; empty where no run can have sent them."""
        if context is None:
            return "no run history tells what was submitted before"
        if context.run_attempt > 1:
            return "this is a re-run"
        if self.first_use:
            return "this is the first run of its kind"
        if self.unsettled or self.everything:
            return "an earlier run may have submitted some of them"
        if context.event_name != "push":
            return f"the run was started by {context.event_name}"
        # What was there before this push is known only after a recorded success: `base: event` reads no history, and a
        # run that never started may have been on that commit. On a new branch nothing was.
        settled = self.source == "last-success" and self.commits == (context.before,)
        new = self.source in {"event", "merge-base", "empty"} and not context.before
        return "" if settled or new else "the base is not a recorded success on the commit before this push"


def unresolved(message: str) -> RunError:
    """The commit to compare with is not known."""
    return RunError(Reason.UNRESOLVED_BASE, message)


def event_base(repository: Repository, context: Context, head: str, history: History | None) -> Base:
    """The base of the event, whatever earlier runs did. Raises `RunError` and `GitHubError`."""
    if context.event_name in {"pull_request", "pull_request_target"}:
        return _of_a_pull_request(repository, context, head, history)
    if context.event_name == "merge_group":
        return Base((str(context.at("merge_group", "base_sha") or ""),), "event", "the base of the merge group")
    if context.event_name == "push" and context.branch:
        return _of_a_push(repository, context, head, history)
    raise unresolved(
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
        raise unresolved("the push event names no commit before it: set the input 'base'")
    if branch == default:
        return Base(("",), "empty", f"{branch} is new and the default branch, so every definition counts as new")
    commit = _merge_base(repository, f"refs/remotes/origin/{default}", default, head, history)
    if commit == head:
        raise unresolved(
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
        raise unresolved(
            f"the merge base of {name} and {head} is not in this clone, and GitHub names none: check out with "
            "fetch-depth: 0",
        )
    return found
