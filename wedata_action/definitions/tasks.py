"""Nodes → tasks, and the mistakes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wedata_action.definitions.nodes import Kind, Node, describe, is_null, quote
from wedata_action.definitions.schema import KEYS, TABLE, Key, Level, spellings
from wedata_action.definitions.values import read_value
from wedata_action.task import Options, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wedata_action.definitions.mistakes import Mistakes

_LONGEST_MISSPELLING = 60


def read(document: Node, mistakes: Mistakes) -> Iterator[Task]:
    """The tasks of one document; what is wrong in it is added to `mistakes`.

    An entry with values by target gives a task for each target that it names, and one for all others, where they have
    an id.
    """
    if is_null(document):
        return
    kind, nodes, at = document
    if kind is not Kind.MAPPING:
        if kind is not Kind.BAD:
            mistakes.add(
                at, f"a document must be a mapping, one task or shared keys and 'tasks', not {describe(document)}"
            )
        return
    if not any(name in ("tasks", "Tasks") for _, name, _ in nodes[::2]):
        yield from _task(document, {}, mistakes)
        return
    shared = _values(document, Level.DOCUMENT, mistakes)
    for entry in shared.pop("tasks", ()):
        yield from _task(entry, shared, mistakes)


def _task(node: Node, shared: dict[str, Any], mistakes: Mistakes) -> Iterator[Task]:
    """The task that `node` is, for each target, if it can be read."""
    if node.kind is not Kind.MAPPING:
        if node.kind is not Kind.BAD:
            mistakes.add(node.at, f"a task must be a mapping, not {describe(node)}")
        return
    own = _values(node, Level.TASK, mistakes)
    targets = tuple(dict.fromkeys((*shared.get("targets", ()), *own.get("targets", ()))))
    for target in ("", *targets) if "task_id" in own else ():
        values = _of_target(shared, target) | _of_target(own, target) if targets else {**shared, **own}
        if "task_id" in values:
            options = Options._make(values.pop(name, None) for name in Options._fields)
            yield Task(**values | {"options": options, "target": target, "targets": targets})


def _of_target(values: dict[str, Any], target: str) -> dict[str, Any]:
    chosen = {name: value.get(target) if isinstance(value, dict) else value for name, value in values.items()}
    return {name: value for name, value in chosen.items() if value is not None}


def _values(mapping: Node, level: Level, mistakes: Mistakes) -> dict[str, Any]:
    """What the keys of `mapping` give, by the names of the keys; `tasks` gives nodes.

    `targets` are those that it names, and `location` is that of the task id, by target where that is.
    """
    values: dict[str, Any] = {}
    targets: dict[str, None] = {}
    first: dict[str, Node] = {}  # the node of each name when it was met first
    id_node = None
    nodes = iter(mapping.value)
    for name_node, node in zip(nodes, nodes, strict=True):
        key = _key(name_node, level, mistakes)
        if key is None:
            continue
        name = key.name
        if name in first:
            location = mistakes.location(first[name].at)
            where = f"line {location.line}, column {location.column}"
            message = f"duplicate key {quote(name_node.value)}: {quote(first[name].value)} is in {where}"
            mistakes.add(name_node.at, message)
            continue
        first[name] = name_node
        value = read_value(key, node, mistakes)
        if value is not None:
            values[name] = value
        if isinstance(value, dict):
            targets |= dict.fromkeys(value)
        if name == "task_id":
            id_node = node
    if "task_id" in values and id_node is not None:
        values["location"] = _location(id_node, mistakes)
    elif level is Level.TASK and (id_node is None or is_null(id_node) or id_node.value == ""):
        mistakes.add(mapping.at, f"the task's 'task_id' is {'missing' if id_node is None else 'empty'}")
    if targets:
        values["targets"] = tuple(targets)
    return values


def _location(node: Node, mistakes: Mistakes) -> Any:
    if node.kind is not Kind.MAPPING:
        return mistakes.location(node.at)
    pairs = zip(node.value[::2], node.value[1::2], strict=True)
    return {name.value: mistakes.location(value.at) for name, value in pairs if isinstance(name.value, str)}


def _key(node: Node, level: Level, mistakes: Mistakes) -> Key | None:
    """The key that `node` names, if it is allowed on `level`."""
    kind, name, at = node
    key = KEYS.get(name) if kind in (Kind.PLAIN, Kind.TEXT) else None
    if key is not None and level in key.levels:
        return key
    if kind is not Kind.BAD:
        mistakes.add(at, _key_mistake(node, key, level))
    return None


def _key_mistake(node: Node, key: Key | None, level: Level) -> str:
    kind, name, _ = node
    if kind not in (Kind.PLAIN, Kind.TEXT):
        return f"a key must be a text, not {describe(node)}"
    if key is not None and level is Level.DOCUMENT:
        return f"{quote(name)} belongs to one task: move it into an entry of 'tasks'"
    if key is not None:
        return f"{quote(name)} is not a key of a task, only of a whole document"
    if kind is Kind.PLAIN and name == "<<":
        return "merge keys ('<<') are not supported: put the keys that tasks share beside 'tasks'"
    if len(name) <= _LONGEST_MISSPELLING:
        import difflib  # slow to load, and needed for a mistake only

        known = {spelling.lower(): spelling for spelling in spellings(level) if spelling.islower() == name.islower()}
        for match in difflib.get_close_matches(name.lower(), known, n=1):
            return f"unknown key {quote(name)}; did you mean {quote(known[match])}?"
    allowed = ", ".join(key.name for key in TABLE if level in key.levels)
    return f"unknown key {quote(name)}; a {level} has these keys: {allowed}"
