"""GitHub's REST API, read only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

_ANSWER_LIMIT = 32 << 20


class GitHubError(Exception):
    """GitHub gave no answer that can be used. `status` is the HTTP status, 0 where there was none.

    `passing` says that the same request may be answered later: a rate limit, a 5xx, a time-out.
    """

    def __init__(self, status: int, message: str, *, limited: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.passing = limited or status in {0, 429} or status >= 500


@dataclass(frozen=True, slots=True)
class Api:
    """Reads one repository's resources. `url` is `GITHUB_API_URL`; times in seconds."""

    url: str
    repository: str
    token: str | None
    session: requests.Session
    timeout: float = 30

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON at `path` below the repository. Raises `GitHubError`."""
        try:
            with self.session.get(
                f"{self.url}/repos/{self.repository}/{path}",
                params=parameters,
                auth=self._authorize,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                status = answer.status_code
                content = _content(answer)
                limited = status == 403 and (
                    answer.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in answer.headers
                )
        except requests.RequestException as error:
            raise GitHubError(0, f"no answer from {self.url}: {type(error).__name__}") from None
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            raise GitHubError(status, f"{self.url} answered HTTP {status} without JSON", limited=limited) from None
        if status != 200:
            said = value.get("message", "") if isinstance(value, dict) else ""
            raise GitHubError(status, f"{self.url} answered HTTP {status}: {said}", limited=limited)
        return value

    def merge_base(self, base: str, head: str) -> str:
        """The merge base of two commits or branches. Raises `GitHubError`."""
        names = f"{quote(base, safe='')}...{quote(head, safe='')}"
        found = self.get(f"compare/{names}", per_page=1)
        commit = found.get("merge_base_commit") if isinstance(found, dict) else None
        if not isinstance(commit, dict) or not isinstance(commit.get("sha"), str):
            raise GitHubError(200, f"{self.url} named no merge base of {base} and {head}")
        return str(commit["sha"])

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """A callable, so that no `.netrc` puts its own Authorization header in place of this one."""
        request.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"})
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _content(answer: requests.Response) -> bytes:
    """Read through `iter_content`, whose errors are those of requests; cut where it is too long to be an answer."""
    chunks: list[bytes] = []
    for chunk in answer.iter_content(1 << 16):
        chunks.append(chunk)
        if len(chunks) > _ANSWER_LIMIT >> 16:
            break
    return b"".join(chunks)
