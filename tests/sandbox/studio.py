"""What a test asks of a WeData, and what somebody does there, in a line each."""

import base64
from typing import Any

import pytest

from tests.sandbox.client import LIST, SUBMIT
from wedata_sandbox.fields import ApiError
from wedata_sandbox.service import V2021, V2025, WeData

PROJECT = "1470547050521227264"
SQL = "SELECT id FROM orders;\n"


def ask(wedata: WeData, action: str, task_id: str = "1", **more: object) -> Any:
    return wedata.call(action, V2025, {"ProjectId": PROJECT, "TaskId": task_id, **more})["Data"]


def update(wedata: WeData, task_id: str = "1", remove: tuple[str, ...] = (), **setting: object) -> Any:
    more: dict[str, Any] = {"FieldToRemoveList": list(remove)} if remove else {}
    return ask(wedata, "UpdateTaskPartially", task_id, NewSetting=setting, **more)


def write(wedata: WeData, code: str, task_id: str = "1") -> Any:
    return update(wedata, task_id, TaskConfiguration={"CodeContent": base64.b64encode(code.encode()).decode()})


def submit(wedata: WeData, *task_ids: str, **options: object) -> None:
    tasks = [{"TaskId": task_id, "VersionRemark": "test"} for task_id in task_ids]
    wedata.call(SUBMIT, V2021, {"ProjectId": PROJECT, "Tasks": tasks, **options})


def draft(wedata: WeData, task_id: str = "1") -> str:
    return base64.b64decode(ask(wedata, "GetTask", task_id)["TaskConfiguration"]["CodeContent"]).decode()


def in_production(wedata: WeData, task_id: str = "1") -> str | None:
    try:
        found: str = ask(wedata, "GetOpsTaskCode", task_id)["CodeContent"]
    except ApiError as error:
        return None if error.code == "ResourceNotFound" else error.code
    return found


def numbers(wedata: WeData, kind: str) -> list[str]:
    return [item["VersionNum"] for item in ask(wedata, LIST, TaskVersionType=kind)["Items"]]


def code_of(wedata: WeData, action: str, **params: Any) -> str:
    with pytest.raises(ApiError) as caught:
        ask(wedata, action, **params)
    return caught.value.code
