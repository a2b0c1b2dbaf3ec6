"""GitHub's REST API against a real server on loopback."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from wedata_action.github.api import Api, GitHubError

PLAIN = {"Content-Type": "application/json"}


class Server(ThreadingHTTPServer):
    """Answers every request with `status`, `headers` and `body`, and keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.headers, self.body, self.length = 200, dict(PLAIN), b"{}", 0
        self.silence = 0.0
        self.asked: list[tuple[str, dict[str, str]]] = []

    def api(self, token: str | None = None, timeout: float = 5) -> Api:
        session = requests.Session()
        session.trust_env = False
        return Api(f"http://127.0.0.1:{self.server_port}", "acme/tasks", token, session, timeout)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        time.sleep(self.server.silence)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(self.server.length or len(self.server.body)))
        with contextlib.suppress(OSError):  # who does not wait has gone
            self.end_headers()
            self.wfile.write(self.server.body)

    def log_request(self, *_: object) -> None:
        """Keeps the tests' output short."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("token", [None, "ghs_secret"])
def test_a_request_names_its_version_and_carries_the_token(server: Server, token: str | None) -> None:
    server.body = gzip.compress(b'[{"a": "\xe4\xbb\xbb"}]')
    server.headers["Content-Encoding"] = "gzip"
    assert server.api(token).get("actions/runs", branch="a&b", per_page=1) == [{"a": "任"}]
    [(path, headers)] = server.asked
    assert path == "/repos/acme/tasks/actions/runs?branch=a%26b&per_page=1"
    assert headers.get("Authorization") == (token and f"Bearer {token}")
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_names_of_branches_cannot_leave_the_path(server: Server) -> None:
    server.body = b'{"merge_base_commit": {"sha": "abc"}}'
    assert server.api().merge_base("a/../b?x#y", "1" * 40) == "abc"
    assert server.asked[0][0] == f"/repos/acme/tasks/compare/a%2F..%2Fb%3Fx%23y...{'1' * 40}?per_page=1"


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"merge_base_commit": null}', b'{"merge_base_commit": {"sha": 1}}'])
def test_an_answer_without_a_merge_base_is_an_error(server: Server, body: bytes) -> None:
    server.body = body
    with pytest.raises(GitHubError, match="named no merge base"):
        server.api().merge_base("main", "1" * 40)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, b'{"message": "Not Found"}', "HTTP 404: Not Found"),
        (403, b'["x"]', "HTTP 403: $"),
        (301, b'{"message": "Moved"}', "HTTP 301: Moved"),
        (502, b"<html>", "HTTP 502 without JSON"),
        (200, b"\xff", "HTTP 200 without JSON"),
        (200, b"[" * 100_000, "HTTP 200 without JSON"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error_with_its_status(
    server: Server, status: int, body: bytes, message: str
) -> None:
    server.status, server.body = status, body
    server.headers["Location"] = f"http://127.0.0.1:{server.server_port}/elsewhere"
    with pytest.raises(GitHubError, match=message) as caught:
        server.api("ghs_secret").get("x")
    assert caught.value.status == status
    assert len(server.asked) == 1  # no redirect takes the token along
    assert "ghs_secret" not in str(caught.value)


@pytest.mark.parametrize("fault", ["cut", "not gzip", "closed", "slow"])
def test_a_connection_that_fails_is_an_error_without_a_status(server: Server, fault: str) -> None:
    api = server.api()
    if fault == "cut":
        server.length = 100
    elif fault == "not gzip":
        server.headers["Content-Encoding"] = "gzip"
    elif fault == "closed":
        api = dataclasses.replace(api, url="http://127.0.0.1:1")
    else:
        server.silence = 1.0
        api = dataclasses.replace(api, timeout=0.05)
    with pytest.raises(GitHubError, match="no answer from http://127") as caught:
        api.get("x")
    assert caught.value.status == 0
    assert caught.value.passing


@pytest.mark.parametrize(
    ("status", "headers", "passing"),
    [(403, {"X-RateLimit-Remaining": "0"}, True), (403, {"Retry-After": "1"}, True), (403, {}, False),
     (429, {}, True), (500, {}, True), (404, {}, False), (401, {}, False)],
)  # fmt: skip
def test_what_passes_is_told_from_what_stays(
    server: Server, status: int, headers: dict[str, str], passing: bool
) -> None:
    server.status = status
    server.headers |= headers
    with pytest.raises(GitHubError) as caught:
        server.api().get("x")
    assert caught.value.passing is passing
