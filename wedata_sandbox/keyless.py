"""Everything that a sign-in without keys needs, on one port of loopback: GitHub's OIDC service, and STS.

`POST /` is STS; the rest are GET: `/oidc/token`, with a bearer, and the issuer's two documents below `/oidc`.
"""

from __future__ import annotations

import json
import secrets
import threading
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from wedata_sandbox import oidc
from wedata_sandbox.api_request import Request, check_form, parameters
from wedata_sandbox.faults import Fault, Rule
from wedata_sandbox.fields import ApiError
from wedata_sandbox.gateway import Gateway
from wedata_sandbox.outcomes import Answer, Outcome, answer, api_answer, api_error
from wedata_sandbox.server import Listener
from wedata_sandbox.sts import ACTION, Provider, Role, Sts

ISSUING: Final = "GetIdToken"
"""Stands for a request to `/oidc/token` among the faults; the service has no actions."""


class Keyless(Listener):
    """Serves while the `with` block runs; `gateway` accepts the keys that it issues until they expire.

    `job` is the job that tokens are for, `role` the role that it may assume: by default from its own branch only.
    `lifetime`, in seconds, overrides what a request asks for.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        job: oidc.Job | None = None,
        role: Role | None = None,
        key: RSAPrivateKey | None = None,
        lifetime: float | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(self.handle, port)
        self.job = job or oidc.Job()
        self.bearer = secrets.token_urlsafe(48)
        self.tokens: list[str] = []
        self._now = gateway.wedata.now
        self._key = key or oidc.process_key()
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        trusted = {"sub": (f"repo:{self.job.repository}:ref:{self.job.ref}",)}
        provider = Provider(self.issuer, oidc.key_set(oidc.process_key()))
        self.sts = Sts(provider, role or Role(trusted=trusted), self._now, gateway.accept, lifetime)

    @property
    def issuer(self) -> str:
        """The `iss` of its tokens."""
        return f"{self.endpoint}/oidc"

    @property
    def environ(self) -> dict[str, str]:
        """The variables of a step that signs in here: the runner's own, and the inputs as `WEDATA_...`."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.issuer}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.bearer,
            "WEDATA_ROLE_ARN": self.sts.role.arn,
            "WEDATA_OIDC_PROVIDER": self.sts.provider.name,
            "WEDATA_OIDC_AUDIENCE": self.sts.provider.client_ids[0],
            "WEDATA_STS_ENDPOINT": self.endpoint,
        }

    def fail_next(self, action: str, fault: Fault, *, times: int | None = 1) -> None:
        """Let `fault` strike `times` requests (None: all): of `ISSUING` or AssumeRoleWithWebIdentity."""
        with self._lock:
            self._rules.append(Rule(action, fault, times))

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """What becomes of a request."""
        request = Request(method, path, {name.lower(): value for name, value in headers.items()}, body)
        target = urlsplit(path)
        if method == "POST":
            return self._assume(request)
        match target.path:
            case "/oidc/token":
                audience = parse_qs(target.query).get("audience", [""])[0]
                return self._token(request, audience)
            case "/oidc/.well-known/openid-configuration":
                return _json(200, oidc.discovery(self.issuer))
            case "/oidc/.well-known/jwks":
                return _json(200, oidc.key_set(self._key))
        return _json(404, {"message": "Not Found"})

    def _token(self, request: Request, audience: str) -> Outcome:
        if not secrets.compare_digest(request.header("Authorization").encode(), f"Bearer {self.bearer}".encode()):
            return _json(401, {"message": "Unauthorized"})
        if fault := self._take(ISSUING):
            return fault.strike(None, "")
        token = oidc.signed(self.job.claims(self.issuer, audience, int(self._now())), self._key)
        self.tokens.append(token)
        return _json(200, {"count": len(token), "value": token})

    def _assume(self, request: Request) -> Outcome:
        request_id = str(uuid.uuid4())
        try:
            check_form(request)
            if fault := self._take(ACTION):
                return fault.strike(None, request_id)
            return api_answer(self.sts.call(request, parameters(request.body)), request_id)
        except ApiError as error:
            return api_answer(api_error(error.code, error.message), request_id)

    def _take(self, action: str) -> Fault | None:
        with self._lock:
            return next((fault for rule in self._rules if rule.action == action and (fault := rule.take())), None)


def _json(status: int, content: Mapping[str, Any]) -> Answer:
    return answer(status, "application/json; charset=utf-8", json.dumps(content).encode())
