"""The keys of a definition, and what they make: the one place that names them."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Level(enum.StrEnum):
    """Where a mapping stands."""

    TASK = "task"
    DOCUMENT = "document"
    """A document with `tasks`, whose other keys its tasks share."""


class Value(enum.Enum):
    """What the value of a key is."""

    TASK_ID = enum.auto()
    ID = enum.auto()
    TEXT = enum.auto()
    FLAG = enum.auto()
    GLOBS = enum.auto()
    FILE = enum.auto()
    TASKS = enum.auto()


class Key(NamedTuple):
    """One key: its two spellings, its value, the levels on which it is allowed, and what it means to a person.

    With `by_target` the value may be a mapping from the names of targets to values.
    """

    name: str
    api_name: str
    value: Value
    levels: tuple[Level, ...]
    help: str
    by_target: bool = False


_TASK: tuple[Level, ...] = (Level.TASK,)
_BOTH: tuple[Level, ...] = (Level.TASK, Level.DOCUMENT)

TABLE = (
    Key(
        "task_id",
        "TaskId",
        Value.TASK_ID,
        _TASK,
        "Id of the task in WeData, required. 1 to 64 letters, digits, `_`, `-`, `.` and `:`; digits stay text, so "
        "leading zeros are kept.",
        by_target=True,
    ),
    Key("name", "Name", Value.TEXT, _TASK, "Name shown in reports. A new name changes no task."),
    Key("version_remark", "VersionRemark", Value.TEXT, _TASK, "Text of the version's remark."),
    Key("folder_id", "FolderId", Value.ID, _TASK, "Id of the folder that the task belongs to.", by_target=True),
    Key(
        "project_id", "ProjectId", Value.ID, _BOTH, "WeData project; overrides the input `project-id`.", by_target=True
    ),
    Key("auto_run", "AutoRun", Value.FLAG, _BOTH, "`true` or `false`; overrides the input `auto-run`.", by_target=True),
    Key(
        "need_check_parent_submitted",
        "NeedCheckParentSubmitted",
        Value.FLAG,
        _BOTH,
        "`true` or `false`; overrides the input `need-check-parent-submitted`.",
        by_target=True,
    ),
    Key("alarm_ways", "AlarmWays", Value.TEXT, _BOTH, "Overrides the input `alarm-ways`.", by_target=True),
    Key(
        "alarm_recipient_types",
        "AlarmRecipientTypes",
        Value.TEXT,
        _BOTH,
        "Overrides the input `alarm-recipient-types`.",
        by_target=True,
    ),
    Key(
        "code",
        "Code",
        Value.FILE,
        _TASK,
        "The one file, relative to the definition's folder, whose content is the task's code: UTF-8, a regular file of "
        "the commit, at most 5 MiB. Without it, the draft that is saved in WeData goes live.",
    ),
    Key(
        "sources",
        "Sources",
        Value.GLOBS,
        _TASK,
        "Globs relative to the definition's folder. A change to a matching file changes the task; nothing of it is "
        "sent. A glob that matches no file is a mistake.",
    ),
    Key(
        "tasks", "Tasks", Value.TASKS, (Level.DOCUMENT,), "List of the tasks that share the other keys of the document."
    ),
)

KEYS = {spelling: key for key in TABLE for spelling in (key.name, key.api_name)}


def spellings(level: Level) -> list[str]:
    """The spellings of the keys that are allowed on `level`."""
    return [spelling for spelling, key in KEYS.items() if level in key.levels]
