"""The secrets of a run, and the only code that hides them.

The sinks (console, outputs, report file, summary, annotations) hide secrets as the first thing they do with a text:
once a text is cut or escaped, part of a secret may be left, or the secret in another form.
"""

from __future__ import annotations

import base64
import enum
import html
import itertools
import json
import re
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

_SHORTEST_PART = 8
"""Shorter lines of a secret, and shorter stretches of its base64 form, occur in harmless text."""

_NESTING = 2  # JSON in an HTML page, a URL in JSON
_ESCAPED = re.compile(r"[%\\&]")


class Secrets:
    """Replaces secrets with `***`. Threads may share it."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hides `value` from now on. A blank value is ignored."""
        with self._lock:
            self._forms |= {form for form in _forms(value) if form.strip()}
            if self._forms:
                forms = sorted(self._forms, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, forms)))

    def hide(self, text: str) -> str:
        """`text` with `***` for each secret, however a server or a library may have written it.

        Covered: the secret itself, each of its lines, base64 at any offset and in both alphabets, and percent
        encoding, backslash escapes and HTML references of any of its characters, also one inside another.
        """
        pattern = self._pattern
        if pattern is None:
            return text
        if not _ESCAPED.search(text):
            return pattern.sub("***", text)
        is_secret = bytearray(len(text))
        for start, end in _spans(text, pattern, _NESTING):
            is_secret[start:end] = b"\1" * (end - start)
        if not any(is_secret):
            return text
        runs = itertools.groupby(zip(text, is_secret, strict=True), lambda pair: pair[1])
        return "".join("***" if secret else "".join(char for char, _ in run) for secret, run in runs)

    def hide_in(self, value: T) -> T:
        """`value`, a named tuple such as a `Result`, with the secrets in all its texts hidden.

        Parts without a secret are not copied: a `Result` may hold ten thousand tasks.
        """
        clean: T = _hidden_in(value, self.hide)
        return clean


def _hidden_in(value: Any, hide: Callable[[str], str]) -> Any:
    if type(value) is str:
        return hide(value)
    if not isinstance(value, tuple):
        if value is None or isinstance(value, enum.Enum | int):
            return value
        raise TypeError(f"secrets in a {type(value).__name__} would not be hidden")
    items = tuple(_hidden_in(item, hide) for item in value)
    if items == tuple(value):
        return value
    return items if type(value) is tuple else type(value)._make(items)  # type: ignore[attr-defined] # a named tuple


def _forms(secret: str) -> Iterator[str]:
    """What to search for. Escaped forms are also found by decoding, unless what precedes them misleads the decoder."""
    for plain in (secret, *(line.strip() for line in secret.splitlines() if len(line.strip()) >= _SHORTEST_PART)):
        yield plain
        yield plain.replace(" ", "+")
        yield quote(plain, safe="", errors="replace")
        yield quote_plus(plain, errors="replace")
        yield json.dumps(plain)[1:-1]
        yield html.escape(plain)
        yield from _base64_forms(plain.encode(errors="replace"))


def _base64_forms(plain: bytes) -> Iterator[str]:
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(plain).decode()
        yield whole
        yield whole.rstrip("=")
        # Behind 0, 1 or 2 other bytes: the characters that no neighbouring byte has a part in.
        for offset in range(3):
            encoded = encode(bytes(offset) + plain).decode().rstrip("=")
            first = (0, 2, 3)[offset]
            last = (offset + len(plain)) * 8 // 6
            if last - first >= _SHORTEST_PART:
                yield encoded[first:last]


def _unescape_backslash(found: re.Match[str]) -> str:
    unit = found[0]
    if len(unit) == 2 and unit[1] not in "bfnrt":
        return unit[1]
    try:
        units = unit.encode().decode("unicode_escape")
    except UnicodeDecodeError:  # past the last character
        return unit
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_Decode: TypeAlias = "Callable[[re.Match[str]], str]"

# One escape, or several in a row that are decoded together.
_SYNTAXES: tuple[tuple[re.Pattern[str], _Decode], ...] = (
    (re.compile(r"(?:%[0-9a-fA-F]{2})+"), lambda found: unquote(found[0], errors="replace")),
    (
        re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\(?:U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[^\w\s]|[bfnrt])"),
        _unescape_backslash,
    ),
    (
        re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?"),
        lambda found: html.unescape(found[0]),
    ),
)


def _spans(text: str, pattern: re.Pattern[str], nesting: int) -> Iterator[tuple[int, int]]:
    """Where in `text` a secret is written, its escaped characters included."""
    for match in pattern.finditer(text):
        yield match.span()
    for unit, decode in _SYNTAXES if nesting else ():
        decoded = unit.sub(decode, text)
        if decoded != text and (spans := list(_spans(decoded, pattern, nesting - 1))):
            origins = list(_origins(text, unit, decode))
            yield from ((origins[start][0], origins[end - 1][1]) for start, end in spans)


def _origins(text: str, unit: re.Pattern[str], decode: _Decode) -> Iterator[tuple[int, int]]:
    """Where each character of the decoded text begins and ends in `text`."""
    at = 0
    for found in unit.finditer(text):
        yield from ((here, here + 1) for here in range(at, found.start()))
        yield from itertools.repeat(found.span(), len(decode(found)))
        at = found.end()
    yield from ((here, here + 1) for here in range(at, len(text)))
