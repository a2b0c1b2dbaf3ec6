"""How a person sees the run while it goes on: the log of a step, or a terminal."""

from __future__ import annotations

import contextlib
import shutil
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TextIO

import click

from wedata_action.github import commands
from wedata_action.report.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wedata_action.report.annotations import Annotation

_COLORS = {"error": "red", "warning": "yellow"}


class Console(ABC):
    """Writes whole lines, one at a time from any thread, and flushes each: the stream may be a pipe.

    Hides the secrets of the run and spells out control characters. When the reader is gone or the disk is full, the
    console falls silent: the run and its outputs must not depend on the log.
    """

    def __init__(self, stream: TextIO, secrets: Secrets | None = None) -> None:
        self.secrets = secrets or Secrets()
        self._stream = stream
        # Reentrant: clearing the status line and writing the next line are one step, which includes `_write`.
        self._lock = threading.RLock()
        self._silent = False

    @abstractmethod
    def line(self, text: str) -> None:
        """One line of the log."""

    @abstractmethod
    def progress(self, text: str) -> None:
        """How far a wait has come; on a terminal the next one takes its place."""

    @abstractmethod
    def debug(self, text: str) -> None:
        """A line for whoever turned debug logging on."""

    @abstractmethod
    def annotate(self, annotation: Annotation) -> None:
        """Shows an annotation, or hands it to the runner."""

    @abstractmethod
    def record(self, verdict: str, record: str) -> None:
        """Leaves `record` for later runs, behind the verdict in words."""

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Groups the lines written inside. Groups do not nest, and lines of other threads fall in."""
        self._open_group(title)
        try:
            yield
        finally:
            self._close_group()

    def mask(self, value: str) -> None:
        """Hides a secret from now on, in every sink; the runner hides it in the rest of the job."""
        self.secrets.add(value)

    @abstractmethod
    def _open_group(self, title: str) -> None: ...

    @abstractmethod
    def _close_group(self) -> None: ...

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
    """The log of a step in GitHub Actions. No text can become a workflow command."""

    def __init__(self, stream: TextIO, secrets: Secrets | None = None, *, debug: bool = False) -> None:
        super().__init__(stream, secrets)
        self._debug = debug

    def line(self, text: str) -> None:
        """One line of the log."""
        self._write(commands.inert(self.secrets.hide(text)) + "\n")

    def progress(self, text: str) -> None:
        """A line of the log."""
        self.line(text)

    def debug(self, text: str) -> None:
        """A debug command, when `RUNNER_DEBUG` is 1."""
        if self._debug:
            self._write(commands.debug(self.secrets.hide(text)) + "\n")

    def annotate(self, annotation: Annotation) -> None:
        """An error or warning command."""
        location = annotation.location
        command = commands.annotation(
            annotation.level,
            self.secrets.hide(annotation.message),
            path=self.secrets.hide(location.path) if location else "",
            line=location.line if location else None,
            column=location.column if location else None,
            title=self.secrets.hide(annotation.title),
        )
        self._write(command + "\n")

    def record(self, verdict: str, record: str) -> None:
        """A notice, the only one. If a secret occurs in the record, later runs cannot read it: the log says so."""
        shown = self.secrets.hide(record)
        if shown != record:
            self.line(
                "A secret of this run is part of its record, so later runs cannot read it and will compare with an "
                "older commit. Replace the secret by one that does not occur in a commit id"
            )
        self._write(commands.record(self.secrets.hide(verdict), shown) + "\n")

    def mask(self, value: str) -> None:
        """Hides `value` here, and tells the runner."""
        super().mask(value)
        command = commands.add_mask(value)
        if command:
            self._write(command + "\n")

    def _open_group(self, title: str) -> None:
        self._write(commands.group(self.secrets.hide(title)) + "\n")

    def _close_group(self) -> None:
        self._write(commands.endgroup() + "\n")


class TerminalConsole(Console):
    """A terminal or a file: colours if asked for, and never a workflow command."""

    def __init__(self, stream: TextIO, secrets: Secrets | None = None, *, color: bool, debug: bool = False) -> None:
        super().__init__(stream, secrets)
        self._color = color
        self._debug = debug
        self._rewrites = stream.isatty()
        self._status = False
        self._indent = ""

    def line(self, text: str) -> None:
        """One line, below the status line's place, and indented in a group."""
        self._print(self._indent + commands.inert(self.secrets.hide(text)))

    def progress(self, text: str) -> None:
        """The status line; a line of its own where nothing can be rewritten."""
        shown = commands.inert(self.secrets.hide(text))
        if not self._rewrites:
            self._print(shown)
            return
        width = shutil.get_terminal_size().columns - 1
        with self._lock:
            self._write("\r\x1b[K" + commands.cut(shown, width))
            self._status = True

    def debug(self, text: str) -> None:
        """A faint line, when asked for."""
        if self._debug:
            self._print(self._style(commands.inert(self.secrets.hide(text)), dim=True))

    def annotate(self, annotation: Annotation) -> None:
        """`file:line:column: error: message`, further lines of the message indented."""
        where = f"{commands.inert(self.secrets.hide(str(annotation.location)))}: " if annotation.location else ""
        level = self._style(annotation.level, fg=_COLORS[annotation.level], bold=True)
        message = commands.paragraphs(self.secrets.hide(annotation.message)).split("\n")
        self._print("\n    ".join((f"{where}{level}: {message[0]}", *map(commands.inert, message[1:]))))

    def record(self, verdict: str, record: str) -> None:
        """Nothing: later runs read what Actions keeps."""

    def _open_group(self, title: str) -> None:
        self._print(self._style(commands.inert(self.secrets.hide(title)), bold=True))
        self._indent = "  "

    def _close_group(self) -> None:
        self._indent = ""

    def _print(self, text: str) -> None:
        with self._lock:
            self._write(("\r\x1b[K" if self._status else "") + text + "\n")
            self._status = False

    def _style(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._color else text
