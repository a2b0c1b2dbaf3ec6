"""What the value of an input may be: from its trimmed text to the value.

A parser raises `ValueError` for anything else, and the error's text says what is allowed.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ENDPOINT = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?P<host>(?:{_LABEL}\.)*{_LABEL}|\[[0-9a-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?/?"
)


SHORTEST_SECRET = 8
"""Characters of a key or a token. Hiding a shorter one would hide harmless text too, and none is that short."""

is_secret = re.compile(rf"[!-~]{{{SHORTEST_SECRET},}}").fullmatch
"""Whether a text has the form of a key or a token."""

TARGET = "1 to 64 letters from A to Z, digits, '_', '-' and '.'"
TARGET_PATTERN = "[A-Za-z0-9_.-]{1,64}"
is_target = re.compile(TARGET_PATTERN).fullmatch
"""Whether a text has the form of the name of a target, which `TARGET` says in words."""

_OF_SECRETS = "".join(map(chr, range(ord("!"), ord("~") + 1)))


def shortened(text: str, most: int) -> str:
    """`text`, or its start of at most `most` characters, cut where no secret is parted: half of one is not hidden."""
    return text if len(text) <= most else f"{text[: most + 1].rstrip(_OF_SECRETS)[:most].rstrip()}…"


def text(value: str) -> str:
    """Any text of one line without control characters."""
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        raise ValueError("text of one line without control characters")
    return value


def token(value: str) -> str:
    """A secret, such as the job's token."""
    if not is_secret(value):
        raise ValueError(f"a token, which has no white space and at least {SHORTEST_SECRET} characters")
    return value


def target(value: str) -> str:
    """The name of a target."""
    if not is_target(value):
        raise ValueError(f"the name of a target, {TARGET}")
    return value


def boolean(value: str) -> bool:
    """`true` or `false`, in whatever case."""
    if value.lower() not in {"true", "false"}:
        raise ValueError("true or false")
    return value.lower() == "true"


def word(words: tuple[str, ...]) -> Callable[[str], str]:
    """One of `words`."""

    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return parse


def whole_number(least: int) -> Callable[[str], int]:
    """A whole number of at least `least`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < least:
            raise ValueError(f"a whole number of at least {least}")
        return int(value)

    return parse


def globs(value: str) -> tuple[str, ...]:
    """Globs from the repository's root, one a line, at least one of them without `!`."""
    entries = tuple(entry for line in value.splitlines() if (entry := line.strip()))
    if all(entry.startswith("!") for entry in entries):
        raise ValueError("globs, one a line, at least one of them without '!'")
    for entry in entries:
        path = entry.removeprefix("!").removeprefix("./")
        if not path or path.startswith("/") or ".." in path.split("/") or "\\" in path:
            raise ValueError("globs from the repository's root, with '/' between folders and without '..'")
    return entries


def names(value: str) -> tuple[str, ...]:
    """Names separated by commas or white space."""
    return tuple(dict.fromkeys(text(value.replace("\n", " ")).replace(",", " ").split()))


def job_ids(value: str) -> tuple[int, ...]:
    """JobIds, separated by commas or white space, or the JSON list that the output `job-ids` holds."""
    entries = re.sub(r"^\[(.*)\]$", r"\1", value, flags=re.DOTALL).replace(",", " ").split()
    if not all(re.fullmatch(r"[0-9]{1,18}", entry) for entry in entries):
        raise ValueError("JobIds, which are whole numbers, separated by commas")
    return tuple(map(int, entries))


def region(value: str) -> str:
    """The form of a Tencent Cloud region; which of them exist is the service's to say."""
    if not re.fullmatch(r"[a-z]{2,4}(-[a-z0-9]+)+", value):
        raise ValueError("a region such as ap-singapore")
    return value


def endpoint(value: str) -> str:
    """A host name, as the URL of the requests to it: https, or http on a loopback address."""
    found = _ENDPOINT.fullmatch(value.lower())
    if not found or not 0 < int(found["port"] or 443) < 1 << 16:
        raise ValueError("a host name such as wedata.intl.tencentcloudapi.com, without a user or a path")
    scheme, host = found["scheme"] or "https", found["host"]
    address = _ip_address(host.strip("[]"))
    if host.startswith("[") and not address:
        raise ValueError("a host name, or an IPv6 address in brackets")
    if scheme == "http" and not (address.is_loopback if address else host == "localhost"):
        raise ValueError("a host name, always reached by https; http:// is for loopback addresses only")
    return f"{scheme}://{host}" + (f":{found['port']}" if found["port"] else "")


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
