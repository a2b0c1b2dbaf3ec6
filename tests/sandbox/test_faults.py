import dataclasses
import http.client
import json
import time
from pathlib import Path

import pytest

from tests.sandbox.client import LIST, ONE_TASK, SUBMIT, call
from wedata_sandbox.faults import Fault, Rule
from wedata_sandbox.server import Sandbox

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_ends_the_connection(after: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.reset(after=after))
        with pytest.raises(ConnectionResetError):
            call(sandbox)
        assert [seen.executed for seen in sandbox.wedata.submissions] == [after]
        assert "Data" in call(sandbox).response


@pytest.mark.parametrize("after", [False, True])
def test_a_dropped_request_runs_into_the_read_timeout(after: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.drop(after=after))
        with pytest.raises(TimeoutError):
            call(sandbox, timeout=0.3)
        assert [seen.executed for seen in sandbox.wedata.submissions] == [after]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("fault", "status"), [(Fault.http(502), 502), (Fault.html(), 200)])
def test_a_proxy_can_answer_with_a_page(fault: Fault, status: int, after: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault(fault.kind, after, status=fault.status))
        reply = call(sandbox)
        assert (reply.status, reply.content_type) == (status, "text/html; charset=utf-8")
        assert reply.body.startswith(b"<html>")
        assert [seen.executed for seen in sandbox.wedata.submissions] == [after]


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_can_break_off(after: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.truncated(after=after))
        with pytest.raises(http.client.IncompleteRead) as caught:
            call(sandbox)
        assert caught.value.partial.startswith(b'{"Response"')
        assert [seen.executed for seen in sandbox.wedata.submissions] == [after]


@pytest.mark.parametrize("after", [False, True])
def test_the_api_can_answer_with_any_error(after: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.error("InternalError", "Try again.", after=after))
        assert call(sandbox).response["Error"] == {"Code": "InternalError", "Message": "Try again."}
        assert [seen.executed for seen in sandbox.wedata.submissions] == [after]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("fault", "data"),
    [
        (Fault.null("Data"), None),
        (Fault.null("Data.JobId"), {"JobId": None}),
        (Fault.put("Data.JobId", "7"), {"JobId": "7"}),
        (Fault.missing("Data.JobId"), {}),
    ],
)
def test_a_field_can_be_null_or_missing_or_odd(fault: Fault, data: object, after: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, dataclasses.replace(fault, after=after))
        assert call(sandbox).response["Data"] == data
        assert [seen.executed for seen in sandbox.wedata.submissions] == [after]


@pytest.mark.parametrize(
    ("path", "numbers"), [("Data.Items.VersionNum", [None, None]), ("Data.Items.1.VersionNum", ["V2", None])]
)
def test_a_field_can_be_null_in_every_item_or_in_one(path: str, numbers: list[str | None]) -> None:
    with Sandbox() as sandbox:
        call(sandbox)
        call(sandbox)
        sandbox.fail_next(LIST, Fault.null(path))
        task = {"ProjectId": ONE_TASK["ProjectId"], "TaskId": ONE_TASK["Tasks"][0]["TaskId"]}
        items = call(sandbox, LIST, {**task, "TaskVersionType": "SUBMIT"}).response["Data"]["Items"]
        assert [item["VersionNum"] for item in items] == numbers


def test_a_refusal_stays_one_under_a_fault_that_changes_a_field() -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.null("Data"))
        assert call(sandbox, params={"ProjectId": "1"}).code == "MissingParameter"


def test_a_delayed_answer_comes_late_and_the_effect_at_once() -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.delay(0.3))
        began = time.monotonic()
        assert "Data" in call(sandbox).response
        assert time.monotonic() - began >= 0.3
        sandbox.fail_next(SUBMIT, Fault.delay(60))
        with pytest.raises(TimeoutError):
            call(sandbox, timeout=0.2)
        assert [seen.executed for seen in sandbox.wedata.submissions] == [True, True]


def test_faults_strike_one_after_another_and_only_their_action() -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.error("InternalError"), times=2)
        sandbox.fail_next(SUBMIT, Fault.error("ServiceUnavailable"))
        assert "Data" in call(sandbox, LIST, {"ProjectId": "1", "TaskId": "1"}).response
        codes = [call(sandbox).response.get("Error", {}).get("Code") for _ in range(4)]
        assert codes == ["InternalError", "InternalError", "ServiceUnavailable", None]


def test_a_fault_can_strike_every_third_call() -> None:
    rule = Rule(SUBMIT, Fault.reset(), times=None, every=3)
    assert [rule.take() is not None for _ in range(7)] == [False, False, True, False, False, True, False]
    twice = Rule(SUBMIT, Fault.reset(), times=2, every=2)
    assert [twice.take() is not None for _ in range(7)] == [False, True, False, True, False, False, False]


def test_both_documented_examples_are_answered_as_documented() -> None:
    with Sandbox() as sandbox:
        for number in (1, 2):
            request = json.loads((FIXTURES / f"submit-{number}.request.json").read_bytes())
            documented = json.loads((FIXTURES / f"submit-{number}.response.json").read_bytes())["Response"]
            if "Error" in documented:
                sandbox.fail_next(SUBMIT, Fault.error(documented["Error"]["Code"], documented["Error"]["Message"]))
            answered = call(sandbox, params=request).response
            assert {**answered, "RequestId": ""} == {**documented, "RequestId": ""}
