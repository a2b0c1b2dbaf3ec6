"""Globs over the paths of a repository: `*` stays within a folder, `**/` stands for any number of folders.

Nothing else is special: paths and globs may contain any other character. Globs may come from strangers, so their
regular expressions must not backtrack without end. Every repetition but the last of its kind is atomic, which changes
no result, because what follows it has a fixed length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NAME = "[^/]"


def compile_globs(globs: Sequence[str]) -> re.Pattern[str]:
    """A pattern whose `match` tells whether a whole path fits one of `globs`. Without globs no path fits."""
    return re.compile("|".join(_translate(glob) for glob in globs) if globs else r"(?!)")


class PathFilter:
    """The paths that at least one glob fits, and none that begins with `!`."""

    def __init__(self, globs: Sequence[str]) -> None:
        self.positive = [_plain(glob) for glob in globs if not glob.startswith("!")]
        self._positive = compile_globs(self.positive)
        self._negative = compile_globs([_plain(glob[1:]) for glob in globs if glob.startswith("!")])
        self._in_any_case = re.compile(self._positive.pattern, re.IGNORECASE)

    def __contains__(self, path: str) -> bool:
        return self._positive.match(path) is not None and self._negative.match(path) is None

    def fits_but_for_case(self, path: str) -> bool:
        """Whether `path` would be in the filter if its letters were upper or lower case: `a.YML` for `*.yml`."""
        return (
            self._positive.match(path) is None
            and self._in_any_case.match(path) is not None
            and self._negative.match(path) is None
        )

    def unmatched(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The globs without `!` that fit none of `paths`."""
        paths = list(paths)
        return tuple(glob for glob in self.positive if not any(map(compile_globs([glob]).match, paths)))


def static_prefix(glob: str) -> str:
    """The folder of every path that the glob can fit: empty, or ending in `/`."""
    literal = glob.split("*", 1)[0]
    return literal[: literal.rfind("/") + 1]


def _plain(glob: str) -> str:
    return glob.strip().removeprefix("./")


def _translate(glob: str) -> str:
    """Runs of segments between `**`: the first anchored at the start, the last at the end, the others leftmost."""
    segments = glob.split("/")
    runs: list[list[str]] = [[]]
    for segment in segments[:-1]:
        if segment == "**":
            runs.append([])
        else:
            runs[-1].append(_segment(segment))
    last = ".+" if segments[-1] == "**" else _segment(segments[-1])
    first, *rest = ["".join(f"{segment}/" for segment in run) for run in runs]
    if not rest:
        return f"(?:{first}{last})\\Z"
    *middle, final = rest
    leftmost = "".join(f"(?>(?:{_NAME}+/)*?{run})" for run in middle if run)
    return f"(?:{first}{leftmost}(?:{_NAME}+/)*{final}{last})\\Z"


def _segment(segment: str) -> str:
    """Pieces between stars, all literal: all but the last star take the leftmost fit, and keep it."""
    first, *rest = [re.escape(piece) for piece in re.split(r"\*+", segment)]
    if not rest:
        return first
    *middle, final = rest
    return first + "".join(f"(?>{_NAME}*?{piece})" for piece in middle) + f"{_NAME}*{final}"
