"""GitHub's OIDC token for this job, which a cloud accepts instead of keys.

Facts from GitHub's documentation, "OpenID Connect reference": a GET to `ACTIONS_ID_TOKEN_REQUEST_URL`, which already
has a query, with `&audience=` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` as the bearer token, answers `{"value": "<JWT>"}`.
Both variables are set only for jobs with `permissions: id-token: write`. The default audience is the address of the
repository's owner, such as `https://github.com/octo-org`. The token is opaque here: it is never parsed or shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import requests

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason, RunError
from wedata_action.github.errors import GitHubError
from wedata_action.net.exchange import DEADLINE, NoAnswerError, Request, exchange
from wedata_action.parsers import endpoint, is_secret

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
PERMISSION = "give the job `permissions: id-token: write`"
_BACKOFF = Backoff(tries=4)


@dataclass(frozen=True, slots=True, repr=False)
class TokenService:
    """Where the runner says that this job gets its tokens. `bearer` is a secret; `seconds` bound one try."""

    url: str
    bearer: str
    session: requests.Session
    clock: Clock
    seconds: float = DEADLINE

    def token(self, audience: str | None) -> str:
        """A new token for `audience`, a secret. A fault that may pass is retried. Raises `GitHubError`."""
        url = self.url + (f"{'&' if '?' in self.url else '?'}audience={quote(audience, safe='')}" if audience else "")
        return _BACKOFF.retry(
            lambda: self._get(url), self.clock, lambda error: isinstance(error, GitHubError) and error.passing
        )

    def _get(self, url: str) -> str:
        request = Request("GET", url, {"Accept": "application/json", "Authorization": f"Bearer {self.bearer}"})
        try:
            answer = exchange(self.session, request, seconds=self.seconds)
        except NoAnswerError as error:
            raise GitHubError(0, f"GitHub's OIDC service gave no answer: {error}") from None
        if answer.status != 200:
            # The page is left out of the message: it may repeat the request.
            raise GitHubError(answer.status, f"GitHub's OIDC service answered HTTP {answer.status}")
        try:
            value = json.loads(answer.content)["value"]
        except (ValueError, TypeError, KeyError, RecursionError):
            value = None
        if not isinstance(value, str) or not is_secret(value):
            raise GitHubError(200, "GitHub's OIDC service answered without a token")
        return value


def token_service(environ: Mapping[str, str], *, session: requests.Session, clock: Clock) -> TokenService:
    """The service that the runner's variables name. Raises `RunError` if they are missing or malformed."""
    missing = [name for name in (URL, TOKEN) if not environ.get(name)]
    if missing:
        names = " and ".join(missing) + (" is" if len(missing) == 1 else " are")
        raise RunError(Reason.INVALID_INPUT, f"{names} not set, so this job gets no OIDC token: {PERMISSION}")
    url = environ[URL]
    parts = urlsplit(url)
    try:
        endpoint(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        raise RunError(Reason.INVALID_INPUT, f"{URL} is not an https address, so it is not asked for a token") from None
    if not is_secret(environ[TOKEN]):
        raise RunError(Reason.INVALID_INPUT, f"{TOKEN} is not a token, which has no white space: remove it from env:")
    return TokenService(url, environ[TOKEN], session, clock)
