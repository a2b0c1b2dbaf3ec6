"""One signed call of Tencent Cloud's API 3.0 over HTTPS: an answer, or an `ApiError` with its verdict."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from wedata_action.tencent.credentials import Credentials
from wedata_action.tencent.signature import authorization
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of
from wedata_action.world import World

CONTENT_TYPE = "application/json"
_ANSWER_LIMIT = 32 << 20


class Client:
    """Calls one service at one endpoint. Safe to share between threads."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: Credentials,
        *,
        timeout: float,
        world: World,
        session: requests.Session,
        debug: Callable[[str], None],
    ) -> None:
        """`endpoint` is a URL without path; `timeout` in seconds, for connecting and for reading each."""
        self._endpoint = endpoint
        self._host = urlsplit(endpoint).netloc
        self._region = region
        self._credentials = credentials
        self._timeout = timeout
        self._world = world
        self._session = session
        self._debug = debug

    def call(self, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Sends `payload` once. Gives what stands under `Response`.

        Raises `ApiError` for everything else.
        """
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        self._debug(f"{action} {version} to {self._host}: {body.decode()}")
        status, content, date = self._post(action, version, body)
        self._debug(f"{action} answered HTTP {status}: {content[:4000].decode('utf-8', 'replace')}")
        response = _response(status, content)
        request_id = response.get("RequestId") or ""
        error = response.get("Error")
        if error is None:
            return response
        if not isinstance(error, dict) or not isinstance(error.get("Code"), str):
            raise ApiError(Verdict.OPEN, "MalformedError", json.dumps(error, ensure_ascii=False), request_id)
        code, message = error["Code"], str(error.get("Message", ""))
        if code == "AuthFailure.SignatureExpire":
            message = f"{message} {self._clock_difference(date)}".strip()
        raise ApiError(verdict_of(code), code, message, request_id)

    def _post(self, action: str, version: str, body: bytes) -> tuple[int, bytes, str | None]:
        upload = _Body(body)
        try:
            with self._session.post(
                self._endpoint,
                data=upload,
                auth=lambda request: self._sign(request, action, version, body),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = b"".join(_limited(answer.iter_content(1 << 16)))
                return answer.status_code, content, answer.headers.get("Date")
        except (requests.RequestException, OSError) as error:
            if upload.started:
                message = f"the request was sent, and no whole answer came: {_root_cause(error)}"
                raise ApiError(Verdict.OPEN, type(error).__name__, message) from None
            message = f"no connection to {self._host}: {_root_cause(error)}"
            raise ApiError(Verdict.NOT_EXECUTED, type(error).__name__, message, connected=False) from None

    def _sign(
        self, request: requests.PreparedRequest, action: str, version: str, body: bytes
    ) -> requests.PreparedRequest:
        """A callable, so that no `.netrc` puts its own Authorization header in place of this one."""
        timestamp = int(self._world.now())
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
                "Authorization": authorization(
                    self._credentials.secret_id,
                    self._credentials.secret_key,
                    service=self._service,
                    host=self._host,
                    content_type=CONTENT_TYPE,
                    body=body,
                    timestamp=timestamp,
                ),
            }
        )
        if self._credentials.token:
            request.headers["X-TC-Token"] = self._credentials.token
        return request

    _service = "wedata"

    def _clock_difference(self, date: str | None) -> str:
        explanation = "The clock of this machine must agree with Tencent Cloud's to within 5 minutes"
        try:
            served = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return f"{explanation}."
        return f"{explanation}; it is {self._world.now() - served:+.0f} seconds off by the answer's Date header."


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
    shown = content[:200].decode("utf-8", "replace")
    if status != 200:
        raise ApiError(Verdict.OPEN, f"HTTP {status}", f"not WeData's own answer, which has status 200: {shown}")
    try:
        response = json.loads(content)["Response"]
    except (ValueError, TypeError, KeyError, RecursionError):
        message = f"the answer is not WeData's JSON (a proxy's page?): {shown}"
        raise ApiError(Verdict.OPEN, "MalformedAnswer", message) from None
    if not isinstance(response, dict):
        raise ApiError(Verdict.OPEN, "MalformedAnswer", f"the answer has no Response object: {shown}")
    return response


def _root_cause(error: BaseException) -> str:
    """The innermost reason in words: what `requests` wraps around it names objects and the whole URL."""
    cause: BaseException = error
    while True:
        inner = getattr(cause, "reason", None)
        inner = inner if isinstance(inner, BaseException) else cause.args[0] if cause.args else None
        if not isinstance(inner, BaseException):
            break
        cause = inner
    text = str(cause.args[-1] if cause.args else cause)
    return text.split("object at", 1)[-1].split(": ", 1)[-1] or type(cause).__name__
