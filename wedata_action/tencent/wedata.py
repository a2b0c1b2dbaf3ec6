"""The calls of WeData as typed functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wedata_action.submission.batches import Batch
from wedata_action.tencent.calls import V2021, V2025
from wedata_action.tencent.verdicts import ApiError, Verdict

_PAGE = 200  # the most that ListTaskVersions gives at once
_MOST_PAGES = 50
_LONGEST_LOG = 10_000  # characters of an error log that are kept
_OF_SECRETS = "".join(map(chr, range(ord("!"), ord("~") + 1)))

Call = Callable[[str, str, Mapping[str, Any]], dict[str, Any]]
"""Action, version and payload to what stands under `Response`; raises `ApiError`."""


def submission_body(batch: Batch) -> dict[str, Any]:
    """The body of BatchCreateTaskVersionAsync (2021-08-20, page 1174/69838); what is unset is left out."""
    tasks = [
        {
            "TaskId": planned.task.task_id,
            "VersionRemark": planned.remark,
            **({"FolderId": folder} if (folder := planned.task.folder_id) is not None else {}),
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


class JobDetail(NamedTuple):
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
    status = response.get("JobStatus")
    succeeded, failed = _resources(response.get("SuccessResource")), _resources(response.get("FailResource"))
    return JobDetail(
        status if isinstance(status, str) else None,
        response.get("NeedApprove"),
        None if succeeded is None else tuple(task_id for task_id, _ in succeeded),
        None if failed is None else tuple(task_id for task_id, _ in failed),
        response.get("TotalResource"),
        dict((*(succeeded or ()), *(failed or ()))),
    )


def _resources(items: object) -> list[tuple[str, str]] | None:
    """Id and name of each element; an empty id for one that names none, so that it is counted and fits no task."""
    if not isinstance(items, list):
        return None
    entries = [item if isinstance(item, dict) else {} for item in items]
    return [(_text(entry.get("ResourceId")) or "", str(entry.get("ResourceName") or "")) for entry in entries]


def error_log(call: Call, project_id: str, job_id: int, task_id: str) -> str:
    """Why a task of a job failed, in WeData's own words (GetBatchDetailErrorLog, page 1267/118492)."""
    payload = {"JobId": job_id, "ResourceId": task_id, "ProjectId": project_id}
    data = call("GetBatchDetailErrorLog", V2021, payload).get("Data")
    text = data.strip() if isinstance(data, str) else ""
    # Cut where no secret can be parted: a part of one would not be hidden.
    return text if len(text) <= _LONGEST_LOG else f"{text[:_LONGEST_LOG].rstrip(_OF_SECRETS)}…"


class Version(NamedTuple):
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
        more = page < total if isinstance(total, int) else len(items) == _PAGE
        if not items or not more or page == _MOST_PAGES:
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
