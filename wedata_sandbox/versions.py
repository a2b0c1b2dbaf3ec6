"""The saved and the submitted versions of a task, and how the API lists them (2025-08-06, ListTaskVersions)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from wedata_sandbox.behaviour import APPROVALS_PASSED, APPROVALS_PENDING, APPROVALS_REFUSED, NO_APPROVAL_NEEDED
from wedata_sandbox.content import Content

# No page names the time zone of CreateTime; Studio shows China's, so a client that reads it as UTC is eight hours off.
ZONE: Final = datetime.timezone(datetime.timedelta(hours=8))


class Person(NamedTuple):
    """A user of WeData."""

    uin: str
    name: str


API_USER: Final = Person("100028579606", "deploy")
"""The owner of the keys."""
COLLEAGUE: Final = Person("100030412275", "Li Wei")
"""Somebody who works in Studio."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `created` in Unix seconds; `job_id` is None for one made by hand in Studio.

    A saved version has neither an approval nor a status. `number` orders the versions of a task and of a kind.
    """

    content: Content
    created: float
    by: Person = API_USER
    remark: str = ""
    approve_status: str | None = None
    status: str | None = None
    job_id: int | None = None
    listed_while_pending: bool = True
    version_num: str = ""
    version_id: str = ""

    @property
    def listed(self) -> bool:
        """Whether ListTaskVersions shows it now."""
        return self.listed_while_pending or self.approve_status not in APPROVALS_PENDING

    @property
    def approved(self) -> bool:
        """Whether it needs no approval, or none any more."""
        return self.approve_status in (None, NO_APPROVAL_NEEDED, *APPROVALS_PASSED)

    @property
    def goes_live(self) -> bool:
        """Whether production runs it, or will."""
        return self.approved and self.status not in ("F", "T", "INVALID")

    @property
    def approver(self) -> str | None:
        """The Uin of who decided on it."""
        return COLLEAGUE.uin if self.approve_status in (*APPROVALS_PASSED, *APPROVALS_REFUSED) else None

    def item(self) -> dict[str, Any]:
        """The version as an item of ListTaskVersions, but for UsedVersion."""
        return {
            "ApproveStatus": self.approve_status,
            "ApproveUserUin": self.approver,
            "CreateTime": clock(self.created),
            "CreateUserUin": self.by.uin,
            "Status": self.status,
            "VersionId": self.version_id,
            "VersionNum": self.version_num,
            "VersionRemark": self.remark,
        }


def clock(seconds: float) -> str:
    """A time as WeData writes it, such as `2025-08-27 14:48:32`."""
    return f"{datetime.datetime.fromtimestamp(seconds, ZONE):%Y-%m-%d %H:%M:%S}"


def digits(milliseconds: int) -> str:
    """A time as it stands in ids, such as `20250827144832136`."""
    at = datetime.datetime.fromtimestamp(milliseconds // 1000, ZONE)
    return f"{at:%Y%m%d%H%M%S}{milliseconds % 1000:03d}"
