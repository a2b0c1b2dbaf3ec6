"""The API gateway before WeData: it checks a request as the real one does and answers with the documented codes.

Callable in-process: `Gateway.handle` takes a request and gives an outcome, with no socket in between.
"""

from __future__ import annotations

import math
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wedata_action.tencent.signature import utc_date
from wedata_sandbox import api_request, authorization
from wedata_sandbox.api_request import Request, check_form, parameters
from wedata_sandbox.faults import Fault, Rule
from wedata_sandbox.fields import ApiError
from wedata_sandbox.outcomes import Outcome, api_answer, api_error
from wedata_sandbox.service import V2021, V2025, VERSIONS, WeData

MOST_SKEW: Final = 300
REGIONS_2021: Final = ("ap-singapore", "eu-frankfurt", "na-ashburn", "na-siliconvalley")
REGIONS: Final = {V2021: REGIONS_2021, V2025: (*REGIONS_2021, "ap-hongkong", "ap-jakarta")}
"""Of the international site, by API version."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys that the gateway knows; with a `token` they are temporary ones, until `expires` in Unix seconds.

    `member` says whether their user or role is in every project, or in none.
    """

    secret_id: str
    secret_key: str
    token: str = ""
    expires: float = math.inf
    member: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was handled, for tests and the log: `result` is `ok`, an error code, or `fault` and its kind."""

    time: float
    action: str
    request_id: str
    result: str


class Gateway:
    """Checks, faults and rate limit around a `WeData`. Thread-safe.

    `rate` is how many requests an action takes within any second (None: no limit). `new_id` makes RequestIds;
    `observe` is told of each request when it is done.
    """

    def __init__(
        self,
        wedata: WeData,
        credentials: Credentials,
        *,
        rate: int | None = 20,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        observe: Callable[[Call], None] | None = None,
    ) -> None:
        self.wedata = wedata
        self._keys = {credentials.secret_id: credentials}
        self._rate = rate
        self._new_id = new_id
        self._observe = observe
        self._lock = threading.Lock()
        self._recent: dict[str, deque[float]] = {}
        self._rules: list[Rule] = []
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """The requests so far, oldest first."""
        with self._lock:
            return tuple(self._calls)

    def add_rule(self, rule: Rule) -> None:
        """Let a fault strike; of several rules for an action the first that strikes a call has it."""
        with self._lock:
            self._rules.append(rule)

    def accept(self, credentials: Credentials) -> None:
        """Accept these keys too."""
        with self._lock:
            self._keys[credentials.secret_id] = credentials

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """What becomes of a request whose target is `path`."""
        request = Request(method, path, {name.lower(): value for name, value in headers.items()}, body)
        request_id = self._new_id()
        try:
            self._check(request)
            params = parameters(body)
            self._check_rate(request.header("X-TC-Action"))
        except ApiError as error:
            self._note(request, request_id, error.code)
            return api_answer(api_error(error.code, error.message), request_id)
        return self._perform(request, params, request_id)

    def _perform(self, request: Request, params: Mapping[str, Any], request_id: str) -> Outcome:
        fault = self._take_fault(request.header("X-TC-Action"))
        response: dict[str, Any] | None = None
        if fault and not fault.after:
            self.wedata.lose(request.header("X-TC-Action"), params)
        else:
            response = self._execute(request, params)
        outcome: Outcome = api_answer(response or {}, request_id)
        if fault:
            outcome = fault.strike(response, request_id)
        result = (response or {}).get("Error", {}).get("Code", "ok")
        self._note(request, request_id, f"fault {fault}" if fault else result)
        return outcome

    def _execute(self, request: Request, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.wedata.call(request.header("X-TC-Action"), request.header("X-TC-Version"), params)
        except ApiError as error:
            return api_error(error.code, error.message)

    def _check(self, request: Request) -> None:
        check_form(request)
        keys = self._check_authorization(request)
        if request.header("X-TC-Token") != keys.token:
            wanted = "differs from the credentials' token" if keys.token else "belongs to temporary credentials only"
            raise ApiError("AuthFailure.TokenFailure", f"The header X-TC-Token is missing or {wanted}.")
        if self.wedata.now() >= keys.expires:
            raise ApiError("AuthFailure.TokenFailure", "The temporary credentials have expired.")
        action, version = request.header("X-TC-Action"), request.header("X-TC-Version")
        if version not in VERSIONS:
            raise ApiError("NoSuchVersion", f"The API has no version {version}.")
        if not self.wedata.offers(action, version):
            raise ApiError("InvalidAction", f"The action {action} does not exist in version {version}.")
        region = request.header("X-TC-Region")
        well_formed = re.fullmatch(r"[a-z]{2}-[a-z]+(-[a-z0-9]+)*", region)
        if region not in REGIONS[version] if self.wedata.site == "intl" else not well_formed:
            raise ApiError("UnsupportedRegion", f"The action {action} is not offered in the region {region}.")
        if not keys.member:
            raise ApiError("UnauthorizedOperation.UserNotInProject", "The user is not in the project.")

    def _check_authorization(self, request: Request) -> Credentials:
        parts = authorization.parse(request.header("Authorization"))
        if parts is None or parts.service != "wedata":
            raise ApiError(
                "AuthFailure.InvalidAuthorization",
                "The header Authorization must be `TC3-HMAC-SHA256 Credential=ID/DATE/wedata/tc3_request,"
                " SignedHeaders=content-type;host, Signature=HEX`.",
            )
        keys = self._keys.get(parts.secret_id)
        if keys is None:
            raise ApiError("AuthFailure.SecretIdNotFound", "The SecretId does not exist.")
        timestamp = api_request.timestamp(request.header("X-TC-Timestamp"))
        if abs(self.wedata.now() - timestamp) > MOST_SKEW:
            raise ApiError(
                "AuthFailure.SignatureExpire", f"X-TC-Timestamp is more than {MOST_SKEW} s off the server's clock."
            )
        if parts.date != utc_date(timestamp) or not parts.signed_by(
            keys.secret_key, timestamp, request.headers, request.body
        ):
            raise ApiError("AuthFailure.SignatureFailure", "The signature does not match this request and SecretId.")
        return keys

    def _check_rate(self, action: str) -> None:
        if self._rate is None:
            return
        now = self.wedata.now()
        with self._lock:
            recent = self._recent.setdefault(action, deque())
            while recent and recent[0] <= now - 1:
                recent.popleft()
            if len(recent) >= self._rate:
                raise ApiError("RequestLimitExceeded", f"More than {self._rate} requests in a second to {action}.")
            recent.append(now)

    def _take_fault(self, action: str) -> Fault | None:
        with self._lock:
            faults = (rule.take() for rule in self._rules if rule.action == action)
            struck = next((fault for fault in faults if fault), None)
            self._rules = [rule for rule in self._rules if rule.times != 0]
        return struck

    def _note(self, request: Request, request_id: str, result: str) -> None:
        call = Call(self.wedata.now(), request.header("X-TC-Action"), request_id, result)
        with self._lock:
            self._calls.append(call)
        if self._observe:
            self._observe(call)
