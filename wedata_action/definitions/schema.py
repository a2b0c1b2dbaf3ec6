"""The keys of a definition, and what they make: the one place that names them."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Level: TypeAlias = Literal["task", "document"]
"""Where a mapping stands: a task, or a document with `tasks`, whose other keys its tasks share."""


class Key(NamedTuple):
    """One key: its two spellings, what its value is, the levels on which it may stand, and its meaning to a person."""

    name: str
    api_name: str
    kind: Literal["task id", "id", "text", "flag", "globs", "tasks"]
    levels: tuple[Level, ...]
    help: str


_BOTH: tuple[Level, ...] = ("task", "document")

TABLE = (
    Key(
        "task_id",
        "TaskId",
        "task id",
        ("task",),
        "Id of the task in WeData, required. 1 to 64 letters, digits, `_`, `-`, `.` and `:`; digits stay text, so "
        "leading zeros are kept.",
    ),
    Key("name", "Name", "text", ("task",), "Name shown in reports. A new name changes no task."),
    Key("version_remark", "VersionRemark", "text", ("task",), "Text of the version's remark."),
    Key("folder_id", "FolderId", "id", ("task",), "Id of the folder that the task belongs to."),
    Key("project_id", "ProjectId", "id", _BOTH, "WeData project; overrides the input `project-id`."),
    Key("auto_run", "AutoRun", "flag", _BOTH, "`true` or `false`; overrides the input `auto-run`."),
    Key(
        "need_check_parent_submitted",
        "NeedCheckParentSubmitted",
        "flag",
        _BOTH,
        "`true` or `false`; overrides the input `need-check-parent-submitted`.",
    ),
    Key("alarm_ways", "AlarmWays", "text", _BOTH, "Overrides the input `alarm-ways`."),
    Key("alarm_recipient_types", "AlarmRecipientTypes", "text", _BOTH, "Overrides the input `alarm-recipient-types`."),
    Key(
        "sources",
        "Sources",
        "globs",
        ("task",),
        "Globs relative to the definition's folder. A change to a matching file changes the task; nothing of it is "
        "sent. A glob that matches no file is a mistake.",
    ),
    Key("tasks", "Tasks", "tasks", ("document",), "List of the tasks that share the other keys of the document."),
)

KEYS = {spelling: key for key in TABLE for spelling in (key.name, key.api_name)}


def spellings(level: Level) -> list[str]:
    """The spellings of the keys that may stand on `level`."""
    return [spelling for spelling, key in KEYS.items() if level in key.levels]
