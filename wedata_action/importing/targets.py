"""The same tasks in another project: matched by workflow, name and type, their ids added to the definitions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from wedata_action.definitions import parse
from wedata_action.errors import Location
from wedata_action.importing.edit import NewIds, add_ids, id_places, name_ids
from wedata_action.importing.importer import said
from wedata_action.task import Task
from wedata_action.tencent.task_list import Listed

Key = tuple[str, str, str]


class Matched(NamedTuple):
    """`pairs` are definitions of another target and the task that is the same; the rest found none, or several.

    Those without a project were not looked for: nothing says where their task is.
    """

    pairs: list[tuple[Task, Listed]]
    ambiguous: list[Listed]
    not_defined: list[Listed]
    not_there: list[Listed]
    no_project: list[Listed]


def match(
    defined: Iterable[tuple[Task, Listed]], listed: Iterable[Listed], several: Collection[Key] = frozenset()
) -> Matched:
    """`defined` are definitions without the new target, each with its task in another one's project.

    `several` are the keys of more than one task of a project, defined and chosen or not: which is meant is a guess.
    """
    theirs: dict[Key, list[Listed]] = defaultdict(list)
    ours: dict[Key, list[tuple[Task, Listed]]] = defaultdict(list)
    for task in listed:
        theirs[key_of(task)].append(task)
    for pair in defined:
        ours[key_of(pair[1])].append(pair)
    matched = Matched([], [], [], [], [])
    for key in sorted({*ours, *theirs}):
        mine, others = ours.get(key, []), theirs.get(key, [])
        if not mine:
            matched.not_defined.extend(others)
        elif not others:
            matched.not_there.extend(task for _, task in mine)
        elif len(mine) == len(others) == 1 and key not in several:
            matched.pairs.append((mine[0][0], others[0]))
        else:
            matched.ambiguous.extend([*(task for _, task in mine), *others])
    return matched


def key_of(task: Listed) -> Key:
    """What the same task has in every project."""
    return task.workflow, task.name, task.type


def missing(path: str, content: bytes, target: str) -> list[list[Task]]:
    """The tasks of each entry of a file that has values by target, and none of `target`.

    Where the places of ids cannot be found, each task counts as an entry.
    """
    tasks, _ = parse(path, content)
    by_place: dict[tuple[int, int], list[Task]] = defaultdict(list)
    for task in tasks:
        by_place[_place(task.location)].append(task)
    entries = [[task for place in places for task in by_place.pop(place, ())] for places in id_places(content)]
    entries += [[task] for rest in by_place.values() for task in rest]
    lacking = [entry for entry in entries if all(task.target != target for task in entry)]
    return [entry for entry in lacking if any(task.targets for task in entry)]


def with_ids(
    path: str, content: bytes, pairs: Sequence[tuple[Task, Listed]], project_id: str, target: str
) -> bytes | None:
    """The file `path` with the ids of `target` for its tasks; `None` unless it reads as just that."""
    old, _ = parse(path, content)
    others = sorted({name for task in old for name in task.targets} - {target})
    ids = {_place(task.location): listed.task_id for task, listed in pairs}
    after = add_ids(content, NewIds(ids, project_id, target, others), json=_is_json(path))
    now, mistakes = parse(path, after or b"")
    kept = all(_of(old, name) == _of(now, name) for name in others)
    added = _of(now, target) - _of(old, target)
    meant = Counter((listed.task_id, task.name, task.code and task.code.file) for task, listed in pairs)
    is_meant = Counter((task.task_id, task.name, task.code and task.code.file) for task in added.elements()) == meant
    in_project = {task.project_id for task in added} <= {"", project_id}
    # An id that served every target had no project in this one.
    lost = {(task.project_id, task.task_id) for task in _of(old, target) - _of(now, target)}
    may_go = lost <= {("", task.task_id) for task, _ in pairs}
    return after if not mistakes and kept and is_meant and in_project and may_go else None


def named(path: str, content: bytes, tasks: Sequence[Task], target: str) -> bytes | None:
    """The file `path` with the ids of `tasks` as values of `target`; `None` unless it reads as just that."""
    after = name_ids(content, {_place(task.location) for task in tasks}, target, json=_is_json(path))
    (old, _), (now, mistakes) = parse(path, content), parse(path, after or b"")
    plain = [sum(not task.targets for task in found) for found in (old, now)]
    is_named = plain == [len(tasks) + plain[1], plain[1]]
    return after if not mistakes and is_named and _of(old, target) == _of(now, target) else None


def _of(tasks: Iterable[Task], target: str) -> Counter[Task]:
    """What a file says for one target."""
    mine = (task for task in tasks if (task.target == target if task.target else target not in task.targets))
    return Counter(said(task)._replace(target="", targets=()) for task in mine)


def _place(location: Location) -> tuple[int, int]:
    return location.line, location.column


def _is_json(path: str) -> bool:
    return path.lower().endswith(".json")
