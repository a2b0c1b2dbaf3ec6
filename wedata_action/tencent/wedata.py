"""The calls of WeData as typed functions."""

from __future__ import annotations

from typing import Any

from wedata_action.plan import Batch
from wedata_action.tencent.client import Client
from wedata_action.tencent.verdicts import ApiError, Verdict


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


def submit(client: Client, batch: Batch) -> tuple[int, str]:
    """Submits a batch as new task versions: gives JobId and RequestId.

    Raises `ApiError`; a missing or null `Data` or `JobId`, which the documentation allows for, leaves it open.
    """
    response = client.call("BatchCreateTaskVersionAsync", "2021-08-20", submission_body(batch))
    request_id = str(response.get("RequestId") or "")
    data = response.get("Data")
    job_id = data.get("JobId") if isinstance(data, dict) else None
    if not isinstance(job_id, int) or isinstance(job_id, bool):
        raise ApiError(Verdict.OPEN, "NoJobId", "WeData answered without a JobId", request_id)
    return job_id, request_id
