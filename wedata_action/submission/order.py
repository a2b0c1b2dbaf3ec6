"""Which tasks of a plan come before others: parents first, where WeData checks that they are submitted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import NamedTuple

from wedata_action.clock import Clock
from wedata_action.errors import Diagnostic
from wedata_action.parallel import for_each
from wedata_action.result import End, State, TaskOutcome
from wedata_action.task import Identity, Task
from wedata_action.tencent.tasks import get_task
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.wedata import Call, patiently


class Order(NamedTuple):
    """The tasks in layers, and for each task its parents in the layers before.

    `ended` are tasks whose parents cannot be read. A cycle is one layer, and a warning.
    """

    layers: tuple[tuple[Task, ...], ...]
    parents: Mapping[Identity, frozenset[Identity]]
    ended: tuple[TaskOutcome, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def find_order(
    call: Call, clock: Clock, plan: Sequence[Task], tasks: Sequence[Task], checked: Collection[Identity]
) -> Order:
    """The order of `tasks`, those of the `plan` that are to be sent. The links of the `checked` ones count."""
    if len(plan) < 2 or not checked:
        return Order((tuple(tasks),), {})
    by_id: defaultdict[str, list[Identity]] = defaultdict(list)
    for task in plan:
        by_id[task.task_id].append(task.identity)
    read_task = patiently(call, clock)
    parents: dict[Identity, frozenset[Identity]] = {}
    ended: dict[Identity, TaskOutcome] = {}

    def read(task: Task) -> None:
        try:
            links = get_task(read_task, *task.identity).parents - {task.task_id}
        except ApiError as error:
            message = f"not sent, because its parents cannot be read: {error}"
            ended[task.identity] = TaskOutcome(task).ended(End(State.UNSENT, error.reason, message))
            return
        found = (_nearest(by_id[link], task.project_id) for link in links if link in by_id)
        parents[task.identity] = frozenset(identity for group in found for identity in group)

    for_each(read, [task for task in tasks if task.identity in checked], clock.workers)
    left = {task.identity: task for task in tasks if task.identity not in ended}
    cycles = _without_cycles(parents)
    warnings = [
        Diagnostic(f"these tasks are parents of one another, so they are sent together: {', '.join(cycle)}")
        for cycle in cycles
    ]
    return Order(_layers(left, parents), parents, tuple(ended.values()), tuple(warnings))


def _nearest(identities: Sequence[Identity], project_id: str) -> Sequence[Identity]:
    """A link names a task by its id alone, and a parent may be in another project."""
    return [identity for identity in identities if identity[0] == project_id] or identities


def _without_cycles(parents: dict[Identity, frozenset[Identity]]) -> list[list[str]]:
    """Takes the links within each cycle away, so that its tasks wait for the same parents; gives the cycles' ids.

    Cycles that share a task are one.
    """
    cycles = [group for group in _reaching_one_another(parents) if len(group) > 1]
    for cycle in cycles:
        outside = frozenset[Identity]().union(*(parents[identity] for identity in cycle)) - cycle
        parents.update(dict.fromkeys(cycle, outside))
    return sorted(sorted(task_id for _, task_id in cycle) for cycle in cycles)


def _reaching_one_another(parents: Mapping[Identity, frozenset[Identity]]) -> list[set[Identity]]:
    """The strongly connected components (Kosaraju), in time that grows with the links alone."""
    children: defaultdict[Identity, list[Identity]] = defaultdict(list)
    for identity, found in parents.items():
        for parent in found:
            children[parent].append(identity)
    order: list[Identity] = []
    seen: set[Identity] = set()
    for start in parents:
        order += _walk(start, parents, seen)
    seen.clear()
    return [set(_walk(start, children, seen)) for start in reversed(order)]


def _walk(start: Identity, links: Mapping[Identity, Iterable[Identity]], seen: set[Identity]) -> list[Identity]:
    """What is reached from `start` and was not `seen` before, each behind all that is reached from it."""
    if start in seen:
        return []
    seen.add(start)
    left: list[Identity] = []
    path = [(start, iter(links.get(start, ())))]
    while path:
        identity, further = path[-1]
        following = next((found for found in further if found not in seen), None)
        if following is None:
            left.append(identity)
            path.pop()
        else:
            seen.add(following)
            path.append((following, iter(links.get(following, ()))))
    return left


def _layers(
    tasks: Mapping[Identity, Task], parents: Mapping[Identity, frozenset[Identity]]
) -> tuple[tuple[Task, ...], ...]:
    sorter = TopologicalSorter({identity: parents.get(identity, ()) for identity in tasks})
    sorter.prepare()
    place = {identity: number for number, identity in enumerate(tasks)}
    layers = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        # Parents that need no call are in no layer.
        layers.append(tuple(tasks[identity] for identity in sorted(place.keys() & ready, key=place.__getitem__)))
    return tuple(filter(None, layers))
