"""Keeps secrets out of everything that is shown.

Redaction comes before any cutting or escaping: afterwards a secret might stand there in part, or in another form.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
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
    forms = {form for secret in secrets for form in _forms(secret) if form.strip()}
    if not forms:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return lambda text: pattern.sub("***", text)


def redacted(value: T, redact: Callable[[str], str]) -> T:
    """`value`, a frozen dataclass such as a `Result`, with `redact` applied to each text in it."""
    clean: T = _redacted(value, redact)
    return clean


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, enum.Enum):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, tuple):
        return tuple(_redacted(item, redact) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        texts = {field.name: _redacted(getattr(value, field.name), redact) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **texts)
    return value


def _forms(secret: str) -> Iterator[str]:
    for plain in (secret, *(line.strip() for line in secret.splitlines() if len(line.strip()) >= _SHORTEST_PART)):
        yield plain
        yield quote(plain, safe="", errors="replace")
        yield quote(plain, errors="replace")
        yield quote_plus(plain, errors="replace")
        yield json.dumps(plain)[1:-1]
        yield json.dumps(plain, ensure_ascii=False)[1:-1]
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
