"""AssumeRoleWithWebIdentity through the client: against the sandbox, and against what a proxy makes of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sockets import answering, listening, page, read_request
from tests.tencent.caller import Caller
from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.tencent.calls import V2021
from wedata_action.tencent.credentials import Credentials
from wedata_action.tencent.sts import ACTION, Role, assume_role, is_role_arn, session_name
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_sandbox import oidc
from wedata_sandbox.faults import Fault
from wedata_sandbox.keyless import Keyless
from wedata_sandbox.server import Sandbox
from wedata_sandbox.sts import Role as CamRole

ARN = CamRole().arn
AUDIENCE = "sts.intl.tencentcloudapi.com"
ROLE = Role(ARN, "github-actions", "octocat-warehouse@7100.1", AUDIENCE)
PAYLOAD = {"ProjectId": "1470547050521227264", "Tasks": [{"TaskId": "20250227112817430"}]}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=None) as sandbox:
        yield sandbox


@pytest.fixture
def keyless(sandbox: Sandbox) -> Iterator[Keyless]:
    with Keyless(sandbox.gateway) as keyless:
        yield keyless


def token_of(keyless: Keyless, audience: str = AUDIENCE) -> str:
    clock = Clock()
    return oidc.signed(keyless.job.claims(keyless.issuer, audience, int(clock.now())), oidc.process_key())


def sign_in(caller: Caller, endpoint: str, token: str = "t0ken-of-example", role: Role = ROLE) -> Credentials:
    sleeps: list[float] = []
    clock = Clock(sleep=sleeps.append, random=random.Random(1))
    client = caller.client(endpoint, credentials=None, clock=clock)
    return assume_role(client.call, role, token, clock)


def refusal(caller: Caller, endpoint: str, token: str = "t0ken-of-example", role: Role = ROLE) -> ApiError:
    with pytest.raises(ApiError) as caught:
        sign_in(caller, endpoint, token, role)
    assert caught.value.verdict is Verdict.NOT_EXECUTED
    return caught.value


def test_the_keys_of_the_role_are_accepted_by_wedata(caller: Caller, sandbox: Sandbox, keyless: Keyless) -> None:
    temporary = sign_in(caller, keyless.endpoint, token_of(keyless))
    assert 3590 < temporary.expires - Clock().now() <= 3600
    client = caller.client(sandbox.endpoint, credentials=temporary)
    assert client.call("BatchCreateTaskVersionAsync", V2021, PAYLOAD)["Data"] == {"JobId": 1}
    assert keyless.sts.sessions == ["octocat-warehouse@7100.1"]


def test_another_audience_is_refused_with_what_to_compare(caller: Caller, keyless: Keyless) -> None:
    role = Role(ARN, "github-actions", "s@1", "another")
    error = refusal(caller, keyless.endpoint, token_of(keyless, "another"), role)
    assert (error.reason, error.retryable) == (Reason.AUTH, False)
    assert "InvalidParameter.WebIdentityTokenError" in error.message
    assert "its client ids must include oidc-audience another" in error.message
    assert re.search(r"RequestId [0-9a-f-]{36}\)", error.message)


def test_the_default_audience_is_called_so(caller: Caller, keyless: Keyless) -> None:
    error = refusal(caller, keyless.endpoint, token_of(keyless, ""), Role(ARN, "github-actions", "s@1"))
    assert "its client ids must include GitHub's default audience (oidc-audience is unset)" in error.message


def test_a_role_that_does_not_trust_the_workflow_says_where_to_look(caller: Caller, sandbox: Sandbox) -> None:
    job, trusted = oidc.Job(ref="refs/heads/feature"), {"sub": ("repo:example/warehouse:ref:refs/heads/main",)}
    with Keyless(sandbox.gateway, job=job, role=CamRole(trusted=trusted)) as keyless:
        error = refusal(caller, keyless.endpoint, token_of(keyless))
    assert error.reason is Reason.AUTH
    assert "the trust policy of the role does not let this workflow assume it" in error.message


def test_an_unknown_provider_and_an_unknown_role_are_named(caller: Caller, keyless: Keyless) -> None:
    token = token_of(keyless)
    error = refusal(caller, keyless.endpoint, token, Role(ARN, "github", "s@1", AUDIENCE))
    assert "the role's account has no identity provider github (oidc-provider)" in error.message
    assert error.reason is Reason.AUTH
    error = refusal(caller, keyless.endpoint, token, Role(f"{ARN}-2", "github-actions", "s@1", AUDIENCE))
    assert "the account has no such role (role-arn)" in error.message
    assert error.reason is Reason.AUTH


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("InternalError.GetRoleError", Reason.AUTH),
        ("InternalError.SystemError", Reason.UNREACHABLE),
        ("RequestLimitExceeded", Reason.THROTTLED),
        ("UnauthorizedOperation.Anything", Reason.AUTH),
        ("AuthFailure.InvalidAuthorization", Reason.AUTH),
        ("UnsupportedRegion", Reason.AUTH),
        ("NobodyListedThis", Reason.UNREACHABLE),
    ],
)
def test_each_error_ends_the_sign_in_for_a_reason(caller: Caller, keyless: Keyless, code: str, reason: Reason) -> None:
    keyless.fail_next(ACTION, Fault.error(code, "words of the service"), times=None)
    error = refusal(caller, keyless.endpoint, token_of(keyless))
    assert error.reason is reason
    assert f"{code}: words of the service" in error.message


@pytest.mark.parametrize(
    "fault", [Fault.error("InternalError.SystemError"), Fault.http(503), Fault.reset(), Fault.truncated()], ids=str
)
def test_what_may_pass_is_tried_four_times(caller: Caller, keyless: Keyless, fault: Fault) -> None:
    keyless.fail_next(ACTION, fault, times=3)
    assert sign_in(caller, keyless.endpoint, token_of(keyless)).token
    keyless.fail_next(ACTION, fault, times=4)
    error = refusal(caller, keyless.endpoint, token_of(keyless))
    assert (error.reason, error.retryable) == (Reason.UNREACHABLE, True)


def test_a_refusal_is_not_tried_again(caller: Caller, keyless: Keyless) -> None:
    keyless.fail_next(ACTION, Fault.error("UnauthorizedOperation"), times=1)
    refusal(caller, keyless.endpoint, token_of(keyless))
    assert keyless.sts.sessions == []


def test_where_nobody_listens_the_host_is_named(caller: Caller) -> None:
    error = refusal(caller, "http://127.0.0.1:9")
    assert (error.reason, error.retryable) == (Reason.UNREACHABLE, True)
    assert "no connection to 127.0.0.1:9" in error.message


SPOILT = [
    b'{"Response": {"Credentials": {"TmpSecretKey": "s3cret-of-a-role", "RequestId": "r-1"',
    b'{"Response": {"Credentials": {"TmpSecretKey": "s3cret-of-a-role"}, "ExpiredTime": 99999999999}}',
    b'{"Response": {"Credentials": null, "x": "s3cret-of-a-role", "ExpiredTime": 99999999999}}',
    b'{"Response": {"Credentials": ["s3cret-of-a-role"]}}',
    b'{"Response": ["s3cret-of-a-role"]}',
    b'{"Response": {"Error": "s3cret-of-a-role"}}',
    (
        b'{"Response": {"Credentials": {"TmpSecretId": "id-of-a-role", "TmpSecretKey": "s3cret-of-a-role",'
        b' "Token": "a b"}, "ExpiredTime": 99999999999}}'
    ),
    (
        b'{"Response": {"Credentials": {"TmpSecretId": "id-of-a-role", "TmpSecretKey": "s3cret-of-a-role",'
        b' "Token": "t0ken-of-a-role"}, "ExpiredTime": 1}}'
    ),
    b"<html>s3cret-of-a-role</html>",
]


@pytest.mark.parametrize("content", SPOILT, ids=len)
@pytest.mark.parametrize("status", ["200 OK", "502 Bad Gateway", "302 Found"])
def test_nothing_of_a_spoilt_answer_is_shown(caller: Caller, content: bytes, status: str) -> None:
    with listening(answering(page(content, status, "Location: http://127.0.0.1:9/"))) as port:
        error = refusal(caller, f"http://127.0.0.1:{port}")
    assert error.message.startswith(f"no temporary keys of {ARN}: STS: ")
    assert "s3cret" not in error.message
    assert error.__cause__ is None


def test_the_request_is_the_one_that_is_documented(caller: Caller) -> None:
    seen: list[bytes] = []
    with listening(lambda connection: seen.append(read_request(connection))) as port, pytest.raises(ApiError):
        sign_in(caller, f"http://127.0.0.1:{port}")
    head, _, body = seen[0].decode().partition("\r\n\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.split("\r\n")[1:])}
    assert head.startswith("POST / HTTP/1.1")
    assert headers["authorization"] == "SKIP"
    assert headers["x-tc-action"] == "AssumeRoleWithWebIdentity"
    assert headers["x-tc-version"] == "2018-08-13"
    assert headers["x-tc-region"] == "ap-singapore"
    assert "x-tc-token" not in headers
    assert body == (
        '{"ProviderId":"github-actions","WebIdentityToken":"t0ken-of-example",'
        f'"RoleArn":"{ARN}","RoleSessionName":"octocat-warehouse@7100.1","DurationSeconds":3600}}'
    )


@pytest.mark.parametrize(
    "arn",
    [
        "qcs::cam::uin/100000000001:roleName/wedata-submit",
        "qcs::cam::uin/1:roleName/team/wedata_submit",
        "qcs::cam::uin/12345678:role/4611686018427397919",
        "qcs::cam::uin/12345678:role/tencentcloudServiceRoleName/testServiceRoleName",
    ],
)
def test_the_forms_of_a_role_are_known(arn: str) -> None:
    assert is_role_arn(arn)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "wedata-submit",
        "arn:aws:iam::123456789012:role/wedata",
        "qcs::cam::uin/:roleName/wedata",
        "qcs::cam::uin/abc:roleName/wedata",
        "qcs::cam::uin/1:roleName/",
        "qcs::cam::uin/1:roleName/a b",
        "qcs::cam::uin/1:roleName/a\n",
        "qcs::cam::uin/1:uin/2",
        " qcs::cam::uin/1:roleName/a",
        "qcs::cam::uin/1:roleName/å",
    ],
)
def test_what_is_no_role_is_told(arn: str) -> None:
    assert not is_role_arn(arn)


def test_a_session_is_named_after_the_run() -> None:
    assert session_name("octocat/warehouse", "7100.1") == "octocat-warehouse@7100.1"


@given(st.text(max_size=200), st.from_regex(r"[0-9]{1,20}\.[0-9]{1,4}", fullmatch=True))
def test_a_session_has_a_name_that_sts_takes(repository: str, run: str) -> None:
    name = session_name(repository, run)
    assert re.fullmatch(r"[A-Za-z0-9=,.@_-]{2,64}", name)
    assert name.endswith(f"@{run}")
