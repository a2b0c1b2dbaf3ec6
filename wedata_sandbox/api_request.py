"""A request of Tencent Cloud's API 3.0 as it was received, and the checks that every service makes of its form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wedata_sandbox.fields import ApiError

MOST_BYTES: Final = 10 * 1024 * 1024
REQUIRED_HEADERS: Final = ("Host", "Authorization", "X-TC-Action", "X-TC-Version", "X-TC-Timestamp", "X-TC-Region")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was received; the names of `headers` in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, empty if it is missing."""
        return self.headers.get(name.lower(), "")


def check_form(request: Request) -> None:
    """Raise `ApiError` unless `request` has the form of a call of API 3.0."""
    if request.method != "POST":
        raise ApiError("UnsupportedProtocol", "This API takes POST requests only.")
    if request.path != "/":
        raise ApiError("InvalidRequest", "Requests go to the path / without a query.")
    media_type = request.header("Content-Type").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError("UnsupportedProtocol", "The header Content-Type must be application/json.")
    if len(request.body) > MOST_BYTES:
        raise ApiError("RequestSizeLimitExceeded", "The body is larger than 10 MB.")
    for name in REQUIRED_HEADERS:
        if not request.header(name):
            raise ApiError("MissingParameter", f"The header {name} is missing.")


def timestamp(text: str) -> int:
    """The seconds of an X-TC-Timestamp; `ApiError` for another text."""
    if not re.fullmatch(r"[0-9]{1,11}", text):
        raise ApiError("InvalidParameterValue", "X-TC-Timestamp must be Unix seconds in decimal digits.")
    return int(text)


def parameters(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; `ApiError` for any other body."""
    try:
        params = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ApiError("InvalidParameter", "The body is not JSON in UTF-8.") from None
    if not isinstance(params, dict):
        raise ApiError("InvalidParameter", "The body must be a JSON object.")
    return params


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
