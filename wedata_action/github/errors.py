"""A read of GitHub, and what goes wrong with it.

Stages that may never call GitHub load this, so nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Get = Callable[..., Any]
"""`get(path, **parameters)`: the JSON at `path` below the repository's address. Raises `GitHubError`."""


class GitHubError(Exception):
    """GitHub gave no answer that can be used; as a text, why, and what to do about it where that is known.

    `status` is the HTTP status, 0 without an answer. `passing` says that the same request may be answered later: after
    a rate limit, a 5xx, a time-out. `retry_after` are the seconds that GitHub asks to wait. `remedy` is one sentence.
    """

    def __init__(
        self, status: int, message: str, *, remedy: str = "", limited: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(f"{message.rstrip('. ')}. {remedy}" if remedy else message)
        self.status = status
        self.passing = limited or status in {0, 429} or status >= 500
        self.retry_after = retry_after
        self.remedy = remedy
