"""Short ways to compare two commits in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.repositories import ENVIRON, commit, init
from wedata_action.changes.compare import Changes, find_changes
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import Scope
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository

GLOBS = ("wedata/**/*.yml", "wedata/**/*.yaml", "wedata/**/*.json")
Files = Mapping[Any, Any]


def find(
    folder: Path,
    *commits: str | None,
    globs: Sequence[str] = GLOBS,
    project_id: str = "p",
    unsettled: Sequence[str | None] = (),
    target: str = "",
) -> Changes:
    """Compares the last commit of a clone with the others, of which `None` is the empty tree."""
    *bases, head = commits
    assert head
    with Repository(folder, ENVIRON) as repository:
        trees, doubtful = ([name or repository.empty_tree for name in names] for names in (bases, unsettled))
        return find_changes(repository, trees, head, Scope(PathFilter(globs), project_id, target=target), doubtful)


def between(
    folder: Path,
    old: Files,
    new: Files,
    *,
    globs: Sequence[str] = GLOBS,
    project_id: str = "p",
    target: str = "",
) -> Changes:
    """Commits two states, each a change of the one before, and compares them."""
    init(folder)
    base = commit(folder, old)
    head = commit(folder, new)
    return find(folder, base, head, globs=globs, project_id=project_id, target=target)


def short(changes: Changes) -> dict[str, list[str]]:
    """The task ids with what is said of each; empty lists are left out."""
    lists = {
        "added": [found.task_id for found in changes.changed if found.change == "added"],
        "changed": [found.task_id for found in changes.changed if found.change == "changed"],
        "skipped": [f"{found.task_id}: {found.why}" for found in changes.skipped],
        "removed": [task.task_id for task in changes.removed],
    }
    return {name: entries for name, entries in lists.items() if entries}


def mistakes(folder: Path, old: Files, new: Files, *, project_id: str = "p", target: str = "") -> list[str]:
    """The mistakes that end the comparison of two states, each as `path:line:column message`."""
    with pytest.raises(RunError) as caught:
        between(folder, old, new, project_id=project_id, target=target)
    assert caught.value.reason is Reason.INVALID_DEFINITION
    return [f"{diagnostic.location} {diagnostic.message}" for diagnostic in caught.value.diagnostics]
