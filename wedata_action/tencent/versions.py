"""The submitted versions of a task (ListTaskVersions 2025-08-06, page 1174/73869), and which of them is the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from wedata_action.tencent.calls import V2025
from wedata_action.tencent.wedata import PAGE, Call, as_text, no_list, page_of

_MOST_PAGES = 50
_NUMBER = re.compile(r"[Vv]?([0-9]{1,18})")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class Version(NamedTuple):
    """One version, as it was answered: any field may be null, which is an empty text but for the two states.

    `number` is such as `V41`, `created` such as `2025-08-27 14:48:32`, in a time zone that no page names. `creator` is
    the Uin of who submitted it.
    """

    id: str
    number: str
    remark: str
    approve_status: str | None
    status: str | None
    created: str
    creator: str = ""

    def is_newer_than(self, other: Version) -> bool:
        """By number, or by time where one of them has no number. False where neither tells."""
        mine, theirs = (_NUMBER.fullmatch(version.number) for version in (self, other))
        if mine and theirs:
            return int(mine[1]) > int(theirs[1])
        if _TIME.fullmatch(self.created) and _TIME.fullmatch(other.created):
            return self.created > other.created
        return False


def newest(versions: Iterable[Version]) -> Version | None:
    """The version that is newer than all others; `None` where there is none, or none that can be told."""
    versions = list(versions)
    if not versions:
        return None
    # Whatever is newer than all others is still the best when the last of them has been seen.
    best = versions[0]
    for version in versions[1:]:
        if not best.is_newer_than(version):
            best = version
    return best if all(version == best or best.is_newer_than(version) for version in versions) else None


def list_task_versions(call: Call, project_id: str, task_id: str) -> list[Version]:
    """All submitted versions of a task, in the order of the answer.

    Raises `ApiError`, also for an answer that holds fewer versions than it counts, and where they never end.
    """
    versions: list[Version] = []
    for page in range(1, _MOST_PAGES + 1):
        payload = {
            "ProjectId": project_id,
            "TaskId": task_id,
            "TaskVersionType": "SUBMIT",
            "PageNumber": page,
            "PageSize": PAGE,
        }
        response = call("ListTaskVersions", V2025, payload)
        items, total = page_of(response, "versions")
        versions += [_version(item if isinstance(item, dict) else {}) for item in items]
        more = len(items) == PAGE if total is None else len(versions) < total
        if more and not items:
            raise no_list(response, f"WeData listed {len(versions)} of {total} versions")
        if not more:
            return versions
    raise no_list(response, f"WeData listed {len(versions)} versions and has more")


def _version(item: Mapping[str, Any]) -> Version:
    approve_status, status = item.get("ApproveStatus"), item.get("Status")
    return Version(
        id=as_text(item.get("VersionId")),
        number=as_text(item.get("VersionNum")),
        remark=as_text(item.get("VersionRemark")),
        approve_status=None if approve_status is None else str(approve_status),
        status=None if status is None else str(status),
        created=as_text(item.get("CreateTime")),
        creator=as_text(item.get("CreateUserUin")),
    )
