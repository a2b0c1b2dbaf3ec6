"""Workflow commands: the lines by which a step speaks to the Actions runner.

Facts from the runner's source, `ActionCommand.cs`, `ActionCommandManager.cs` and `ExecutionContext.cs`: a command is
`::name properties::data` at the start of a line, or `##[name properties]data` anywhere in it; CR, LF and CR LF end a
line on either stream. Text that does not come from this program passes through `inert` or is escaped here.

A later run finds the record of this one by `(record:` in a notice. Every function here breaks that mark in the text
that it is given, and only `record` writes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MESSAGE_LIMIT = 3800
"""UTF-16 units of a message. The runner cuts at 4,096, after it has put `***` for what it masks."""
TITLE_LIMIT = 200
RECORD_TITLE = "wedata-action"
RECORD = "(record:"
"""What a record begins with, and what no other text of the program may contain."""

_COMMAND_START = re.compile(r"[\s\u200c\u200d]*::")
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str, keep: str = "\t") -> str:
    r"""`text` with its control and format characters spelt out (`\x1b`, `\u202e`), save those in `keep`.

    Covers C0, C1, the line separators U+2028 and U+2029, bidirectional controls and lone surrogates. The zero-width
    joiners stay: Persian, Indic scripts and emoji need them, and no parser of the runner gives them a meaning.
    """
    if text.isprintable():
        return text
    return "".join(char if char in keep or _harmless(char) else char.encode("unicode_escape").decode() for char in text)


def inert(text: str) -> str:
    """`text` as one log line that the runner cannot take for a command."""
    line = _defused(printable(text))
    return "\\" + line if _COMMAND_START.match(line) else line


def annotation(  # one argument for each property of the command
    level: str, message: str, *, path: str = "", line: int | None = None, column: int | None = None, title: str = ""
) -> str:
    """The command that annotates `path`, relative to the repository's root; `level` is `error` or `warning`.

    The message keeps its line breaks and is cut at `MESSAGE_LIMIT`. `line` and `column` count from 1; a column
    without a line is left out, as the runner would drop it.
    """
    properties: dict[str, str] = {}
    if path:
        properties["file"] = _property(path, leading="./")
        if line is not None:
            properties |= {"line": str(line)} | ({} if column is None else {"col": str(column)})
    # The runner trims the end of all properties together: only the last can lose anything.
    if title := cut(_defused(printable(title)), TITLE_LIMIT).strip():
        properties["title"] = _property(title, leading=" ")
    return _command(level, cut(paragraphs(message), MESSAGE_LIMIT), properties)


def record(verdict: str, text: str) -> str:
    """The notice that later runs read: the verdict in words, then on a line of its own the record `text` as it is."""
    words = cut(paragraphs(verdict), MESSAGE_LIMIT - len(text) - 1)
    return _command("notice", f"{words}\n{text}", {"title": RECORD_TITLE})


def group(title: str) -> str:
    """Opens a foldable group of log lines. Groups do not nest: a second one ends the first."""
    return _command("group", _defused(printable(title)))


def endgroup() -> str:
    """Closes the open group."""
    return "::endgroup::"


def add_mask(value: str) -> str:
    """Has the runner hide `value`, each of its lines, and its base64, JSON and URI forms, from here on.

    Combining marks at the start are not part of the mask: behind one the runner would not find the command's data, and
    show it. Empty if nothing is left to hide.
    """
    start = next((at for at, char in enumerate(value) if not unicodedata.category(char).startswith("M")), len(value))
    return f"::add-mask::{_escape_data(value[start:])}" if value[start:].strip() else ""


def debug(text: str) -> str:
    """A line that is shown when debug logging is on."""
    return _command("debug", paragraphs(text))


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` UTF-16 units, which are what the runner counts; an ellipsis stands for the rest."""
    if len(text) * 2 <= limit:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * limit:
        return text
    return units[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"


def paragraphs(text: str) -> str:
    """`text` with nothing but LF between its lines and without other control characters."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _defused(printable(unified, keep="\n\t")).strip()


def without_record(text: str) -> str:
    """`text` with nothing in it that a later run would take for a record."""
    return text.replace(RECORD, "(record :")


def replace_surrogates(text: str) -> str:
    """`text` with U+FFFD for each lone surrogate, so that it can be encoded as UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _command(name: str, data: str, properties: Mapping[str, str] | None = None) -> str:
    # The runner looks for the second `::` by the rules of a language, where a combining mark belongs to the colon
    # before it: `::` would not be found there, and the data would be searched for `##[` as if it were a log line.
    if data and unicodedata.category(data[0]).startswith("M"):
        data = " " + data
    settings = ",".join(f"{key}={value}" for key, value in (properties or {}).items())
    return f"::{name}{' ' if settings else ''}{settings}::{_escape_data(data)}"


def _property(value: str, leading: str) -> str:
    # The runner drops empty parts when it splits at `=`, so that a first `=` of the value would vanish.
    value = _defused(replace_surrogates(value))
    return _escape_property(leading + value if value.startswith("=") else value)


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _defused(text: str) -> str:
    return without_record(text).replace("##[", "##\\[")


def _harmless(char: str) -> bool:
    return char in "\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
