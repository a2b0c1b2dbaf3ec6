"""The secrets of a run, and the only code that hides them.

The sinks (console, outputs, report file, summary, annotations) hide secrets as the first thing they do with a text:
once a text is cut or escaped, part of a secret may be left, or the secret in another form.
"""

from __future__ import annotations

import base64
import bisect
import dataclasses
import enum
import functools
import html
import json
import re
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
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
        kept, at = [], 0
        for start, end in _merged(_spans(text, pattern, _NESTING)):
            kept += [text[at:start], "***"]
            at = end
        return "".join((*kept, text[at:]))

    def hide_in(self, value: T) -> T:
        """`value`, a frozen dataclass or named tuple such as a `Result`, with the secrets in all its texts hidden.

        Parts without a secret are not copied: a `Result` may hold ten thousand tasks.
        """
        clean: T = _hidden_in(value, self.hide)
        return clean


def _hidden_in(value: Any, hide: Callable[[str], str]) -> Any:
    kind = value.__class__
    if kind is str:
        return hide(value) if value else value
    if kind is tuple:
        items = tuple(_hidden_in(item, hide) for item in value)
        return value if items == value else items
    texts = {}
    for name in _fields(kind):
        found = getattr(value, name)
        clean = _hidden_in(found, hide)
        if clean is not found and clean != found:
            texts[name] = clean
    if not texts:
        return value
    return value._replace(**texts) if issubclass(kind, tuple) else dataclasses.replace(value, **texts)


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    if issubclass(kind, tuple):
        return tuple(kind._fields)
    if issubclass(kind, enum.Enum | int | float | None):
        return ()
    raise TypeError(f"secrets in a {kind.__name__} would not be hidden")


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


class _Syntax(NamedTuple):
    unit: re.Pattern[str]
    decode: Callable[[str], str]


_HEX = r"[0-9a-fA-F]"
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape_backslash(unit: str) -> str:
    if len(unit) == 2:
        return _SHORT_ESCAPES.get(unit[1], unit[1])
    numbers = [int(digits, 16) for digits in re.split(r"\\[uUx]", unit)[1:]]
    if len(numbers) == 1 and numbers[0] > 0x10FFFF:
        return unit
    return "".join(map(chr, numbers)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_SYNTAXES = (
    _Syntax(
        re.compile(rf"%(?:[cCdD]{_HEX}%{_HEX}{{2}}|[eE]{_HEX}(?:%{_HEX}{{2}}){{2}}|[fF]{_HEX}(?:%{_HEX}{{2}}){{3}}|{_HEX}{{2}})"),
        lambda unit: unquote(unit, errors="replace"),
    ),
    _Syntax(
        re.compile(rf"\\(?:u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}|u{_HEX}{{4}}|U{_HEX}{{8}}|x{_HEX}{{2}}|[^\w\s]|[bfnrt])"),
        _unescape_backslash,
    ),
    _Syntax(re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?"), html.unescape),
)  # fmt: skip


def _spans(text: str, pattern: re.Pattern[str], nesting: int) -> Iterator[tuple[int, int]]:
    """Where in `text` a secret is written, its escaped characters included."""
    for match in pattern.finditer(text):
        yield match.span()
    if not nesting:
        return
    for syntax in _SYNTAXES:
        decoded = _Decoded(text, syntax)
        if decoded.text != text:
            for start, end in _spans(decoded.text, pattern, nesting - 1):
                yield decoded.origin(start)[0], decoded.origin(end - 1)[1]


class _Decoded:
    """A text without its escapes that remembers where each character comes from."""

    def __init__(self, source: str, syntax: _Syntax) -> None:
        # Plain stretches and escapes in turn: where each begins, here and in the source.
        self._here, self._there = [0], [0]
        pieces, at, length = [], 0, 0
        for unit in syntax.unit.finditer(source):
            plain = syntax.decode(unit[0])
            pieces += [source[at : unit.start()], plain]
            length += unit.start() - at
            self._here += [length, length + len(plain)]
            self._there += unit.span()
            length, at = length + len(plain), unit.end()
        self.text = "".join((*pieces, source[at:]))

    def origin(self, position: int) -> tuple[int, int]:
        """Start and end in the source of the character at `position`."""
        piece = bisect.bisect_right(self._here, position) - 1
        if piece % 2:
            return self._there[piece], self._there[piece + 1]
        start = self._there[piece] + position - self._here[piece]
        return start, start + 1


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
