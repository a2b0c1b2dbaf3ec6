"""The keys of Tencent Cloud, from the environment alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wedata_action.errors import Reason, RunError

SECRET_NAMES = (
    "TENCENTCLOUD_SECRET_ID",
    "TENCENTCLOUD_SECRET_KEY",
    "TENCENTCLOUD_TOKEN",
    "TENCENTCLOUD_SECURITY_TOKEN",
)

SHORTEST = 8
"""Characters of a secret. To hide a shorter one would blot out harmless text, and no key is that short."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token that temporary ones come with. Never shown, in a traceback neither."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


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
