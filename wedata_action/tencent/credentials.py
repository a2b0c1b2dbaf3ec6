"""The keys of Tencent Cloud: from the environment, or temporary ones that are renewed."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.tencent.verdicts import ApiError

SECRET_NAMES = (
    "TENCENTCLOUD_SECRET_ID",
    "TENCENTCLOUD_SECRET_KEY",
    "TENCENTCLOUD_TOKEN",
    "TENCENTCLOUD_SECURITY_TOKEN",
)

_TOKEN_NAMES = ("INPUT_GITHUB-TOKEN", "WEDATA_GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_PROXY_NAMES = ("http_proxy", "https_proxy", "all_proxy")
_PROXY = re.compile(r"(?:[a-z0-9+]*://)?[^:@/]*:(?P<password>.*)@", re.IGNORECASE | re.DOTALL)

EXPIRED = ("AuthFailure.TokenFailure", "AuthFailure.SecretIdNotFound")
"""The errors for temporary keys that are no longer valid. Inferred: no page says which of the two it is."""

_MARGIN = 600.0  # seconds before the end at which keys are renewed (at most half their life): clocks may be 300 off
_PAUSE = 60.0  # seconds for which keys that are new, or could not be renewed, are left alone
_REMEMBERED = 10.0  # seconds for which one thread's failure counts for all, so that they don't all sign in again

SHORTEST = 8
"""Characters of a secret. Hiding a shorter one would hide harmless text too, and no key is that short."""


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every secret among the variables of a run, without white space around it: keys, tokens, passwords of proxies.

    One shorter than `SHORTEST` is left out: it is refused where it is used.
    """
    values = [environ.get(name, "") for name in (*SECRET_NAMES, *_TOKEN_NAMES)]
    proxies = [value for name, value in environ.items() if name.lower() in _PROXY_NAMES]
    passwords = [found["password"] for proxy in proxies if (found := _PROXY.match(proxy))]
    stripped = [value.strip() for value in (*values, *passwords, *map(unquote, passwords))]
    return tuple(dict.fromkeys(value for value in stripped if len(value) >= SHORTEST))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token of temporary ones. Never shown, not even in a traceback."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


Source = Callable[[Credentials | None], Credentials | None]
"""Gives the keys of the next call; `None` for calls that are not signed.

Its argument are the keys that were refused, or `None`. It gives the same object again if it has no others.
"""


@dataclass(frozen=True, slots=True)
class Temporary:
    """Keys with a token, and when they end, in Unix seconds."""

    keys: Credentials
    expires: float


@dataclass(frozen=True, slots=True)
class _Held:
    keys: Credentials
    since: float
    renew_at: float
    expires: float


class Renewing:
    """A `Source` of temporary keys. Safe to share between threads: while one renews, the others use the old keys."""

    def __init__(self, sign_in: Callable[[], Temporary], clock: Clock, log: Callable[[str], None]) -> None:
        """`sign_in` gets new keys or raises `ApiError`; it is first called when keys are needed."""
        self._sign_in = sign_in
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._failure: tuple[float, ApiError] | None = None

    def __call__(self, refused: Credentials | None = None) -> Credentials:
        """Valid keys. Raises `ApiError` if there are none and signing in fails."""
        held, now = self._held, self._clock.now()
        if held and not _is_due(held, refused, now):
            return held.keys
        valid = held if held and now < held.expires else None
        if valid and not refused and self._lock.locked():
            return valid.keys
        with self._lock:
            if self._held is None or self._held is held:
                self._held = self._renewed(valid)
            return self._held.keys

    def _renewed(self, valid: _Held | None) -> _Held:
        now = self._clock.now()
        try:
            if self._failure and now < self._failure[0]:
                raise self._failure[1]
            new = self._sign_in()
        except ApiError as error:
            if valid is None:
                self._failure = (self._clock.now() + _REMEMBERED, error)
                raise
            left = valid.expires - self._clock.now()
            self._log(f"The temporary keys could not be renewed; the old ones stay valid for {left:.0f} s: {error}")
            later = self._clock.now() + _PAUSE
            return dataclasses.replace(valid, since=later - _PAUSE, renew_at=later)
        renew_at = new.expires - min(_MARGIN, (new.expires - now) / 2)
        return _Held(new.keys, self._clock.now(), renew_at, new.expires)


def _is_due(held: _Held, refused: Credentials | None, now: float) -> bool:
    """New keys that are refused at once are kept: signing in again would not help."""
    return now >= held.renew_at or (refused is held.keys and now >= held.since + _PAUSE)


def from_environment(environ: Mapping[str, str]) -> Credentials:
    """Reads `TENCENTCLOUD_*`. Raises `RunError` for a key that is missing, too short or has white space."""
    for name in SECRET_NAMES:
        value = environ.get(name, "")
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            raise RunError(
                Reason.INVALID_INPUT,
                f"{name} contains white space or other characters that no key has: store the secret again, without "
                "line breaks or spaces around it",
            )
        if 0 < len(value) < SHORTEST:
            raise RunError(
                Reason.INVALID_INPUT,
                f"{name} has fewer than {SHORTEST} characters, so it cannot be a key: store the secret again",
            )
    missing = [name for name in SECRET_NAMES[:2] if not environ.get(name)]
    if missing:
        names = " and ".join(missing) + (" is" if len(missing) == 1 else " are")
        raise RunError(
            Reason.INVALID_INPUT,
            f"{names} not set: pass the keys in the step's env:, for example {missing[0]}: "
            f"${{{{ secrets.{missing[0]} }}}}",
        )
    token = environ.get("TENCENTCLOUD_TOKEN") or environ.get("TENCENTCLOUD_SECURITY_TOKEN")
    return Credentials(environ["TENCENTCLOUD_SECRET_ID"], environ["TENCENTCLOUD_SECRET_KEY"], token or None)
