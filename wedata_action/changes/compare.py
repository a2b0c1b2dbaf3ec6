"""The tasks that differ between head and other commits, and why.

Everything is read from commit objects. Only definitions that changed are parsed, and those that a search of bytes
points at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wedata_action.changes.head import Head
from wedata_action.changes.reading import ParsedFile, Scope, Side, find_definitions, no_definition, parse_files
from wedata_action.changes.scan import Search, having_ids, naming_files, search
from wedata_action.changes.sources import Paths, TooMuchError, code_path
from wedata_action.changes.trees import CommitTree, WorkTree
from wedata_action.changes.why import Reasons
from wedata_action.definitions import quote
from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.git import Difference, Entry, Repository
from wedata_action.task import Change, Identity, Task


class Changes(NamedTuple):
    """Tasks in the order of their paths and places.

    `reverted` did not change, but differ from an unsettled commit. `skipped` were looked at, and are the same or
    released. `warnings` are about files, `unmatched` the globs that fit no file at head.
    """

    changed: tuple[Task, ...]
    reverted: tuple[Task, ...]
    skipped: tuple[Task, ...]
    removed: tuple[Task, ...]
    warnings: tuple[Diagnostic, ...]
    unmatched: tuple[str, ...]


def find_changes(
    repository: Repository, bases: Iterable[str], head: str, scope: Scope, unsettled: Iterable[str] = ()
) -> Changes:
    """Compares head with one or more commits or trees: a task that differs from any of them changed.

    `unsettled` are commits whose runs may have submitted something. The empty tree stands for one that cannot be read:
    all tasks differ from it. Raises `RunError` for mistakes in definitions that differ at head, if neither head nor a
    base has a definition, and if the values by target of head cannot be told.
    """
    at_head = Head(repository, head, scope)
    found = [_compare(at_head, base) for base in dict.fromkeys(bases)]
    if not at_head.definitions and not any(comparison.defined for comparison in found):
        there, _ = find_definitions(WorkTree(repository.root), scope.files)
        message = no_definition(scope, ", neither at head nor at base")
        if there:
            more = f" and {len(there) - 1} more are" if len(there) > 1 else " is"
            message = f"{quote(min(there))}{more} not committed, and only commits are read: commit first"
        raise RunError(Reason.INVALID_INPUT, message)
    at_head.refuse_without_target()
    _refuse_mistakes(found)
    if scope.target and scope.target not in at_head.targets:
        raise at_head.unknown_target()
    tasks = [task for one in found for task in one.tasks]
    changed = _by_identity(task for task in tasks if task.change in {Change.ADDED, Change.CHANGED})
    tasks.sort(key=lambda task: task.change is not Change.RELEASED)
    same = _by_identity(task for task in tasks if task.identity not in changed)
    reverted = _by_identity(task for commit in dict.fromkeys(unsettled) for task in _reverted(at_head, commit, same))
    return Changes(
        _in_order(changed.values()),
        _in_order(task for identity, task in reverted.items() if identity not in changed),
        _in_order(task for identity, task in same.items() if identity not in reverted),
        _in_order(_by_identity(task for one in found for task in one.removed).values()),
        at_head.warnings,
        scope.files.unmatched(at_head.definitions),
    )


def _reverted(head: Head, commit: str, same: Mapping[Identity, Task]) -> Iterator[Task]:
    """The tasks at head that differ from an unsettled commit, or are not defined there."""
    comparison = _compare(head, commit)
    head.refuse_without_target()
    _refuse_mistakes([comparison])
    for task in comparison.tasks:
        released = task.change is Change.RELEASED and task.identity in same
        if task.change is Change.UNCHANGED or (released and same[task.identity].change is Change.RELEASED):
            continue
        why = f"{task.why} (since {commit[:12]}, which an unsettled run may have submitted)"
        if commit == head.tree.repository.empty_tree:
            why = "looked up, because the commit of an unsettled run cannot be read"
        yield task._replace(change=Change.REVERTED, why=why)


class _Comparison(NamedTuple):
    """Head and one base. `tasks` at head were looked at; `defined` says whether the base has any definition."""

    tasks: tuple[Task, ...]
    removed: tuple[Task, ...]
    mistakes: tuple[Diagnostic, ...]
    defined: bool


def _compare(head: Head, base: str) -> _Comparison:
    tree = CommitTree(head.tree.repository, base)
    before, after = Side(tree, head.scope, head.contents), Side(head.tree, head.scope, head.contents)
    differences = _differences(head, base)
    touched = {found.path: found for found in differences if found.path in head.scope.files}
    parsed = parse_files(tree, {path: found.old for path, found in touched.items() if found.old})
    before.add([file for file in parsed if not file.diagnostics])
    after.add(parse_files(head.tree, {path: found.new for path, found in touched.items() if found.new}))
    untouched = {path: entry for path, entry in head.definitions.items() if path not in touched}
    _add_untouched(before, after, untouched, [found.path for found in differences if found.path not in touched])
    head.learn_targets(after, untouched)
    mistakes = after.mistakes(head.targets)
    defined = bool(untouched) or any(found.old for found in touched.values())
    if mistakes:
        return _Comparison((), (), mistakes, defined)
    reasons = Reasons(before, after, touched)
    tasks = [_compared(before, tasks[0]) for tasks in after.tasks.values()]
    removed = [
        tasks[0]._replace(change=Change.REMOVED, why="its definition was removed; WeData keeps the task")
        for identity, tasks in before.tasks.items()
        if identity not in after.tasks and not after.is_elsewhere(identity, head.targets)
    ]
    explained = tuple(task._replace(why=reasons.explain(task)) for task in tasks)
    return _Comparison(explained, tuple(removed), (), defined)


def _differences(head: Head, base: str) -> Sequence[Difference]:
    """The paths that differ. Of the empty tree only the definitions: it differs in every file of the repository."""
    if base == head.tree.repository.empty_tree:
        return [Difference(path, None, entry) for path, entry in head.definitions.items()]
    return head.tree.repository.diff(base, head.tree.id)


def _add_untouched(before: Side, after: Side, files: Mapping[str, Entry], others: Sequence[str]) -> None:
    """Adds tasks of definitions that are the same on both sides, where they matter.

    These are tasks whose code or sources are among the `others`, the changed files that are not definitions, and second
    definitions of tasks that changed.
    """
    changed = _differing(before, after)
    # An id of another target is only looked for to find a second definition of it.
    changed |= after.others.keys() - before.others.keys() - before.tasks.keys()
    if not changed and not others:
        return
    paths, with_ids, with_files = Paths(others), having_ids(task_id for _, task_id in changed), naming_files(others)
    parsed: dict[str, ParsedFile] = {}
    added: set[tuple[Location, str]] = set()

    def place(task: Task) -> tuple[Location, str]:
        return task.location, task.target

    def add(wanted: Search, matters: Callable[[Task], bool]) -> None:
        found = search(after.tree, {path: entry for path, entry in files.items() if path not in parsed}, wanted)
        parsed.update(zip(found, parse_files(after.tree, found), strict=True))
        kept = [
            file._replace(tasks=tuple(task for task in file.tasks if place(task) not in added and matters(task)))
            for file in parsed.values()
        ]
        kept = [file for file in kept if file.tasks]
        before.add(kept)
        after.add(kept)
        added.update(place(task) for file in kept for task in file.tasks)

    add(
        lambda path, content: with_ids(path, content) or with_files(path, content),
        lambda task: after.identity(task) in changed or _may_have_changed(task, paths),
    )
    more = _differing(before, after) - changed if added else ()
    if more:
        add(having_ids(task_id for _, task_id in more), lambda task: after.identity(task) in more)


def _differing(before: Side, after: Side) -> set[Identity]:
    identities = before.tasks.keys() | after.tasks.keys()
    return {identity for identity in identities if before.fingerprints(identity) != after.fingerprints(identity)}


def _may_have_changed(task: Task, changed: Paths) -> bool:
    """Whether one of the changed paths is the task's code, or among its sources."""
    if task.code and (code_path(task.code) or "") in changed:
        return True
    try:
        return any(changed.fitting(source) for source in task.sources)
    except TooMuchError:
        return True


