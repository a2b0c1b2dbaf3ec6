"""The JSON schema (draft-07) of definition files, made from the same table as the reader: for editors.

It takes every document that the reader takes, but for a few that YAML alone can write. Rules that no schema can say,
such as a task that is defined twice, are the reader's alone; `docs/how-to/use-an-editor.md` lists them.
"""

from __future__ import annotations

from typing import Any

from wedata_action.definitions.nodes import MAX_TEXT
from wedata_action.definitions.schema import TABLE, Key, Level, Value
from wedata_action.parsers import TARGET_PATTERN
from wedata_action.task import TASK_ID_PATTERN

_NUMBER = {"type": "number"}
_NULL = {"type": "null"}
# Neither absolute nor blank, and without a backslash.
_PATH = {"type": "string", "maxLength": MAX_TEXT, "pattern": r"^(?!/|[A-Za-z]:/)[^\\]*[^\\\s][^\\]*$"}
_VALUES: dict[Value, list[dict[str, Any]]] = {
    Value.TASK_ID: [{"type": "string", "pattern": f"^{TASK_ID_PATTERN}$"}, _NUMBER],
    Value.ID: [{"type": "string", "maxLength": MAX_TEXT, "pattern": r"^\S+$"}, _NUMBER, _NULL],
    Value.TEXT: [{"type": "string", "maxLength": MAX_TEXT}, _NUMBER, _NULL],
    Value.FLAG: [{"type": "boolean"}, _NULL],
    Value.GLOBS: [{"type": "array", "items": {"anyOf": [_PATH, _NUMBER]}}, _PATH, _NUMBER, _NULL],
    Value.FILE: [_PATH, _NUMBER, _NULL],
    Value.TASKS: [{"type": "array", "items": {"$ref": "#/definitions/task"}}, _NULL],
}


def json_schema() -> dict[str, Any]:
    """The schema of one document of a definition file."""
    several = _having("tasks", "Tasks")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Definitions of wedata-action",
        "description": "One task, or several tasks and the keys that they share.",
        "type": ["object", "null"],
        "properties": {"tasks": {"$ref": "#/definitions/tasks"}},
        "if": several,
        "then": {"$ref": "#/definitions/document"},
        "else": {"anyOf": [{"$ref": "#/definitions/task"}, _NULL]},
        "definitions": {
            "task": _mapping(Level.TASK),
            "document": _mapping(Level.DOCUMENT),
            **{key.name: _value(key) for key in TABLE},
        },
    }


def _mapping(level: Level) -> dict[str, Any]:
    keys = [key for key in TABLE if level in key.levels]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key.name: {"$ref": f"#/definitions/{key.name}"} for key in keys},
        # Patterns, so that an editor takes the API's names and proposes the short ones only.
        "patternProperties": {f"^{key.api_name}$": {"$ref": f"#/definitions/{key.name}"} for key in keys},
        "additionalProperties": False,
        # A key stands once, in either spelling.
        "dependencies": {key.name: {"patternProperties": {f"^{key.api_name}$": False}} for key in keys},
    }
    if level is Level.TASK:
        schema |= _having("task_id", "TaskId")
    return schema


def _having(name: str, api_name: str) -> dict[str, Any]:
    """A schema of what has a key, in either spelling."""
    return {
        "anyOf": [
            {"type": "object", "properties": {spelling: True}, "required": [spelling]} for spelling in (name, api_name)
        ]
    }


def _value(key: Key) -> dict[str, Any]:
    values = _VALUES[key.value]
    if key.by_target:
        by_target = {
            "type": "object",
            "description": "A value for each target.",
            "propertyNames": {"pattern": f"^{TARGET_PATTERN}$"},
            "minProperties": 1,
            "additionalProperties": {"anyOf": values},
        }
        values = [*values, by_target]
    return {"description": key.help, "anyOf": values}
