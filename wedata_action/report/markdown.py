"""Untrusted text for GitHub-flavoured Markdown, where it must be text and nothing else.

Every ASCII punctuation mark becomes a numeric character reference: no syntax of Markdown, of HTML or of GitHub's
extensions (tables, autolinks, math) begins with anything else. Mentions, issues and emoji are looked for after the
references are decoded, though not in code (github/cmark-gfm, issue 181): a space of no width parts them.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING
from urllib.parse import quote

from wedata_action.github.commands import printable, replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

_REFERENCES = {ord(mark): f"&#{ord(mark)};" for mark in string.punctuation}
# An e-mail address becomes a link even in code.
_AT = {ord("@"): "&#64;&#8203;"}
_PARTED = "\u200b"
_DECODED = re.compile(r"(?<=#)(?=\d)|(?<=\bgh-)(?=\d)|(?<=:)(?=[\w+-]+:)", re.IGNORECASE)


def text(value: str, limit: int = 1000) -> str:
    """`value` on one line, cut at `limit` characters, with nothing in it that Markdown or HTML would interpret."""
    line = " ".join(value[: 2 * limit].split())
    line = printable(line[: limit - 1] + "…" if len(line) > limit or len(value) > 2 * limit else line)
    return _DECODED.sub(_PARTED, line).translate(_REFERENCES | _AT)


def lines(value: str, limit: int = 4000) -> str:
    """The same with the line breaks of `value` kept."""
    shown = value[: limit - 1] + "…" if len(value) > limit else value
    return "<br>".join(text(line, limit) for line in shown.splitlines() if line.strip())


def prose(value: str, limit: int = 4000) -> str:
    """The same, and what stands between two backticks in the type of code."""
    parts = lines(value, limit).split("&#96;")
    if len(parts) % 2 == 0:
        parts[-2:] = ["&#96;".join(parts[-2:])]
    return "".join(_in_code(part) if at % 2 else part for at, part in enumerate(parts))


def preformatted(value: str) -> str:
    """A block that keeps the lines and the spaces of `value`; it stands between empty lines."""
    inert = "\n".join(printable(line).translate(_REFERENCES | {ord("\t"): "&#9;"}) for line in value.split("\n"))
    return f'<pre lang="diff">{inert}</pre>'


def code(value: str, limit: int = 200) -> str:
    """`value` in the type of code; an empty text stays empty."""
    return _in_code(text(value, limit))


def link(label: str, url: str) -> str:
    """`label`, which is Markdown already, as a link; `url` is quoted already, or empty for no link."""
    return f"[{label}]({url})" if url and label else label


def url_path(path: str) -> str:
    """A path as part of a URL. Bytes of a file name that are no UTF-8 (surrogate escapes) come out as they were."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = replace_surrogates(path).encode()
    return quote(raw, safe="/")


def row(*cells: str) -> str:
    """One row of a table; the cells are Markdown already."""
    return f"| {' | '.join(cells)} |\n"


def heading_row(names: Sequence[str]) -> str:
    """The two lines that open a table."""
    return row(*names) + row(*["---"] * len(names))


def _in_code(shown: str) -> str:
    """Without the spaces of no width, which would be copied."""
    return f"<code>{shown.replace(_PARTED, '')}</code>" if shown else ""
