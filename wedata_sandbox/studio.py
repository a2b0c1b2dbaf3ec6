"""The calls of API version 2025-08-06 on tasks, their drafts, versions and production code.

Each function is one action: it takes the tasks, how the site behaves and the request, and gives what stands under
`Response`. Sources: the official SDK's models, and the examples on the page of each action.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from wedata_sandbox import content, shapes
from wedata_sandbox.content import Content
from wedata_sandbox.fields import ApiError, between, check
from wedata_sandbox.site import Site
from wedata_sandbox.tasks import Task, Tasks
from wedata_sandbox.versions import API_USER, Version, clock

T = TypeVar("T")
Params = Mapping[str, Any]
Answer = dict[str, Any]


def get_task(tasks: Tasks, site: Site, params: Params) -> Answer:
    """GetTask: the draft of a task."""
    task = _task(tasks, params, shapes.TASK_KEY)
    return {"Data": _shown(task.draft.content, _base(task), site)}


def get_task_code(tasks: Tasks, site: Site, params: Params) -> Answer:
    """GetTaskCode: the code of the draft. Both examples give the length of the base64 as the size, as text."""
    code = _encoded(_task(tasks, params, shapes.TASK_KEY).draft.content.code, site)
    return {"Data": {"CodeInfo": code, "CodeFileSize": None if code is None else str(len(code))}}


def get_ops_task_code(tasks: Tasks, _: Site, params: Params) -> Answer:
    """GetOpsTaskCode: the code in production, as plain text. That a task without any is not found is inferred."""
    task = _task(tasks, params, shapes.TASK_KEY)
    if task.production is None:
        raise ApiError("ResourceNotFound", f"The task {task.task_id} is not in production.")
    code = task.production.content.code or ""
    return {"Data": {"CodeContent": code, "CodeFileSize": len(code.encode())}}


def get_task_version(tasks: Tasks, site: Site, params: Params) -> Answer:
    """GetTaskVersion: a submitted version with all that it has of the task; without a VersionId the newest."""
    task = _task(tasks, params, shapes.GET_VERSION)
    wanted = params.get("VersionId")
    listed = [version for version in task.submitted if version.listed and wanted in (None, version.version_id)]
    if wanted is not None and not listed:
        raise ApiError("ResourceNotFound", f"The task {task.task_id} has no version {wanted}.")
    return {"Data": _version(task, listed[-1], site) if listed else None}


def list_task_versions(tasks: Tasks, site: Site, params: Params) -> Answer:
    """ListTaskVersions: newest first; the saved ones unless SUBMIT is asked for."""
    task = _task(tasks, params, shapes.LIST_VERSIONS_DOMESTIC if site.domestic else shapes.LIST_VERSIONS)
    submitted = params.get("TaskVersionType") == "SUBMIT"
    versions = [version for version in reversed(task.submitted) if version.listed] if submitted else task.saved[::-1]
    in_use = next((version for version in versions if version.approved), None)
    if (used := params.get("UsedVersion")) is not None:
        versions = [version for version in versions if (version is in_use) is used]
    page, shown = _page(versions, params)
    items = [version.item() | ({"UsedVersion": version is in_use} if site.domestic else {}) for version in shown]
    return {"Data": {"Items": items, "PageCount": len(items), **page}}


def list_tasks(tasks: Tasks, _: Site, params: Params) -> Answer:
    """ListTasks: a page of the tasks of a project, by its filters. That TaskName need only occur is inferred."""
    check(params, shapes.LIST_TASKS)
    bundle = params.get("BundleId")
    found = [task for task in tasks.of(params["ProjectId"]) if bundle in (None, task.new.bundle_id)]
    page, shown = _page([base for base in map(_base, found) if _matches(base, params)], params)
    return {"Data": {"Items": shown, **page}}


def update_task_partially(tasks: Tasks, site: Site, params: Params) -> Answer:
    """UpdateTaskPartially: save a draft. Each save makes a saved version, even one that changes nothing."""
    task = _task(tasks, params, shapes.update_request(site.schedule))
    changed = content.updated(task.draft.content, params.get("NewSetting", {}), site.keep_code)
    task.save(content.without(changed, params.get("FieldToRemoveList", ())), tasks.now(), API_USER)
    return {"Data": {"Status": True}}


def _task(tasks: Tasks, params: Params, fields: shapes.Fields) -> Task:
    check(params, fields)
    return tasks.get(params["ProjectId"], params["TaskId"])


def _base(task: Task) -> dict[str, Any]:
    """The TaskBaseAttribute of a task as it is now."""
    draft, submitted, production = task.draft, task.submitted, task.production
    return {
        "TaskId": task.task_id,
        "TaskTypeId": task.new.type_id,
        "WorkflowId": str(uuid.uuid5(uuid.NAMESPACE_OID, task.new.workflow)),
        "TaskLatestVersionNo": draft.version_num,
        "TaskLatestSubmitVersionNo": submitted[-1].version_num if submitted else None,
        "WorkflowName": task.new.workflow,
        "Status": "Y" if production else "N",
        "Submit": bool(submitted),
        "CreateTime": clock(task.created),
        "LastUpdateTime": clock(draft.created),
        "LastUpdateUserName": draft.by.name,
        "LastOpsTime": clock(production.created) if production else None,
        "LastOpsUserName": production.by.name if production else None,
        "UpdateUserUin": draft.by.uin,
        "CreateUserUin": task.saved[0].by.uin,
        **draft.content.base,
    }


def _shown(of: Content, base: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """A Task model."""
    return {
        "TaskBaseAttribute": {**base, **of.base},
        "TaskConfiguration": {"CodeContent": _encoded(of.code, site), **of.configuration},
        "TaskSchedulerConfiguration": {name: of.schedule[name] for name in site.schedule},
    }


def _version(task: Task, version: Version, site: Site) -> dict[str, Any]:
    """A TaskVersionDetail. The example has no upstream dependencies, whatever the task has."""
    item = version.item()
    del item["Status"]
    shown = _shown(version.content, _base(task) | {"Status": version.status}, site)
    shown["TaskSchedulerConfiguration"] |= {"UpstreamDependencyConfigList": []}
    return {**item, "ApproveTime": clock(version.created) if version.approver else None, "Task": shown}


def _encoded(code: str | None, site: Site) -> str | None:
    if code is None:
        return None
    data = code.encode()
    return (base64.encodebytes(data) if site.base64_lines else base64.b64encode(data)).decode()


def _matches(base: Mapping[str, Any], params: Params) -> bool:
    same = ("WorkflowId", "OwnerUin", "TaskTypeId", "Status", "Submit", "CreateUserUin")
    ranges = (("CreateTime", "CreateTime"), ("ModifyTime", "LastUpdateTime"))
    return (
        params.get("TaskName", "") in base["TaskName"]
        and all(params[name] == base[name] for name in same if name in params)
        and all(min(params[name]) <= base[field] <= max(params[name]) for name, field in ranges if params.get(name))
    )


def _page(items: Sequence[T], params: Params) -> tuple[dict[str, int], Sequence[T]]:
    """What an answer says of a page, and what stands on it."""
    number, size = between(params, "PageNumber", 1, 1, 2**31), between(params, "PageSize", 10, 10, 200)
    total = len(items)
    said = {"PageNumber": number, "PageSize": size, "TotalCount": total, "TotalPageNumber": -(-total // size)}
    return said, items[(number - 1) * size : number * size]
