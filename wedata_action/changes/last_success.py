"""The base by what earlier runs on the branch recorded: the last success, where the first run started, or neither."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterator
from typing import NamedTuple

from wedata_action.changes.base import Base, event_base, unresolved
from wedata_action.changes.history import History, LookBack, PastRun, TooLongError, look_back
from wedata_action.changes.record import Record, scope_of
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.github.context import Context
from wedata_action.github.runs import merge_base
from wedata_action.settings import Settings


class Question(NamedTuple):
    """Whose base is asked for: a run of `context` on a branch, with the history of that branch."""

    settings: Settings
    repository: Repository
    context: Context
    head: str
    history: History


def last_success(asked: Question) -> Base:
    """The commit of the newest success; without one, where the first run started. Raises `RunError`, `GitHubError`."""
    try:
        found = _looked_back(asked)
    except TooLongError:
        raise _unresolved(asked.context, "none of the newest 100 runs has recorded a success", LookBack()) from None
    if found.success is not None:
        return Base(
            (found.success,),
            "last-success",
            "the last run that recorded a success",
            found.unsettled,
            found.everything,
        )
    if found.bases:
        # All of them: the one of the oldest run may be narrower, if that run was started again by hand.
        commits = ("",) if "" in found.bases else found.bases
        explanation = "where the runs started that recorded anything, since none has succeeded"
        return Base(commits, "event" if commits[0] else "empty", explanation, found.unsettled)
    if found.started:
        raise _unresolved(asked.context, "earlier runs have recorded no success for these inputs", found)
    return _first_use(asked, found)


def _first_use(asked: Question, found: LookBack) -> Base:
    """The event's own base, which no run can have recorded yet."""
    context = asked.context
    if context.event_name != "push":
        raise _unresolved(context, "no earlier run has recorded anything", found)
    if not context.before and context.branch != context.default_branch:
        raise _unresolved(context, f"the branch {context.branch} is new", found)
    base = event_base(asked.repository, context, asked.head, asked.history)
    return base._replace(explanation=f"{base.explanation}, at first use", unsettled=found.unsettled, first_use=True)


def adopted(asked: Question) -> Base:
    """Head itself, where no run has succeeded yet. Raises `RunError` and `GitHubError`."""
    try:
        found = _looked_back(asked)
    except TooLongError:
        found = LookBack()
    if found.success is not None:
        raise RunError(
            Reason.INVALID_INPUT,
            f"{asked.settings.names['base']}: adopt is rejected, because a run has already succeeded at "
            f"{found.success}: remove it, and the changes since that run are submitted",
        )
    return Base((asked.head,), "adopt", "nothing is submitted, and later runs start from this commit")


def given(asked: Question, revision: str) -> Base:
    """A revision by hand only adds: head is compared with the base that it would have without it, too.

    No run since is forgotten. Raises `RunError` and `GitHubError`.
    """
    runs = asked.history.runs()
    found, unsettled, everything = LookBack(), dict[str, None](), False
    try:
        found = _looked_back(asked, runs)
        unsettled |= dict.fromkeys(found.unsettled)
        everything = found.everything
        if found.success is not None:
            since = itertools.takewhile(lambda past: not _is_ancestor(asked, past.run.commit, revision), runs)
            unsettled |= dict.fromkeys(past.run.commit for past in since if past.started)
    except TooLongError:
        everything = True  # the runs since are too many to tell them apart
    known = found.bases if found.success is None else (found.success,)
    commits = tuple(dict.fromkeys((revision, *known)))
    others = " and ".join(commit or "the empty tree" for commit in commits[1:])
    explanation = f"as given, and as without it, {others}" if others else "as given"
    return Base(commits, "input", explanation, tuple(unsettled), everything)


def refuse_superseded(asked: Question) -> None:
    """Raises `RunError` where a later run has succeeded, and `GitHubError`."""
    with contextlib.suppress(TooLongError):
        _looked_back(asked)


def _looked_back(asked: Question, runs: Iterator[PastRun] | None = None) -> LookBack:
    """Raises `RunError` where a later run has succeeded, `TooLongError` and `GitHubError`."""
    scope, run_id = scope_of(asked.settings), int(asked.context.run_id)
    is_success = functools.partial(Record.is_success, pass_pending=asked.settings.pending_approval == "pass")
    read: list[PastRun] = []

    def kept() -> Iterator[PastRun]:
        for past in runs or asked.history.runs():
            read.append(past)
            yield past

    is_ancestor = functools.cache(lambda commit: _is_ancestor(asked, commit, asked.head))
    found = look_back(kept(), run_id, scope, is_success, is_ancestor)
    rerun = asked.context.run_attempt > 1  # only then may a workflow with a new file have gone ahead
    if found.superseded_by is None and (found.success is None or rerun):
        renamed = asked.history.of_a_renamed_workflow(read, after=0 if found.success is None else run_id)
        found = look_back(renamed, run_id, scope, is_success, is_ancestor) if renamed else found
    if found.superseded_by is not None:
        raise RunError(
            Reason.SUPERSEDED,
            f"run {found.superseded_by}, which is newer than this one, has succeeded: its commit is live, and nothing "
            "was sent. Re-run that one instead if need be",
        )
    return found


def _is_ancestor(asked: Question, commit: str, head: str) -> bool:
    """By the clone where it can tell, else by GitHub: a shallow clone knows no history."""
    context = asked.context
    if commit == head or (head == asked.head and commit == context.before and context.at("forced") is False):
        return True
    if asked.repository.merge_base(commit, head) == commit:
        return True
    if not asked.repository.shallow:
        return False
    return merge_base(asked.history.get, commit, head) == commit


def _unresolved(context: Context, why: str, found: LookBack) -> RunError:
    hints = [f"before this push the branch was at {context.before}"] if context.before else []
    hints += [f"with other inputs a run succeeded at {found.elsewhere}"] if found.elsewhere else []
    hint = f" ({'; '.join(hints)})" if hints else ""
    return unresolved(
        f"{why}, so it is not known which changes are live on {context.branch}. Choose the input 'base' for one run: "
        "adopt to submit nothing and start from here, empty to look up every definition and submit what WeData does "
        f"not have, or the id of the last commit whose tasks are in WeData{hint}",
    )
