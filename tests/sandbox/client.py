"""A signed client without manners: it sends whatever a test asks for, and shows what came back."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from wedata_action.tencent.signature import authorization

SUBMIT = "BatchCreateTaskVersionAsync"
LIST = "ListTaskVersions"
OF_2021 = {SUBMIT, "ListBatchDetail", "GetBatchDetailErrorLog"}
CONTENT_TYPE = "application/json; charset=utf-8"
ONE_TASK: dict[str, Any] = {
    "ProjectId": "1470547050521227264",
    "Tasks": [{"TaskId": "20250227112817430", "VersionRemark": "test"}],
}


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    seconds: float = 1_756_277_312.0

    def __call__(self) -> float:
        return self.seconds


class Target(Protocol):
    """What a client needs to know of a sandbox, in this process or another."""

    @property
    def endpoint(self) -> str: ...
    @property
    def secret_id(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str: ...


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes

    @property
    def response(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)["Response"]
        return parsed

    @property
    def code(self) -> str:
        code: str = self.response["Error"]["Code"]
        return code


def signed_headers(
    sandbox: Target, action: str, body: bytes, timestamp: int | None = None, content_type: str = CONTENT_TYPE
) -> dict[str, str]:
    """The headers of a request that the sandbox accepts."""
    host = sandbox.endpoint.removeprefix("http://")
    at = int(time.time()) if timestamp is None else timestamp
    headers = {
        "Host": host,
        "Content-Type": content_type,
        "Authorization": authorization(
            sandbox.secret_id,
            sandbox.secret_key,
            service="wedata",
            host=host,
            content_type=content_type,
            body=body,
            timestamp=at,
        ),
        "X-TC-Action": action,
        "X-TC-Version": "2021-08-20" if action in OF_2021 else "2025-08-06",
        "X-TC-Timestamp": str(at),
        "X-TC-Region": "ap-singapore",
        "X-TC-Language": "en-US",
    }
    return headers | ({"X-TC-Token": sandbox.token} if sandbox.token else {})


def exchange(
    sandbox: Target,
    headers: Mapping[str, str],
    body: bytes,
    method: str = "POST",
    path: str = "/",
    timeout: float = 10,
) -> Reply:
    """Send these bytes over a connection of their own."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sandbox.endpoint.rpartition(":")[2]), timeout=timeout)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(headers))
        with connection.getresponse() as response:
            return Reply(response.status, response.headers["Content-Type"], response.read())


def call(
    sandbox: Target,
    action: str = SUBMIT,
    params: object = None,
    timeout: float = 10,
    changed: Mapping[str, str | None] | None = None,
) -> Reply:
    """A signed call. `changed` replaces headers after signing; None removes one."""
    body = json.dumps(ONE_TASK if params is None else params).encode()
    headers = signed_headers(sandbox, action, body) | dict(changed or {})
    return exchange(
        sandbox, {name: value for name, value in headers.items() if value is not None}, body, timeout=timeout
    )
