"""Repositories over HTTP on loopback, as GitHub serves them: git's smart protocol, a token as Basic authentication."""

from __future__ import annotations

import base64
import contextlib
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    authorization: str | None
    status: int


@dataclass(frozen=True)
class GitServer:
    """`url` has no slash at its end; `requests` grows while the server runs."""

    url: str
    requests: list[Request] = field(default_factory=list)


@contextlib.contextmanager
def serve(root: Path, token: str | None = None, tls: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    """Serves the bare repositories below `root` at their paths, with or without `.git` in the address.

    With a token, only requests that carry it as the password of `x-access-token` are answered, the others with 401.
    With `tls` it is reached by https.
    """
    server = _Server(root, token, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, root: Path, token: str | None, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.root = root
        self.expected = None
        if token is not None:
            self.expected = "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()
        self.seen = GitServer(f"http{'s' if tls else ''}://127.0.0.1:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_request(self, *_: object) -> None:
        """Keeps the tests' output free of a line for each request."""

    def _answer(self, body: bytes) -> None:
        if self.server.expected not in {None, self.headers.get("Authorization")}:
            self._send(401, [("WWW-Authenticate", 'Basic realm="GitHub"')], b"")
            return
        answer = subprocess.run(  # it fails after it has answered that a commit does not exist
            ["git", "http-backend"], input=body, env=self._environment(len(body)), capture_output=True, check=False
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [
            (name, value.strip()) for name, _, value in (line.partition(":") for line in head.decode().split("\r\n"))
        ]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self._send(status, [header for header in headers if header[0] != "Status"], content)

    def _environment(self, length: int) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        owner, _, rest = path.lstrip("/").partition("/")
        name, _, service = rest.partition("/")
        if not (self.server.root / owner / name).is_dir():
            name = name.removesuffix(".git") if name.endswith(".git") else f"{name}.git"
        # GitHub answers a request for any commit by its id, and for a part of the objects.
        settings = {"uploadpack.allowAnySHA1InWant": "true", "uploadpack.allowFilter": "true", "safe.directory": "*"}
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{owner}/{name}/{service}",
            "REQUEST_METHOD": self.command,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        for number, (key, value) in enumerate(settings.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return environment

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.server.seen.requests.append(Request(self.command, self.path, self.headers.get("Authorization"), status))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
