"""What the Actions runner makes of a step's output: the oracle of the writers' tests.

Written from the runner's source, release 2.336: `ActionCommand.cs` (syntax), `ActionCommandManager.cs` (commands),
`ExecutionContext.AddIssue` (limits). Two things of .NET matter: `TrimStart` knows other white space than Python, and
`StartsWith` and `IndexOf` of a string compare by language, where a combining mark belongs to the character before it.
The files are read in `command_files`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

MESSAGE_LIMIT = 4096
COMMANDS = frozenset(
    (
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    )
)
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


@dataclass(frozen=True)
class Issue:
    """An annotation. Numbers stay texts, as in the runner; what it drops is None."""

    level: str
    message: str
    file: str | None = None
    line: str | None = None
    end_line: str | None = None
    col: str | None = None
    end_column: str | None = None
    title: str | None = None


@dataclass
class Replay:
    """Everything the runner saw in a stream. `others` are commands that this action has no business to send."""

    annotations: list[Issue] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    endgroups: int = 0
    masks: list[str] = field(default_factory=list)
    debugs: list[str] = field(default_factory=list)
    outputs_set: dict[str, str] = field(default_factory=dict)
    others: list[Command] = field(default_factory=list)
    plain_lines: list[str] = field(default_factory=list)

    @property
    def commands(self) -> int:
        known = len(self.annotations) + len(self.groups) + len(self.masks) + len(self.debugs)
        return known + self.endgroups + len(self.outputs_set) + len(self.others)


def replay(stream: str, *, linguistic: bool = True) -> Replay:
    """Reads a whole stream as the runner does; `linguistic` False is a runner in .NET's invariant mode."""
    seen = Replay()
    registered = set(COMMANDS)
    stopped_by = ""
    for line in split_lines(stream):
        command = parse(line, registered, linguistic=linguistic)
        if command is None:
            seen.plain_lines.append(line)
        elif stopped_by:
            if command.name.lower() == stopped_by:
                registered.discard(stopped_by)
                stopped_by = ""
            else:
                seen.plain_lines.append(line)
        elif command.name.lower() == "stop-commands" and command.data and command.data.lower() not in registered:
            stopped_by = command.data.lower()
            registered.add(stopped_by)
        else:
            _obey(command, seen)
    return seen


def split_lines(stream: str) -> list[str]:
    """`StreamReader.ReadLine` until the end."""
    lines = re.split(r"\r\n|\r|\n", stream)
    return lines[:-1] if lines[-1] == "" else lines


def parse(line: str, registered: set[str], *, linguistic: bool) -> Command | None:
    return _parse_colons(line, registered, linguistic) or _parse_brackets(line, registered, linguistic)


def _parse_colons(line: str, registered: set[str], linguistic: bool) -> Command | None:
    line = line.lstrip(WHITE_SPACE)
    if _find(line, "::", 0, linguistic) != 0:
        return None
    end = _find(line, "::", 2, linguistic)
    if end < 0:
        return None
    name, space, settings = line[2:end].partition(" ")
    if name.lower() not in registered:
        return None
    properties = _properties(settings.strip(WHITE_SPACE), ",", _PROPERTY) if space else {}
    return Command(name, properties, _unescape(line[end + 2 :], _DATA))


def _parse_brackets(line: str, registered: set[str], linguistic: bool) -> Command | None:
    start = _find(line, "##[", 0, linguistic)
    end = line.find("]", start) if start >= 0 else -1
    if end < 0:
        return None
    name, space, settings = line[start + 3 : end].partition(" ")
    if name.lower() not in registered:
        return None
    properties = _properties(settings, ";", _OLD) if space else {}
    return Command(name, properties, _unescape(line[end + 1 :], _OLD))


_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


def _unescape(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in pairs:
        text = text.replace(escaped, plain)
    return text


def _properties(settings: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found = {}
    for setting in settings.split(separator):
        # RemoveEmptyEntries: equal signs before the name and before the value vanish.
        name, _, value = setting.lstrip("=").partition("=")
        value = value.lstrip("=")
        if name and value:
            found[name.lower()] = _unescape(value, escapes)
    return found


def _find(text: str, needle: str, start: int, linguistic: bool) -> int:
    at = text.find(needle, start)
    while linguistic and at >= 0:
        after = text[at + len(needle) : at + len(needle) + 1]
        if not after or not unicodedata.category(after).startswith("M"):
            break
        at = text.find(needle, at + 1)
    return at


def _obey(command: Command, seen: Replay) -> None:
    name = command.name.lower()
    if name in {"error", "warning", "notice"}:
        seen.annotations.append(_issue(name, command))
    elif name == "group":
        seen.groups.append(command.data)
    elif name == "endgroup":
        seen.endgroups += 1
    elif name == "debug":
        seen.debugs.append(command.data)
    elif name == "add-mask" and command.data.strip(WHITE_SPACE):
        seen.masks.append(command.data)
    elif name == "set-output" and "name" in command.properties:
        seen.outputs_set[command.properties["name"]] = command.data
    else:
        seen.others.append(command)


def _issue(level: str, command: Command) -> Issue:
    found = command.properties
    line, end_line = found.get("line"), found.get("endline")
    col, end_column = found.get("col"), found.get("endcolumn")
    if _is_number(end_line) and not _is_number(line):
        line = end_line
    if _is_number(end_column) and not _is_number(col):
        col = end_column
    across = _is_number(end_line) and line != end_line
    if not _is_number(line) or across or _above(col, end_column):
        col = end_column = None
    if _above(line, end_line):
        line = end_line = None
    units = command.data.encode("utf-16-le", "surrogatepass")[: 2 * MESSAGE_LIMIT]
    message = units.decode("utf-16-le", "surrogatepass")
    return Issue(level, message, found.get("file"), line, end_line, col, end_column, found.get("title"))


def _is_number(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"\s*[+-]?\d+\s*", text) is not None


def _above(start: str | None, end: str | None) -> bool:
    return _is_number(start) and _is_number(end) and int(start or 0) > int(end or 0)
