"""GitHub's REST API against a real server on loopback."""

from __future__ import annotations

import gzip
import itertools
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulation.clock import SimulatedClock
from tests.support.json_http import Reply, serve_json
from tests.support.sockets import dripping, listening
from wedata_action.clock import Clock
from wedata_action.github.api import PATIENCE, Api
from wedata_action.github.errors import GitHubError

TOKEN = "ghs_secret"
PERMISSIONS = "actions: read, checks: read, contents: read"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def make_api(
    session: requests.Session, url: str, *, time: SimulatedClock | None = None, **changed: Any
) -> tuple[Api, list[str]]:
    """The API, whose retries take no real time, and its log."""
    log: list[str] = []
    token = changed.pop("token", TOKEN)
    clock = changed.pop("clock", None) or (time or SimulatedClock()).started(random.Random(0), lambda: None)
    return Api(url, "acme/tasks", token, session, clock, log.append, PERMISSIONS, **changed), log


def failure(api: Api, path: str = "x") -> GitHubError:
    with pytest.raises(GitHubError) as caught:
        api.get(path)
    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("token", [None, "", TOKEN])
def test_a_request_names_its_version_and_carries_the_token(session: requests.Session, token: str | None) -> None:
    with serve_json(lambda _: Reply([{"a": "任"}])) as server:
        api, log = make_api(session, server.url, token=token)
        assert api.get("actions/runs", branch="a&b", per_page=1) == [{"a": "任"}]
    [(path, headers)] = server.requests
    assert path == "/repos/acme/tasks/actions/runs?branch=a%26b&per_page=1"
    assert headers.get("Authorization") == (f"Bearer {token}" if token else None)
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["Accept-Encoding"] == "identity"
    assert log == []


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, {"message": "Not Found"}, "HTTP 404: Not Found."),
        (403, ["x"], r"HTTP 403\. "),
        (301, {"message": "Moved"}, "HTTP 301: Moved"),
        (200, b"\xff", "HTTP 200 without JSON"),
        (200, b"[" * 100_000, "HTTP 200 without JSON"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error_with_its_status(
    session: requests.Session, status: int, body: Any, message: str
) -> None:
    with (
        serve_json(lambda _: Reply({})) as other,
        serve_json(lambda _: Reply(body, status, {"Location": f"{other.url}/"})) as server,
    ):
        api, log = make_api(session, server.url)
        error = failure(api)
    assert error.status == status
    assert not error.passing
    assert re.search(message, str(error))
    assert len(server.requests) == 1
    assert other.requests == []  # no redirect takes the token along
    assert log == []


EMPTY = "github-token is empty"


@pytest.mark.parametrize(
    ("status", "token", "remedy", "not_said"),
    [
        (401, None, EMPTY, PERMISSIONS),
        (401, "", EMPTY, PERMISSIONS),
        (403, "", EMPTY, PERMISSIONS),
        (404, "", EMPTY, PERMISSIONS),
        (401, TOKEN, "rejected the token", PERMISSIONS),
        (403, TOKEN, PERMISSIONS, EMPTY),
        (404, TOKEN, PERMISSIONS, EMPTY),
    ],
)
def test_a_refusal_says_what_to_do_about_the_token(
    session: requests.Session, status: int, token: str | None, remedy: str, not_said: str
) -> None:
    with serve_json(lambda _: Reply({"message": "Requires authentication"}, status)) as server:
        error = failure(make_api(session, server.url, token=token)[0])
    assert remedy in str(error)
    assert not_said not in str(error)
    assert str(error).startswith(f"{server.url} answered HTTP {status}: Requires authentication. ")


PASSING: list[Reply] = [
    Reply({}, 500),
    Reply(b"<html>", 502),
    Reply({"message": "slow down"}, 429),
    Reply({"message": "API rate limit exceeded"}, 403, {"X-RateLimit-Remaining": "0"}),
    Reply({"message": "secondary rate limit"}, 403, {"Retry-After": "9"}),
    Reply({}, 200, {"Content-Length": "100"}),
    Reply(gzip.compress(b"{}"), 200, {"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("trouble", PASSING, ids=lambda reply: f"{reply.status} {len(str(reply))}")
def test_what_may_pass_is_tried_again_and_said_once(session: requests.Session, trouble: Reply) -> None:
    left = [3]

    def answer(_: str) -> Reply:
        left[0] -= 1
        return trouble if left[0] >= 0 else Reply({"a": 1})

    with serve_json(answer) as server:
        api, log = make_api(session, server.url, seconds=1)
        assert api.get("x") == {"a": 1}
    assert len(server.requests) == 4
    assert len(log) == 1
    assert log[0].startswith(f"GitHub: {server.url} ")
    assert log[0].endswith("; trying for up to 60 s")


@pytest.mark.parametrize("trouble", PASSING[:5], ids=lambda reply: f"{reply.status} {len(str(reply))}")
def test_what_does_not_pass_ends_after_a_minute(session: requests.Session, trouble: Reply) -> None:
    clock = SimulatedClock(0)
    with serve_json(lambda _: trouble) as server:
        api, log = make_api(session, server.url, time=clock)
        assert failure(api).passing
    assert clock.seconds == pytest.approx(PATIENCE)
    assert len(log) == 1


def test_a_rate_limit_is_not_pressed_before_its_end(session: requests.Session) -> None:
    clock = SimulatedClock(0)
    limits = [
        Reply({}, 403, {"Retry-After": "9"}),
        Reply({}, 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "29"}),
        Reply({}, 429, {"Retry-After": "3600"}),
    ]
    asked: list[float] = []

    def answer(_: str) -> Reply:
        asked.append(clock.seconds)
        return limits.pop(0) if limits else Reply({})

    with serve_json(answer) as server:
        make_api(session, server.url, time=clock)[0].get("x")
    assert asked == [0, 9, 29, 60]


@pytest.mark.parametrize("text", ["", "soon", "-1", "1e9", "٣", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_rate_limit_of_another_form_is_one_all_the_same(session: requests.Session, text: str) -> None:
    headers = {"Retry-After": text.encode().decode("latin-1")}
    with serve_json(lambda _: Reply({}, 403, headers)) as server:
        assert failure(make_api(session, server.url)[0]).passing


def test_a_connection_that_fails_is_an_error_without_a_status(session: requests.Session) -> None:
    api, log = make_api(session, "http://127.0.0.1:1")
    error = failure(api)
    assert (error.status, error.passing) == (0, True)
    assert str(error) == "http://127.0.0.1:1 gave no answer: connection refused"
    assert log == ["GitHub: http://127.0.0.1:1 gave no answer: connection refused; trying for up to 60 s"]


def test_an_answer_that_drips_ends_at_the_deadline(session: requests.Session) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nX: ") as port:
        started = time.monotonic()
        api, _ = make_api(session, f"http://127.0.0.1:{port}", seconds=0.3, clock=impatient())
        assert str(failure(api)).endswith("gave no answer: timed out")
    assert time.monotonic() - started < 2


def impatient() -> Clock:
    """A minute passes at each look at the clock, so that nothing is tried again."""
    minutes = itertools.count()
    return Clock(monotonic=lambda: PATIENCE * next(minutes))


def test_a_silent_server_is_in_the_log_within_five_seconds(session: requests.Session) -> None:
    gone = threading.Event()
    said: list[tuple[float, str]] = []

    def hold(_: socket.socket) -> None:
        gone.wait(10)

    with listening(hold) as port:
        started = time.monotonic()

        def log(text: str) -> None:
            said.append((time.monotonic() - started, text))

        url = f"http://127.0.0.1:{port}"
        failure(Api(url, "acme/tasks", None, session, impatient(), log, "actions: read", seconds=6))
        gone.set()
    [(after, text)] = said
    assert after < 5
    assert text == f"GitHub: http://127.0.0.1:{port} has not answered yet; trying for up to 60 s"
