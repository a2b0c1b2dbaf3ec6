"""What becomes of a request, as values: a transport turns them into bytes on a socket or into exceptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. Content-Length among `headers` may exceed the length of `body`: then the answer ends early.

    `delay` is how long it is held back, in seconds.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset, without an answer."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The connection stays open, and no answer comes."""


Outcome = Answer | Reset | NoAnswer


def answer(status: int, content_type: str, body: bytes) -> Answer:
    """An answer that is whole."""
    return Answer(status, (("Content-Type", content_type), ("Content-Length", str(len(body)))), body)


def api_answer(response: Mapping[str, Any], request_id: str) -> Answer:
    """An answer of the API: `response` and the RequestId under `Response`."""
    text = json.dumps({"Response": {**response, "RequestId": request_id}}, ensure_ascii=False)
    # JSON can carry half a surrogate pair in a remark; UTF-8 cannot.
    return answer(200, "application/json", text.encode(errors="replace"))


def api_error(code: str, message: str) -> dict[str, Any]:
    """What stands under `Response` beside the RequestId when a request is refused."""
    return {"Error": {"Code": code, "Message": message}}
