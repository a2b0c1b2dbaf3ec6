"""Collects the mistakes of one file and locates its characters."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from wedata_action.definitions.nodes import Unreadable
from wedata_action.errors import Diagnostic, Location

MAX_MISTAKES = 100
"""Mistakes of one file after which no more is read: a small file can have a hundred thousand."""


class Mistakes:
    """Mistakes at indexes of characters in `text`.

    Only line feeds end a line, as for git and GitHub. YAML knows other line breaks too.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._line_starts: list[int] = []
        self._found: dict[tuple[int, str], None] = {}  # a mistake in an anchored node is found again for each alias

    def add(self, at: int, message: str) -> None:
        """Adds a mistake at the character with index `at`. Raises `Unreadable` when there are too many."""
        if len(self._found) >= MAX_MISTAKES and (at, message) not in self._found:
            raise Unreadable(at, f"there are more mistakes than the {MAX_MISTAKES} that are listed: fix those first")
        self._found[at, message] = None

    def end(self, error: Unreadable) -> None:
        """Adds the mistake that ended the reading."""
        self._found[error.at, error.message] = None

    def location(self, at: int) -> Location:
        """The location of the character at index `at`. The end of the text is after its last visible character."""
        if not self._line_starts:
            self._line_starts = [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))][:-1]
        if at >= len(self.text):
            at = len(self.text.rstrip())
        line = bisect_right(self._line_starts, at)
        return Location(self.path, line, at - self._line_starts[line - 1] + 1)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every mistake so far, in the order of the text."""
        return tuple(Diagnostic(message, self.location(at)) for at, message in sorted(self._found))
