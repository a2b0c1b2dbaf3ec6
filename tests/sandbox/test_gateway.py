import json
import time
import uuid
from collections.abc import Iterator

import pytest

from tests.sandbox.client import LIST, ONE_TASK, SUBMIT, Clock, call, exchange, signed_headers
from wedata_sandbox.api_request import MOST_BYTES
from wedata_sandbox.outcomes import Answer
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=None) as running:
        yield running


def test_a_signed_request_is_answered_with_a_job(sandbox: Sandbox) -> None:
    reply = call(sandbox)
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert isinstance(reply.response["Data"]["JobId"], int)
    assert str(uuid.UUID(reply.response["RequestId"])) == reply.response["RequestId"]


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_a_charset_makes_no_difference(sandbox: Sandbox, content_type: str) -> None:
    body = json.dumps(ONE_TASK).encode()
    headers = signed_headers(sandbox, SUBMIT, body, content_type=content_type)
    assert "Data" in exchange(sandbox, headers, body).response


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("GET", "/", "UnsupportedProtocol"), ("PUT", "/", "UnsupportedProtocol"), ("POST", "/v3", "InvalidRequest")],
)
def test_requests_are_posts_to_the_root(sandbox: Sandbox, method: str, path: str, code: str) -> None:
    body = json.dumps(ONE_TASK).encode()
    reply = exchange(sandbox, signed_headers(sandbox, SUBMIT, body), body, method, path)
    assert (reply.status, reply.code) == (200, code)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_another_content_type_is_refused(sandbox: Sandbox, content_type: str | None) -> None:
    assert call(sandbox, changed={"Content-Type": content_type}).code == "UnsupportedProtocol"


def test_a_body_of_ten_megabytes_passes_and_a_larger_one_does_not(sandbox: Sandbox) -> None:
    text = json.dumps(ONE_TASK).encode()
    body = text + b" " * (MOST_BYTES - len(text))
    assert "Data" in exchange(sandbox, signed_headers(sandbox, SUBMIT, body), body).response
    body += b" "
    assert exchange(sandbox, signed_headers(sandbox, SUBMIT, body), body).code == "RequestSizeLimitExceeded"


@pytest.mark.parametrize("header", ["Authorization", "X-TC-Action", "X-TC-Version", "X-TC-Timestamp", "X-TC-Region"])
def test_a_missing_header_is_named(sandbox: Sandbox, header: str) -> None:
    reply = call(sandbox, changed={header: None})
    assert reply.code == "MissingParameter"
    assert header in reply.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Authorization": "SKIP"}, "AuthFailure.InvalidAuthorization"),
        ({"X-TC-Token": "a-token"}, "AuthFailure.TokenFailure"),
        ({"X-TC-Version": "2020-01-01"}, "NoSuchVersion"),
        ({"X-TC-Action": "BatchCreateTaskVersion"}, "InvalidAction"),
        ({"X-TC-Action": LIST}, "InvalidAction"),
        ({"X-TC-Region": "ap-guangzhou"}, "UnsupportedRegion"),
        ({"X-TC-Timestamp": "soon"}, "InvalidParameterValue"),
        ({"Host": "wedata.intl.tencentcloudapi.com"}, "AuthFailure.SignatureFailure"),
        ({"Content-Type": "application/json"}, "AuthFailure.SignatureFailure"),
    ],
)
def test_a_bad_header_has_its_code(sandbox: Sandbox, changed: dict[str, str | None], code: str) -> None:
    reply = call(sandbox, changed=changed)
    assert (reply.status, reply.code) == (200, code)


def test_another_service_in_the_scope_is_refused(sandbox: Sandbox) -> None:
    body = json.dumps(ONE_TASK).encode()
    headers = signed_headers(sandbox, SUBMIT, body)
    headers["Authorization"] = headers["Authorization"].replace("/wedata/", "/cvm/")
    assert exchange(sandbox, headers, body).code == "AuthFailure.InvalidAuthorization"


def test_the_date_of_the_scope_is_that_of_the_timestamp(sandbox: Sandbox) -> None:
    body = json.dumps(ONE_TASK).encode()
    headers = signed_headers(sandbox, SUBMIT, body)
    headers["Authorization"] = signed_headers(sandbox, SUBMIT, body, timestamp=0)["Authorization"]
    assert exchange(sandbox, headers, body).code == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize("skew", [-310, 310])
def test_a_clock_more_than_five_minutes_off_is_refused(sandbox: Sandbox, skew: int) -> None:
    body = json.dumps(ONE_TASK).encode()
    headers = signed_headers(sandbox, SUBMIT, body, timestamp=int(time.time()) + skew)
    assert exchange(sandbox, headers, body).code == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize("skew", [-290, 290])
