"""One HTTP request and its answer, bounded in time and in size.

requests bounds each read from the socket, not the whole: a server or a proxy that sends one byte a second holds it for
ever, and a name server has no limit at all. So the exchange runs in a thread of its own, and is left behind when its
time is up: what it was about to send is then never sent, and what still arrives is not read.
"""

from __future__ import annotations

import http.client
import io
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import NamedTuple

import requests
import urllib3.exceptions

DEADLINE = 30.0
"""Seconds of a whole exchange: name, connection and TLS, the request, the answer to its last byte."""
SLOW = 4.0
"""Seconds after which somebody is told that an exchange takes long."""
MOST_BYTES = 8 << 20
"""Of an answer. Longer ones are no answers."""

# The first that fits. An exception's own words are used only where no address can be in them.
_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (urllib3.exceptions.LocationValueError, requests.exceptions.InvalidURL),
        "the address, or the address of a proxy in the environment, is malformed",
    ),
    ((TimeoutError, urllib3.exceptions.TimeoutError), "timed out"),
    ((http.client.RemoteDisconnected,), "the connection was closed"),
    ((http.client.IncompleteRead,), "the answer broke off"),
    ((http.client.HTTPException,), "the answer is not HTTP"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What is sent. It has no `repr`: address, headers and body may hold secrets."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class NoAnswerError(Exception):
    """No whole answer came; as a text, why, without an address or a secret.

    `sent` says whether a byte of the body may have left. Until then the service cannot have done anything.
    """

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


def exchange(
    session: requests.Session,
    request: Request,
    *,
    seconds: float = DEADLINE,
    on_slow: Callable[[], None] = lambda: None,
) -> Answer:
    """Sends a request once and reads its answer; follows no redirect. Raises `NoAnswerError`.

    `on_slow` is called when it has taken `SLOW` seconds.
    """
    end = time.monotonic() + seconds
    upload = _Upload(request.body)
    ended: Future[Answer] = Future()

    def run() -> None:
        try:
            ended.set_result(_send(session, request, upload, seconds))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            ended.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        if seconds > SLOW and not wait([ended], SLOW).done:
            on_slow()
        return ended.result(max(0.0, end - time.monotonic()))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise NoAnswerError(_words_of(error), sent=upload.abandon()) from None
    finally:
        upload.abandon()


def _send(session: requests.Session, request: Request, upload: _Upload, seconds: float) -> Answer:
    headers = {**request.headers, "Accept-Encoding": "identity"}
    body = upload if request.body else None
    prepared = session.prepare_request(
        requests.Request(request.method, request.url, headers, data=body, auth=_as_it_is)
    )
    # `http` is for loopback only, so a proxy would take the request to another machine, and in plain text.
    proxies = {"http": ""} if request.url.startswith("http:") else {}
    settings = session.merge_environment_settings(prepared.url, proxies, stream=True, verify=None, cert=None)
    # By way of the adapter: a session reads the page of a redirect without a limit, even if it does not follow it.
    adapter = session.get_adapter(request.url)
    with adapter.send(prepared, timeout=seconds, **settings) as response:  # type: ignore[arg-type] # never None here
        return Answer(response.status_code, response.headers, _read(response, upload))


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without an `auth`, requests would put a password from .netrc over the headers."""
    return request


def _read(response: requests.Response, upload: _Upload) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() not in {"", "identity"}:
        # Never unpacked: a few kilobytes can become gigabytes.
        raise OSError("the answer is compressed, which was not asked for")
    content = bytearray()
    while chunk := response.raw.read1(1 << 16, decode_content=False):
        content += chunk
        if len(content) > MOST_BYTES:
            raise OSError(f"the answer has more than {MOST_BYTES >> 20} MiB")
        if upload.abandoned:
            raise TimeoutError
    return bytes(content)


class _Upload(io.BytesIO):
    """The body of a request. Knows whether anybody began to read it, and gives nothing more once it is abandoned."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._lock = threading.Lock()
        self._begun = False
        self.abandoned = False

    def read(self, size: int | None = -1) -> bytes:
        with self._lock:
            if self.abandoned:
                raise TimeoutError
            self._begun = True
        return super().read(size)

    def abandon(self) -> bool:
        """Lets no more be read; says whether anything was."""
        with self._lock:
            self.abandoned = True
            return self._begun


def _words_of(error: BaseException) -> str:
    """The innermost cause of an exception of `requests`, in short words.

    Its own text names objects, whole addresses, and a proxy with its password.
    """
    while (inner := _inner(error)) is not None:
        error = inner
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "TLS failed: " + re.sub(r"^\[.*?\] | \(_ssl.*", "", error.strerror or str(error))
    for types, words in _WORDS:
        if isinstance(error, types):
            return words
    if isinstance(error, OSError):
        text = (error.strerror or str(error)).rstrip(".")
        return text[:1].lower() + text[1:]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()


def _inner(error: BaseException) -> BaseException | None:
    causes = (getattr(error, "reason", None), error.__cause__, *reversed(error.args))
    return next((cause for cause in causes if isinstance(cause, BaseException)), None)
