"""The sandbox's OIDC service and STS, as a client without manners meets them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.sandbox.client import ONE_TASK, SUBMIT, Clock, Reply, exchange, signed_headers
from wedata_sandbox import oidc
from wedata_sandbox.faults import Fault
from wedata_sandbox.keyless import ISSUING, Keyless
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData
from wedata_sandbox.sts import ACTION, Role

ROLE = Role().arn


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(WeData(now=clock)) as sandbox:
        yield sandbox


@pytest.fixture
def keyless(sandbox: Sandbox) -> Iterator[Keyless]:
    with Keyless(sandbox.gateway) as keyless:
        yield keyless


def get(keyless: Keyless, target: str, **headers: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", int(keyless.endpoint.rpartition(":")[2]), timeout=10)
    try:
        connection.request("GET", target, headers=headers)
        with connection.getresponse() as response:
            return response.status, json.loads(response.read())
    finally:
        connection.close()


def token_of(keyless: Keyless, audience: str = "sts.intl.tencentcloudapi.com") -> str:
    bearer = f"Bearer {keyless.bearer}"
    status, answer = get(keyless, f"/oidc/token?api-version=2.0&audience={audience}", Authorization=bearer)
    assert status == 200
    token: str = answer["value"]
    return token


def assume(
    keyless: Any, token: str, headers: Mapping[str, str] | None = None, changed: Mapping[str, object] | None = None
) -> Reply:
    body = {
        "ProviderId": "github-actions",
        "WebIdentityToken": token,
        "RoleArn": ROLE,
        "RoleSessionName": "octocat-warehouse@7100.1",
        "DurationSeconds": 3600,
    } | dict(changed or {})
    standard = {
        "Content-Type": "application/json",
        "Authorization": "SKIP",
        "X-TC-Action": ACTION,
        "X-TC-Version": "2018-08-13",
        "X-TC-Timestamp": "1756277312",
        "X-TC-Region": "ap-singapore",
    }
    content = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
    return exchange(keyless, standard | dict(headers or {}), content)


def test_the_discovery_document_leads_to_the_key_that_signs(keyless: Keyless, clock: Clock) -> None:
    status, document = get(keyless, "/oidc/.well-known/openid-configuration")
    assert (status, document["issuer"]) == (200, keyless.issuer)
    status, keys = get(keyless, document["jwks_uri"].removeprefix(keyless.endpoint))
    assert status == 200
    claims = oidc.verified(token_of(keyless), keys, clock())
    assert set(document["claims_supported"]) == set(claims)
    assert claims["iss"] == keyless.issuer
    assert claims["aud"] == "sts.intl.tencentcloudapi.com"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}], ids=str)
def test_a_token_needs_the_bearer(keyless: Keyless, headers: dict[str, str]) -> None:
    assert get(keyless, "/oidc/token?api-version=2.0", **headers) == (401, {"message": "Unauthorized"})
    assert keyless.tokens == []


def test_what_is_not_there_is_not_found(keyless: Keyless) -> None:
    assert get(keyless, "/")[0] == 404


@dataclass(frozen=True)
class SignedIn:
    """Somebody with the keys of a role, as the signed client wants it."""

    endpoint: str
    secret_id: str
    secret_key: str
    token: str


def sign_in(keyless: Keyless, sandbox: Sandbox) -> SignedIn:
    keys = assume(keyless, token_of(keyless)).response["Credentials"]
    return SignedIn(sandbox.endpoint, keys["TmpSecretId"], keys["TmpSecretKey"], keys["Token"])


def submit(who: SignedIn, clock: Clock) -> Reply:
    body = json.dumps(ONE_TASK).encode()
    return exchange(who, signed_headers(who, SUBMIT, body, timestamp=int(clock())), body)


def test_the_keys_of_a_role_are_accepted_with_their_token_until_they_expire(
    keyless: Keyless, sandbox: Sandbox, clock: Clock
) -> None:
    who = sign_in(keyless, sandbox)
    assert keyless.sts.sessions == ["octocat-warehouse@7100.1"]
    assert submit(who, clock).response["Data"] == {"JobId": 1}
    assert submit(replace(who, token=""), clock).code == "AuthFailure.TokenFailure"
    assert submit(replace(who, token="another"), clock).code == "AuthFailure.TokenFailure"
    assert submit(replace(who, secret_key="another"), clock).code == "AuthFailure.SignatureFailure"
    clock.seconds += 3599
    assert submit(who, clock).response["Data"] == {"JobId": 2}
    clock.seconds += 1
    assert submit(who, clock).code == "AuthFailure.TokenFailure"


def test_a_role_that_is_no_member_of_the_project_is_told_so(sandbox: Sandbox, clock: Clock) -> None:
    with Keyless(sandbox.gateway, role=Role(member=False)) as keyless:
        assert submit(sign_in(keyless, sandbox), clock).code == "UnauthorizedOperation.UserNotInProject"


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"ProviderId": "another"}, "InvalidParameter.ParamError"),
    ({"ProviderId": None}, "MissingParameter"),
    ({"RoleArn": "qcs::cam::uin/1:roleName/another"}, "ResourceNotFound.RoleNotFound"),
    ({"WebIdentityToken": "eyJ.eyJ.x"}, "InvalidParameter.WebIdentityTokenError"),
    ({"RoleSessionName": "a b"}, "InvalidParameter.ParamError"),
    ({"RoleSessionName": "a"}, "InvalidParameter.ParamError"),
    ({"DurationSeconds": 43201}, "InvalidParameterValue"),
    ({"DurationSeconds": "3600"}, "InvalidParameter"),
    ({"Unknown": "x"}, "UnknownParameter"),
]


@pytest.mark.parametrize(("changed", "code"), REFUSED, ids=[str(changed) for changed, _ in REFUSED])
def test_a_request_that_does_not_fit_is_refused(keyless: Keyless, changed: dict[str, object], code: str) -> None:
    assert assume(keyless, token_of(keyless), changed=changed).code == code
    assert keyless.sts.sessions == []


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": "TC3-HMAC-SHA256 x"}, "AuthFailure.InvalidAuthorization"),
        ({"X-TC-Token": "x"}, "AuthFailure.InvalidAuthorization"),
        ({"X-TC-Version": "2021-08-20"}, "NoSuchVersion"),
        ({"X-TC-Action": SUBMIT}, "InvalidAction"),
        ({"X-TC-Region": ""}, "MissingParameter"),
        ({"Content-Type": "text/plain"}, "UnsupportedProtocol"),
    ],
    ids=str,
)
def test_headers_that_do_not_fit_are_refused(keyless: Keyless, headers: dict[str, str], code: str) -> None:
    assert assume(keyless, token_of(keyless), headers).code == code


def test_a_token_for_another_client_is_refused(keyless: Keyless) -> None:
    assert assume(keyless, token_of(keyless, "another")).code == "InvalidParameter.WebIdentityTokenError"


def test_a_token_whose_time_is_over_is_refused(keyless: Keyless, clock: Clock) -> None:
    token = token_of(keyless)
    clock.seconds += 300
    assert assume(keyless, token).code == "InvalidParameter.WebIdentityTokenError"


@pytest.mark.parametrize("changed", [{"ref": "refs/heads/feature"}, {"repository": "evil/warehouse"}], ids=str)
def test_the_trust_policy_decides_by_the_subject(sandbox: Sandbox, changed: dict[str, str]) -> None:
    role = Role(trusted={"sub": ("repo:example/warehouse:ref:refs/heads/main",)})
    with Keyless(sandbox.gateway, job=oidc.Job(**changed), role=role) as keyless:  # type: ignore[arg-type] # all texts
        assert assume(keyless, token_of(keyless)).code == "UnauthorizedOperation"


def test_a_token_of_another_issuer_with_the_same_key_is_refused(sandbox: Sandbox) -> None:
    with Keyless(sandbox.gateway, job=oidc.Job(changed={"iss": "https://issuer.example"})) as keyless:
        assert assume(keyless, token_of(keyless)).code == "InvalidParameter.WebIdentityTokenError"


def test_faults_strike_either_service(keyless: Keyless) -> None:
    keyless.fail_next(ISSUING, Fault.http(503))
    bearer = f"Bearer {keyless.bearer}"
    connection = http.client.HTTPConnection("127.0.0.1", int(keyless.endpoint.rpartition(":")[2]), timeout=10)
    connection.request("GET", "/oidc/token", headers={"Authorization": bearer})
    with connection.getresponse() as response:
        assert response.status == 503
        response.read()
    connection.close()
    keyless.fail_next(ACTION, Fault.error("InternalError.SystemError"))
    assert assume(keyless, token_of(keyless)).code == "InternalError.SystemError"
    assert "Credentials" in assume(keyless, token_of(keyless)).response


def test_its_variables_are_those_of_a_step(keyless: Keyless) -> None:
    assert list(keyless.environ) == [
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "WEDATA_ROLE_ARN",
        "WEDATA_OIDC_PROVIDER",
        "WEDATA_OIDC_AUDIENCE",
        "WEDATA_STS_ENDPOINT",
    ]


def test_a_token_that_another_key_signed_is_refused(sandbox: Sandbox) -> None:
    with Keyless(sandbox.gateway, key=oidc.new_key()) as keyless:
        assert assume(keyless, token_of(keyless)).code == "InvalidParameter.WebIdentityTokenError"
