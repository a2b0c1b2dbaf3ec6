"""Tasks and their code (API version 2025-08-06): the draft, a submitted version, production. The SDK has the models."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple

from wedata_action.tencent.calls import V2025
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, as_text

Fields = Mapping[str, Any]


class Draft(NamedTuple):
    """A task as it was saved last: its code, `None` where it has none, and the fields of its three groups."""

    code: bytes | None
    base: Fields
    configuration: Fields
    schedule: Fields

    @property
    def parents(self) -> frozenset[str]:
        """The ids of the tasks that it depends on."""
        links = self.schedule.get("UpstreamDependencyConfigList")
        found = [link.get("TaskId") for link in links if isinstance(link, dict)] if isinstance(links, list) else []
        return frozenset(str(task_id) for task_id in found if task_id)


def saved_by(base: Fields) -> str:
    """Who saved a draft and when, by its TaskBaseAttribute: `by deploy at 2026-11-29 09:16:39 (WeData's time)`."""
    who = base.get("LastUpdateUserName") or base.get("UpdateUserUin") or "somebody"
    return f"by {who}{at(base.get('LastUpdateTime'))}"


def at(moment: object) -> str:
    """A time of an answer, whose zone no page names; empty where WeData does not tell."""
    return f" at {moment} (WeData's time)" if moment else ""


def get_task(call: Call, project_id: str, task_id: str) -> Draft:
    """GetTask: the draft. Raises `ApiError`, also for an answer without a task."""
    return _draft(_data(call, "GetTask", {"ProjectId": project_id, "TaskId": task_id}))


def update_code(call: Call, project_id: str, task_id: str, code: bytes) -> None:
    """UpdateTaskPartially (page 1174/77913) with the code alone.

    Raises `ApiError`; an answer without a status, which the documentation allows for, leaves the outcome open.
    """
    setting = {"TaskConfiguration": {"CodeContent": base64.b64encode(code).decode()}}
    payload = {"ProjectId": project_id, "TaskId": task_id, "NewSetting": setting}
    response = call("UpdateTaskPartially", V2025, payload)
    data, request_id = response.get("Data"), str(response.get("RequestId") or "")
    status = data.get("Status") if isinstance(data, dict) else None
    if status is False:
        message = "WeData answered UpdateTaskPartially with Status false: the code was not saved"
        raise ApiError(Verdict.REFUSED, "StatusFalse", message, request_id)
    if status is not True:
        message = "WeData answered UpdateTaskPartially without a Status"
        raise ApiError(Verdict.OPEN, "NoStatus", message, request_id)


def get_production_code(call: Call, project_id: str, task_id: str) -> bytes:
    """GetOpsTaskCode: the code that production runs, which the answer holds as plain text. Raises `ApiError`."""
    data = _data(call, "GetOpsTaskCode", {"ProjectId": project_id, "TaskId": task_id})
    code = data.get("CodeContent")
    if not isinstance(code, str):
        raise ApiError(Verdict.OPEN, "NoCode", "WeData answered GetOpsTaskCode without a code")
    return code.encode(errors="surrogatepass")


class Submitted(NamedTuple):
    """A submitted version: its remark, empty where WeData does not tell, and its code, `None` where it has none."""

    remark: str
    code: bytes | None


def get_submitted(call: Call, project_id: str, task_id: str, version_id: str) -> Submitted:
    """GetTaskVersion: a version; without an id, the one that was submitted last. Raises `ApiError`."""
    wanted = {"VersionId": version_id} if version_id else {}
    data = _data(call, "GetTaskVersion", {"ProjectId": project_id, "TaskId": task_id, **wanted})
    task = data.get("Task")
    if not isinstance(task, dict):
        raise ApiError(Verdict.OPEN, "NoTask", "WeData answered GetTaskVersion without a task")
    return Submitted(as_text(data.get("VersionRemark")), _draft(task).code)


def _data(call: Call, action: str, payload: Fields) -> dict[str, Any]:
    response = call(action, V2025, payload)
    data = response.get("Data")
    if not isinstance(data, dict):
        raise ApiError(Verdict.OPEN, "NoData", f"WeData answered {action} without data", str(response.get("RequestId")))
    return data


def _draft(task: Fields) -> Draft:
    groups = [task.get(name) for name in ("TaskBaseAttribute", "TaskConfiguration", "TaskSchedulerConfiguration")]
    if not all(isinstance(group, dict) for group in groups):
        raise ApiError(Verdict.OPEN, "NoTask", "WeData answered with a part of the task only")
    base, configuration, schedule = groups
    return Draft(_code(configuration), base, configuration, schedule)  # type: ignore[arg-type] # they are dicts


def _code(configuration: Any) -> bytes | None:
    content = configuration.get("CodeContent")
    if content is None:
        return None
    try:
        # WeData may break the base64 into lines.
        return base64.b64decode("".join(str(content).split()), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(Verdict.OPEN, "BadCode", "WeData answered with a code that is not base64") from None
