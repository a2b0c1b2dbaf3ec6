"""GitHub's REST API, read only."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import requests

from wedata_action.backoff import Backoff
from wedata_action.clock import Clock
from wedata_action.github.errors import GitHubError
from wedata_action.net.exchange import DEADLINE, Answer, NoAnswerError, Request, exchange

PATIENCE = 60.0
"""Seconds for which a read that fails is tried again."""
_BACKOFF = Backoff(first=1.0, longest=8.0, seconds=PATIENCE)
_SHORTEST = 5.0  # seconds that the last try has
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


_UNSIGNED = (
    "The input github-token is empty, so GitHub was asked without a token: leave the input out to use the job's own "
    "token, or pass ${{ github.token }}"
)
_REFUSED = (
    "GitHub refused the token in the input github-token, which may have expired or been revoked: leave the input out "
    "to use the job's own token"
)
_PERMISSIONS = "Give the job these `permissions:` actions: read, checks: read, contents: read"


class Api:
    """Reads one repository's resources. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        repository: str,
        token: str | None,
        session: requests.Session,
        *,
        clock: Clock,
        log: Callable[[str], None],
        seconds: float = DEADLINE,
    ) -> None:
        """`url` is `GITHUB_API_URL`. `log` is told once of a fault that may pass; `seconds` bound one try."""
        self._url = url
        self._repository = repository
        self._token = token
        self._session = session
        self._clock = clock
        self._log = log
        self._seconds = seconds
        self._lock = threading.Lock()
        self._quiet_until = clock.monotonic()

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON at `path` below the repository. What may pass is tried again for a minute. Raises `GitHubError`."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        url = f"{self._url}/repos/{self._repository}/{path}{query}"
        end = self._clock.monotonic() + PATIENCE
        delays = _BACKOFF.delays(self._clock)
        while True:
            left = end - self._clock.monotonic()
            try:
                return self._get(url, min(self._seconds, max(left, _SHORTEST)))
            except GitHubError as error:
                if not error.passing or (delay := next(delays, None)) is None:
                    raise
                self._say(f"{error}")
                asked = error.retry_after
            self._clock.sleep(max(delay, min(asked, end - self._clock.monotonic())))

    def _get(self, url: str, seconds: float) -> Any:
        token = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            answer = exchange(
                self._session,
                Request("GET", url, _HEADERS | token),
                seconds=seconds,
                on_slow=lambda: self._say(f"{self._url} has not answered yet"),
            )
        except NoAnswerError as error:
            raise GitHubError(0, f"{self._url} gave no answer: {error}") from None
        return self._value(answer)

    def _value(self, answer: Answer) -> Any:
        status, said = answer.status, f"{self._url} answered HTTP {answer.status}"
        retry_after = _retry_after(answer, self._clock.now())
        limited = status == 403 and retry_after is not None
        remedy = "" if limited else _remedy(status, self._token)
        try:
            value = json.loads(answer.content)
        except (ValueError, RecursionError):
            value = None
            said += " without JSON"
        else:
            if status == 200:
                return value
            said += f": {value['message']}" if isinstance(value, dict) and value.get("message") else ""
        raise GitHubError(status, said, remedy=remedy, limited=limited, retry_after=retry_after or 0.0)

    def _say(self, what: str) -> None:
        """Once for all calls that meet the same fault."""
        with self._lock:
            now = self._clock.monotonic()
            if now < self._quiet_until:
                return
            self._quiet_until = now + PATIENCE
        self._log(f"GitHub: {what}; trying for up to {PATIENCE:.0f} s")


def _remedy(status: int, token: str | None) -> str:
    if status not in {401, 403, 404}:
        return ""
    if not token:
        return _UNSIGNED
    return _REFUSED if status == 401 else _PERMISSIONS


def _retry_after(answer: Answer, now: float) -> float | None:
    """The seconds that a rate limit lasts, `None` where the answer speaks of none."""
    headers: Mapping[str, str] = answer.headers
    if "Retry-After" in headers:
        return _seconds(headers["Retry-After"])
    if headers.get("X-RateLimit-Remaining") == "0":
        return max(0.0, _seconds(headers.get("X-RateLimit-Reset", "")) - now)
    return None


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and text.isascii() and len(text) <= 12 else 0.0
