"""GitHub's OIDC token for this job, which a cloud takes instead of keys.

Facts from GitHub's documentation, "OpenID Connect reference": a GET to `ACTIONS_ID_TOKEN_REQUEST_URL`, which has a
query already, with `&audience=` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` as the bearer, answers `{"value": "<JWT>"}`. Both
variables are there only for jobs with `permissions: id-token: write`. Without an audience GitHub puts the address of
the repository's owner, such as `https://github.com/octo-org`. The token is opaque here: it is never parsed or shown.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import requests

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.github.api import GitHubError
from wedata_action.inputs import endpoint

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
PERMISSION = "give the job `permissions: id-token: write`"
_TRIES = 4
_FIRST_DELAY = 1.0  # seconds; doubled with each try, and a random part of it waited
_MOST_CHUNKS = 16  # of 64 KiB: what is cut there is no token


@dataclass(frozen=True, slots=True)
class TokenService:
    """Where the runner says that tokens of this job are to be had. `bearer` is a secret."""

    url: str = field(repr=False)
    bearer: str = field(repr=False)
    session: requests.Session
    timeout: float
    clock: Clock

    def token(self, audience: str | None) -> str:
        """A new token for `audience`, a secret. What may pass is tried again. Raises `GitHubError`."""
        url = self.url + (f"{'&' if '?' in self.url else '?'}audience={quote(audience, safe='')}" if audience else "")
        for attempt in range(_TRIES):
            try:
                return self._get(url)
            except GitHubError as error:
                if not error.passing or attempt == _TRIES - 1:
                    raise
            self.clock.sleep(self.clock.random.uniform(0, _FIRST_DELAY * 2**attempt))
        raise AssertionError("the last try returns or raises")

    def _get(self, url: str) -> str:
        # `http` is for loopback only, so a proxy would take the request to another machine, and in plain text.
        proxies = {"http": ""} if url.startswith("http:") else None
        try:
            with self.session.get(
                url, auth=self._authorize, timeout=self.timeout, proxies=proxies, allow_redirects=False, stream=True
            ) as answer:
                status = answer.status_code
                content = b"".join(itertools.islice(answer.iter_content(1 << 16), _MOST_CHUNKS))
        except requests.RequestException as error:
            raise GitHubError(0, f"GitHub's OIDC service gave no answer: {type(error).__name__}") from None
        if status != 200:
            # What the page says is left out: it may repeat the request.
            raise GitHubError(status, f"GitHub's OIDC service answered HTTP {status}")
        return _value(content)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """A callable, so that no `.netrc` puts its own Authorization header in place of this one."""
        request.headers.update({"Accept": "application/json", "Authorization": f"Bearer {self.bearer}"})
        return request


def token_service(
    environ: Mapping[str, str], *, session: requests.Session, timeout: float, clock: Clock
) -> TokenService:
    """The service that the runner's variables name. Raises `RunError` where they are missing or of a wrong form."""
    missing = [name for name in (URL, TOKEN) if not environ.get(name)]
    if missing:
        names = " and ".join(missing) + (" is" if len(missing) == 1 else " are")
        raise RunError(Reason.INVALID_INPUT, f"{names} not set, so GitHub gives this job no OIDC token: {PERMISSION}")
    url = environ[URL]
    parts = urlsplit(url)
    try:
        endpoint(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        raise RunError(Reason.INVALID_INPUT, f"{URL} is no https address, so no token is asked for there") from None
    if not re.fullmatch(r"[!-~]{8,}", environ[TOKEN]):
        raise RunError(Reason.INVALID_INPUT, f"{TOKEN} is not a token, which has no white space: unset it in env:")
    return TokenService(url, environ[TOKEN], session, timeout, clock)


def _value(content: bytes) -> str:
    try:
        value = json.loads(content)["value"]
    except (ValueError, TypeError, KeyError, RecursionError):
        value = None
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]{8,}", value):
        raise GitHubError(200, "GitHub's OIDC service answered without a token")
    return value
