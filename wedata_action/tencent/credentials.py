"""The keys of Tencent Cloud: from the environment, or temporary ones that are renewed."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.inputs import KEYS
from wedata_action.parsers import SHORTEST_SECRET, is_secret
from wedata_action.tencent.verdicts import ApiError

_TOKEN_NAMES = ("INPUT_GITHUB-TOKEN", "WEDATA_GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_PROXY_NAMES = ("http_proxy", "https_proxy", "all_proxy")
_PROXY = re.compile(r"(?:[a-z0-9+]*://)?[^:@/]*:(?P<password>.*)@", re.IGNORECASE | re.DOTALL)

_MARGIN = 600.0  # seconds before the end at which keys are renewed (at most half their life): clocks may be 300 off
_PAUSE = 30.0  # seconds until signing in is tried again after a failure


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every secret among the variables of a run, without white space around it: keys, tokens, passwords of proxies.

    One shorter than `SHORTEST_SECRET` is left out: it is refused where it is used.
    """
    values = [environ.get(name, "") for name in (*KEYS, *_TOKEN_NAMES)]
    proxies = [value for name, value in environ.items() if name.lower() in _PROXY_NAMES]
    passwords = [found["password"] for proxy in proxies if (found := _PROXY.match(proxy))]
    stripped = [value.strip() for value in (*values, *passwords, *map(unquote, passwords))]
    return tuple(dict.fromkeys(value for value in stripped if len(value) >= SHORTEST_SECRET))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token of temporary ones, which end at `expires` in Unix seconds. Keys are never shown."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: float = math.inf


Source = Callable[[], Credentials | None]
"""Gives the keys of the next call; `None` for calls that are not signed."""


class Renewing:
    """A `Source` of temporary keys. Safe to share between threads: while one renews, the others use the old keys."""

    def __init__(self, sign_in: Callable[[], Credentials], clock: Clock, log: Callable[[str], None]) -> None:
        """`sign_in` gets new keys or raises `ApiError`; it is first called when keys are needed."""
        self._sign_in = sign_in
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._held: Credentials | None = None
        self._failure: ApiError | None = None
        self._due = 0.0  # when to sign in next

    def __call__(self) -> Credentials:
        """Valid keys. Raises `ApiError` if there are none and signing in fails."""
        held = self._held
        if held and self._lock.locked() and self._clock.now() < held.expires:
            return held
        with self._lock:
            if self._clock.now() >= self._due:
                self._renew()
            if self._held and self._clock.now() < self._held.expires:
                return self._held
            raise self._failure or AssertionError

    def _renew(self) -> None:
        start = self._clock.now()
        try:
            self._held = self._sign_in()
        except ApiError as error:
            self._failure = error
            self._due = self._clock.now() + _PAUSE
            left = self._held.expires - self._clock.now() if self._held else 0
            if left > 0:
                self._log(f"The temporary keys could not be renewed; the old ones stay valid for {left:.0f} s: {error}")
        else:
            self._due = self._held.expires - min(_MARGIN, (self._held.expires - start) / 2)


def from_environment(environ: Mapping[str, str], *, in_actions: bool = False) -> Credentials:
    """Reads `TENCENTCLOUD_*`. Raises `RunError` for a key that is missing, too short or has white space."""
    for name in KEYS:
        if (value := environ.get(name)) and not is_secret(value):
            raise RunError(
                Reason.INVALID_INPUT,
                f"{name} is not a key, which has at least {SHORTEST_SECRET} characters and no white space: copy it "
                "again, without line breaks or spaces around it",
            )
    missing = [name for name in KEYS[:2] if not environ.get(name)]
    if missing:
        names = " and ".join(missing) + (" is" if len(missing) == 1 else " are")
        remedy = "export them, or write them into a .env file and keep that out of git"
        if in_actions:
            remedy = f"pass them in the step's env:, for example {missing[0]}: ${{{{ secrets.{missing[0]} }}}}"
        raise RunError(Reason.INVALID_INPUT, f"{names} not set: {remedy}")
    token = environ.get("TENCENTCLOUD_TOKEN") or environ.get("TENCENTCLOUD_SECURITY_TOKEN")
    return Credentials(environ["TENCENTCLOUD_SECRET_ID"], environ["TENCENTCLOUD_SECRET_KEY"], token or None)
