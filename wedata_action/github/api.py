"""GitHub's REST API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from wedata_action.clock import Backoff, Clock
from wedata_action.github.errors import GitHubError
from wedata_action.net.exchange import DEADLINE, Answer, NoAnswerError, Request, exchange

PATIENCE = 60.0
"""Seconds for which a read that fails is tried again."""
_BACKOFF = Backoff(first=1.0, longest=8.0, seconds=PATIENCE)
_SHORTEST = 5.0  # seconds that the last try has
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(slots=True)
class Api:
    """Reads and writes one repository's resources. Safe to share between threads.

    `url` is `GITHUB_API_URL`. `log` is told once of a fault that may pass; `seconds` bound one try. `permissions` are
    what the job's token needs.
    """

    url: str
    repository: str
    token: str | None = field(repr=False)
    session: requests.Session
    clock: Clock
    log: Callable[[str], None]
    permissions: str
    seconds: float = DEADLINE
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _quiet_until: float = 0.0

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON at `path` below the repository. What may pass is tried again for a minute. Raises `GitHubError`."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        url = f"{self.url}/repos/{self.repository}/{path}{query}"
        end = self.clock.monotonic() + PATIENCE
        delays = _BACKOFF.delays(self.clock)
        while True:
            left = end - self.clock.monotonic()
            try:
                return self._ask(Request("GET", url, self._headers()), min(self.seconds, max(left, _SHORTEST)))
            except GitHubError as error:
                if not error.passing or (delay := next(delays, None)) is None:
                    raise
                self._say(str(error))
                asked = error.retry_after
            self.clock.sleep(max(delay, min(asked, end - self.clock.monotonic())))

    def once(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        """The JSON that a request is answered with, which is not tried again. Raises `GitHubError`."""
        url = f"{self.url}/repos/{self.repository}/{path}"
        headers = self._headers() | ({"Content-Type": "application/json"} if body else {})
        return self._ask(Request(method, url, headers, json.dumps(body).encode() if body else b""), self.seconds)

    def _headers(self) -> dict[str, str]:
        return _HEADERS | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    def _ask(self, request: Request, seconds: float) -> Any:
        try:
            answer = exchange(
                self.session,
                request,
                seconds=seconds,
                on_slow=lambda: self._say(f"{self.url} has not answered yet"),
            )
        except NoAnswerError as error:
            raise GitHubError(0, f"{self.url} gave no answer: {error}") from None
        return self._value(answer)

    def _value(self, answer: Answer) -> Any:
        status, said = answer.status, f"{self.url} answered HTTP {answer.status}"
        retry_after = _retry_after(answer, self.clock.now())
        limited = status == 403 and retry_after is not None
        remedy = "" if limited else _remedy(status, self.token, self.permissions)
        try:
            value = json.loads(answer.content)
        except (ValueError, RecursionError):
            value = None
            said += " without JSON"
        else:
            if status in {200, 201}:
                return value
            said += f": {value['message']}" if isinstance(value, dict) and value.get("message") else ""
        raise GitHubError(status, said, remedy=remedy, limited=limited, retry_after=retry_after or 0.0)

    def _say(self, what: str) -> None:
        """Once for all calls that meet the same fault."""
        with self._lock:
            now = self.clock.monotonic()
            if now < self._quiet_until:
                return
            self._quiet_until = now + PATIENCE
        self.log(f"GitHub: {what}; trying for up to {PATIENCE:.0f} s")


def _remedy(status: int, token: str | None, permissions: str) -> str:
    if status not in {401, 403, 404}:
        return ""
    own = "leave the input github-token out to use the job's own token"
    if not token:
        return f"The input github-token is empty, so GitHub was asked without a token: {own}"
    if status == 401:
        return f"GitHub rejected the token in the input github-token, which may have expired or been revoked: {own}"
    return f"Give the job these `permissions:` {permissions}"


def _retry_after(answer: Answer, now: float) -> float | None:
    """The seconds that a rate limit lasts, `None` where the answer speaks of none."""
    if "Retry-After" in answer.headers:
        return _seconds(answer.headers["Retry-After"])
    if answer.headers.get("X-RateLimit-Remaining") == "0":
        return max(0.0, _seconds(answer.headers.get("X-RateLimit-Reset", "")) - now)
    return None


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and text.isascii() and len(text) <= 12 else 0.0
