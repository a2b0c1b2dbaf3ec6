"""Nodes → tasks, and the mistakes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wedata_action.definitions.nodes import (
    BOOLEAN_WORDS,
    MAX_TEXT,
    NULL_WORDS,
    Kind,
    Node,
    describe,
    is_null,
    quote,
)
from wedata_action.definitions.schema import KEYS, TABLE, Key, Level, Value, spellings
from wedata_action.task import MAX_TASK_ID, Code, Options, Source, Task, is_task_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wedata_action.definitions.mistakes import Mistakes

_LONGEST_MISSPELLING = 60


def read(document: Node, mistakes: Mistakes) -> Iterator[Task]:
    """The tasks of one document; what is wrong in it is added to `mistakes`."""
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
    """The one task that `node` is, if it can be read."""
    if node.kind is not Kind.MAPPING:
        if node.kind is not Kind.BAD:
            mistakes.add(node.at, f"a task must be a mapping, not {describe(node)}")
        return
    own = _values(node, Level.TASK, mistakes)
    if "task_id" in own:
        values = {**shared, **own}
        options = Options._make(values.pop(name, None) for name in Options._fields)
        yield Task(**values, options=options)


def _values(mapping: Node, level: Level, mistakes: Mistakes) -> dict[str, Any]:
    """What the keys of `mapping` give, by the names of the keys; `tasks` gives nodes."""
    values: dict[str, Any] = {}
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
        value = _READERS[key.value](key, node, mistakes)
        if value is not None:
            values[name] = value
        if name == "task_id":
            id_node = node
    if "task_id" in values and id_node is not None:
        values["location"] = mistakes.location(id_node.at)
    elif level is Level.TASK and (id_node is None or is_null(id_node) or id_node.value == ""):
        mistakes.add(mapping.at, f"the task's 'task_id' is {'missing' if id_node is None else 'empty'}")
    return values


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
