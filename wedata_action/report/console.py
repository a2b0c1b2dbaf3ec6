"""How a person sees the run while it goes on: the log of a step, or a terminal."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TextIO

import click

from wedata_action.github import commands
from wedata_action.report.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wedata_action.report.annotations import Annotation

_COLORS = {"error": "red", "warning": "yellow"}
_CLEARED = "\r\x1b[K"
_BAR = re.compile(r"\A\[#*-*\] ")  # with which a text of progress may begin


class Console:
    """A terminal or a file: colours if asked for, and never a workflow command.

    Writes whole lines, one at a time from any thread, and flushes each: the stream may be a pipe. Hides the secrets of
    the run and spells out control characters. When the reader is gone or the disk is full, the console falls silent:
    the run and its outputs must not depend on the log.
    """

    def __init__(self, stream: TextIO, *, color: bool = False, debug: bool = False) -> None:
        self.secrets = Secrets()
        self._stream = stream
        self._color = color
        self._debug = debug
        # Reentrant: clearing the status line and writing the next line are one step, which includes `_write`.
        self._lock = threading.RLock()
        self._silent = False
        self._status = False
        self._indent = ""

    def line(self, text: str, *, fg: str | None = None, bold: bool | None = None) -> None:
        """One line of the log, indented in a group; colours are for a terminal."""
        text = self._indent + self._inert(text)
        self._print(self._style(text, fg=fg, bold=bold) if fg or bold else text)

    def progress(self, text: str) -> None:
        """How far a wait has come; on a terminal the next line takes its place, and elsewhere no bar is drawn."""
        if not self._stream.isatty():
            self.line(_BAR.sub("", text))
            return
        shown = _fitted(self._inert(text), shutil.get_terminal_size().columns - 1)
        bar = found[0] if (found := _BAR.match(shown)) else ""
        with self._lock:
            self._write(_CLEARED + (bar and self._style(bar, fg="green")) + shown.removeprefix(bar))
            self._status = True

    def debug(self, text: str) -> None:
        """A line for whoever turned debug logging on."""
        if self._debug:
            self._print(self._style(self._inert(text), dim=True))

    def annotate(self, annotation: Annotation) -> None:
        """Shows `file:line:column: error: message`, further lines of the message indented."""
        where = f"{self._inert(str(annotation.location))}: " if annotation.location else ""
        level = self._style(annotation.level, fg=_COLORS[annotation.level], bold=True)
        message = commands.paragraphs(self.secrets.hide(annotation.message)).split("\n")
        self._print("\n    ".join((f"{where}{level}: {message[0]}", *map(commands.inert, message[1:]))))

    def record(self, verdict: str, record: str) -> None:
        """Leaves `record` for later runs, behind the verdict in words, where later runs can read it: in Actions."""

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Groups the lines written inside. Groups do not nest, and lines of other threads fall in."""
        self._print(self._style(self._inert(title), bold=True))
        self._indent = "  "
        try:
            yield
        finally:
            self._indent = ""

    def mask(self, value: str) -> None:
        """Hides a secret from now on, in every sink; the runner hides it in the rest of the job."""
        self.secrets.add(value)

    def _inert(self, text: str) -> str:
        return commands.inert(self.secrets.hide(text))

    def _style(self, text: str, *, fg: str | None = None, bold: bool | None = None, dim: bool | None = None) -> str:
        return click.style(text, fg=fg, bold=bold, dim=dim) if self._color else text

    def _print(self, text: str) -> None:
        with self._lock:
            self._write((_CLEARED if self._status else "") + text + "\n")
            self._status = False

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        text = text.encode(encoding, "backslashreplace").decode(encoding)
        with self._lock:
            if self._silent:
                return
            try:
                self._stream.write(text)
                self._stream.flush()
            except OSError:
                self._silent = True


class ActionsConsole(Console):
    """The log of a step in GitHub Actions, without colours. No text can become a workflow command."""

    def progress(self, text: str) -> None:
        """A line of the log, even where a runner gives the step a terminal."""
        self.line(_BAR.sub("", text))

    def debug(self, text: str) -> None:
        """A debug command, when `RUNNER_DEBUG` is 1."""
        if self._debug:
            self._print(commands.debug(self.secrets.hide(text)))

    def annotate(self, annotation: Annotation) -> None:
        """An error or warning command."""
        level = annotation.level
        _, message, location, title = self.secrets.hide_in(annotation)
        path, line, column = location or ("", None, None)
        self._print(commands.annotation(level, message, path=path, line=line, column=column, title=title))

    def record(self, verdict: str, record: str) -> None:
        """A notice, the only one. If a secret occurs in the record, later runs cannot read it: the log says so."""
        shown = self.secrets.hide(record)
        if shown != record:
            self.line(
                "A secret of this run is part of its record, so later runs cannot read it and will compare with an "
                "older commit. Replace the secret by one that does not occur in a commit id"
            )
        self._print(commands.record(self.secrets.hide(verdict), shown))

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A group that the log folds."""
        self._print(commands.group(self.secrets.hide(title)))
        try:
            yield
        finally:
            self._print(commands.endgroup())

    def mask(self, value: str) -> None:
        """Hides `value` here, and tells the runner."""
        super().mask(value)
        if command := commands.add_mask(value):
            self._print(command)


def _fitted(text: str, columns: int) -> str:
    """The beginning of `text` that fits; a Chinese character takes two columns."""
    ends = list(accumulate(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text))
    return text if not ends or ends[-1] <= columns else text[: bisect_right(ends, columns - 1)] + "…"
