"""AssumeRoleWithWebIdentity (STS 2018-08-13, page 1150/49454): an OIDC token becomes temporary keys of a role.

The SDK lists as its errors InternalError.{GetRoleError,SystemError,UnknownError}, InvalidParameter.{OverLimit,
ParamError,WebIdentityTokenError}, RequestLimitExceeded and UnauthorizedOperation, and for the service as a whole
ResourceNotFound.RoleNotFound. No page says what leads to which: the causes in `_CAUSES` are inferred from the
descriptions. Users report that a trust policy which does not match is answered with UnauthorizedOperation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wedata_action.clock import Backoff, Clock
from wedata_action.parsers import is_secret
from wedata_action.tencent.credentials import Credentials
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call

VERSION = "2018-08-13"
ACTION = "AssumeRoleWithWebIdentity"
DURATION = 3600  # seconds, of at most 43200: a longer run renews its keys, and what leaks is soon worthless
_BACKOFF = Backoff(tries=4)
_LONGEST_NAME = 64  # characters of 128 that are documented for AssumeRole

is_role_arn = re.compile(r"qcs::cam::uin/[0-9]{1,20}:role(Name)?(/[\w+=,.@-]{1,128})+", re.ASCII).fullmatch
"""Whether a text has the form `qcs::cam::uin/<uin>:roleName/<name>`, or `:role/<id>`; both may have a path."""

_CAUSES = {
    "InvalidParameter.WebIdentityTokenError": (
        "the identity provider {provider} does not accept GitHub's token: its client ids must include {audience}, its "
        "URL must be https://token.actions.githubusercontent.com, and its public keys must be those published there"
    ),
    "UnauthorizedOperation": (
        "the trust policy of the role does not let this workflow assume it: its principal must be the provider "
        "{provider}, and its oidc:sub and oidc:aud must match GitHub's token, for {audience}; the repository's "
        "settings show the token's subject"
    ),
    "InvalidParameter.ParamError": (
        "the role's account has no identity provider {provider} (oidc-provider), or role-arn does not name a role"
    ),
    "ResourceNotFound.RoleNotFound": "the account has no such role (role-arn)",
    "InternalError.GetRoleError": "the account has no such role (role-arn)",
}
_OUR_WORDS = {
    "MalformedAnswer": "the answer is not STS's, probably a proxy's page",
    "MalformedError": "the answer has an error without a code",
    "Expired": "the keys are already expired by the clock of this machine, which must agree with Tencent Cloud's",
}


@dataclass(frozen=True, slots=True)
class Role:
    """The role to assume, the CAM identity provider that vouches, and the session's name in the audit log."""

    arn: str
    provider: str
    session: str
    audience: str | None = None


def session_name(repository: str, run: str) -> str:
    """The run, and as much of the repository as fits, in the characters that a session's name may have."""
    tail = f"@{re.sub(r'[^A-Za-z0-9.]', '-', run)}"
    return re.sub(r"[^A-Za-z0-9=,.@_-]", "-", repository)[: _LONGEST_NAME - len(tail)] + tail


def assume_role(call: Call, role: Role, token: str, clock: Clock) -> Credentials:
    """Temporary keys for the OIDC `token`. A fault that may pass is retried: the call changes nothing.

    Raises `ApiError` with the verdict that nothing was executed, and the reason `auth`, `unreachable` or `throttled`.
    Its message names the likely cause, and nothing of an answer that may hold keys.
    """
    payload = {
        "ProviderId": role.provider,
        "WebIdentityToken": token,
        "RoleArn": role.arn,
        "RoleSessionName": role.session,
        "DurationSeconds": DURATION,
    }
    try:
        return _BACKOFF.retry(lambda: _keys(call(ACTION, VERSION, payload), clock.now()), clock, _may_pass)
    except ApiError as error:
        raise _failure(error, role) from None


def _may_pass(error: Exception) -> bool:
    return isinstance(error, ApiError) and (error.retryable or error.verdict is Verdict.OPEN)


def _keys(response: Mapping[str, Any], now: float) -> Credentials:
    found, expires = response.get("Credentials"), response.get("ExpiredTime")
    found = found if isinstance(found, dict) else {}
    values = [found.get(name) for name in ("TmpSecretId", "TmpSecretKey", "Token")]
    texts = [value for value in values if isinstance(value, str) and is_secret(value)]
    request_id = str(response.get("RequestId") or "")
    if len(texts) < len(values) or not isinstance(expires, int):
        raise ApiError(Verdict.NOT_EXECUTED, "MalformedAnswer", "", request_id)
    if expires <= now:
        raise ApiError(Verdict.NOT_EXECUTED, "Expired", "", request_id)
    secret_id, secret_key, token = texts
    return Credentials(secret_id, secret_key, token, expires)


def _failure(error: ApiError, role: Role) -> ApiError:
    """`error` in words about the sign-in."""
    said = _OUR_WORDS.get(error.code, f"{error.code}: {error.message}")
    if error.code.startswith("HTTP "):
        said = f"{error.code} came instead of STS's answer, probably from a proxy"
    elif error.code in {"NoConnection", "NoAnswer"}:
        said = error.message
    audience = (
        f"oidc-audience {role.audience}" if role.audience else "GitHub's default audience (oidc-audience is unset)"
    )
    cause = _CAUSES.get(error.code) or _CAUSES.get(error.code.partition(".")[0], "")
    message = f"no temporary keys of {role.arn}: STS: {said}"
    message += f" (RequestId {error.request_id})" if error.request_id else ""
    message += f". Probably {cause}".format(provider=role.provider, audience=audience) if cause else ""
    passing = not cause and (not error.connected or error.verdict is Verdict.OPEN)
    code = "RequestLimitExceeded" if error.throttled else "NoConnection" if passing else "AuthFailure"
    return ApiError(Verdict.NOT_EXECUTED, code, message, error.request_id, connected=not passing)
