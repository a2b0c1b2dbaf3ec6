"""One signed call of Tencent Cloud's API 3.0 over HTTPS: an answer, or an `ApiError` with its verdict."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from wedata_action.clock import Clock
from wedata_action.tencent.credentials import EXPIRED, Credentials, Source
from wedata_action.tencent.failures import words_of
from wedata_action.tencent.rate import RateLimit
from wedata_action.tencent.signature import authorization
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of

SERVICE = "wedata"
CONTENT_TYPE = "application/json"
UNSIGNED = "SKIP"  # the Authorization of AssumeRoleWithWebIdentity (page 1150/49454)
_ANSWER_LIMIT = 32 << 20
_MOST_SHOWN = 64 << 10  # bytes of an answer in the debug log


class Client:
    """Calls one service at one endpoint. Safe to share between threads."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: Source,
        *,
        per_second: int = 20,
        timeout: float,
        clock: Clock,
        session: requests.Session,
        debug: Callable[[str], None],
        advice: Mapping[str, str] | None = None,
    ) -> None:
        """`endpoint` is a URL without path; `timeout` in seconds, for connecting and for reading each.

        `per_second` calls of each action start in a second at most: a call waits until it may.

        `credentials` are asked for at each call, since temporary ones are renewed. `advice`, by error code, is put
        behind the service's own words.
        """
        self._endpoint = endpoint
        self._host = urlsplit(endpoint).netloc
        self._region = region
        self._credentials = credentials
        self._rate = RateLimit(per_second, clock)
        self._timeout = timeout
        self._clock = clock
        self._session = session
        self._debug = debug
        self._advice = advice or {}
        # `http` is for loopback only, so a proxy would take the request to another machine, and in plain text.
        self._proxies = {"http": ""} if endpoint.startswith("http:") else None

    def call(self, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Sends `payload` once. Gives what stands under `Response`.

        Raises `ApiError` for everything else.
        """
        return self._call(self._credentials(None), action, version, payload)

    def read(self, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The same for an action that changes nothing: sent again if its keys were refused and can be renewed."""
        keys = self._credentials(None)
        try:
            return self._call(keys, action, version, payload)
        except ApiError as error:
            if error.code not in EXPIRED or (renewed := self._credentials(keys)) is keys:
                raise
        return self._call(renewed, action, version, payload)

    def sign_in(self) -> None:
        """Gets the credentials, so that what hinders it is known before the first call. Raises `ApiError`."""
        self._credentials(None)

    def _call(self, keys: Credentials | None, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        self._rate.wait(action)
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
        self._debug(f"{action} {version} to {self._host}: {body.decode()}")
        status, content, date = self._post(keys, action, version, body)
        shown = content.decode("utf-8", "replace") if len(content) <= _MOST_SHOWN else f"{len(content)} bytes"
        self._debug(f"{action} answered HTTP {status}: {shown}")
        response = _response(status, content)
        request_id = str(response.get("RequestId") or "")
        error = response.get("Error")
        if error is None:
            return response
        if not isinstance(error, dict) or not isinstance(error.get("Code"), str):
            shown = json.dumps(error, ensure_ascii=False)
            raise ApiError(Verdict.OPEN, "MalformedError", f"the answer's error has no code: {shown}", request_id)
        code, message = error["Code"], str(error.get("Message", ""))
        if code == "AuthFailure.SignatureExpire":
            message = f"{message} {self._clock_difference(date)}".strip()
        if advice := self._advice.get(code):
            message = f"{message.rstrip('.')}. {advice}"
        raise ApiError(verdict_of(code), code, message, request_id, answered=True)

    def _post(self, keys: Credentials | None, action: str, version: str, body: bytes) -> tuple[int, bytes, str | None]:
        upload = _Body(body)
        try:
            with self._session.post(
                self._endpoint,
                data=upload,
                auth=lambda request: self._sign(request, keys, action, version, body),
                timeout=self._timeout,
                proxies=self._proxies,
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = b"".join(_limited(answer.iter_content(1 << 16)))
                return answer.status_code, content, answer.headers.get("Date")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if upload.started:
                message = f"the request was sent, and no whole answer came: {words_of(error)}"
                raise ApiError(Verdict.OPEN, "NoAnswer", message) from None
            message = f"no connection to {self._host}: {words_of(error)}"
            raise ApiError(Verdict.NOT_EXECUTED, "NoConnection", message, connected=False) from None

    def _sign(
        self, request: requests.PreparedRequest, keys: Credentials | None, action: str, version: str, body: bytes
    ) -> requests.PreparedRequest:
        """A callable, so that no `.netrc` puts its own Authorization header in place of this one."""
        timestamp = int(self._clock.now())
        request.headers.update(
            {
                "Host": self._host,
                "Content-Type": CONTENT_TYPE,
                "X-TC-Action": action,
                "X-TC-Version": version,
                "X-TC-Timestamp": str(timestamp),
                "X-TC-Region": self._region,
                "X-TC-Language": "en-US",
                "X-TC-RequestClient": "wedata-action",
                "Authorization": self._authorization(keys, body, timestamp),
            }
        )
        if keys and keys.token:
            request.headers["X-TC-Token"] = keys.token
        return request

    def _authorization(self, keys: Credentials | None, body: bytes, timestamp: int) -> str:
        if keys is None:
            return UNSIGNED
        return authorization(
            keys.secret_id,
            keys.secret_key,
            service=SERVICE,
            host=self._host,
            content_type=CONTENT_TYPE,
            body=body,
            timestamp=timestamp,
        )

    def _clock_difference(self, date: str | None) -> str:
        explanation = "The clock of this machine must agree with Tencent Cloud's to within 5 minutes"
        try:
            served = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, OverflowError):
            return f"{explanation}."
        return f"{explanation}; it is {self._clock.now() - served:+.0f} seconds off by the answer's Date header."


class _Body(io.BytesIO):
    """Knows whether anybody began to read it: before that, not even the connection stood."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.started = False

    def read(self, size: int | None = -1) -> bytes:
        self.started = True
        return super().read(size)


def _limited(chunks: Any) -> Any:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > _ANSWER_LIMIT:
            raise OSError(f"the answer has more than {_ANSWER_LIMIT >> 20} MiB")
        yield chunk


def _response(status: int, content: bytes) -> dict[str, Any]:
    if status != 200:
        message = f"HTTP {status} came back, which is not WeData's own answer (a proxy's?): {_start(content)}"
        raise ApiError(Verdict.OPEN, f"HTTP {status}", message)
    try:
        response = json.loads(content)["Response"]
    except (ValueError, TypeError, KeyError, RecursionError):
        message = f"the answer is not WeData's JSON (a proxy's page?): {_start(content)}"
        raise ApiError(Verdict.OPEN, "MalformedAnswer", message) from None
    if not isinstance(response, dict):
        raise ApiError(Verdict.OPEN, "MalformedAnswer", f"the answer has no Response object: {_start(content)}")
    return response


def _start(content: bytes) -> str:
    """The first 200 characters, cut where no secret can be parted: a part of one would not be hidden."""
    text = " ".join(content[:4000].decode("utf-8", "replace").split())
    return text if len(text) <= 200 else text[: max(text.rfind(mark, 0, 200) for mark in ' <>"') + 1] + "…"
