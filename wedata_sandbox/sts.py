"""STS: AssumeRoleWithWebIdentity (2018-08-13, page 1150/49454), with one identity provider and one role in CAM.

The documentation does not say which cause has which error; here a token that the provider does not accept is
WebIdentityTokenError, a provider that is not there ParamError, a role that is not there RoleNotFound, and a trust
policy that does not fit UnauthorizedOperation. All are inferred: the last from what users report, the others from the
descriptions of the codes.
"""

from __future__ import annotations

import datetime
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wedata_sandbox import fields
from wedata_sandbox.api_request import Request
from wedata_sandbox.fields import REQUIRED_TEXT, ApiError, Field
from wedata_sandbox.gateway import Credentials
from wedata_sandbox.oidc import TokenError, verified

ACTION: Final = "AssumeRoleWithWebIdentity"
VERSION: Final = "2018-08-13"
LONGEST: Final = 43200
REQUEST: Final[Mapping[str, Field]] = {
    "ProviderId": REQUIRED_TEXT,
    "WebIdentityToken": REQUIRED_TEXT,
    "RoleArn": REQUIRED_TEXT,
    "RoleSessionName": REQUIRED_TEXT,
    "DurationSeconds": Field(int),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """An OIDC identity provider in CAM: whose tokens it takes, for which client ids, signed by which keys."""

    issuer: str
    keys: Mapping[str, Any] = field(repr=False)
    name: str = "github-actions"
    client_ids: tuple[str, ...] = ("sts.intl.tencentcloudapi.com",)


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its trust policy wants one of these values of each claim; `member` says if it is in every project."""

    arn: str = "qcs::cam::uin/100000000001:roleName/wedata-submit"
    trusted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    member: bool = True


@dataclass(slots=True)
class Sts:
    """Gives temporary keys through `grant`. `lifetime`, in seconds, overrides what a request asks for."""

    provider: Provider
    role: Role
    now: Callable[[], float]
    grant: Callable[[Credentials], None]
    lifetime: float | None = None
    sessions: list[str] = field(default_factory=list)

    def call(self, request: Request, params: Mapping[str, Any]) -> dict[str, Any]:
        """What stands under `Response`; `ApiError` for a request that is refused."""
        _check_headers(request)
        fields.check(params, REQUEST)
        duration = fields.between(params, "DurationSeconds", 7200, 1, LONGEST)
        if not re.fullmatch(r"[\w+=,.@-]{2,128}", params["RoleSessionName"], re.ASCII):
            raise ApiError(
                "InvalidParameter.ParamError", "RoleSessionName must be 2 to 128 of letters, digits and _+=,.@-."
            )
        self._check_trust(self._claims(params), params)
        self.sessions.append(params["RoleSessionName"])
        return self._granted(duration if self.lifetime is None else self.lifetime)

    def _claims(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params["ProviderId"] != self.provider.name:
            raise ApiError("InvalidParameter.ParamError", f"There is no identity provider {params['ProviderId']}.")
        try:
            claims = verified(params["WebIdentityToken"], self.provider.keys, self.now())
        except TokenError as error:
            raise ApiError("InvalidParameter.WebIdentityTokenError", f"The token is refused: {error}.") from None
        if claims.get("iss") != self.provider.issuer or claims.get("aud") not in self.provider.client_ids:
            message = f"The token is for another issuer or client: {claims.get('iss')}, {claims.get('aud')}."
            raise ApiError("InvalidParameter.WebIdentityTokenError", message)
        return claims

    def _check_trust(self, claims: Mapping[str, Any], params: Mapping[str, Any]) -> None:
        if params["RoleArn"] != self.role.arn:
            raise ApiError("ResourceNotFound.RoleNotFound", f"There is no role {params['RoleArn']}.")
        for name, values in self.role.trusted.items():
            if claims.get(name) not in values:
                raise ApiError(
                    "UnauthorizedOperation", f"No permission to assume the role: oidc:{name} does not match."
                )

    def _granted(self, seconds: float) -> dict[str, Any]:
        expires = int(self.now() + seconds)
        keys = Credentials(
            secret_id=f"AKID{secrets.token_urlsafe(48)}",
            secret_key=secrets.token_urlsafe(32),
            token=secrets.token_urlsafe(256),
            expires=expires,
            member=self.role.member,
        )
        self.grant(keys)
        return {
            "Credentials": {"Token": keys.token, "TmpSecretId": keys.secret_id, "TmpSecretKey": keys.secret_key},
            "ExpiredTime": expires,
            "Expiration": f"{datetime.datetime.fromtimestamp(expires, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        }


def _check_headers(request: Request) -> None:
    if request.header("X-TC-Action") != ACTION:
        raise ApiError("InvalidAction", f"The action {request.header('X-TC-Action')} is not played here.")
    if request.header("X-TC-Version") != VERSION:
        raise ApiError("NoSuchVersion", f"The API has no version {request.header('X-TC-Version')}.")
    if request.header("Authorization") != "SKIP" or request.header("X-TC-Token"):
        raise ApiError("AuthFailure.InvalidAuthorization", "Authorization must be SKIP, without an X-TC-Token.")
