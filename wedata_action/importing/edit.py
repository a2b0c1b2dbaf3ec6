"""Adds to a definition file and leaves every byte that is there as it is.

A library that reads YAML and writes it again keeps comments and order, and still sets indentation, spaces and line
breaks anew. So text is put in at places that PyYAML's marks give, and the caller reads the result back. The files must
be ones that the program can read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from wedata_action.definitions.mistakes import Mistakes
from wedata_action.importing.text import Entry, item, quoted, scalar

_surrogates = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_Insert = tuple[int, int, str]
"""What replaces the text between two indexes."""


def add_tasks(content: bytes, siblings: Collection[str], entries: Sequence[Entry]) -> bytes | None:
    """A YAML file with `entries` behind the last task of its first list that has one of the ids `siblings`.

    `None` where no such list is written with a line for each key.
    """
    mark, text = _split(content)
    for document in _documents(text):
        tasks = _value(document, "tasks", "Tasks")
        if tasks is None or not isinstance(tasks.value, list) or tasks.flow_style:
            continue
        if any(one.value in siblings for task in tasks.value for one in _ids(task)):
            lines = [line for entry in entries for line in item(entry, " " * _column(tasks))]
            return mark + _edited(text, [_lines_behind(text, tasks, lines)])
    return None


class NewIds(NamedTuple):
    """What `add_ids` adds: by the place of an id in the file, line and column from 1, the one of the same task.

    `project_id` is that of the new ids, all of which are of `target`; what has one value so far is that of `others`.
    """

    ids: Mapping[tuple[int, int], str]
    project_id: str
    target: str
    others: Sequence[str]


def add_ids(content: bytes, new: NewIds, *, json: bool) -> bytes:
    """A file with ids and projects of another target beside those that are there."""
    mark, text = _split(content)
    lines = Mistakes("", text)
    inserts: dict[int, _Insert] = {}
    for document in _documents(text):
        for task in _tasks(document):
            found = next(filter(None, (new.ids.get(_place(lines, one)) for one in _ids(task))), None)
            if found is None:
                continue
            project = _value(task, "project_id", "ProjectId") or _value(document, "project_id", "ProjectId")
            pairs = [(_value(task, "task_id", "TaskId"), found), (project, new.project_id)]
            for node, value in pairs:
                if node is not None and (insert := _by_target(text, node, value, new, json=json)):
                    inserts[node.start_mark.index] = insert
    return mark + _edited(text, list(inserts.values()))


def id_places(content: bytes) -> list[list[tuple[int, int]]]:
    """For each task of a file the places of its ids, line and column from 1."""
    _, text = _split(content)
    lines = Mistakes("", text)
    tasks = [task for document in _documents(text) for task in _tasks(document)]
    return [[_place(lines, node) for node in _ids(task)] for task in tasks]


def name_ids(content: bytes, places: Collection[tuple[int, int]], target: str, *, json: bool) -> bytes:
    """A file whose ids at these places, line and column from 1, are values of one target."""
    mark, text = _split(content)
    lines, new = Mistakes("", text), NewIds({}, "", target, [target])
    nodes = [node for document in _documents(text) for task in _tasks(document) for node in _ids(task)]
    named = [node for node in nodes if _place(lines, node) in places]
    return mark + _edited(text, [_mapping(text, node, [], new, json=json) for node in named])


def _by_target(text: str, node: Any, value: str, new: NewIds, *, json: bool) -> _Insert | None:
    """`node` with a value for the new target; `None` where it has one."""
    pair = (new.target, quoted(value))
    if not isinstance(node.value, list):
        return _mapping(text, node, [pair], new, json=json)
    if any(key.value == new.target for key, _ in node.value):
        return None
    if not node.flow_style:
        return _lines_behind(text, node, [" " * _column(node) + _pair(*pair, json=json)])
    at = _end(node.value[-1][1])
    return at, at, f", {_pair(*pair, json=json)}"


def _mapping(text: str, node: Any, more: list[tuple[str, str]], new: NewIds, *, json: bool) -> _Insert:
    start, end = node.start_mark.index, node.end_mark.index
    there = text[start:end] if node.style else quoted(node.value)
    pairs = [_pair(*pair, json=json) for pair in [*((other, there) for other in new.others), *more]]
    return start, end, f"{{{', '.join(pairs)}}}"


def _pair(target: str, value: str, *, json: bool) -> str:
    return f"{quoted(target) if json else scalar(target)}: {value}"


def _edited(text: str, inserts: Sequence[_Insert]) -> bytes:
    for start, end, new in sorted(inserts, reverse=True):
        text = text[:start] + new + text[end:]
    return text.encode()


def _lines_behind(text: str, node: Any, lines: Sequence[str]) -> _Insert:
    """Lines behind the last one of a block collection."""
    at = len(text[: _end(node)].rstrip())  # the mark of a block of text stands behind the lines after it
    at = len(text) if (line := text.find("\n", at)) < 0 else line
    newline = "\r\n" if text[at - 1 : at + 1] == "\r\n" else "\n"
    at -= newline == "\r\n"
    return at, at, "".join(f"{newline}{line}" for line in lines)


def _documents(text: str) -> list[Any]:
    """The nodes of the documents that are mappings; none where a JSON file is no YAML."""
    import yaml  # slow to load

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Of JSON, YAML takes neither tabs that indent nor characters that are escaped as a surrogate pair.
        documents = list(yaml.compose_all(_surrogates.sub("_" * 12, text.replace("\t", " ")), loader))
    except yaml.YAMLError:
        return []
    return [document for document in documents if isinstance(document, yaml.MappingNode)]


def _tasks(document: Any) -> list[Any]:
    tasks = _value(document, "tasks", "Tasks")
    if tasks is None:
        return [document]
    return tasks.value if isinstance(tasks.value, list) else []  # null is no list


def _value(mapping: Any, *names: str) -> Any:
    return next((value for key, value in mapping.value if key.value in names), None)


def _ids(task: Any) -> list[Any]:
    """The nodes of a task's ids: one, or one for each target."""
    node = _value(task, "task_id", "TaskId")
    return [value for _, value in node.value] if isinstance(node.value, list) else [node]


def _place(lines: Mistakes, node: Any) -> tuple[int, int]:
    """Line and column as the program counts them."""
    _, line, column = lines.location(node.start_mark.index)
    return line, column


def _column(node: Any) -> int:
    column: int = node.start_mark.column
    return column


def _end(node: Any) -> int:
    """The index behind the last character of a node: the marks of block collections stand behind what follows them."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[-1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end


def _split(content: bytes) -> tuple[bytes, str]:
    """The byte order mark, if there is one, and the text."""
    text = content.removeprefix(codecs.BOM_UTF8)
    return content[: len(content) - len(text)], text.decode()
