"""What a save or a submission keeps of a task: its code, and its settings in the three groups of the API.

Values that are never changed in place: two versions of a task share what they have in common.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wedata_sandbox.fields import ApiError
from wedata_sandbox.shapes import LIST_KEYS, TASK_CONFIGURATION, TASK_SCHEDULE_DOMESTIC

_SCHEDULE: Final[Mapping[str, Any]] = dict.fromkeys(TASK_SCHEDULE_DOMESTIC) | {
    "CycleType": "DAY_CYCLE",
    "ScheduleTimeZone": "UTC+8",
    "CrontabExpression": "0 0 0 * * ? *",
    "StartTime": "2025-01-01 00:00:00",
    "EndTime": "2099-12-31 23:59:59",
    "ExecutionStartTime": "00:00",
    "ExecutionEndTime": "23:59",
    "CalendarOpen": "0",
    "SelfDepend": "serial",
    "UpstreamDependencyConfigList": [],
    "DownstreamDependencyConfigList": [],
    "EventListenerList": [],
    "AllowRedoType": "ALL",
    "ParamTaskOutList": [],
    "ParamTaskInList": [],
    "TaskOutputRegistryList": [],
    "InitStrategy": "T_PLUS_0",
    "ScheduleRunType": 0,
    "DownStreamDependencyConfigList": [],
    "RunPriority": 6,
    "RetryWait": 5,
    "MaxRetryAttempts": 4,
    "ExecutionTTL": -1,
    "WaitExecutionTotalTTL": "-1",
    "ScheduleType": 0,
    "RunPriorityType": 6,
    "RetryWaitMinute": 5,
    "MaxRetryNumber": 4,
    "ExecutionTTLMinute": -1,
    "WaitExecutionTotalTTLMinute": -1,
}


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that somebody created in WeData.

    `code` is its first draft, None for a type without code. `type_id` is a TaskTypeId such as 34, Hive SQL. `upstream`
    are the ids of its parents. With `submitted`, the draft was submitted and is in production. A `bundle_id` makes it
    a task of a WeData bundle. `edit` is another draft, which somebody saved after that. Unsaid, the name follows from
    the id.
    """

    task_id: str
    name: str = ""
    workflow: str = "default"
    type_id: int = 34
    code: str | None = ""
    upstream: tuple[str, ...] = ()
    bundle_id: str | None = None
    submitted: bool = False
    edit: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """`base` has the fields of TaskBaseAttribute that an update can set; `configuration` all but CodeContent."""

    code: str | None
    base: Mapping[str, Any]
    configuration: Mapping[str, Any]
    schedule: Mapping[str, Any]


def first(task: NewTask, owner: str) -> Content:
    """The content of a task that was just created."""
    base = {
        "TaskName": task.name or f"task_{task.task_id}",
        "OwnerUin": owner,
        "TaskDescription": "",
        "TaskFolderPath": "/",
    }
    configuration = dict.fromkeys(TASK_CONFIGURATION) | {
        "TaskExtConfigurationList": [],
        "ResourceGroup": "20250801000000001",
        "TaskSchedulingParameterList": [],
        "BundleId": task.bundle_id,
        "BundleInfo": None if task.bundle_id is None else "{}",
    }
    del configuration["CodeContent"]
    return Content(task.code, base, configuration, {**_SCHEDULE, "UpstreamDependencyConfigList": _links(task.upstream)})


def _links(parents: Sequence[str]) -> list[dict[str, Any]]:
    same_day = {"MainCyclicConfig": "DAY", "SubordinateCyclicConfig": "CURRENT_DAY", "Offset": None}
    return [{"TaskId": parent, **same_day, "DependencyStrategy": None} for parent in parents]


def updated(content: Content, setting: Mapping[str, Any], keep_code: Callable[[str], str]) -> Content:
    """`content` with the fields of an UpdateTaskPart over it; what it leaves out stays as it is.

    Lists are merged by key, as FieldToRemoveList suggests. `keep_code` is what the site makes of a code.
    """
    configuration = dict(setting.get("TaskConfiguration", {}))
    code = content.code
    if "CodeContent" in configuration:
        code = keep_code(_decoded(configuration.pop("CodeContent")))
    return Content(
        code,
        {**content.base, **setting.get("TaskBaseAttribute", {})},
        _merged(content.configuration, configuration),
        _merged(content.schedule, setting.get("TaskSchedulerConfiguration", {})),
    )


def without(content: Content, paths: Sequence[str]) -> Content:
    """`content` without the elements that a FieldToRemoveList names, each as in `TaskConfiguration/List:key,key`."""
    for path in paths:
        where, _, keys = path.partition(":")
        group, _, name = where.partition("/")
        groups = {"TaskConfiguration": content.configuration, "TaskSchedulerConfiguration": content.schedule}
        if name not in LIST_KEYS or name not in groups.get(group, ()):
            raise ApiError("InvalidParameterValue", f"`FieldToRemoveList` has {path}, which is not a list of the task.")
        kept = [item for item in groups[group][name] or () if item.get(LIST_KEYS[name]) not in keys.split(",")]
        groups[group] = {**groups[group], name: kept}
        content = Content(content.code, content.base, *groups.values())
    return content


def _merged(before: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**before, **new}
    for name, value in new.items():
        if key := LIST_KEYS.get(name):
            by_key = {item.get(key): item for item in [*(before[name] or ()), *value]}
            merged[name] = list(by_key.values())
    return merged


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ApiError("InvalidParameterValue", "`CodeContent` must be the base64 of text in UTF-8.") from None
