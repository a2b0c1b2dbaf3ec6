"""One signed call of Tencent Cloud's API 3.0 over HTTPS: an answer, or an `ApiError` with its verdict."""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from wedata_action.clock import Clock
from wedata_action.net.exchange import DEADLINE, Answer, NoAnswerError, Request, exchange
from wedata_action.tencent.credentials import Source
from wedata_action.tencent.signature import authorization
from wedata_action.tencent.verdicts import ApiError, Verdict, remedy_of, verdict_of

_WINDOW = 1.03  # seconds: calls that leave a second apart may arrive closer together
_MOST_SHOWN = 64 << 10  # bytes of an answer in the debug log
_CODE = re.compile(r'("CodeContent"\s*:\s*)"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Service:
    """What is called: `endpoint` is a URL without a path.

    At most `per_second` calls of each action start in a second, and a call takes at most `seconds`. `role_arn` is the
    role that the calls are made as, if any; errors about permissions name it.
    """

    endpoint: str
    region: str
    per_second: int = 20
    seconds: float = DEADLINE
    role_arn: str | None = None

    @property
    def host(self) -> str:
        """Name and port, without the scheme."""
        return urlsplit(self.endpoint).netloc


class RateLimit:
    """At most `per_second` calls of one action in any second, whoever makes them: the documented limit."""

    def __init__(self, per_second: int, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._starts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=per_second))

    def wait(self, action: str) -> None:
        """Returns when the next call of `action` may start. Calls of other actions are never held up."""
        with self._lock:
            starts, now = self._starts[action], self._clock.monotonic()
            start = max(now, starts[0] + _WINDOW) if len(starts) == starts.maxlen else now
            starts.append(start)
        delay = start - self._clock.monotonic()
        if delay > 0:
            self._clock.sleep(delay)


@dataclass(slots=True)
class Client:
    """Calls one service. Safe to share between threads.

    `credentials` are asked for at each call, since temporary ones are renewed.
    """

    service: Service
    credentials: Source = field(repr=False)
    clock: Clock
    session: requests.Session
    debug: Callable[[str], None]
    _rate: RateLimit = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rate = RateLimit(self.service.per_second, self.clock)

    def call(self, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Sends `payload` once, as soon as the rate allows. Gives what stands under `Response`.

        Raises `ApiError` for everything else.
        """
        self._rate.wait(action)
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
        self.debug(f"{action} {version} to {self.service.host}: {_without_code(body.decode())}")
        answer = self._post(action, version, body)
        length = len(answer.content)
        shown = _without_code(answer.content.decode("utf-8", "replace")) if length <= _MOST_SHOWN else f"{length} bytes"
        self.debug(f"{action} answered HTTP {answer.status}: {shown}")
        response = _response(answer)
        if response.get("Error") is None:
            return response
        raise self._error(response, action, answer.headers.get("Date"))

    def _post(self, action: str, version: str, body: bytes) -> Answer:
        request = Request("POST", self.service.endpoint, self._headers(action, version, body), body)
        try:
            return exchange(self.session, request, seconds=self.service.seconds)
        except NoAnswerError as error:
            if error.sent:
                message = f"the request was sent, but no complete answer came: {error}"
                raise ApiError(Verdict.OPEN, "NoAnswer", message) from None
            message = f"no connection to {self.service.host}: {error}"
            raise ApiError(Verdict.NOT_EXECUTED, "NoConnection", message, connected=False) from None

    def _headers(self, action: str, version: str, body: bytes) -> dict[str, str]:
        keys, timestamp = self.credentials(), int(self.clock.now())
        headers = {
            "Host": self.service.host,
            "Content-Type": "application/json",
            "Authorization": "SKIP",  # as AssumeRoleWithWebIdentity wants it (page 1150/49454)
            "X-TC-Action": action,
            "X-TC-Version": version,
            "X-TC-Region": self.service.region,
            "X-TC-Language": "en-US",
            "X-TC-RequestClient": "wedata-action",
            "X-TC-Timestamp": str(timestamp),
        }
        if keys is None:
            return headers
        headers["Authorization"] = authorization(
            keys.secret_id,
            keys.secret_key,
            service="wedata",
            host=self.service.host,
            content_type=headers["Content-Type"],
            body=body,
            timestamp=timestamp,
        )
        return headers | ({"X-TC-Token": keys.token} if keys.token else {})

    def _error(self, response: Mapping[str, Any], action: str, date: str | None) -> ApiError:
        error, request_id = response["Error"], str(response.get("RequestId") or "")
        if not isinstance(error, dict) or not isinstance(error.get("Code"), str):
            shown = json.dumps(error, ensure_ascii=False)
            message = f"the answer has an error without a code: {shown}"
            return ApiError(Verdict.OPEN, "MalformedError", message, request_id)
        code, message = error["Code"], str(error.get("Message", ""))
        if code == "AuthFailure.SignatureExpire":
            message = f"{message} {self._clock_difference(date)}".strip()
        remedy = remedy_of(code, action, self.service.role_arn)
        return ApiError(verdict_of(code), code, message, request_id, answered=True, remedy=remedy)

    def _clock_difference(self, date: str | None) -> str:
        explanation = "The clock of this machine must agree with Tencent Cloud's to within 5 minutes"
        try:
            served = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, OverflowError):
            return f"{explanation}."
        return f"{explanation}; it is {self.clock.now() - served:+.0f} seconds off by the answer's Date header."


def _without_code(text: str) -> str:
    """A request or an answer as the debug log shows it: base64 in lines would hide a secret from whoever masks it."""
    return _CODE.sub(lambda found: f'{found[1]}"({len(found[2])} characters)"', text)


def _response(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        code = f"HTTP {answer.status}"
        message = f"{code} came instead of WeData's answer, probably from a proxy: {_start(answer.content)}"
        raise ApiError(Verdict.OPEN, code, message)
    try:
        response = json.loads(answer.content)["Response"]
    except (ValueError, TypeError, KeyError, RecursionError):
        response = None
    if not isinstance(response, dict):
        message = f"the answer is not WeData's JSON, probably a proxy's page: {_start(answer.content)}"
        raise ApiError(Verdict.OPEN, "MalformedAnswer", message)
    return response


def _start(content: bytes) -> str:
    """The first 200 characters, cut where no secret can be parted: a part of one would not be hidden."""
    text = " ".join(content[:4000].decode("utf-8", "replace").split())
    return text if len(text) <= 200 else text[: max(text.rfind(mark, 0, 200) for mark in ' <>"') + 1] + "…"
