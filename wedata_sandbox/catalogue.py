"""The file of `--tasks`: which projects and tasks exist.

YAML or JSON (`.json`): a mapping from a project id to the list of its tasks, each a task id or a mapping with the keys
of `KEYS`, which are the fields of `NewTask`; `draft` is its `edit`. Scalars are read as the text that stands there, so
an id keeps its leading zeros without quotes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from wedata_sandbox.content import NewTask

KEYS: Final = ("task_id", "name", "workflow", "type_id", "code", "upstream", "bundle_id", "submitted", "draft")
_WITHOUT_CODE: Final = (20, 25, 26, 39, 41, 46, 47, 92, 130, 131, 137)
"""TaskTypeIds of tasks that have settings in place of a script."""


def read(path: Path) -> dict[str, list[NewTask]]:
    """The tasks of each project. OSError for a file that cannot be read, ValueError for one of another form."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            found = json.loads(text, parse_int=str, parse_float=str)
        else:
            found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 # makes text alone
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path} is not YAML or JSON: {error}") from None
    try:
        return _projects(found)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _projects(found: Any) -> dict[str, list[NewTask]]:
    if not isinstance(found, dict):
        raise _mistake("it must map each project id to a list of tasks")
    for project, tasks in found.items():
        if not isinstance(tasks, list):
            raise _mistake(f"project {project} must have a list of tasks")
    return {
        project: [_task(f"a task of project {project}", task) for task in tasks] for project, tasks in found.items()
    }


def _task(what: str, given: Any) -> NewTask:
    keys: dict[str, Any] = given if isinstance(given, dict) else {"task_id": given}
    task_id = keys.get("task_id")
    if not isinstance(task_id, str) or not task_id:
        raise _mistake(f"{what} has no task_id")
    what = f"task {task_id}"
    if unknown := set(keys) - set(KEYS):
        raise _mistake(f"{what} has the unknown key {min(unknown)}; the keys are {', '.join(KEYS)}")
    upstream = keys.get("upstream", [])
    if not isinstance(upstream, list) or not all(isinstance(parent, str) for parent in upstream):
        raise _mistake(f"{what} must have a list of task ids for upstream")
    for name in keys.keys() - {"upstream", "submitted"}:
        if not isinstance(keys[name], str):
            raise _mistake(f"{what} must have a text for {name}")
    type_id = keys.get("type_id", "34")
    if not type_id.isdecimal():
        raise _mistake(f"{what} must have a number for type_id, such as 34 for Hive SQL")
    return NewTask(
        task_id,
        name=keys.get("name", ""),
        workflow=keys.get("workflow", "default"),
        type_id=int(type_id),
        code=keys.get("code", None if int(type_id) in _WITHOUT_CODE else ""),
        upstream=tuple(upstream),
        bundle_id=keys.get("bundle_id"),
        submitted=str(keys.get("submitted", "")).lower() == "true",
        edit=keys.get("draft"),
    )


def _mistake(text: str) -> ValueError:
    return ValueError(text)
