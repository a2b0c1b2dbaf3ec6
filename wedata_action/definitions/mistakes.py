"""Collects the mistakes of one file and locates its characters."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from wedata_action.errors import Diagnostic, Location

MAX_MISTAKES = 100
"""Mistakes of one file that are reported. The others are only counted."""


class Mistakes:
    """Mistakes at indexes of characters in `text`.

    Only line feeds end a line, as for git and GitHub. YAML knows other line breaks too.
    """

    __slots__ = ("_found", "_left_out", "_line_starts", "_next", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._line_starts: list[int] = []
        self._found: dict[tuple[int, str], None] = {}  # a mistake in an anchored node is found again for each alias
        self._left_out = 0
        self._next = 0

    @property
    def full(self) -> bool:
        """Whether further mistakes are only counted, so that their messages are not needed."""
        return len(self._found) >= MAX_MISTAKES

    def add(self, at: int, message: str) -> None:
        """Adds a mistake at the character with index `at`."""
        if not self.full:
            self._found[at, message] = None
        elif (at, message) not in self._found:
            self._next = at if self._left_out == 0 else min(at, self._next)
            self._left_out += 1

    def location(self, at: int) -> Location:
        """The location of the character at index `at`. The end of the text is after its last visible character."""
        if not self._line_starts:
            self._line_starts = [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))][:-1]
        if at >= len(self.text):
            at = len(self.text.rstrip())
        line = bisect_right(self._line_starts, at)
        return Location(self.path, line, at - self._line_starts[line - 1] + 1)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every mistake so far, in the order of the text. If some were left out, the last one says how many."""
        diagnostics = [Diagnostic(message, self.location(at)) for at, message in sorted(self._found)]
        if self._left_out:
            count = "1 more mistake" if self._left_out == 1 else f"{self._left_out} more mistakes"
            diagnostics.append(Diagnostic(f"and {count} in this file", self.location(self._next)))
        return tuple(diagnostics)
