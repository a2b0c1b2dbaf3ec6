"""The value of one key: its node → what the task gets, or a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wedata_action.definitions.nodes import BOOLEAN_WORDS, MAX_TEXT, NULL_WORDS, Kind, Node, describe, is_null, quote
from wedata_action.definitions.schema import Key, Value
from wedata_action.parsers import TARGET, is_target
from wedata_action.task import MAX_TASK_ID, Code, Source, is_task_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from wedata_action.definitions.mistakes import Mistakes


def read_value(key: Key, node: Node, mistakes: Mistakes) -> Any:
    """What the key gives, `None` for nothing; a dictionary by the names of targets where the value is one by target."""
    if key.by_target and node.kind is Kind.MAPPING:
        return _by_target(key, node, mistakes)
    return _READERS[key.value](key, node, mistakes)


def _by_target(key: Key, mapping: Node, mistakes: Mistakes) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    nodes = iter(mapping.value)
    for name_node, node in zip(nodes, nodes, strict=True):
        kind, name, at = name_node
        if kind not in (Kind.PLAIN, Kind.TEXT) or not is_target(name):
            if kind is not Kind.BAD:
                message = f"the name of a target must have {TARGET}, and this is {describe(name_node)}"
                mistakes.add(at, f"'{key.name}': {message}")
        elif name in values:
            mistakes.add(at, f"'{key.name}' has the target {quote(name)} twice")
        else:
            values[name] = _READERS[key.value](key, node, mistakes)
            if key.value is Value.TASK_ID and (is_null(node) or node.value == ""):
                mistakes.add(node.at, f"'task_id' is empty for the target {quote(name)}: leave the target out")
    if not mapping.value:
        mistakes.add(mapping.at, f"'{key.name}' is an empty mapping: give a value, or one for each target")
    return values or None


def _scalar(key: Key, node: Node, mistakes: Mistakes) -> str | None:
    kind, value, at = node
    if kind in (Kind.TEXT, Kind.NUMBER) or (kind is Kind.PLAIN and value not in NULL_WORDS):
        return str(value)
    if kind is not Kind.BAD and not is_null(node):
        mistakes.add(at, f"'{key.name}' must be a text, not {describe(node)}")
    return None


def _text(key: Key, node: Node, mistakes: Mistakes) -> str | None:
    value = _scalar(key, node, mistakes)
    if value is not None and len(value) > MAX_TEXT:
        mistakes.add(node.at, f"'{key.name}' has {len(value):,} characters; at most {MAX_TEXT:,} are allowed")
        return None
    return value


def _task_id(key: Key, node: Node, mistakes: Mistakes) -> str | None:
    value = _scalar(key, node, mistakes)
    if not value or is_task_id(value):
        return value or None
    bad = next((char for char in value if not is_task_id(char)), None)
    why = f"has {len(value):,} characters" if bad is None else f"has {bad!r} (U+{ord(bad):04X})"
    what = f"1 to {MAX_TASK_ID} letters from A to Z, digits, '_', '-', '.' and ':'"
    mistakes.add(node.at, f"'task_id' must be {what}: {quote(value)} {why}")
    return None


def _id(key: Key, node: Node, mistakes: Mistakes) -> str | None:
    value = _text(key, node, mistakes)
    if not value:
        if value == "":
            mistakes.add(node.at, f"'{key.name}' is empty: give an id or leave the key out")
        return None
    if value.isprintable() and " " not in value:
        return value
    bad = next(char for char in value if char == " " or not char.isprintable())
    mistakes.add(
        node.at,
        f"'{key.name}' must not have white space or invisible characters: {quote(value)} has U+{ord(bad):04X}",
    )
    return None


def _flag(key: Key, node: Node, mistakes: Mistakes) -> bool | None:
    kind, value, at = node
    if kind is Kind.BOOLEAN:
        return bool(value)
    if kind is Kind.PLAIN and value in BOOLEAN_WORDS:
        return BOOLEAN_WORDS[value]
    if kind is not Kind.BAD and not is_null(node):
        mistakes.add(at, f"'{key.name}' must be true or false, without quotes, not {describe(node)}")
    return None


def _globs(key: Key, node: Node, mistakes: Mistakes) -> tuple[Source, ...] | None:
    kind, value, at = node
    if kind is Kind.BAD or is_null(node):
        return None
    if kind in (Kind.PLAIN, Kind.TEXT):
        value = [node]
    elif kind is not Kind.SEQUENCE:
        mistakes.add(at, f"'{key.name}' must be a list of globs, not {describe(node)}")
        return None
    globs = ((_relative(item, mistakes, "a glob of 'sources'", "glob"), item.at) for item in value)
    return tuple(Source(glob, mistakes.location(at)) for glob, at in globs if glob is not None)


def _code(key: Key, node: Node, mistakes: Mistakes) -> Code | None:
    path = None if is_null(node) else _relative(node, mistakes, f"'{key.name}'", "path")
    return None if path is None else Code(path, mistakes.location(node.at))


def _relative(node: Node, mistakes: Mistakes, what: str, noun: str) -> str | None:
    """A path or glob relative to the definition's folder."""
    kind, value, at = node
    if kind is Kind.BAD:
        return None
    if kind not in (Kind.PLAIN, Kind.TEXT) or is_null(node):
        mistakes.add(at, f"{what} must be a text, not {describe(node)}")
    elif len(value) > MAX_TEXT:
        mistakes.add(at, f"{what} has {len(value):,} characters; at most {MAX_TEXT:,} are allowed")
    elif not value.strip():
        mistakes.add(at, f"{what} is empty")
    elif "\\" in value:
        mistakes.add(at, f"the {noun} {quote(value)} has a backslash: separate folders by '/'")
    elif value[0] == "/" or (value[1:3] == ":/" and value[0].isalpha()):
        mistakes.add(at, f"the {noun} {quote(value)} is absolute: write it relative to the definition's folder")
    else:
        return str(value)
    return None


def _tasks(key: Key, node: Node, mistakes: Mistakes) -> list[Node]:
    if node.kind is Kind.SEQUENCE:
        return list(node.value)
    if node.kind is not Kind.BAD and not is_null(node):
        mistakes.add(node.at, f"'{key.name}' must be a list of tasks, not {describe(node)}")
    return []


_READERS: dict[Value, Callable[[Key, Node, Mistakes], Any]] = {
    Value.TASK_ID: _task_id,
    Value.ID: _id,
    Value.TEXT: _text,
    Value.FLAG: _flag,
    Value.GLOBS: _globs,
    Value.FILE: _code,
    Value.TASKS: _tasks,
}
