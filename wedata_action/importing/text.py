"""Definitions as a person would write them, whatever the names in them hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from wedata_action.definitions.nodes import BOOLEAN_WORDS, NULL_WORDS
from wedata_action.parsers import shortened

_LONGEST_NAME = 200
_is_plain = re.compile(r"[^\W\d_][\w./-]*").fullmatch
_is_boolean_elsewhere = re.compile("yes|no|on|off|y|n", re.IGNORECASE).fullmatch


class Entry(NamedTuple):
    """One task in a definition file: its name, and its code relative to that file; either may be empty.

    With a `target` the id is a value of that target alone.
    """

    task_id: str
    name: str
    code: str
    target: str = ""

    def lines(self) -> list[str]:
        """Its keys, a line each."""
        keys = {"name": self.name, "code": self.code}
        return [
            f"task_id: {_of_target(self.task_id, self.target)}",
            *(f"{key}: {scalar(value)}" for key, value in keys.items() if value),
        ]


def shown_name(name: str) -> str:
    """A name as definitions hold it: not without end, and in UTF-8."""
    return shortened(name.encode(errors="replace").decode(), _LONGEST_NAME)


def scalar(text: str) -> str:
    """`text` as a YAML scalar of one line; letters of any script stay as they are."""
    if text in NULL_WORDS or text in BOOLEAN_WORDS or _is_boolean_elsewhere(text):
        return quoted(text)
    return text if _is_plain(text) and text.isprintable() else quoted(text)


def quoted(text: str) -> str:
    """`text` in double quotes, as YAML and, up to U+FFFF, JSON read them."""
    return f'"{"".join(map(_escaped, text))}"'


def comment(text: str) -> str:
    """`text` as a comment of one line."""
    return "# " + "".join(char if char.isprintable() else _escaped(char) for char in text)


def new_file(workflow: str, project_id: str, entries: Sequence[Entry]) -> str:
    """A definition file for tasks of one workflow, all of one target or of none."""
    head = [
        comment(f"WeData workflow {shown_name(workflow)}"),
        f"project_id: {_of_target(project_id, entries[0].target)}",
        "tasks:",
    ]
    return "\n".join([*head, *(line for entry in entries for line in item(entry, "  ")), ""])


def item(entry: Entry, indent: str) -> list[str]:
    """The lines of an entry of `tasks`, its dash behind `indent`."""
    first, *rest = entry.lines()
    return [f"{indent}- {first}", *(f"{indent}  {line}" for line in rest)]


def _of_target(value: str, target: str) -> str:
    return f"{{{scalar(target)}: {quoted(value)}}}" if target else quoted(value)


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
