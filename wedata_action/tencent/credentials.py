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
"""What temporary keys that are no longer valid are answered with. Inferred: no page says which of the two it is."""

_MARGIN = 600.0  # seconds before the end at which keys are renewed, or half of their life: clocks differ by up to 300
_PAUSE = 60.0  # seconds for which keys that are new, or could not be renewed, are left alone
_REMEMBERED = 10.0  # seconds for which a failure holds for all threads, so that each need not meet it for itself

SHORTEST = 8
"""Characters of a secret. To hide a shorter one would blot out harmless text, and no key is that short."""


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every secret among the variables of a run, without white space around it: keys, tokens, passwords of proxies.

    A shorter one than `SHORTEST` is refused where it is used; hidden, it would take letters out of every word.
    """
    values = [environ.get(name, "") for name in (*SECRET_NAMES, *_TOKEN_NAMES)]
    proxies = [value for name, value in environ.items() if name.lower() in _PROXY_NAMES]
    passwords = [found["password"] for proxy in proxies if (found := _PROXY.match(proxy))]
    stripped = [value.strip() for value in (*values, *passwords, *map(unquote, passwords))]
    return tuple(dict.fromkeys(value for value in stripped if len(value) >= SHORTEST))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token that temporary ones come with. Never shown, in a traceback neither."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


Source = Callable[[Credentials | None], Credentials | None]
"""Gives the keys of the next call, `None` for calls that are not signed.

It is told which keys were refused, or `None`; what it then gives is the same object if it has no others.
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
    """A `Source` of temporary keys. Safe to share between threads: one of them renews, the others go on meanwhile."""

    def __init__(self, sign_in: Callable[[], Temporary], clock: Clock, log: Callable[[str], None]) -> None:
        """`sign_in` gets new keys, and raises `ApiError` if there are none; it is called when the first are needed."""
        self._sign_in = sign_in
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._failure: tuple[float, ApiError] | None = None

    def __call__(self, refused: Credentials | None = None) -> Credentials:
        """Keys that are valid. Raises `ApiError` where there are none, and no new ones to be had."""
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
            self._log(f"The temporary keys could not be renewed; the old ones are valid for {left:.0f} s more: {error}")
            later = self._clock.now() + _PAUSE
            return dataclasses.replace(valid, since=later - _PAUSE, renew_at=later)
        renew_at = new.expires - min(_MARGIN, (new.expires - now) / 2)
        return _Held(new.keys, self._clock.now(), renew_at, new.expires)


def _is_due(held: _Held, refused: Credentials | None, now: float) -> bool:
    """Keys that are refused as soon as they are given are not bettered by others of the same role."""
    return now >= held.renew_at or (refused is held.keys and now >= held.since + _PAUSE)


def from_environment(environ: Mapping[str, str]) -> Credentials:
    """Reads `TENCENTCLOUD_*`. Raises `RunError` for a missing key, and for one that is short or has white space."""
    for name in SECRET_NAMES:
        value = environ.get(name, "")
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            raise RunError(
                Reason.INVALID_INPUT,
                f"{name} has white space or other characters in it that no key has: store the secret again, "
                "without the line break or blanks around it",
            )
        if 0 < len(value) < SHORTEST:
            raise RunError(
                Reason.INVALID_INPUT,
                f"{name} has fewer than {SHORTEST} characters, so it is no key: store the secret again",
            )
    missing = [name for name in SECRET_NAMES[:2] if not environ.get(name)]
    if missing:
        names = " and ".join(missing) + (" is" if len(missing) == 1 else " are")
        raise RunError(
            Reason.INVALID_INPUT,
            f"{names} not set: give the keys in the step's env:, such as {missing[0]}: ${{{{ secrets.{missing[0]} }}}}",
        )
    token = environ.get("TENCENTCLOUD_TOKEN") or environ.get("TENCENTCLOUD_SECURITY_TOKEN")
    return Credentials(environ["TENCENTCLOUD_SECRET_ID"], environ["TENCENTCLOUD_SECRET_KEY"], token or None)
