"""The client against the sandbox: what it sends is accepted, and each answer is told apart."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.simulation.clock import SimulatedClock
from tests.tencent.caller import Caller
from wedata_action.clock import Clock
from wedata_action.tencent.calls import V2021, V2025
from wedata_action.tencent.client import Client
from wedata_action.tencent.credentials import Credentials
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox

SUBMIT = "BatchCreateTaskVersionAsync"
PAYLOAD = {"ProjectId": "1470547050521227264", "Tasks": [{"TaskId": "20250227112817430", "VersionRemark": "备注 é"}]}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=None) as sandbox:
        yield sandbox


def client_of(caller: Caller, sandbox: Sandbox, **changed: Any) -> Client:
    keys = Credentials(sandbox.secret_id, sandbox.secret_key, sandbox.token or None)
    return caller.client(sandbox.endpoint, **({"credentials": keys} | changed))


def failure(client: Client, action: str = SUBMIT, version: str = V2021, payload: object = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client.call(action, version, PAYLOAD if payload is None else payload)  # type: ignore[arg-type] # a test's own
    return caught.value


def test_a_signed_call_is_accepted(caller: Caller, sandbox: Sandbox) -> None:
    response = client_of(caller, sandbox).call(SUBMIT, V2021, PAYLOAD)
    assert response["Data"] == {"JobId": 1}
    assert response["RequestId"] == sandbox.gateway.calls[0].request_id
    assert sandbox.wedata.versions("1470547050521227264", "20250227112817430")[0].remark == "备注 é"


def test_temporary_keys_are_accepted_with_their_token(caller: Caller) -> None:
    with Sandbox(token="temporary-token") as sandbox:
        assert client_of(caller, sandbox).call(SUBMIT, V2021, PAYLOAD)["Data"] == {"JobId": 1}


def test_a_text_that_utf_8_cannot_carry_is_sent_with_a_question_mark(caller: Caller, sandbox: Sandbox) -> None:
    tasks = [{"TaskId": "1", "VersionRemark": "half a pair: \ud83d"}]
    client_of(caller, sandbox).call(SUBMIT, V2021, {"ProjectId": "p1", "Tasks": tasks})
    assert sandbox.wedata.versions("p1", "1")[0].remark == "half a pair: ?"


def test_a_wrong_key_is_an_auth_failure(caller: Caller, sandbox: Sandbox) -> None:
    wrong = Credentials(sandbox.secret_id, "another-key")
    error = failure(client_of(caller, sandbox, credentials=wrong))
    assert (error.code, error.verdict) == ("AuthFailure.SignatureFailure", Verdict.NOT_EXECUTED)
    assert error.request_id == sandbox.gateway.calls[0].request_id


@pytest.mark.parametrize("minutes", [-61, 10])
def test_a_wrong_clock_is_an_auth_failure_that_is_explained(caller: Caller, sandbox: Sandbox, minutes: int) -> None:
    off = replace(Clock(), now=lambda: time.time() + 60.0 * minutes)
    error = failure(client_of(caller, sandbox, clock=off))
    assert error.code == "AuthFailure.SignatureExpire"
    assert "must agree with Tencent Cloud's to within 5 minutes" in error.message


@pytest.mark.parametrize(
    "code",
    [
        "AuthFailure.UnauthorizedOperation",
        "UnauthorizedOperation.UserNotInProject",
        "RequestLimitExceeded.UinLimitExceeded",
        "RequestSizeLimitExceeded",
        "InvalidParameter.MaxLimitExceeded",
        "InvalidParameter.ServiceIsBusy",
        "ResourceNotFound",
        "FailedOperation",
        "FailedOperation.ConnectionTimeOutError",
        "InternalError",
        "LimitExceeded",
        "NobodyListedThis",
    ],
)
def test_an_error_keeps_the_services_code_and_words(caller: Caller, sandbox: Sandbox, code: str) -> None:
    sandbox.fail_next(SUBMIT, Fault.error(code, "任务不存在"))
    error = failure(client_of(caller, sandbox))
    assert (error.code, error.message, error.verdict) == (code, "任务不存在", verdict_of(code))
    assert str(error).startswith(f"WeData answered {code}: 任务不存在")
    assert error.request_id == sandbox.gateway.calls[0].request_id


def test_a_missing_permission_is_answered_with_the_cam_action_of_the_call(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation.CamNoAuth", "you are not authorized."))
    error = failure(client_of(caller, sandbox))
    assert error.message == "you are not authorized."
    assert str(error).startswith(
        "WeData answered UnauthorizedOperation.CamNoAuth: you are not authorized. Allow the user of these keys the CAM "
        f"action wedata:{SUBMIT}, and "
    )


def test_what_the_gateway_does_not_know_is_not_executed(caller: Caller, sandbox: Sandbox) -> None:
    client = client_of(caller, sandbox)
    assert failure(client, "NoSuchAction").code == "InvalidAction"
    assert failure(client, version="1999-01-01").code == "NoSuchVersion"
    assert failure(client, payload={"Bogus": 1}).verdict is not Verdict.OPEN
    assert sandbox.wedata.versions("1470547050521227264", "20250227112817430") == ()


CUT = "the request was sent, but no complete answer came: "
RESET = f"{CUT}connection reset by peer"
OPEN_FAULTS = [
    (Fault.http(502), "HTTP 502", "HTTP 502 came instead of WeData's answer, probably from a proxy: <html>"),
    (Fault.http(502, after=True), "HTTP 502", "HTTP 502 came instead"),
    (Fault.http(403), "HTTP 403", "HTTP 403 came instead"),
    (
        Fault.html(),
        "MalformedAnswer",
        "the answer is not WeData's JSON, probably a proxy's page: <html>",
    ),
    (Fault.truncated(), "NoAnswer", f"{CUT}the answer broke off"),
    (Fault.reset(), "NoAnswer", RESET),
    (
        Fault.reset(after=True),
        "NoAnswer",
        RESET,
    ),
]


@pytest.mark.parametrize(("fault", "code", "words"), OPEN_FAULTS, ids=lambda value: str(value)[:24])
def test_what_leaves_it_open_says_so(caller: Caller, sandbox: Sandbox, fault: Fault, code: str, words: str) -> None:
    sandbox.fail_next(SUBMIT, fault)
    error = failure(client_of(caller, sandbox))
    assert (error.verdict, error.code, error.connected) == (Verdict.OPEN, code, True)
    # Which of the two a reset is depends on whether it comes before or after the client begins to read.
    assert error.message.replace("the connection was closed", "connection reset by peer").startswith(words)


@pytest.mark.parametrize("fault", [Fault.drop(), Fault.drop(after=True), Fault.delay(5)], ids=str)
def test_an_answer_that_does_not_come_in_time_is_open(caller: Caller, sandbox: Sandbox, fault: Fault) -> None:
    sandbox.fail_next(SUBMIT, fault)
    error = failure(client_of(caller, sandbox, seconds=0.3))
    assert (error.verdict, error.code) == (Verdict.OPEN, "NoAnswer")
    assert error.message == "the request was sent, but no complete answer came: timed out"


def test_nothing_is_sent_twice_whatever_comes_back(caller: Caller, sandbox: Sandbox) -> None:
    client = client_of(caller, sandbox, seconds=0.5)
    faults = [Fault.reset(), Fault.http(503), Fault.drop(), Fault.error("RequestLimitExceeded"), Fault.truncated()]
    for number, fault in enumerate(faults, start=1):
        sandbox.fail_next(SUBMIT, fault)
        failure(client)
        assert len(sandbox.gateway.calls) == number


def test_every_call_keeps_the_rate_of_its_action_a_failed_one_too(caller: Caller, sandbox: Sandbox) -> None:
    time = SimulatedClock()
    clock = time.started(random.Random(0), lambda: None)
    client = client_of(caller, sandbox, clock=replace(clock, now=Clock().now), per_second=2)
    starts = []
    sandbox.fail_next(SUBMIT, Fault.error("RequestLimitExceeded"))
    failure(client)
    starts.append(time.seconds)
    for _ in range(3):
        client.call(SUBMIT, V2021, PAYLOAD)
        starts.append(time.seconds)
    assert starts[1] == starts[0]
    assert starts[2] > starts[0] + 1
    client.call("ListTaskVersions", V2025, {"ProjectId": "1", "TaskId": "1", "TaskVersionType": "SUBMIT"})
    assert time.seconds == starts[3]


def test_null_data_is_passed_on(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.fail_next(SUBMIT, Fault.null("Data"))
    assert client_of(caller, sandbox).call(SUBMIT, V2021, PAYLOAD)["Data"] is None


def test_the_debug_log_shows_request_and_answer_without_the_headers(caller: Caller, sandbox: Sandbox) -> None:
    client_of(caller, sandbox).call(SUBMIT, V2021, PAYLOAD)
    request, answer = caller.debugs
    assert request.startswith(f"{SUBMIT} {V2021} to 127.0.0.1:")
    assert "备注 é" in request
    assert answer.startswith(f'{SUBMIT} answered HTTP 200: {{"Response"')
    assert "TC3" not in request + answer
    assert sandbox.secret_id not in request + answer
