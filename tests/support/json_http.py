"""A small HTTP server that answers with JSON, for what GitHub and others are asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a `body` of bytes goes out as it is."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class JsonServer:
    """`url` has no slash at its end; `requests` are the paths, queries included, with the headers that came."""

    url: str
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serve_json(
    answer: Callable[[str], Reply], write: Callable[[str, str, Any], Reply] | None = None
) -> Iterator[JsonServer]:
    """Serves on a free port of loopback while the block runs. `write` is given method, path and JSON of a write."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            self._reply(answer(self.path))

        def do_POST(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._reply(write(self.command, self.path, content) if write else Reply({}, 405))

        def do_PATCH(self) -> None:
            self.do_POST()

        def _reply(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = JsonServer(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
