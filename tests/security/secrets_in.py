"""A search for secrets that knows nothing of how the program hides them."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterable, Iterator
from html import escape, unescape
from urllib.parse import quote, quote_plus, unquote

from tests.support.runner import split_lines


@functools.cache
def forms_of(secret: str) -> set[str]:
    """How a secret may be written: as it is, base64 behind any bytes, in a URL, in JSON, in HTML."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), escape(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        for skip in range(3):
            # Whole groups of three bytes of the secret, whatever stands before and behind it.
            inner = raw[(3 - skip) % 3 :]
            found.add(encode(inner[: len(inner) // 3 * 3]).decode())
    return found


def leaks(texts: Iterable[str], secrets: Iterable[str]) -> list[tuple[str, str]]:
    """Each form of a secret that is found, with the text around it; the commands that mask it are left out."""
    return list(_leaks("\n\n".join(map(_without_masks, texts)), secrets))


def _leaks(text: str, secrets: Iterable[str]) -> Iterator[tuple[str, str]]:
    readings = {text, unquote(text), unescape(text)}
    for secret in secrets:
        for form in forms_of(secret):
            for reading in readings:
                at = reading.find(form)
                if at >= 0:
                    yield form, reading[max(0, at - 80) : at + len(form) + 20]


def _without_masks(text: str) -> str:
    return "\n".join(line for line in split_lines(text) if not line.startswith("::add-mask::"))
