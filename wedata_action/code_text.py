"""Code as text: when two are the same, and how they differ."""

from __future__ import annotations

import codecs
import hashlib

from wedata_action.parsers import shortened

MAX_CODE = 5 * 1024 * 1024
"""Bytes of the largest file that can be a task's code."""

_MOST_LINES = 2000  # of each side: difflib takes quadratic time
_MOST_SHOWN = 60
_LONGEST_LINE = 200  # characters


def without_bom(code: bytes) -> bytes:
    """`code` without a byte order mark."""
    return code.removeprefix(codecs.BOM_UTF8)


def comparable(code: bytes) -> bytes:
    """What counts of a code: WeData may add or drop newlines at the end, and turn line endings."""
    return without_bom(code).replace(b"\r\n", b"\n").rstrip(b"\n")


def code_digest(code: bytes) -> bytes:
    """SHA-256 of what counts of a code."""
    return hashlib.sha256(comparable(code)).digest()


def difference(file: bytes, wedata: bytes) -> str:
    """The lines that differ, as a unified diff from the file to WeData's code, at most 60 lines."""
    import difflib  # slow to load, and needed for a conflict only

    sides = [comparable(code).decode("utf-8", "replace").split("\n", _MOST_LINES) for code in (file, wedata)]
    cut = any(len(lines) > _MOST_LINES for lines in sides)
    old, new = ([shortened(line, _LONGEST_LINE) for line in lines[:_MOST_LINES]] for lines in sides)
    lines = [line.rstrip("\n") for line in difflib.unified_diff(old, new, "git", "WeData", n=2, lineterm="")]
    if not lines:
        return "they differ only behind what is shown of long codes" if cut else "they differ only in long lines"
    more = len(lines) - _MOST_SHOWN
    return "\n".join(lines[:_MOST_SHOWN] + ([f"and {more} more lines"] if more > 0 else []))