def test_a_clock_less_than_five_minutes_off_is_fine(sandbox: Sandbox, skew: int) -> None:
    body = json.dumps(ONE_TASK).encode()
    headers = signed_headers(sandbox, SUBMIT, body, timestamp=int(time.time()) + skew)
    assert "Data" in exchange(sandbox, headers, body).response


def test_a_changed_body_breaks_the_signature(sandbox: Sandbox) -> None:
    body = json.dumps(ONE_TASK).encode()
    headers = signed_headers(sandbox, SUBMIT, body)
    assert exchange(sandbox, headers, body.replace(b"test", b"tesT")).code == "AuthFailure.SignatureFailure"


def test_an_unknown_secret_id_is_not_found(sandbox: Sandbox) -> None:
    with Sandbox() as other:
        body = json.dumps(ONE_TASK).encode()
        headers = signed_headers(other, SUBMIT, body)
        assert exchange(sandbox, headers, body).code == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"ProjectId": NaN}', b'{"ProjectId": "\xff"}', b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_refused(sandbox: Sandbox, body: bytes) -> None:
    assert exchange(sandbox, signed_headers(sandbox, SUBMIT, body), body).code == "InvalidParameter"


def test_half_a_surrogate_pair_in_a_remark_is_survived(sandbox: Sandbox) -> None:
    task = {"ProjectId": "1", "TaskId": "half"}
    call(sandbox, SUBMIT, {"ProjectId": "1", "Tasks": [{"TaskId": "half", "VersionRemark": "\ud83d"}]})
    reply = call(sandbox, LIST, {**task, "TaskVersionType": "SUBMIT"})
    assert [item["VersionRemark"] for item in reply.response["Data"]["Items"]] == ["?"]


def test_temporary_credentials_want_their_token() -> None:
    with Sandbox(token="the-token") as sandbox:
        assert "Data" in call(sandbox).response
        assert call(sandbox, changed={"X-TC-Token": None}).code == "AuthFailure.TokenFailure"
        assert call(sandbox, changed={"X-TC-Token": "another"}).code == "AuthFailure.TokenFailure"
        assert len(sandbox.wedata.submissions) == 1


def test_the_domestic_site_takes_any_well_formed_region() -> None:
    with Sandbox(WeData(site="domestic")) as sandbox:
        assert "Data" in call(sandbox, changed={"X-TC-Region": "ap-shanghai-fsi"}).response
        assert call(sandbox, changed={"X-TC-Region": "Shanghai"}).code == "UnsupportedRegion"


def test_an_action_takes_so_many_requests_in_any_second() -> None:
    start = float(int(time.time()))
    clock = Clock(start)
    with Sandbox(WeData(now=clock), rate=3) as sandbox:
        codes = []
        for clock.seconds in (start, start + 0.25, start + 0.5, start + 0.75, start + 1.0, start + 1.125):
            codes.append(call(sandbox).response.get("Error", {}).get("Code", "ok"))
        assert codes == ["ok", "ok", "ok", "RequestLimitExceeded", "ok", "RequestLimitExceeded"]
        listed = call(sandbox, LIST, {"ProjectId": "1", "TaskId": "1"})
        assert "Data" in listed.response
        assert len(sandbox.wedata.submissions) == 4


def test_what_is_refused_never_reaches_the_service(sandbox: Sandbox) -> None:
    before = len(sandbox.wedata.submissions)
    call(sandbox, changed={"Authorization": "SKIP"})
    assert len(sandbox.wedata.submissions) == before
    assert sandbox.gateway.calls[-1].result == "AuthFailure.InvalidAuthorization"


def test_the_gateway_answers_without_a_socket() -> None:
    sandbox = Sandbox(WeData(now=Clock()))
    with sandbox:
        body = json.dumps(ONE_TASK).encode()
        headers = signed_headers(sandbox, SUBMIT, body, timestamp=int(Clock().seconds))
        outcome = sandbox.gateway.handle("POST", "/", headers, body)
    assert isinstance(outcome, Answer)
    assert json.loads(outcome.body)["Response"]["Data"] == {"JobId": 1}


def test_the_newer_version_is_offered_in_more_regions() -> None:
    with Sandbox() as sandbox:
        hongkong = {"X-TC-Region": "ap-hongkong"}
        key = {"ProjectId": ONE_TASK["ProjectId"], "TaskId": "1"}
        assert "Data" in call(sandbox, LIST, key, changed=hongkong).response
        assert call(sandbox, changed=hongkong).code == "UnsupportedRegion"
