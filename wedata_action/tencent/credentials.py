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


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token that temporary ones come with. Never shown, in a traceback neither."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def from_environment(environ: Mapping[str, str]) -> Credentials:
    """Reads `TENCENTCLOUD_*`. Raises `RunError` for a missing key, and for one with white space in or around it."""
    for name in SECRET_NAMES:
        value = environ.get(name, "")
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            raise RunError(
                Reason.INVALID_INPUT,
                f"{name} has white space or other characters in it that no key has: store the secret again, "
                "without the line break or blanks around it",
            )
    missing = [name for name in SECRET_NAMES[:2] if not environ.get(name)]
    if missing:
        raise RunError(
            Reason.INVALID_INPUT,
            f"{' and '.join(missing)} not set: give the keys in the step's env:, "
            f"such as {missing[0]}: ${{{{ secrets.{missing[0]} }}}}",
        )
    token = environ.get("TENCENTCLOUD_TOKEN") or environ.get("TENCENTCLOUD_SECURITY_TOKEN")
    return Credentials(environ["TENCENTCLOUD_SECRET_ID"], environ["TENCENTCLOUD_SECRET_KEY"], token or None)
