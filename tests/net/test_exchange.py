"""One exchange is bounded in time and size, whatever the other side does, and knows whether its body may have left."""

from __future__ import annotations

import base64
import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import requests

from tests.support.sockets import answering, certificate, dripping, listening, page, read_request
from wedata_action.net import new_session
from wedata_action.net.exchange import MOST_BYTES, Answer, NoAnswerError, Request, exchange

BODY = b'{"a":1}'
SECONDS = 0.4


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with new_session() as session:
        yield session


def post(session: requests.Session, url: str, body: bytes = BODY, seconds: float = 5) -> Answer:
    return exchange(session, Request("POST", url, {"Content-Type": "application/json"}, body), seconds=seconds)


def failure(session: requests.Session, url: str, body: bytes = BODY, seconds: float = 5) -> NoAnswerError:
    with pytest.raises(NoAnswerError) as caught:
        post(session, url, body, seconds)
    assert caught.value.__suppress_context__
    return caught.value


def assert_timed_out(session: requests.Session, url: str, *, sent: bool, body: bytes = BODY) -> None:
    started = time.monotonic()
    error = failure(session, url, body, SECONDS)
    assert (str(error), error.sent) == ("timed out", sent)
    assert SECONDS * 0.9 < time.monotonic() - started < SECONDS + 0.5


def test_an_answer_comes_with_status_headers_and_content(session: requests.Session) -> None:
    with listening(answering(page(b"\xff\x00", "418 I'm a teapot", "X-Some: thing"))) as port:
        answer = post(session, f"http://127.0.0.1:{port}")
    assert (answer.status, answer.content) == (418, b"\xff\x00")
    assert answer.headers["x-some"] == "thing"


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "before the status line": (b"", b"H"),
    "in the status line": (b"HTTP/1.1 200 ", b"O"),
    "in a header": (HEAD + b"X: ", b"x"),
    "one header after another": (HEAD, b"X: y\r\n"),
    "in the content": (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "in a content without a length": (HEAD + b"\r\n", b"x"),
    "in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "in the trailer": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "after 100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize(("beginning", "drop"), DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_ends_at_the_deadline(session: requests.Session, beginning: bytes, drop: bytes) -> None:
    with dripping(beginning, drop) as port:
        assert_timed_out(session, f"http://127.0.0.1:{port}", sent=True)


@pytest.mark.parametrize(("beginning", "drop"), [(HEAD + b"X: ", b"x"), (b"", b"H"), (HEAD, b"X: y\r\n")])
def test_a_proxy_that_drips_ends_at_the_deadline_and_nothing_was_sent(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch, beginning: bytes, drop: bytes
) -> None:
    with dripping(beginning, drop) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        assert_timed_out(session, "https://wedata.example", sent=False)


def test_a_handshake_that_drips_ends_at_the_deadline_and_nothing_was_sent(session: requests.Session) -> None:
    record = b"\x16\x03\x03\x40\x00"  # a handshake record of 16 KiB, of which a byte comes now and then
    with dripping(record, b"\x02") as port:
        assert_timed_out(session, f"https://127.0.0.1:{port}", sent=False)


def test_a_server_that_does_not_read_ends_at_the_deadline(session: requests.Session) -> None:
    gone = threading.Event()

    def hold(_: socket.socket) -> None:
        gone.wait(5)

    with listening(hold) as port:
        assert_timed_out(session, f"http://127.0.0.1:{port}", sent=True, body=b"x" * (16 << 20))
        gone.set()


def test_what_was_not_sent_by_the_deadline_is_never_sent(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, context = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    over, done = threading.Event(), threading.Event()
    arrived: list[bytes] = []

    def late(connection: socket.socket) -> None:
        """A proxy that drips until the deadline is over, and then lets the request through to a server."""
        connection.recv(65536)
        connection.sendall(HEAD + b"X: ")
        while not over.wait(0.03):
            connection.sendall(b"x")
        connection.sendall(b"\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as secured:
            while part := secured.recv(65536):
                arrived.append(part)
        done.set()

    with listening(late) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        assert_timed_out(session, "https://127.0.0.1:443", sent=False)
        over.set()
        assert done.wait(5)
    request = b"".join(arrived)
    assert request.startswith(b"POST / HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n")
    assert BODY not in request


@pytest.mark.parametrize("status", ["200 OK", "302 Found"])
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "gzip, gzip", "deflate", "br", "zstd", "identity, gzip"])
def test_a_compressed_answer_is_never_unpacked(session: requests.Session, status: str, encoding: str) -> None:
    bomb = gzip.compress(gzip.compress(bytes(64 << 20)))
    answer = page(bomb, status, f"Content-Encoding: {encoding}", "Location: /elsewhere")
    with listening(answering(answer)) as port:
        tracemalloc.start()
        try:
            error = failure(session, f"http://127.0.0.1:{port}")
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (str(error), error.sent) == ("the answer is compressed, which was not asked for", True)
    assert most < 4 << 20


@pytest.mark.parametrize("status", ["200 OK", "302 Found"])
@pytest.mark.parametrize("length", [True, False])
def test_an_answer_is_read_up_to_a_limit(session: requests.Session, status: str, length: bool) -> None:
    content = b" " * (MOST_BYTES + 1)
    head = f"HTTP/1.1 {status}\r\nLocation: /elsewhere\r\n".encode()
    for size, fits in ((MOST_BYTES, True), (MOST_BYTES + 1, False)):
        lines = f"Content-Length: {size}\r\n\r\n".encode() if length else b"\r\n"
        with listening(answering(head + lines, content[:size])) as port:
            url = f"http://127.0.0.1:{port}"
            if fits:
                assert len(post(session, url).content) == size
            else:
                assert str(failure(session, url)) == "the answer has more than 8 MiB"


def test_nothing_is_asked_for_compressed_nor_kept_from_one_answer_to_the_next(session: requests.Session) -> None:
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        for _ in range(2):
            seen.append(read_request(connection))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}")

    with listening(handle) as port:
        for _ in range(2):
            assert post(session, f"http://127.0.0.1:{port}").content == b"{}"
    assert len(seen) == 2, "one connection serves both"
    for request in seen:
        assert b"Accept-Encoding: identity\r\n" in request
        assert b"ookie" not in request


def test_a_netrc_has_no_say_and_a_token_is_sent_as_it_is(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login thief password thief\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(page(b""))

    with listening(handle) as port:
        url = f"http://127.0.0.1:{port}"
        exchange(session, Request("POST", url, {}, BODY))
        exchange(session, Request("POST", url, {"Authorization": "Bearer t0ken"}, BODY))
    assert b"Authorization" not in seen[0]
    assert b"Authorization: Bearer t0ken\r\n" in seen[1]
    assert base64.b64encode(b"thief:thief") not in b"".join(seen)


def test_an_error_of_ours_is_raised_as_it_is() -> None:
    class Broken(requests.Session):
        def get_adapter(self, _: str) -> NoReturn:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        exchange(Broken(), Request("GET", "http://127.0.0.1:1", {}))


def test_a_request_does_not_show_its_secrets() -> None:
    shown = repr(Request("GET", "https://x.example/secret", {"Authorization": "Bearer secret"}, b"secret"))
    assert "secret" not in shown


def test_the_keys_of_a_connection_are_written_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path, context = certificate(tmp_path)
    log = tmp_path / "keys.log"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    assert ssl.create_default_context().keylog_filename == str(log)
    log.unlink()
    with listening(answering(page(b"{}")), context) as port, new_session() as session:
        assert post(session, f"https://127.0.0.1:{port}").content == b"{}"
    assert not log.exists()
