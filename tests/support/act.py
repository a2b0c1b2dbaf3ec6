"""What act, the other runner, makes of a step's outputs: a second oracle of their writer.

Written from act's source, `pkg/container/parse_env_file.go` and Go's `bufio.ScanLines`. The runners of Gitea and
Forgejo share this parser. It differs from GitHub's: an empty line is an error, a CR before the LF is dropped, and so
are line breaks at the start of a value of several lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.support.command_files import MalformedFileError


def read_outputs(source: Path | str) -> dict[str, str]:
    """The pairs of an outputs file; the last of a name wins. Raises MalformedFileError."""
    text = source.read_bytes().decode("utf-8", "replace") if isinstance(source, Path) else source
    lines = _scan_lines(text.removeprefix("\ufeff"))
    pairs = {}
    for line in lines:
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            value = _until(delimiter, lines)
        else:
            raise MalformedFileError(f"invalid format {line!r}")
        pairs[name] = value
    return pairs


def _scan_lines(text: str) -> Iterator[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return (line.removesuffix("\r") for line in lines)


def _until(delimiter: str, lines: Iterator[str]) -> str:
    value = ""
    for line in lines:
        if line == delimiter:
            return value
        value = f"{value}\n{line}" if value else line
    raise MalformedFileError(f"the delimiter {delimiter!r} is missing")
