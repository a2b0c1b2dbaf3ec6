"""The stamp in a remark: which commit, which content and which run a version came from.

`<text> (git:<head, 12> def:<fingerprint, 12> run:<run id>.<attempt>)`. It is what a later look-up knows a version by.
"""

from __future__ import annotations

import re
from typing import NamedTuple

REMARK_LENGTH = 128

_STAMP = re.compile(r"\(git:([0-9a-f]{12}) def:([0-9a-f]{12}) run:([0-9]+\.[0-9]+)\)")


class Stamp(NamedTuple):
    """`head` and `fingerprint` are the first 12 hexadecimal digits, `run` is `<run id>.<attempt>`."""

    head: str
    fingerprint: str
    run: str

    def __str__(self) -> str:
        return f"(git:{self.head} def:{self.fingerprint} run:{self.run})"


def make_stamp(head: str, fingerprint: str, run: str) -> Stamp:
    """The stamp of a task's version, from whole ids."""
    return Stamp(head[:12], fingerprint[:12], run)


def read_stamp(remark: str) -> Stamp | None:
    """The last stamp in a remark, if it carries one."""
    found = _STAMP.findall(remark)
    return Stamp(*found[-1]) if found else None


def make_remark(text: str, stamp: Stamp | None) -> str:
    """`text` on one line, cut so that it and the stamp have at most 128 characters together.

    A text cannot pose as a stamp.
    """
    line = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).replace("(git:", "(git ").strip()
    suffix = str(stamp) if stamp else ""
    room = REMARK_LENGTH - (len(suffix) + 1 if suffix else 0)
    if len(line) > room:
        line = line[: room - 1].rstrip() + "…"
    return " ".join(part for part in (line, suffix) if part)


def is_beginning(remark: str, sent: str) -> bool:
    """Whether `remark` is what a site that cuts remarks may leave of `sent`."""
    return 0 < len(remark) < len(sent) and sent.startswith(remark)


def is_cut(remark: str, sent: str) -> bool:
    """Whether it is what such a site surely leaves of `sent`: a part of the stamp is there."""
    start = sent.rfind("(git:")
    return start >= 0 and len(remark) >= start + len("(git:") and is_beginning(remark, sent)
