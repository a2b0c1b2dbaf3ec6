"""The file of `--tasks`: which projects and tasks exist.

YAML or JSON (`.json`): a mapping from a project id to the list of its tasks, each a task id or a mapping with
`task_id`. Scalars are read as the text that stands there, so an id keeps its leading zeros without quotes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml


def read(path: Path) -> dict[str, list[str]]:
    """The task ids of each project. OSError for a file that cannot be read, ValueError for one of another form."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            found = json.loads(text, parse_int=str, parse_float=str)
        else:
            found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 # makes text alone
    except (yaml.YAMLError, ValueError) as error:
        raise _mistake(path, f"not YAML or JSON: {error}") from None
    if not isinstance(found, dict):
        raise _mistake(path, "it must map each project id to a list of tasks")
    return {project: [_task_id(path, project, task) for task in _listed(path, project, found)] for project in found}


def _listed(path: Path, project: str, found: dict[str, Any]) -> list[Any]:
    tasks = found[project]
    if not isinstance(tasks, list):
        raise _mistake(path, f"project {project} must have a list of tasks")
    return tasks


def _task_id(path: Path, project: str, task: Any) -> str:
    task_id = task.get("task_id") if isinstance(task, dict) else task
    if not isinstance(task_id, str) or not task_id:
        raise _mistake(path, f"a task of project {project} has no task_id")
    return task_id


def _mistake(path: Path, text: str) -> ValueError:
    return ValueError(f"{path}: {text}")
