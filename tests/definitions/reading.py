"""Short ways to read a text in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.definitions.agreement import check_agreement
from wedata_action.definitions import parse
from wedata_action.definitions.schema import TABLE
from wedata_action.task import Task

if TYPE_CHECKING:
    from wedata_action.errors import Diagnostic


def tasks(text: str, path: str = "wedata/a.yml") -> list[Task]:
    """The tasks of a text without mistakes."""
    found, diagnostics = parse(path, text.encode())
    check_agreement(path, text.encode())
    assert diagnostics == ()
    return list(found)


def task(text: str, path: str = "wedata/a.yml") -> Task:
    """The one task of a text without mistakes."""
    (found,) = tasks(text, path)
    return found


def given_by(task: Task) -> dict[str, str | bool]:
    """What the definition says of a task, under the API's names and without `sources` and `code`."""
    values = {**task._asdict(), **task.options._asdict(), "sources": None, "code": None, "tasks": None}
    unset = {"name": "", "project_id": ""}
    return {key.api_name: value for key in TABLE if (value := values[key.name]) != unset.get(key.name)}


def mistakes(text: str | bytes, path: str = "wedata/a.yml") -> list[str]:
    """The mistakes of a text, each as `line:column message`."""
    data = text.encode() if isinstance(text, str) else text
    check_agreement(path, data)
    return [short(diagnostic) for diagnostic in parse(path, data)[1]]


def short(diagnostic: Diagnostic) -> str:
    location = diagnostic.location
    assert location is not None
    return f"{location.line}:{location.column} {diagnostic.message}"
