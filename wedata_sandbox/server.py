"""The sandbox on a port of loopback: HTTP/1.1 around the gateway."""

from __future__ import annotations

import secrets
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Final, Self

from wedata_sandbox.faults import Fault, Rule
from wedata_sandbox.gateway import Call, Credentials, Gateway
from wedata_sandbox.outcomes import Answer, NoAnswer, Outcome, Reset
from wedata_sandbox.service import WeData

LOOPBACK: Final = "127.0.0.1"
MOST_READ: Final = 64 * 1024 * 1024
"""Bodies up to this many bytes are read, so that the gateway can answer that they are too large."""


Handle = Callable[[str, str, Mapping[str, str], bytes], Outcome]
"""Method, target, headers and body to what becomes of the request."""


class Listener:
    """Answers with `handle` while the `with` block runs. The port is taken at once; OSError if it is taken already."""

    def __init__(self, handle: Handle, port: int) -> None:
        self._server = _Server((LOOPBACK, port), handle)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox")

    @property
    def endpoint(self) -> str:
        """Its address, such as `http://127.0.0.1:40123`."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.end_connections()
        self._server.server_close()


class Sandbox(Listener):
    """A WeData API that listens while the `with` block runs.

    `wedata` is its state (a fresh international site if left out), `port` 0 picks a free one. Unsaid credentials are
    random; with a `token` they are temporary. `rate` is the gateway's limit; `log` gets a short line for each request.
    The port is taken at once, and served and freed by the block. OSError if the port is taken.
    """

    def __init__(
        self,
        wedata: WeData | None = None,
        *,
        port: int = 0,
        secret_id: str = "",
        secret_key: str = "",
        token: str = "",
        rate: int | None = 20,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.wedata = wedata or WeData()
        self.secret_id = secret_id or f"AKID{secrets.token_hex(16)}"
        self.secret_key = secret_key or secrets.token_hex(16)
        self.token = token
        credentials = Credentials(self.secret_id, self.secret_key, token)
        self.gateway = Gateway(self.wedata, credentials, rate=rate, observe=_line_writer(log) if log else None)
        super().__init__(self.gateway.handle, port)

    def fail_next(self, action: str, fault: Fault, *, times: int | None = 1, every: int = 1) -> None:
        """Let `fault` strike `times` calls of `action` (None: without end), every `every`-th one.

        Faults for one action queue up: a later one strikes the calls that the earlier ones leave alone.
        """
        self.gateway.add_rule(Rule(action, fault, times, every))


def _line_writer(log: Callable[[str], None]) -> Callable[[Call], None]:
    def write(call: Call) -> None:
        # The action is the client's text, and a header may be folded over several lines.
        action = call.action if call.action.isidentifier() else "-"
        log(f"{action} {call.result} {call.request_id}")

    return write


class _Server(ThreadingHTTPServer):
    # Connections are ended and their threads joined at the close, so none outlives its sandbox.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handle: Handle) -> None:
        self.handle_call = handle
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # The base class looks up the host's name here, which takes seconds where the resolver is slow.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        self.stopping.set()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # The client was faster.
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away in the middle of a request is what several faults are for.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self._refuse(411)
            return
        if int(length) > MOST_READ:
            self._refuse(413)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return
        outcome = self.server.handle_call(self.command, self.path, dict(self.headers.items()), body)
        match outcome:
            case Answer():
                self._write(outcome)
            case Reset():
                self._reset()
            case NoAnswer():
                self._wait_for_end()

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the names that http.server looks up

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gave it
        """Nothing: the log of the sandbox has one line for each request."""

    def _write(self, answer: Answer) -> None:
        if answer.delay and self.server.stopping.wait(answer.delay):
            self.close_connection = True
            return
        declared = int(dict(answer.headers)["Content-Length"])
        self.close_connection = self.close_connection or declared > len(answer.body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        reason = self.responses.get(answer.status, ("", ""))[0]
        self.wfile.write(f"HTTP/1.1 {answer.status} {reason}\r\n{lines}\r\n".encode() + answer.body)

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._write(Answer(status, (("Content-Length", "0"), ("Connection", "close")), b""))

    def _reset(self) -> None:
        # With a linger of zero seconds the close sends RST; it happens once no file refers to the socket any more.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.connection.close()

    def _wait_for_end(self) -> None:
        self.close_connection = True
        while not self.server.stopping.wait(0.05):
            try:
                ended = not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            if ended:
                return
