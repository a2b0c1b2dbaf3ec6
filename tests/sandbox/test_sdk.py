"""The official SDK as a client: what it signs is accepted, and what the sandbox sends it deserialises without loss."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.retry import StandardRetryer
from tencentcloud.wedata.v20210820 import models as models_2021
from tencentcloud.wedata.v20250806 import models as models_2025
from tencentcloud.wedata.v20250806.wedata_client import WedataClient as Client2025

from tests.sandbox.sdk import PROJECT, SUBMIT, TASK, Connect, asked, assert_nothing_is_lost
from wedata_sandbox.behaviour import JobBehaviour, TaskBehaviour
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

# Python 3.12 warns of a function of `datetime` that the SDK still calls.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


def submit(client: Any, *task_ids: str) -> Any:
    request = models_2021.BatchCreateTaskVersionAsyncRequest()
    request.from_json_string(
        json.dumps({"ProjectId": PROJECT, "Tasks": [{"TaskId": t, "VersionRemark": "备注"} for t in task_ids]})
    )
    return client.BatchCreateTaskVersionAsync(request)


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
