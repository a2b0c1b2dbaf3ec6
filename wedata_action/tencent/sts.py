"""AssumeRoleWithWebIdentity (STS 2018-08-13, page 1150/49454): an OIDC token becomes temporary keys of a role.

The SDK lists as its errors InternalError.{GetRoleError,SystemError,UnknownError}, InvalidParameter.{OverLimit,
ParamError,WebIdentityTokenError}, RequestLimitExceeded and UnauthorizedOperation, and for the service as a whole
ResourceNotFound.RoleNotFound. Nobody says what leads to which: the causes in `_CAUSES` are inferred from their
descriptions. Users report that a trust policy which does not fit is answered with UnauthorizedOperation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wedata_action.clock import Clock
from wedata_action.tencent.credentials import SHORTEST, Credentials, Temporary
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call

VERSION = "2018-08-13"
ACTION = "AssumeRoleWithWebIdentity"
DURATION = 3600  # seconds of 43200: a longer run renews its keys, and what leaks is soon worth nothing
_TRIES = 4
_FIRST_DELAY = 1.0  # seconds; doubled with each try, and a random part of it waited
_LONGEST_NAME = 64  # characters of 128 that are documented for AssumeRole
_ROLE_ARN = re.compile(r"qcs::cam::uin/[0-9]{1,20}:role(Name)?(/[\w+=,.@-]{1,128})+", re.ASCII)

_CAUSES = {
    "InvalidParameter.WebIdentityTokenError": (
        "the identity provider {provider} does not accept GitHub's token: {audience} must be among its client ids, its "
        "URL must be https://token.actions.githubusercontent.com, and its public keys those that are published there"
    ),
    "UnauthorizedOperation": (
        "the trust policy of the role does not let this workflow take it on: its principal must be the provider "
        "{provider}, and its oidc:sub and oidc:aud those of GitHub's token, for {audience}; the settings of the "
        "repository show its subject"
    ),
    "InvalidParameter.ParamError": (
        "the account of the role has no identity provider {provider} (oidc-provider), or role-arn is not that of a role"
    ),
    "ResourceNotFound.RoleNotFound": "the account has no such role (role-arn)",
    "InternalError.GetRoleError": "the account has no such role (role-arn)",
}


@dataclass(frozen=True, slots=True)
class Role:
    """What is asked for: the role, the CAM identity provider that vouches, and the name of the session in the audit."""

    arn: str
    provider: str
    session: str
    audience: str | None = None


def is_role_arn(text: str) -> bool:
    """Whether `text` has the form `qcs::cam::uin/<uin>:roleName/<name>`, or `:role/<id>`; both may have a path."""
    return _ROLE_ARN.fullmatch(text) is not None


def session_name(repository: str, run: str) -> str:
    """The run, and as much of the repository as there is room for, in the characters that a session's name may have."""
    tail = f"@{re.sub(r'[^A-Za-z0-9.]', '-', run)}"
    return re.sub(r"[^A-Za-z0-9=,.@_-]", "-", repository)[: _LONGEST_NAME - len(tail)] + tail


def assume_role(call: Call, role: Role, token: str, clock: Clock) -> Temporary:
    """Temporary keys for the OIDC `token`. Tried again where that may help: it changes nothing.

    Raises `ApiError` with the verdict that nothing was executed, and a reason of `auth`, `unreachable` or `throttled`.
    Its message names the likely cause, and holds nothing of an answer that may have keys in it.
    """
    payload = {
        "ProviderId": role.provider,
        "WebIdentityToken": token,
        "RoleArn": role.arn,
        "RoleSessionName": role.session,
        "DurationSeconds": DURATION,
    }
    for attempt in range(_TRIES):
        try:
            return _temporary(call(ACTION, VERSION, payload), clock.now())
        except ApiError as error:
            if not (error.retryable or error.verdict is Verdict.OPEN) or attempt == _TRIES - 1:
                raise _failure(error, role) from None
        clock.sleep(clock.random.uniform(0, _FIRST_DELAY * 2**attempt))
    raise AssertionError("the last try returns or raises")


def _temporary(response: Mapping[str, Any], now: float) -> Temporary:
    found, expires = response.get("Credentials"), response.get("ExpiredTime")
    found = found if isinstance(found, dict) else {}
    values = [found.get(name) for name in ("TmpSecretId", "TmpSecretKey", "Token")]
    texts = [value for value in values if isinstance(value, str) and re.fullmatch(rf"[!-~]{{{SHORTEST},}}", value)]
    request_id = str(response.get("RequestId") or "")
    if len(texts) < len(values) or not isinstance(expires, int):
        raise ApiError(Verdict.NOT_EXECUTED, "MalformedAnswer", "", request_id)
    if expires <= now:
        raise ApiError(Verdict.NOT_EXECUTED, "Expired", "", request_id)
    return Temporary(Credentials(*texts), expires)


_OUR_WORDS = {
    "MalformedAnswer": "what came is not STS's answer (a proxy's?)",
    "MalformedError": "its answer has an error without a code",
    "Expired": "its keys have expired by the clock of this machine, which must agree with Tencent Cloud's",
}


def _failure(error: ApiError, role: Role) -> ApiError:
    """`error` in words about the sign-in."""
    if error.code in _OUR_WORDS or error.code.startswith("HTTP "):
        said = _OUR_WORDS.get(error.code, f"{error.code} came back, which is not STS's own answer (a proxy's?)")
    else:
        said = error.message if error.code in {"NoConnection", "NoAnswer"} else f"{error.code}: {error.message}"
    cause = _cause(error.code, role)
    message = f"no temporary keys of {role.arn}: STS: {said} (RequestId {error.request_id or 'none'})"
    message += f". Probably {cause}" if cause else ""
    passing = not cause and (not error.connected or error.verdict is Verdict.OPEN)
    code = "RequestLimitExceeded" if error.throttled else "NoConnection" if passing else "AuthFailure"
    return ApiError(Verdict.NOT_EXECUTED, code, message, error.request_id, connected=not passing)


def _cause(code: str, role: Role) -> str:
    key = "UnauthorizedOperation" if code.startswith("UnauthorizedOperation.") else code
    audience = (
        f"oidc-audience {role.audience}" if role.audience else "GitHub's default audience (oidc-audience is unset)"
    )
    return _CAUSES.get(key, "").format(provider=role.provider, audience=audience)
