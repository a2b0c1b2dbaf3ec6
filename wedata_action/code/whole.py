"""What else of a task changed when its code was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wedata_action.tencent.tasks import Draft

_BASE = ("TaskName", "OwnerUin", "TaskDescription", "TaskFolderPath")
_CONFIGURATION = (
    "SourceServiceId",
    "SourceServiceType",
    "SourceServiceName",
    "TargetServiceId",
    "TargetServiceType",
    "TargetServiceName",
    "ResourceGroup",
    "ResourceGroupName",
    "TaskSchedulingParameterList",
)
_EXPECTED = frozenset(
    (
        "CodeContent",
        "TaskLatestVersionNo",
        "LastUpdateTime",
        "LastUpdateUserName",
        "UpdateUserUin",
    )
)
"""Fields that every save changes."""


def differing_fields(before: Draft, after: Draft) -> tuple[dict[str, str], list[str]]:
    """The fields that a person would have to restore, with what they were; and the names of the others that changed."""
    lost: dict[str, str] = {}
    other: list[str] = []
    for old, new, kept in (
        (before.base, after.base, _BASE),
        (before.configuration, after.configuration, _CONFIGURATION),
        (before.schedule, after.schedule, None),
    ):
        for name in _changed(old, new):
            if kept is None or name in kept:
                lost[name] = json.dumps(old.get(name), ensure_ascii=False)
            else:
                other.append(name)
    return lost, other


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = dict.fromkeys((*old, *new))
    return [name for name in names if name not in _EXPECTED and _some(old.get(name)) != _some(new.get(name))]


def _some(value: object) -> object:
    """Null, an empty text and an empty list say the same."""
    return None if value in ("", []) else value
