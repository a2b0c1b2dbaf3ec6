"""The versions of one task, and how the API shows them (2025-08-06: ListTaskVersions and GetTaskVersion)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wedata_sandbox.behaviour import (
    APPROVALS_PASSED,
    APPROVALS_PENDING,
    APPROVALS_REFUSED,
    NO_APPROVAL_NEEDED,
)

# No page names the time zone of CreateTime; Studio shows China's, so a client that reads it as UTC is eight hours off.
ZONE: Final = datetime.timezone(datetime.timedelta(hours=8))
USER: Final = "100028579606"


@dataclass(frozen=True, slots=True)
class Version:
    """One submitted version. `created` in Unix seconds; `job_id` is None for one made by hand in Studio."""

    version_num: str
    version_id: str
    remark: str
    created: float
    approve_status: str | None
    status: str | None
    job_id: int | None = None
    listed_while_pending: bool = True

    @property
    def listed(self) -> bool:
        """Whether ListTaskVersions shows it now."""
        return self.listed_while_pending or self.approve_status not in APPROVALS_PENDING

    def item(self, *, used: bool) -> dict[str, Any]:
        """The version as an item of ListTaskVersions with TaskVersionType SUBMIT."""
        return {
            "ApproveStatus": self.approve_status,
            "ApproveUserUin": USER if self.approve_status in (*APPROVALS_PASSED, *APPROVALS_REFUSED) else None,
            "CreateTime": _clock(self.created).strftime("%Y-%m-%d %H:%M:%S"),
            "CreateUserUin": USER,
            "Status": self.status,
            "UsedVersion": used,
            "VersionId": self.version_id,
            "VersionNum": self.version_num,
            "VersionRemark": self.remark,
        }

    def detail(self, task_id: str) -> dict[str, Any]:
        """The version as the Data of GetTaskVersion; of the task it carries the base attributes alone."""
        item = self.item(used=False)
        del item["Status"], item["UsedVersion"]
        base = {
            "TaskId": task_id,
            "TaskLatestSubmitVersionNo": self.version_num,
            "Status": self.status,
            "Submit": True,
        }
        task = {"TaskBaseAttribute": base, "TaskConfiguration": None, "TaskSchedulerConfiguration": None}
        return {**item, "ApproveTime": None, "Task": task}


@dataclass(slots=True)
class Task:
    """A task of a project: when its draft was saved, and its submitted versions, oldest first."""

    task_id: str
    saved: float
    versions: list[Version] = field(default_factory=list)
    _last_millisecond: int = 0

    def add(self, version: Version) -> Version:
        """Store `version` under the next VersionNum and a VersionId of its own; the stored one."""
        numbered = replace(
            version,
            version_num=f"V{len(self.versions) + 1}",
            version_id=self._version_id(version.created),
        )
        self.versions.append(numbered)
        return numbered

    def decide(self, version_num: str, approve_status: str | None, status: str | None) -> Version:
        """Set the approval of a version, or of the newest if `version_num` is empty; the version as it is then.

        LookupError where there is none.
        """
        for index in reversed(range(len(self.versions))):
            if version_num in {"", self.versions[index].version_num}:
                self.versions[index] = replace(self.versions[index], approve_status=approve_status, status=status)
                return self.versions[index]
        raise LookupError(f"task {self.task_id} has no submitted version {version_num}")

    def page(self, *, submitted: bool, used: bool | None, number: int, size: int) -> dict[str, Any]:
        """The Data of ListTaskVersions: page `number`, counted from 1, of `size` versions each, newest first.

        Without `submitted` they are the saved drafts, of which a task has one; with `used` only the version in use, or
        all others.
        """
        versions = [version for version in reversed(self.versions) if version.listed] if submitted else [self._draft()]
        decided = (v for v in versions if v.approve_status in (None, NO_APPROVAL_NEEDED, *APPROVALS_PASSED))
        in_use = next(decided, None)
        if used is not None:
            versions = [version for version in versions if (version is in_use) is used]
        shown = versions[(number - 1) * size : number * size]
        return {
            "Items": [version.item(used=version is in_use) for version in shown],
            "PageCount": len(shown),
            "PageNumber": number,
            "PageSize": size,
            "TotalCount": len(versions),
            "TotalPageNumber": -(-len(versions) // size),
        }

    def _draft(self) -> Version:
        return Version("V1", f"{self.task_id}_{_digits(int(self.saved * 1000))}", "", self.saved, None, None)

    def _version_id(self, created: float) -> str:
        self._last_millisecond = max(int(created * 1000), self._last_millisecond + 1)
        return f"{self.task_id}_{_digits(self._last_millisecond)}"


def _clock(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, ZONE)


def _digits(milliseconds: int) -> str:
    return f"{_clock(milliseconds // 1000):%Y%m%d%H%M%S}{milliseconds % 1000:03d}"
