import http.client
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.client import LIST, SUBMIT, call
from wedata_sandbox.faults import FORMS, Fault, Kind, Rule, parse
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


@pytest.mark.parametrize(("fault", "data"), [(Fault.null_data(), None), (Fault.null_job_id(), {"JobId": None})])
def test_a_success_can_lack_its_job(fault: Fault, data: object) -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, fault)
        assert call(sandbox).response["Data"] == data
        assert [seen.executed for seen in sandbox.wedata.submissions] == [True]


def test_a_refusal_stays_one_under_a_fault_that_hides_the_job() -> None:
    with Sandbox() as sandbox:
        sandbox.fail_next(SUBMIT, Fault.null_data())
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


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("reset", Rule(SUBMIT, Fault.reset())),
        ("reset-after:2", Rule(SUBMIT, Fault.reset(after=True), 2)),
        ("delay=1.5:3", Rule(SUBMIT, Fault.delay(1.5), 3)),
        ("http-after=502/4", Rule(SUBMIT, Fault.http(502, after=True), None, 4)),
        ("http=503:2/4@ListTaskVersions", Rule(LIST, Fault.http(503), 2, 4)),
        ("html", Rule(SUBMIT, Fault.html())),
        ("truncated", Rule(SUBMIT, Fault.truncated())),
        ("truncated-before", Rule(SUBMIT, Fault.truncated(after=False))),
        ("error=InvalidParameter.ServiceIsBusy", Rule(SUBMIT, Fault.error("InvalidParameter.ServiceIsBusy"))),
        ("error-after=InternalError", Rule(SUBMIT, Fault.error("InternalError", after=True))),
        ("null-data", Rule(SUBMIT, Fault.null_data())),
        ("null-job-id-before", Rule(SUBMIT, Fault.null_job_id(after=False))),
        ("drop-after@ListTaskVersions", Rule(LIST, Fault.drop(after=True))),
    ],
)
def test_a_fault_is_read_from_its_text(text: str, rule: Rule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "explode",
        "reset=1",
        "reset:0",
        "reset:x",
        "reset-after-after",
        "delay",
        "delay=soon",
        "delay-after=1",
        "delay=inf",
        "http",
        "http=200",
        "http=99999",
        "error",
        "error=not a code",
        "drop@",
        "drop/0",
        "Reset",
        "reset\n",
    ],
)
def test_another_text_is_refused_with_the_allowed_forms(text: str) -> None:
    with pytest.raises(ValueError, match="is not a fault") as caught:
        parse(text)
    assert FORMS in str(caught.value)


@settings(deadline=None)
@given(st.text(alphabet="resthmlpdoca-=:/@0123456789 .", max_size=30) | st.text())
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    refused = False
    try:
        rule = parse(text)
    except ValueError as error:
        refused = FORMS in str(error)
    assert refused or text.startswith(rule.fault.kind)


@settings(deadline=None)
@given(
    kind=st.sampled_from(sorted(set(Kind) - {Kind.DELAY, Kind.HTTP, Kind.ERROR})),
    after=st.booleans(),
    times=st.integers(min_value=1, max_value=10**9 - 1),
    every=st.integers(min_value=1, max_value=10**9 - 1),
)
def test_every_part_of_a_text_arrives(kind: Kind, after: bool, times: int, every: int) -> None:
    rule = parse(f"{kind}-{'after' if after else 'before'}:{times}/{every}@{LIST}")
    assert (rule.fault.kind, rule.fault.after) == (kind, after)
    assert (rule.action, rule.times, rule.every) == (LIST, times, every)
