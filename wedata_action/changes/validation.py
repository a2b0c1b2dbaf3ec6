"""Every definition of a tree, changed or not, and each mistake in it: the mode `validate`."""

from __future__ import annotations

from typing import NamedTuple

from wedata_action.changes.contents import Contents
from wedata_action.changes.reading import Scope, Side, find_definitions, parse_files
from wedata_action.changes.trees import Tree
from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.task import Task


class Validated(NamedTuple):
    """All tasks of a tree, and what is wrong with their definitions, in the order of the places."""

    tasks: tuple[Task, ...]
    mistakes: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]


def validate(tree: Tree, scope: Scope) -> Validated:
    """Finds every mistake for which a run would refuse one of the definitions.

    Raises `RunError` if no definition matches.
    """
    definitions, warnings = find_definitions(tree, scope.files)
    if not definitions:
        raise RunError(Reason.INVALID_INPUT, f"no definition matches {', '.join(scope.files.positive)}")
    side = Side(tree, scope, Contents())
    side.add(parse_files(tree, definitions))
    tasks = [task for tasks in side.tasks.values() for task in tasks]
    return Validated(tuple(sorted(tasks, key=lambda task: task.location)), side.mistakes(), warnings)
