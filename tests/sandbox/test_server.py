import contextlib
import http.client
import json
import socket
import threading
import time

import pytest

from tests.sandbox.client import ONE_TASK, SUBMIT, call, signed_headers
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.endpoint.rpartition(":")[2])


def test_one_connection_carries_many_requests() -> None:
    body = json.dumps(ONE_TASK).encode()
    with Sandbox() as sandbox, contextlib.closing(http.client.HTTPConnection("127.0.0.1", port_of(sandbox))) as line:
        ports = set()
        for _ in range(5):
            line.request("POST", "/", body, signed_headers(sandbox, SUBMIT, body))
            assert line.sock is not None
            ports.add(line.sock.getsockname())
            with line.getresponse() as response:
                assert b"JobId" in response.read()
        assert len(ports) == 1


def test_concurrent_submissions_get_distinct_jobs() -> None:
    with Sandbox(rate=None) as sandbox:
        replies = []
        threads = [threading.Thread(target=lambda: replies.append(call(sandbox))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(reply.response["Data"]["JobId"] for reply in replies) == list(range(1, 13))
        versions = sandbox.wedata.versions(ONE_TASK["ProjectId"], ONE_TASK["Tasks"][0]["TaskId"])
        assert len({version.version_id for version in versions}) == 12


def test_the_end_waits_neither_for_idle_connections_nor_for_held_answers() -> None:
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        stack.enter_context(socket.create_connection(("127.0.0.1", port_of(sandbox))))
        for fault in (Fault.delay(60), Fault.drop()):
            sandbox.fail_next(SUBMIT, fault)
            with pytest.raises(TimeoutError):
                call(sandbox, timeout=0.1)
    assert time.monotonic() - began < 5
    assert not [thread for thread in threading.enumerate() if "process_request" in thread.name]


def test_after_the_end_the_port_is_free_again() -> None:
    with Sandbox() as sandbox:
        port = port_of(sandbox)
        call(sandbox)
    with Sandbox(port=port) as again:
        assert "Data" in call(again).response


def test_a_port_that_is_taken_is_an_error() -> None:
    with Sandbox() as sandbox, pytest.raises(OSError, match="in use"):
        Sandbox(port=port_of(sandbox))


def test_credentials_are_random_unless_they_are_given() -> None:
    with Sandbox() as one, Sandbox(secret_id="AKIDgiven", secret_key="given") as other:
        assert one.secret_id.startswith("AKID")
        assert one.secret_key not in {"", one.secret_id}
        assert (other.secret_id, other.secret_key) == ("AKIDgiven", "given")
        assert "Data" in call(other).response


def test_the_log_has_a_line_for_each_request_and_no_secret() -> None:
    lines: list[str] = []
    with Sandbox(log=lines.append, token="the-token") as sandbox:
        request_id = call(sandbox).response["RequestId"]
        call(sandbox, changed={"X-TC-Action": "Two\r\n Lines"})
        sandbox.fail_next(SUBMIT, Fault.reset(after=True))
        with pytest.raises(ConnectionResetError):
            call(sandbox)
    assert lines[0] == f"BatchCreateTaskVersionAsync ok {request_id}"
    assert lines[1].startswith("- InvalidAction ")
    assert lines[2].startswith("BatchCreateTaskVersionAsync fault reset-after ")
    assert not any(secret in line for line in lines for secret in (sandbox.secret_id, sandbox.secret_key, "the-token"))


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: -1", b"411"),
        (b"Content-Length: 99999999999", b"413"),
    ],
)
def test_a_body_of_unknown_or_absurd_length_is_not_read(header: bytes, status: bytes) -> None:
    with Sandbox() as sandbox, socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=5) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 " + status + b" ")


def test_a_client_that_leaves_in_the_middle_of_a_body_disturbs_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as sandbox:
        with socket.create_connection(("127.0.0.1", port_of(sandbox))) as line:
            line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        assert "Data" in call(sandbox).response
    assert capfd.readouterr().err == ""
