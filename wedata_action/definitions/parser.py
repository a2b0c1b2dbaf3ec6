"""The bytes of one definition file → its tasks and its mistakes."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import TYPE_CHECKING

from wedata_action.definitions import json_nodes, tasks
from wedata_action.definitions.mistakes import Mistakes
from wedata_action.definitions.nodes import MAX_BYTES, Node, Unreadable
from wedata_action.errors import Diagnostic, Location

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wedata_action.task import Task

MAX_TASKS = 100_000
"""Tasks of one file, counted for each target: shared keys with many targets multiply them."""

_CONFLICT = (
    "a merge conflict is not resolved: keep the lines that are right, and delete those that begin with <<<<<<<, "
    "=======, and >>>>>>>"
)
_conflict_marker = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE).search


def parse(path: str, data: bytes) -> tuple[tuple[Task, ...], tuple[Diagnostic, ...]]:
    """The tasks that can be read in `data`, in their order, and every mistake of the file, each with its place.

    `path` is relative to the repository's root; a name that ends in `.json` is read as JSON, any other as YAML.
    An entry with values by target gives a task for each target. Nothing is raised, whatever `data` holds. That a task
    is defined twice is for the caller to find.
    """
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES:,} bytes: split it"
        return (), (Diagnostic(message, Location(path)),)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        location = Mistakes(path, data.decode(errors="replace")).location(len(data[: error.start].decode()))
        message = f"not UTF-8: the byte 0x{data[error.start]:02x} is invalid here; save the file as UTF-8"
        return (), (Diagnostic(message, location),)
    mistakes = Mistakes(path, text)
    found: list[Task] = []
    try:
        for document in _documents(mistakes):
            found.extend(islice(tasks.read(document, mistakes), MAX_TASKS + 1 - len(found)))
            if len(found) > MAX_TASKS:
                message = f"the file has over {MAX_TASKS:,} tasks, counted for each target: split it"
                mistakes.end(Unreadable(document.at, message))
                break
    except Unreadable as error:
        conflict = _conflict_marker(text)
        mistakes.end(Unreadable(conflict.start(), _CONFLICT) if conflict else error)
    return tuple(found[:MAX_TASKS]), mistakes.diagnostics()


def _documents(mistakes: Mistakes) -> Iterable[Node]:
    if mistakes.path.lower().endswith(".json"):
        return (json_nodes.document(mistakes.text),)
    from wedata_action.definitions import yaml_nodes  # loads yaml: a tenth of the time of a run that parses nothing

    return yaml_nodes.documents(mistakes)
