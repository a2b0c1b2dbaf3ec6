"""Short ways to read a text in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wedata_action.definitions import TaskDefinition, parse

if TYPE_CHECKING:
    from wedata_action.errors import Problem


def tasks(text: str, path: str = "wedata/a.yml") -> list[TaskDefinition]:
    """The tasks of a text without mistakes."""
    found, problems = parse(path, text.encode())
    assert problems == ()
    return list(found)


def task(text: str, path: str = "wedata/a.yml") -> TaskDefinition:
    """The one task of a text without mistakes."""
    (found,) = tasks(text, path)
    return found


def mistakes(text: str | bytes, path: str = "wedata/a.yml") -> list[str]:
    """The mistakes of a text, each as `line:column message`."""
    data = text.encode() if isinstance(text, str) else text
    return [short(problem) for problem in parse(path, data)[1]]


def short(problem: Problem) -> str:
    place = problem.place
    assert place is not None
    return f"{place.line}:{place.column} {problem.message}"
