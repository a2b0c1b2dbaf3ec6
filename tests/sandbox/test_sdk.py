"""The official SDK as a client: what it signs is accepted, and what the sandbox sends it deserialises without loss."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.common.retry import StandardRetryer
from tencentcloud.wedata.v20210820 import models as models_2021
from tencentcloud.wedata.v20210820.wedata_client import WedataClient as Client2021
from tencentcloud.wedata.v20250806 import models as models_2025
from tencentcloud.wedata.v20250806.wedata_client import WedataClient as Client2025

from tests.support.sdk import answer_fields, nullable_paths
from wedata_sandbox.behaviour import JobBehaviour, TaskBehaviour
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

# Python 3.12 warns of a function of `datetime` that the SDK still calls.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

PROJECT = "1470547050521227264"
SUBMIT = "BatchCreateTaskVersionAsync"
TASK = "20250227112817430"
Connect = Callable[..., Any]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Makes clients of a sandbox, and closes their connections afterwards."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    clients = []

    def build(sandbox: Sandbox, kind: Any = Client2021, retryer: object = None, **changed: str) -> Any:
        keys = {"secret_id": sandbox.secret_id, "secret_key": sandbox.secret_key, "token": sandbox.token} | changed
        address = sandbox.endpoint.removeprefix("http://")
        http = HttpProfile(protocol="http", endpoint=address, reqTimeout=10)
        profile = ClientProfile(httpProfile=http, language="en-US", retryer=retryer)
        client = kind(credential.Credential(*keys.values()), "ap-singapore", profile)
        clients.append(client)
        return client

    yield build
    for client in clients:
        client.request.conn._session.close()


def submit(client: Any, *task_ids: str) -> Any:
    request = models_2021.BatchCreateTaskVersionAsyncRequest()
    request.from_json_string(
        json.dumps({"ProjectId": PROJECT, "Tasks": [{"TaskId": t, "VersionRemark": "备注"} for t in task_ids]})
    )
    return client.BatchCreateTaskVersionAsync(request)


def asked(request: Any, **fields: object) -> Any:
    request.from_json_string(json.dumps(fields))
    return request


def assert_nothing_is_lost(model: Any, sent: dict[str, Any]) -> None:
    received = json.loads(model.to_json_string())
    assert received.pop("RequestId")
    assert without_added_nulls(received, sent) == sent


def without_added_nulls(received: Any, sent: Any) -> Any:
    """The SDK adds the fields of a model that were not sent, as null."""
    if isinstance(received, dict) and isinstance(sent, dict):
        kept = {name: value for name, value in received.items() if value is not None or name in sent}
        return {name: without_added_nulls(value, sent.get(name)) for name, value in kept.items()}
    if isinstance(received, list) and isinstance(sent, list) and len(received) == len(sent):
        return [without_added_nulls(*pair) for pair in zip(received, sent, strict=True)]
    return received


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(TencentCloudSDKException) as caught:
        call()
    code: str = caught.value.get_code()
    return code


def test_a_submission_is_answered_with_its_job(connect: Connect) -> None:
    with Sandbox() as sandbox:
        answer = submit(connect(sandbox), TASK)
        assert_nothing_is_lost(answer, {"Data": {"JobId": 1}})
        assert sandbox.wedata.versions(PROJECT, TASK)[0].remark == "备注"


def test_temporary_credentials_work_with_their_token(connect: Connect) -> None:
    with Sandbox(token="the-token") as sandbox:
        assert submit(connect(sandbox), TASK).Data.JobId == 1
        assert code_of(lambda: submit(connect(sandbox, token=""), TASK)) == "AuthFailure.TokenFailure"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDwrong"}, "AuthFailure.SecretIdNotFound"),
        ({"token": "unasked"}, "AuthFailure.TokenFailure"),
    ],
)
def test_wrong_credentials_fail(connect: Connect, changed: dict[str, str], code: str) -> None:
    with Sandbox() as sandbox:
        assert code_of(lambda: submit(connect(sandbox, **changed), TASK)) == code
        assert sandbox.wedata.submissions == ()


@pytest.mark.parametrize("skew", [-400, 400])
def test_an_expired_clock_fails(connect: Connect, skew: int) -> None:
    with Sandbox(WeData(now=lambda: time.time() + skew)) as sandbox:
        assert code_of(lambda: submit(connect(sandbox), TASK)) == "AuthFailure.SignatureExpire"


def test_an_action_that_the_site_lacks_fails(connect: Connect) -> None:
    with Sandbox() as sandbox:
        request = asked(models_2021.ListBatchDetailRequest(), JobId=1, ProjectId=PROJECT)
        assert code_of(lambda: connect(sandbox).ListBatchDetail(request)) == "InvalidAction"


@pytest.mark.parametrize(
    "behaviour",
    [JobBehaviour(), JobBehaviour(seconds=60), JobBehaviour(status=None, need_approve=None, total=0, null_lists=True)],
)
def test_a_job_is_read_without_loss(connect: Connect, behaviour: JobBehaviour) -> None:
    with Sandbox(WeData(site="domestic")) as sandbox:
        sandbox.wedata.set_jobs(behaviour)
        sandbox.wedata.set_task("2", TaskBehaviour(refusal="任务未配置数据源"))
        client = connect(sandbox)
        submit(client, TASK, "2")
        key = {"JobId": 1, "ProjectId": PROJECT}
        detail = client.ListBatchDetail(asked(models_2021.ListBatchDetailRequest(), **key))
        assert_nothing_is_lost(detail, sandbox.wedata.call("ListBatchDetail", "2021-08-20", key))


def test_an_error_log_is_read_without_loss(connect: Connect) -> None:
    with Sandbox(WeData(site="domestic")) as sandbox:
        sandbox.wedata.set_task(TASK, TaskBehaviour(refusal="任务未配置数据源"))
        client = connect(sandbox)
        submit(client, TASK, "2")
        for task_id, text in ((TASK, "任务未配置数据源"), ("2", None)):
            request = asked(models_2021.GetBatchDetailErrorLogRequest(), JobId=1, ProjectId=PROJECT, ResourceId=task_id)
            assert_nothing_is_lost(client.GetBatchDetailErrorLog(request), {"Data": text})


@pytest.mark.parametrize("version_type", ["SAVE", "SUBMIT"])
def test_versions_are_read_without_loss(connect: Connect, version_type: str) -> None:
    with Sandbox() as sandbox:
        client = connect(sandbox)
        for behaviour in (TaskBehaviour(), TaskBehaviour(approve_status=None, status=None), TaskBehaviour("no")):
            sandbox.wedata.set_task(TASK, behaviour)
            submit(client, TASK)
        key = {"ProjectId": PROJECT, "TaskId": TASK, "TaskVersionType": version_type}
        listed = connect(sandbox, Client2025).ListTaskVersions(asked(models_2025.ListTaskVersionsRequest(), **key))
        sent = sandbox.wedata.call("ListTaskVersions", "2025-08-06", key)
        assert len(sent["Data"]["Items"]) == (1 if version_type == "SAVE" else 2)
        assert_nothing_is_lost(listed, sent)


def test_one_version_is_read_without_loss(connect: Connect) -> None:
    with Sandbox() as sandbox:
        submit(connect(sandbox), TASK)
        key = {"ProjectId": PROJECT, "TaskId": TASK}
        model = connect(sandbox, Client2025).GetTaskVersion(asked(models_2025.GetTaskVersionRequest(), **key))
        assert_nothing_is_lost(model, sandbox.wedata.call("GetTaskVersion", "2025-08-06", key))


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


def test_the_retryer_of_the_sdk_submits_again_what_already_succeeded(connect: Connect) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.http(502))
        client = connect(sandbox, retryer=StandardRetryer(max_attempts=3, backoff_fn=lambda _: 0))
        assert code_of(lambda: submit(client, TASK)) == "ServerNetworkError"
        assert [seen.executed for seen in sandbox.wedata.submissions] == [False, True, True]
        assert len(sandbox.wedata.versions(PROJECT, TASK)) == 2


def test_without_a_retryer_a_reset_after_the_effect_is_sent_once(connect: Connect) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.reset(after=True))
        assert code_of(lambda: submit(connect(sandbox), TASK)) == "ClientNetworkError"
        assert len(sandbox.wedata.versions(PROJECT, TASK)) == 1
