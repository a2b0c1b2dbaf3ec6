"""The client on raw sockets: connections that never stand, certificates, proxies, answers that nobody should send."""

import base64
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.sockets import answering, certificate, listening, page, read_request, reset
from tests.tencent.caller import Caller
from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.tencent.client import Client
from wedata_action.tencent.verdicts import ApiError, Verdict

EXPIRED = b'{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire","Message":"expired"},"RequestId":"r-1"}}'
OK = page(b'{"Response":{"Data":{"JobId":1},"RequestId":"r-1"}}')


def failure(client: Client) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client.call("Action", "2021-08-20", {"Key": "value"})
    return caught.value


def assert_unconnected(error: ApiError, words: str) -> None:
    assert (error.verdict, error.code, error.connected) == (Verdict.NOT_EXECUTED, "NoConnection", False)
    assert error.reason is Reason.UNREACHABLE
    assert error.message.startswith("no connection to ")
    assert error.message.split(": ", 1)[1] == words


def assert_open(error: ApiError, code: str, words: str) -> None:
    assert (error.verdict, error.code, error.connected) == (Verdict.OPEN, code, True)
    assert words in error.message
    assert "object at" not in error.message


def test_a_host_without_address(caller: Caller) -> None:
    error = failure(caller.client("https://wedata.invalid"))
    assert_unconnected(error, error.message.split(": ", 1)[1])
    assert error.message.startswith("no connection to wedata.invalid: ")
    assert any(words in error.message for words in ("name or service not known", "name resolution", "no address"))


def test_a_host_name_that_no_resolver_takes(caller: Caller) -> None:
    words = "the address, or the address of a proxy in the environment, is malformed"
    assert_unconnected(failure(caller.client(f"https://{'a' * 64}.example")), words)


