"""Keeps secrets out of everything that is shown.

Redaction comes before any cutting or escaping: afterwards a secret might stand there in part, or in another form.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import functools
import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

_SHORTEST_PART = 8
"""A line of a secret, or a stretch of its base64 form, that is shorter would hide harmless text everywhere."""


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that puts `***` for every secret in a text, in any form in which it may have been written.

    The forms: as it is, each of its lines, base64 (at any offset, both alphabets), URL-quoted, JSON- and HTML-escaped.
    """
    forms = {form for secret in secrets for form in _forms_of(secret)}
    if not forms:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return lambda text: pattern.sub("***", text)


def redacted(value: T, redact: Callable[[str], str]) -> T:
    """`value`, a frozen dataclass or named tuple such as a `Result`, with `redact` applied to each text in it.

    What has nothing to hide is not copied: a `Result` may hold ten thousand tasks.
    """
    clean: T = _redacted(value, redact)
    return clean


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    kind = value.__class__
    if kind is str:
        return redact(value) if value else value
    if kind is tuple:
        items = tuple(_redacted(item, redact) for item in value)
        return value if items == value else items
    texts = {}
    for name in _fields(kind):
        found = getattr(value, name)
        clean = _redacted(found, redact)
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
    if issubclass(kind, enum.Enum | int | None):
        return ()
    raise TypeError(f"a result holds a {kind.__name__}, in which secrets would stay")


@functools.cache
def _forms_of(secret: str) -> frozenset[str]:
    """Kept, because each further secret makes a new redactor of all."""
    return frozenset(form for form in _forms(secret) if form.strip())


def _forms(secret: str) -> Iterator[str]:
    for plain in (secret, *(line.strip() for line in secret.splitlines() if len(line.strip()) >= _SHORTEST_PART)):
        yield plain
        yield quote(plain, safe="", errors="replace")
        yield quote(plain, errors="replace")
        yield quote_plus(plain, errors="replace")
        yield json.dumps(plain)[1:-1]
        yield json.dumps(plain, ensure_ascii=False)[1:-1]
        yield repr(plain)[1:-1]
        yield escape(plain)
        yield from _base64_forms(plain.encode(errors="replace"))


def _base64_forms(plain: bytes) -> Iterator[str]:
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(plain).decode()
        yield whole
        yield whole.rstrip("=")
        # Behind 0, 1 or 2 other bytes: the characters in which no neighbouring byte has a part.
        for offset in range(3):
            encoded = encode(bytes(offset) + plain).decode().rstrip("=")
            first = (0, 2, 3)[offset]
            last = (offset + len(plain)) * 8 // 6
            if last - first >= _SHORTEST_PART:
                yield encoded[first:last]
