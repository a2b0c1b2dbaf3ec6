"""The stamp at the end of a version's remark: the commit, the content and the run that a version comes from.

`<text> (git:<head, 12> def:<content, 22> run:<run id>.<attempt>)`. WeData has no idempotency token, so later runs
recognize a version by its stamp alone. A fingerprint by another algorithm would be `def2:`: this program reads no stamp
in such a remark.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

REMARK_LENGTH = 128  # characters; no page documents a limit

# The digits are bounded because a remark may hold anything that somebody typed.
_STAMP = re.compile(r"\(git:([0-9a-f]{12}) def:([A-Za-z0-9_-]{22}) run:([0-9]{1,20}\.[0-9]{1,20})\)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Stamp(NamedTuple):
    """The parts of a stamp.

    `head` has the first 12 hexadecimal digits of the commit id, `content` the first 16 bytes of the fingerprint in
    base64url without padding, and `run` is `<run id>.<attempt>`, or `0.<milliseconds>` outside GitHub Actions.
    """

    head: str
    content: str
    run: str

    def __str__(self) -> str:
        return f"(git:{self.head} def:{self.content} run:{self.run})"

    @property
    def run_id(self) -> int:
        """The run's id, which grows with time; 0 outside GitHub Actions."""
        return int(self.run.partition(".")[0])

    def is_of(self, fingerprint: str) -> bool:
        """Whether the version has the content with this fingerprint."""
        return self.content == _content(fingerprint)


def make_stamp(head: str, fingerprint: str, run: str) -> Stamp:
    """The stamp of a task's version. `head` and `fingerprint` are in full, hexadecimal."""
    return Stamp(head[:12], _content(fingerprint), run)


def read_stamp(remark: str) -> Stamp | None:
    """The last stamp in a remark, if it has one."""
    stamps = _STAMP.findall(remark)
    return Stamp(*stamps[-1]) if stamps else None


def make_remark(text: str, stamp: Stamp) -> str:
    """`text` on one line and `stamp`, the text cut so that both have at most 128 characters.

    A text cannot pose as a stamp.
    """
    line = _UNPRINTABLE.sub(" ", text).replace("(git:", "(git ").strip()
    room = REMARK_LENGTH - len(f" {stamp}")
    if len(line) > room:
        line = line[: room - 1].rstrip() + "…"
    return f"{line} {stamp}".strip()


def is_beginning(remark: str, sent: str) -> bool:
    """Whether `remark` is what a site that cuts remarks may leave of `sent`."""
    return 0 < len(remark) < len(sent) and sent.startswith(remark)


def is_cut(remark: str, sent: str) -> bool:
    """Whether such a site surely left `remark` of `sent`: its stamp has begun."""
    return is_beginning(remark, sent) and len(remark) >= sent.rfind("(git:") + len("(git:")


def _content(fingerprint: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(fingerprint)[:16]).decode().rstrip("=")
