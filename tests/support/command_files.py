"""What the Actions runner makes of a step's files: the other half of `runner`.

Written from the runner's source, release 2.336: `FileCommandManager.cs`.
"""

from __future__ import annotations

import re
from pathlib import Path

SUMMARY_LIMIT = 1024 * 1024


class MalformedFileError(Exception):
    """The runner would fail the step because of this file."""


def read_outputs(source: Path | str) -> dict[str, str]:
    """The pairs of a `GITHUB_OUTPUT` or `GITHUB_ENV` file on Linux; the last of a key wins.

    Raises MalformedFileError.
    """
    text = source.read_bytes().decode("utf-8-sig", "replace") if isinstance(source, Path) else source
    lines = _lines_at_lf(text)
    pairs: dict[str, str] = {}
    position = 0
    while position < len(lines):
        line = lines[position].removesuffix("\n")
        position += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            key, _, value = line.partition("=")
        elif heredoc >= 0:
            key, _, delimiter = line.partition("<<")
            if not key or not delimiter:
                raise MalformedFileError(f"no name or no delimiter in {line!r}")
            value, position = _heredoc(lines, position, delimiter)
        else:
            raise MalformedFileError(f"neither = nor << in {line!r}")
        pairs[key] = value
    return pairs


def read_summary(path: Path) -> str | None:
    """The job summary that GitHub would show; None when the runner shows none, and drops one over 1 MiB."""
    if not path.exists() or not 0 < path.stat().st_size <= SUMMARY_LIMIT:
        return None
    return path.read_bytes().decode("utf-8-sig", "replace")


def _lines_at_lf(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _heredoc(lines: list[str], position: int, delimiter: str) -> tuple[str, int]:
    value = ""
    while position < len(lines):
        line = lines[position]
        position += 1
        if line.removesuffix("\n") == delimiter:
            return value.removesuffix("\n"), position
        if not line.endswith("\n"):
            raise MalformedFileError("the last line of a value has no line break")
        value += line
    raise MalformedFileError(f"the delimiter {delimiter!r} is missing")