def test_a_refused_connection(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert_unconnected(failure(caller.client(f"http://127.0.0.1:{port}")), "connection refused")


def test_a_connection_that_nobody_accepts(caller: Caller) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:  # they fill the queue, so that the next one gets no answer at all
            client.setblocking(False)
            client.connect_ex(address)
        error = failure(caller.client(f"http://127.0.0.1:{address[1]}", seconds=0.4))
        for client in waiting:
            client.close()
    assert_unconnected(error, "timed out")


def test_tls_on_a_plain_port(caller: Caller) -> None:
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        error = failure(caller.client(f"https://127.0.0.1:{port}"))
    assert_unconnected(error, error.message.split(": ", 1)[1])
    assert ": TLS failed: " in error.message
    assert "_ssl.c" not in error.message


def test_a_tls_handshake_that_never_ends(caller: Caller) -> None:
    gone = threading.Event()

    def hold(_: socket.socket) -> None:
        gone.wait(5)

    with listening(hold) as port:
        error = failure(caller.client(f"https://127.0.0.1:{port}", seconds=0.3))
        gone.set()
    assert_unconnected(error, "timed out")


def test_a_reset_in_the_tls_handshake(caller: Caller) -> None:
    def handle(connection: socket.socket) -> None:
        connection.recv(4096)
        reset(connection)

    with listening(handle) as port:
        assert_unconnected(failure(caller.client(f"https://127.0.0.1:{port}")), "connection reset by peer")


def test_an_unknown_certificate_is_refused_unless_the_user_trusts_it(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate(tmp_path)
    with listening(answering(OK), context) as port:
        error = failure(caller.client(f"https://127.0.0.1:{port}"))
        assert_unconnected(error, error.message.split(": ", 1)[1])
        assert ": certificate verify failed: self" in error.message
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
        assert caller.client(f"https://127.0.0.1:{port}").call("Action", "2021-08-20", {})["RequestId"] == "r-1"


def test_a_bundle_of_certificates_that_is_missing(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/CA.pem")
    error = failure(caller.client("https://127.0.0.1:9"))
    assert not error.connected
    assert error.message.endswith("TLS CA certificate bundle, invalid path: /nowhere/CA.pem")


def test_a_connection_that_is_reset_at_once_is_open_if_the_body_may_have_left(caller: Caller) -> None:
    # Whether the reset comes before the body is sent is a race; what must agree is what is said of it.
    with listening(reset) as port:
        for _ in range(10):
            error = failure(caller.client(f"http://127.0.0.1:{port}"))
            assert error.connected is (error.verdict is Verdict.OPEN)
            assert error.verdict is not Verdict.REFUSED


def test_a_redirect_is_not_followed(caller: Caller) -> None:
    asked = threading.Event()
    with (
        listening(lambda _: asked.set()) as other,
        listening(answering(page(b"", "307 Temporary Redirect", f"Location: http://127.0.0.1:{other}/"))) as port,
    ):
        error = failure(caller.client(f"http://127.0.0.1:{port}"))
    assert_open(error, "HTTP 307", "HTTP 307 came instead")
    assert not asked.is_set()


MALFORMED = [
    (page(b"not JSON at all"), "MalformedAnswer", "not WeData's JSON, probably a proxy's page: not JSON at all"),
    (page(b""), "MalformedAnswer", "not WeData's JSON"),
    (page(b"{}"), "MalformedAnswer", "not WeData's JSON, probably a proxy's page: {}"),
    (page(b"[1]"), "MalformedAnswer", "not WeData's JSON"),
    (page(b"\xff\xfe{"), "MalformedAnswer", "not WeData's JSON"),
    (page(b"[" * 100_000), "MalformedAnswer", "not WeData's JSON"),
    (page(b'{"Response": 5}'), "MalformedAnswer", "not WeData's JSON"),
    (page(b'{"Response": null}'), "MalformedAnswer", "not WeData's JSON"),
    (
        page(b'{"Response":{"Error":"broken","RequestId":"r-1"}}'),
        "MalformedError",
        'an error without a code: "broken"',
    ),
    (
        page(b'{"Response":{"Error":{"Code":7},"RequestId":"r-1"}}'),
        "MalformedError",
        'error without a code: {"Code": 7}',
    ),
    (page(b'{"Response":{"Error":[],"RequestId":"r-1"}}'), "MalformedError", "has an error without a code: []"),
    (page(b"damaged", "200 OK", "Content-Encoding: gzip"), "NoAnswer", "the answer is compressed"),
    (b"SSH-2.0-OpenSSH_9.6\r\n", "NoAnswer", "the answer is not HTTP"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "NoAnswer", "broke off"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "NoAnswer", "broke off"),
]


@pytest.mark.parametrize(("answer", "code", "words"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_answer_is_open(caller: Caller, answer: bytes, code: str, words: str) -> None:
    with listening(answering(answer)) as port:
        assert_open(failure(caller.client(f"http://127.0.0.1:{port}")), code, words)


def test_an_error_without_message_has_its_code(caller: Caller) -> None:
    with listening(answering(page(b'{"Response":{"Error":{"Code":"FailedOperation"},"RequestId":7}}'))) as port:
        error = failure(caller.client(f"http://127.0.0.1:{port}"))
    assert (error.code, error.message, error.request_id) == ("FailedOperation", "", "7")


def test_a_null_error_is_none(caller: Caller) -> None:
    with listening(answering(page(b'{"Response":{"Error":null,"RequestId":"r-1"}}'))) as port:
        assert caller.client(f"http://127.0.0.1:{port}").call("Action", "2021-08-20", {})["RequestId"] == "r-1"


def test_a_huge_answer_is_not_read_to_its_end(caller: Caller) -> None:
    with listening(answering(page(b" " * (9 << 20)))) as port:
        assert_open(failure(caller.client(f"http://127.0.0.1:{port}")), "NoAnswer", "the answer has more than 8 MiB")


def test_a_long_page_is_cut_where_no_secret_is_parted(caller: Caller) -> None:
    secret = "s3cret-" * 10
    text = f'<p>{"x" * 150} "{secret}" {"y" * 500}</p>'
    with listening(answering(page(text.encode(), "502 Bad Gateway"))) as port:
        error = failure(caller.client(f"http://127.0.0.1:{port}"))
    assert error.message.endswith(f'<p>{"x" * 150} "…')


@pytest.mark.parametrize(("minutes", "shown"), [(-61, "-3660 seconds"), (10, "+600 seconds")])
def test_a_wrong_clock_is_explained_with_its_difference(caller: Caller, minutes: int, shown: str) -> None:
    clock = replace(Clock(), now=lambda: 1_756_277_312.0 + 60 * minutes)
    answer = page(EXPIRED, "200 OK", "Date: Wed, 27 Aug 2025 06:48:32 GMT")
    with listening(answering(answer)) as port:
        error = failure(caller.client(f"http://127.0.0.1:{port}", clock=clock))
    assert error.message.startswith("expired The clock of this machine must agree with Tencent Cloud's")
    assert f"it is {shown} off by the answer's Date header" in error.message


def test_the_date_of_a_strange_server_does_not_matter(caller: Caller) -> None:
    for date in ("yesterday", "Mon, 99 Foo 99999 99:99:99 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", ""):
        with listening(answering(page(EXPIRED, "200 OK", f"Date: {date}"))) as port:
            error = failure(caller.client(f"http://127.0.0.1:{port}"))
        assert error.message.startswith("expired The clock of this machine must agree"), date


def test_a_netrc_does_not_replace_the_signature(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(OK)

    with listening(handle) as port:
        caller.client(f"http://127.0.0.1:{port}").call("Action", "2021-08-20", {})
    assert b"Authorization: TC3-HMAC-SHA256 Credential=AKIDexample00000/" in seen[0]
    assert b"Basic" not in seen[0]


def test_the_headers_are_those_of_the_documentation(caller: Caller) -> None:
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(OK)

    with listening(handle) as port:
        caller.client(f"http://127.0.0.1:{port}", token="t0ken-temporary").call("Action", "2021-08-20", {"a": "é"})
    head, body = seen[0].split(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert start == "POST / HTTP/1.1"
    assert body == '{"a":"é"}'.encode()
    assert (
        headers.items()
        >= {
            "Host": f"127.0.0.1:{port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "X-TC-Action": "Action",
            "X-TC-Version": "2021-08-20",
            "X-TC-Region": "ap-singapore",
            "X-TC-Language": "en-US",
            "X-TC-RequestClient": "wedata-action",
            "X-TC-Token": "t0ken-temporary",
        }.items()
    )


def test_loopback_is_never_reached_through_a_proxy(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    with listening(lambda _: asked.set()) as proxy, listening(answering(OK)) as port:
        for name in ("http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        caller.client(f"http://127.0.0.1:{port}").call("Action", "2021-08-20", {})
    assert not asked.is_set()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (page(b"", "407 Proxy Authentication Required"), "tunnel connection failed: 407"),
        (b"hello\r\n\r\n", "the answer is not HTTP"),
        (b"", "closed"),
    ],
    ids=["refuses", "speaks otherwise", "hangs up"],
)
def test_a_proxy_that_fails_does_not_give_its_password_away(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, answer: bytes, words: str
) -> None:
    def tunnel(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with listening(tunnel) as port:
        monkeypatch.setenv("https_proxy", f"http://user:pa55word@127.0.0.1:{port}")
        error = failure(caller.client("https://wedata.example"))
    assert not error.connected
    assert words in error.message
    assert_no_password(error, caller)


@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:pa55word@127.0.0.1:1",
        "http://user:pa55word@proxy.invalid:8080",
        "http://user:pa55word@host:99999999",
        "http://user:pa55word@[bad",
        "socks5://user:pa55word@127.0.0.1:1",
        "ftp://user:pa55word@127.0.0.1:1",
        "http:///user:pa55word",
    ],
)
def test_the_address_of_a_bad_proxy_is_not_shown(caller: Caller, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    error = failure(caller.client("https://wedata.example", seconds=2))
    assert not error.connected
    assert_no_password(error, caller)


def assert_no_password(error: ApiError, caller: Caller) -> None:
    shown = f"{error!r} {error} {error.message} {error.code} {caller.debugs}"
    assert "pa55word" not in shown
    assert base64.b64encode(b"user:pa55word").decode() not in shown
