"""The calls of WeData as typed functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wedata_action.clock import Backoff, Clock
from wedata_action.parsers import shortened
from wedata_action.result import Batch
from wedata_action.tencent.calls import V2021
from wedata_action.tencent.verdicts import ApiError, Verdict

PAGE = 200
"""The most that one answer holds of a list."""

_LONGEST_LOG = 10_000  # characters of an error log that are kept
_A_MINUTE = Backoff(first=0.5, seconds=60)

Call = Callable[[str, str, Mapping[str, Any]], dict[str, Any]]
"""Action, version and payload to what stands under `Response`; raises `ApiError`."""


def patiently(call: Call, clock: Clock, backoff: Backoff = _A_MINUTE) -> Call:
    """`call` for reads that must succeed: what may go through later is tried again, as a rule for a minute."""

    def read(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return backoff.retry(
            lambda: call(action, version, payload),
            clock,
            lambda error: isinstance(error, ApiError) and (error.retryable or error.verdict is Verdict.OPEN),
        )

    return read


def submission_body(batch: Batch) -> dict[str, Any]:
    """The body of BatchCreateTaskVersionAsync (2021-08-20, page 1174/69838); what is unset is left out."""
    tasks = [
        {
            "TaskId": outcome.task.task_id,
            "VersionRemark": outcome.remark,
            **({"FolderId": folder} if (folder := outcome.task.folder_id) is not None else {}),
        }
        for outcome in batch.outcomes
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

    `succeeded` and `failed` are task ids, empty texts for elements without one; a list that is null is empty.
    """

    job_id: object
    job_type: object
    status: str | None
    need_approve: object
    succeeded: tuple[str, ...]
    failed: tuple[str, ...]
    total: object
    names: Mapping[str, str]


def list_batch_detail(call: Call, project_id: str, job_id: int) -> JobDetail:
    """What a batch job has done so far. Raises `ApiError`."""
    response = call("ListBatchDetail", V2021, {"JobId": job_id, "ProjectId": project_id})
    status = response.get("JobStatus")
    succeeded, failed = _resources(response.get("SuccessResource")), _resources(response.get("FailResource"))
    return JobDetail(
        response.get("JobId"),
        response.get("JobType"),
        status if isinstance(status, str) else None,
        response.get("NeedApprove"),
        tuple(task_id for task_id, _ in succeeded),
        tuple(task_id for task_id, _ in failed),
        response.get("TotalResource"),
        dict((*succeeded, *failed)),
    )


def _resources(items: object) -> list[tuple[str, str]]:
    """Id and name of each element; an element without an id is counted and matches no task."""
    entries = [item if isinstance(item, dict) else {} for item in items] if isinstance(items, list) else []
    return [(as_text(entry.get("ResourceId")), as_text(entry.get("ResourceName"))) for entry in entries]


def error_log(call: Call, project_id: str, task_id: str, job_id: int) -> str:
    """Why a task of a job failed, in WeData's own words (GetBatchDetailErrorLog, page 1267/118492)."""
    payload = {"JobId": job_id, "ResourceId": task_id, "ProjectId": project_id}
    data = call("GetBatchDetailErrorLog", V2021, payload).get("Data")
    return shortened(data.strip(), _LONGEST_LOG) if isinstance(data, str) else ""


def as_text(value: object) -> str:
    """A field of an answer, any of which may be null."""
    return "" if value is None else str(value)


def page_of(response: Mapping[str, Any], noun: str) -> tuple[list[Any], int | None]:
    """The items of one page of a list, and its TotalCount. A null list beside a total of 0 is an empty one.

    Raises `ApiError` for an answer without a list of what `noun` says.
    """
    data = response.get("Data")
    items, total = (data.get("Items"), data.get("TotalCount")) if isinstance(data, dict) else (None, None)
    total = total if type(total) is int else None
    if items is None and total == 0:
        items = []
    if not isinstance(items, list):
        raise no_list(response, f"WeData answered without a list of {noun}")
    return items, total


def no_list(response: Mapping[str, Any], message: str) -> ApiError:
    """The error of an answer that is not the list that was asked for, or not all of it."""
    return ApiError(Verdict.OPEN, "NoList", message, str(response.get("RequestId") or ""))
