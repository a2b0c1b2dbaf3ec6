"""Servers on raw sockets, for what the sandbox does not do."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

Handle = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(handle: Handle, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port of loopback on which each connection is given to `handle` and then closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        threading.Thread(target=_accept, args=(server, handle, context), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, handle: Handle, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection = server.accept()[0]
            with contextlib.suppress(OSError), connection:
                connection.settimeout(10)
                if context is None:
                    handle(connection)
                else:
                    with context.wrap_socket(connection, server_side=True) as secured:
                        handle(secured)


def answering(*parts: bytes) -> Handle:
    """Reads a request and sends `parts` as they are."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        for part in parts:
            connection.sendall(part)

    return handle


def page(content: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers)
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + content


def read_request(connection: socket.socket) -> bytes:
    """The request, headers and body."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536) or _closed()
    head, _, body = text.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536) or _closed()
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Ends the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _closed() -> bytes:
    raise ConnectionError("closed")


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1, and a server's context with it."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=loopback"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", *request.split(), *names], check=True, capture_output=True, timeout=30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


@contextlib.contextmanager
def dripping(beginning: bytes, drop: bytes = b" ", pause: float = 0.03) -> Iterator[int]:
    """A port on which each connection is sent `beginning`, and then `drop` again and again, until the block ends."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(beginning)
        while not ended.wait(pause):
            connection.sendall(drop)

    with listening(drip) as port:
        try:
            yield port
        finally:
            ended.set()
