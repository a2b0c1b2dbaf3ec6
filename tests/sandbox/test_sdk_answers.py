"""Every answer of the sandbox, field by field, against the models of the official SDK."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tencentcloud.wedata.v20210820 import models as models_2021
from tencentcloud.wedata.v20210820.wedata_client import WedataClient as Client2021
from tencentcloud.wedata.v20250806 import models as models_2025
from tencentcloud.wedata.v20250806.wedata_client import WedataClient as Client2025

from tests.sandbox.sdk import PROJECT, SUBMIT, TASK, Connect, asked, assert_nothing_is_lost
from tests.support.sdk import answer_fields, nullable_paths
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

# Python 3.12 warns of a function of `datetime` that the SDK still calls.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

OF_2025 = ("GetTask", "GetTaskCode", "GetTaskVersion", "ListTaskVersions", "ListTasks", "GetOpsTaskCode")
OF_JOBS = ("BatchCreateTaskVersionAsync", "ListBatchDetail", "GetBatchDetailErrorLog")
FULL = {
    "TaskBaseAttribute": {"TaskDescription": "loads"},
    "TaskConfiguration": {
        "CodeContent": "U0VMRUNUIDE=",
        "TaskExtConfigurationList": [{"ParamKey": "a", "ParamValue": "1"}],
        "TaskSchedulingParameterList": [{"ParamKey": "a", "ParamValue": "1"}],
    },
    "TaskSchedulerConfiguration": {
        **{
            name: [{"TaskId": "7", "DependencyStrategy": {"PollingNullStrategy": "WAITING"}}]
            for name in (
                "UpstreamDependencyConfigList",
                "DownstreamDependencyConfigList",
                "DownStreamDependencyConfigList",
            )
        },
        "EventListenerList": [{"EventName": "e", "PropertiesList": [{"ParamKey": "a", "ParamValue": "1"}]}],
        "ParamTaskOutList": [{"ParamKey": "a", "ParamValue": "1"}],
        "ParamTaskInList": [{"ParamKey": "a", "FromTaskId": "7"}],
        "TaskOutputRegistryList": [{"TablePhysicalId": "t"}],
    },
}


def filled(site: str) -> Sandbox:
    """A task of which every list has an element, submitted in job 1 beside one that the job refused."""
    sandbox = Sandbox(WeData(site=site), rate=None)
    sandbox.wedata.set_task("2", TaskBehaviour("任务未配置数据源"))
    request = {"ProjectId": PROJECT, "TaskId": TASK, "NewSetting": FULL}
    sandbox.wedata.call("UpdateTaskPartially", "2025-08-06", request)
    tasks = [{"TaskId": TASK}, {"TaskId": "2"}]
    sandbox.wedata.call(SUBMIT, "2021-08-20", {"ProjectId": PROJECT, "Tasks": tasks})
    return sandbox


def request_of(action: str) -> dict[str, Any]:
    if action in {"ListBatchDetail", "GetBatchDetailErrorLog"}:
        resource = {"ResourceId": "2"} if action == "GetBatchDetailErrorLog" else {}
        return {"ProjectId": PROJECT, "JobId": 1, **resource}
    if action == SUBMIT:
        return {"ProjectId": PROJECT, "Tasks": [{"TaskId": TASK}]}
    kind = {"TaskVersionType": "SUBMIT"} if action == "ListTaskVersions" else {}
    return {"ProjectId": PROJECT, **({} if action == "ListTasks" else {"TaskId": TASK}), **kind}


def api_of(action: str) -> tuple[Any, Any, str]:
    return (models_2021, Client2021, "2021-08-20") if action in OF_JOBS else (models_2025, Client2025, "2025-08-06")


def read(client: Any, models: Any, action: str) -> Any:
    request = asked(getattr(models, f"{action}Request")(), **request_of(action))
    return getattr(client, action)(request)


@pytest.mark.parametrize("site", ["intl", "domestic"])
@pytest.mark.parametrize("action", [*OF_2025, "UpdateTaskPartially"])
def test_what_is_said_of_a_task_is_read_without_loss(connect: Connect, action: str, site: str) -> None:
    with filled(site) as sandbox:
        model = read(connect(sandbox, Client2025), models_2025, action)
        assert_nothing_is_lost(model, sandbox.wedata.call(action, "2025-08-06", request_of(action)))


@pytest.mark.parametrize("action", [*OF_2025, "UpdateTaskPartially", *OF_JOBS])
def test_every_documented_field_is_answered(action: str) -> None:
    models, _, version = api_of(action)
    with filled("domestic") as sandbox:
        answered = sandbox.wedata.call(action, version, request_of(action))
    documented = {one.path for one in answer_fields(models, action)}
    # An element of a saved list is answered as it was saved, and the example of a job has null for ExtraInfo.
    optional = re.compile(r"Data\.(Task\.)?Task\w+\.\w+List\.|\w+Resource\.ExtraInfo\.")
    assert {path for path in documented if not optional.match(path)} - set(paths(answered)) == set()
    assert set(paths(answered)) <= documented


@pytest.mark.parametrize("action", [*OF_2025, "UpdateTaskPartially", *OF_JOBS])
def test_every_field_that_may_be_null_can_be_and_the_sdk_reads_it(connect: Connect, action: str) -> None:
    models, kind, _ = api_of(action)
    with filled("domestic") as sandbox:
        client = connect(sandbox, kind)
        for path in nullable_paths(models, action):
            sandbox.fail_next(action, Fault.null(path))
            received = json.loads(read(client, models, action).to_json_string())
            assert set(values(received, path.split("."))) <= {None}


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    """The path of every field."""
    for part in value if isinstance(value, list) else [value]:
        for name, inner in part.items() if isinstance(part, dict) else ():
            yield f"{prefix}{name}"
            yield from paths(inner, f"{prefix}{name}.")


def values(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a path; lists stand for each of their elements."""
    if isinstance(value, list):
        for item in value:
            yield from values(item, path)
    elif path and isinstance(value, dict):
        yield from values(value.get(path[0]), path[1:])
    else:
        yield value
