"""The calls of WeData as typed functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wedata_action.plan import Batch
from wedata_action.tencent.verdicts import ApiError, Verdict

V2021 = "2021-08-20"
V2025 = "2025-08-06"
_PAGE = 200  # the most that ListTaskVersions gives at once
_MOST_PAGES = 50

Call = Callable[[str, str, Mapping[str, Any]], dict[str, Any]]
"""Action, version and payload to what stands under `Response`; raises `ApiError`."""


def submission_body(batch: Batch) -> dict[str, Any]:
    """The body of BatchCreateTaskVersionAsync (2021-08-20, page 1174/69838); what is unset is left out."""
    tasks = [
        {
            "TaskId": planned.task.definition.task_id,
            "VersionRemark": planned.remark,
            **({"FolderId": folder} if (folder := planned.task.definition.folder_id) is not None else {}),
        }
        for planned in batch.tasks
    ]
    options = {
        "AutoRun": batch.options.auto_run,
        "AlarmWays": batch.options.alarm_ways,
        "AlarmRecipientTypes": batch.options.alarm_recipient_types,
        "NeedCheckParentSubmitted": batch.options.need_check_parent_submitted,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return {"Tasks": tasks, "ProjectId": batch.project_id, **given}


def submit(call: Call, batch: Batch) -> tuple[int, str]:
    """Submits a batch as new task versions: gives JobId and RequestId.

    Raises `ApiError`; a missing or null `Data` or `JobId`, which the documentation allows for, leaves it open.
    """
    response = call("BatchCreateTaskVersionAsync", V2021, submission_body(batch))
    request_id = str(response.get("RequestId") or "")
    data = response.get("Data")
    job_id = data.get("JobId") if isinstance(data, dict) else None
    if not isinstance(job_id, int) or isinstance(job_id, bool):
        raise ApiError(Verdict.OPEN, "NoJobId", "WeData answered without a JobId", request_id)
    return job_id, request_id


@dataclass(frozen=True, slots=True)
class JobDetail:
    """ListBatchDetail (2021-08-20, page 1267/118491), as it was answered: every field may be null.

    `succeeded` and `failed` are task ids.
    """

    status: str | None
    need_approve: object
    succeeded: tuple[str, ...] | None
    failed: tuple[str, ...] | None
    total: object
    names: Mapping[str, str]


def list_batch_detail(call: Call, project_id: str, job_id: int) -> JobDetail:
    """What a batch job has done so far. Raises `ApiError`."""
    response = call("ListBatchDetail", V2021, {"JobId": job_id, "ProjectId": project_id})
    lists = {}
    names: dict[str, str] = {}
    for key in ("SuccessResource", "FailResource"):
        items = response.get(key)
        entries = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None
        lists[key] = None if entries is None else tuple(str(entry.get("ResourceId")) for entry in entries)
        names |= {str(entry.get("ResourceId")): str(entry.get("ResourceName") or "") for entry in entries or ()}
    status = response.get("JobStatus")
    return JobDetail(
        status if isinstance(status, str) else None,
        response.get("NeedApprove"),
        lists["SuccessResource"],
        lists["FailResource"],
        response.get("TotalResource"),
        names,
    )


def error_log(call: Call, project_id: str, job_id: int, task_id: str) -> str:
    """Why a task of a job failed, in WeData's own words (GetBatchDetailErrorLog, page 1267/118492)."""
    payload = {"JobId": job_id, "ResourceId": task_id, "ProjectId": project_id}
    data = call("GetBatchDetailErrorLog", V2021, payload).get("Data")
    return data if isinstance(data, str) else ""


@dataclass(frozen=True, slots=True)
class Version:
    """A submitted version of a task (ListTaskVersions 2025-08-06, page 1174/73869). `number` is such as `V41`."""

    id: str
    number: str
    remark: str
    approve_status: str | None
    status: str | None
    created: str

    @property
    def order(self) -> tuple[int, str, str]:
        """Greater for a newer version."""
        digits = self.number.removeprefix("V")
        return (int(digits) if digits.isdecimal() else -1, self.created, self.id)


def list_task_versions(call: Call, project_id: str, task_id: str) -> list[Version]:
    """All submitted versions of a task, newest first. Raises `ApiError`, for an answer without a list too."""
    versions: list[Version] = []
    for page in itertools.count(1):
        payload = {
            "ProjectId": project_id,
            "TaskId": task_id,
            "TaskVersionType": "SUBMIT",
            "PageNumber": page,
            "PageSize": _PAGE,
        }
        response = call("ListTaskVersions", V2025, payload)
        data = response.get("Data")
        items = data.get("Items") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(items, list):
            message = "WeData answered without a list of versions"
            raise ApiError(Verdict.OPEN, "NoVersions", message, str(response.get("RequestId") or ""))
        versions += [_version(item) for item in items if isinstance(item, dict)]
        total = data.get("TotalPageNumber")
        if not items or not isinstance(total, int) or page >= min(total, _MOST_PAGES):
            break
    return sorted(versions, key=lambda version: version.order, reverse=True)


def _version(item: Mapping[str, Any]) -> Version:
    return Version(
        id=str(item.get("VersionId") or ""),
        number=str(item.get("VersionNum") or ""),
        remark=str(item.get("VersionRemark") or ""),
        approve_status=_text(item.get("ApproveStatus")),
        status=_text(item.get("Status")),
        created=str(item.get("CreateTime") or ""),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
