"""Adds to a definition file and leaves every byte that is there as it is.

A library that reads YAML and writes it again keeps comments and order, and still sets indentation, spaces and line
breaks anew. So text is put in at places that PyYAML's marks give, and the caller reads the result back.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from wedata_action.importing.text import Entry, item


def add_tasks(content: bytes, siblings: Collection[str], entries: Sequence[Entry]) -> bytes | None:
    """A YAML file with `entries` behind the last task of its first list that has one of the ids `siblings`.

    `None` where no such list is written with a line for each key. The file must be one that the program can read.
    """
    text = content.removeprefix(codecs.BOM_UTF8).decode()
    for tasks in _lists(text):
        if not tasks.flow_style and any(_scalar(task, "task_id", "TaskId") in siblings for task in tasks.value):
            at = len(text[: _end(tasks)].rstrip())  # the mark of a block of text stands behind the lines after it
            at = len(text) if (line := text.find("\n", at)) < 0 else line
            newline = "\r\n" if text[at - 1 : at + 1] == "\r\n" else "\n"
            at -= newline == "\r\n"
            lines = [line for entry in entries for line in item(entry, " " * tasks.start_mark.column)]
            added = "".join(f"{newline}{line}" for line in lines)
            bom = content[: len(content) - len(content.removeprefix(codecs.BOM_UTF8))]
            return bom + (text[:at] + added + text[at:]).encode()
    return None


def _lists(text: str) -> Iterator[Any]:
    """The nodes of `tasks` in each document."""
    import yaml  # slow to load

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for document in yaml.compose_all(text, loader):
        for key, node in document.value if isinstance(document, yaml.MappingNode) else ():
            if key.value in {"tasks", "Tasks"} and isinstance(node, yaml.SequenceNode) and node.value:
                yield node


def _scalar(task: Any, *names: str) -> str | None:
    pairs = task.value if isinstance(task.value, list) else []
    return next((value.value for key, value in pairs if key.value in names), None)


def _end(node: Any) -> int:
    """The index behind the last character of a node: the marks of block collections stand behind what follows them."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[-1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end