def _compared(before: Side, task: Task) -> Task:
    """The task at head with its change, and with the blob that was its code at the base."""
    former = before.fingerprints(task.identity)
    if not former:
        change = Change.ADDED
    elif former == {task.fingerprint}:
        change = Change.UNCHANGED
    elif task.code is None and before.fingerprints(task.identity, without_code=True) == {task.fingerprint}:
        change = Change.RELEASED
    else:
        change = Change.CHANGED
    codes = (old.code.blob for old in before.tasks.get(task.identity, ()) if old.code)
    return task._replace(change=change, code=task.code and task.code._replace(base_blob=next(codes, "")))


def _refuse_mistakes(comparisons: Iterable[_Comparison]) -> None:
    mistakes = dict.fromkeys(mistake for comparison in comparisons for mistake in comparison.mistakes)
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        in_order = sorted(mistakes, key=lambda mistake: mistake.location or Location(""))
        message = f"{count} in the definitions; nothing was sent"
        raise RunError(Reason.INVALID_DEFINITION, message, tuple(in_order))


def _by_identity(tasks: Iterable[Task]) -> dict[Identity, Task]:
    """The first task of each identity."""
    found: dict[Identity, Task] = {}
    for task in tasks:
        found.setdefault(task.identity, task)
    return found


def _in_order(tasks: Iterable[Task]) -> tuple[Task, ...]:
    return tuple(sorted(tasks, key=lambda task: task.location))
