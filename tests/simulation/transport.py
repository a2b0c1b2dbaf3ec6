"""Carries requests to the sandbox and to the stand-in for GitHub without a socket, and loses them now and then."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from tests.simulation.workflow import Identity
from tests.support.github import GitHub
from wedata_sandbox.gateway import Gateway
from wedata_sandbox.outcomes import Answer

WEDATA_URL, GITHUB_URL = "http://127.0.0.1:1", "http://127.0.0.1:2"
SUBMIT = "BatchCreateTaskVersionAsync"
WRITE, READ, PROVE, LOOK = "UpdateTaskPartially", "GetTask", "GetOpsTaskCode", "GetTaskVersion"


@dataclass(slots=True)
class Transport(BaseAdapter):
    """`fault_rate` is the chance that a call is struck; `on_call` is told of each, before and after it took effect.

    `on_read` is told of each task whose versions are read, `on_sent` of each remark that is sent for a task, and
    `on_code` of each action on the draft or the production code of one, just before it takes effect.
    `github_fault_rate` is that of GitHub, where it differs.
    """

    gateway: Gateway
    github: GitHub
    chance: random.Random
    fault_rate: float
    on_call: Callable[[], None]
    sleep: Callable[[float], None]
    on_read: Callable[[Identity], None] = lambda _: None
    on_sent: Callable[[str, Identity], None] = lambda *_: None
    on_code: Callable[[str, Identity], None] = lambda *_: None
    github_fault_rate: float | None = None

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.on_call()
        if str(request.url).startswith(GITHUB_URL):
            return self._github(request)
        struck = self.chance.random() < self.fault_rate
        fault = self.chance.choice(_FAULTS.get(request.headers["X-TC-Action"], _READ_FAULTS))
        return fault(self, request) if struck else self._executed(request)

    def close(self) -> None: ...

    def _github(self, request: requests.PreparedRequest) -> requests.Response:
        rate = self.fault_rate if self.github_fault_rate is None else self.github_fault_rate
        if self.chance.random() < rate:
            return _response(request, self.chance.choice((500, 502, 429)), b'{"message": "try later"}')
        status, value = self.github.answer(str(request.url))
        return _response(request, status, json.dumps(value).encode())

    def _executed(self, request: requests.PreparedRequest) -> requests.Response:
        body = _arrive(request)
        self._note(request.headers["X-TC-Action"], json.loads(body))
        outcome = self.gateway.handle("POST", "/", _headers(request), body)
        if not isinstance(outcome, Answer):
            raise TypeError(f"no fault was asked for, and there was {outcome}")
        self.on_call()
        return _response(request, outcome.status, outcome.body)

    def _note(self, action: str, body: Mapping[str, Any]) -> None:
        if action == "ListTaskVersions":
            self.on_read((body["ProjectId"], body["TaskId"]))
        elif action in {READ, WRITE, PROVE}:
            self.on_code(action, (body["ProjectId"], body["TaskId"]))
        for task in body["Tasks"] if action == SUBMIT else ():
            self.on_sent(task["VersionRemark"], (body["ProjectId"], task["TaskId"]))

    def not_connected(self, _: requests.PreparedRequest) -> requests.Response:
        raise requests.ConnectionError("connection refused")

    def lost_before(self, request: requests.PreparedRequest) -> requests.Response:
        _arrive(request)
        raise requests.ConnectionError("connection reset by peer")

    def lost_after(self, request: requests.PreparedRequest) -> requests.Response:
        self._executed(request)
        raise requests.ReadTimeout("read timed out")

    def html_before(self, request: requests.PreparedRequest) -> requests.Response:
        _arrive(request)
        return _response(request, 200, b"<html>proxy</html>")

    def bad_gateway_after(self, request: requests.PreparedRequest) -> requests.Response:
        self._executed(request)
        return _response(request, 502, b"<html>bad gateway</html>")

    def null_job_after(self, request: requests.PreparedRequest) -> requests.Response:
        self._executed(request)
        return _answer(request, {"Data": {"JobId": None}})

    def internal_error_after(self, request: requests.PreparedRequest) -> requests.Response:
        self._executed(request)
        return _error(request, "InternalError")

    def failed_operation_before(self, request: requests.PreparedRequest) -> requests.Response:
        _arrive(request)
        return _error(request, "FailedOperation")

    def failed_operation_after(self, request: requests.PreparedRequest) -> requests.Response:
        self._executed(request)
        return _error(request, "FailedOperation")

    def throttled_before(self, request: requests.PreparedRequest) -> requests.Response:
        _arrive(request)
        return _error(request, "RequestLimitExceeded")

    def null_after(self, request: requests.PreparedRequest) -> requests.Response:
        """One field of the answer is null, but for those that hide what nobody can know.

        These are a remark, an approval, and of a draft and a version the code, and whether it was ever submitted.
        """
        answered = self._executed(request)
        answer = json.loads(answered.raw.read())
        kept = {"RequestId", "VersionRemark", "ApproveStatus"}
        if request.headers["X-TC-Action"] in {READ, LOOK}:
            kept |= {"CodeContent", "TaskLatestSubmitVersionNo"}
        places = [place for place in _places(answer["Response"]) if place[1] not in kept]
        if places:
            holder, key = self.chance.choice(places)
            holder[key] = None
        return _response(request, 200, json.dumps(answer).encode())

    def status_false_before(self, request: requests.PreparedRequest) -> requests.Response:
        _arrive(request)
        return _answer(request, {"Data": {"Status": False}})

    def late(self, request: requests.PreparedRequest) -> requests.Response:
        self.sleep(20)
        return self._executed(request)


_READ_FAULTS = (
    Transport.not_connected,
    Transport.lost_before,
    Transport.html_before,
    Transport.bad_gateway_after,
    Transport.throttled_before,
    Transport.null_after,
    Transport.late,
)
_WRITE_FAULTS = (
    *_READ_FAULTS,
    Transport.lost_after,
    Transport.internal_error_after,
    Transport.failed_operation_before,
    Transport.failed_operation_after,
)
_FAULTS = {
    SUBMIT: (*_WRITE_FAULTS, Transport.null_job_after),
    WRITE: (*_WRITE_FAULTS, Transport.status_false_before),
}


def _places(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Each field of an answer, with the object that it stands in."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield value, key
            yield from _places(part)
    for part in value if isinstance(value, list) else ():
        yield from _places(part)


def _arrive(request: requests.PreparedRequest) -> bytes:
    """Reads the body: from here on the client takes the request for sent."""
    content: bytes = request.body.read()  # type: ignore[union-attr] # the client sends a stream
    return content


def _headers(request: requests.PreparedRequest) -> Mapping[str, str]:
    return {name: str(value) for name, value in request.headers.items()}


def _error(request: requests.PreparedRequest, code: str) -> requests.Response:
    return _answer(request, {"Error": {"Code": code, "Message": "simulated"}})


def _answer(request: requests.PreparedRequest, response: Mapping[str, Any]) -> requests.Response:
    return _response(request, 200, json.dumps({"Response": {**response, "RequestId": "simulated"}}).encode())


def _response(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.request = request
    response.url = str(request.url)
    response.raw = HTTPResponse(io.BytesIO(body), status=status, preload_content=False)
    return response
