"""How a person sees the run while it goes on: the log of a step, or a terminal."""

from __future__ import annotations

import contextlib
import shutil
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TextIO

import click

from wedata_action.github import commands
from wedata_action.report.redact import redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wedata_action.report.annotations import Annotation

_COLORS = {"error": "red", "warning": "yellow", "notice": "cyan"}


class Console(ABC):
    """Writes whole lines, one at a time from any thread, and flushes each: the stream may be a pipe.

    Secrets that it was told of are hidden, control characters spelt out. When nobody reads the stream any more, or its
    disk is full, the console falls silent: what the run does and hands to the runner must not depend on its log.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # Reentrant: the status line and the line after it are one step, of which `_write` is a part.
        self._lock = threading.RLock()
        self._secrets: set[str] = set()
        self._redact = redactor(())
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

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Groups the lines written inside. Groups do not nest, and lines of other threads fall in."""
        self._open_group(title)
        try:
            yield
        finally:
            self._close_group()

    def hide(self, values: Iterable[str]) -> None:
        """From here on `***` stands for each of `values` in all that is written, in whatever form."""
        with self._lock:
            self._secrets.update(values)
            self._redact = redactor(self._secrets)

    def mask(self, value: str) -> None:
        """The same, and has the runner hide it in the rest of the job."""
        self.hide((value,))

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
    """The log of a step in GitHub Actions: what is no command of ours cannot be one."""

    def __init__(self, stream: TextIO, *, debug: bool = False) -> None:
        super().__init__(stream)
        self._debug = debug

    def line(self, text: str) -> None:
        """One line of the log."""
        self._write(commands.inert(self._redact(text)) + "\n")

    def progress(self, text: str) -> None:
        """A line of the log."""
        self.line(text)

    def debug(self, text: str) -> None:
        """A debug command, when `RUNNER_DEBUG` is 1."""
        if self._debug:
            self._write(commands.debug(self._redact(text)) + "\n")

    def annotate(self, annotation: Annotation) -> None:
        """An error, warning or notice command."""
        location = annotation.location
        command = commands.annotation(
            annotation.level,
            self._redact(annotation.message),
            path=self._redact(location.path) if location else "",
            line=location.line if location else None,
            column=location.column if location else None,
            title=self._redact(annotation.title),
        )
        self._write(command + "\n")

    def mask(self, value: str) -> None:
        """Hides `value` here, and tells the runner."""
        super().mask(value)
        if value.strip():
            self._write(commands.add_mask(value) + "\n")

    def _open_group(self, title: str) -> None:
        self._write(commands.group(self._redact(title)) + "\n")

    def _close_group(self) -> None:
        self._write(commands.endgroup() + "\n")


class TerminalConsole(Console):
    """A terminal, or a file that its output goes to: colours if asked for, and never a workflow command."""

    def __init__(self, stream: TextIO, *, color: bool, debug: bool = False) -> None:
        super().__init__(stream)
        self._color = color
        self._debug = debug
        self._rewrites = stream.isatty()
        self._status = False

    def line(self, text: str) -> None:
        """One line, below the status line's place."""
        self._print(commands.inert(self._redact(text)))

    def progress(self, text: str) -> None:
        """The status line; a line of its own where nothing can be rewritten."""
        shown = commands.inert(self._redact(text))
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
            self._print(self._style(commands.inert(self._redact(text)), dim=True))

    def annotate(self, annotation: Annotation) -> None:
        """`file:line:column: error: message`, further lines of the message indented."""
        where = f"{commands.inert(self._redact(str(annotation.location)))}: " if annotation.location else ""
        level = self._style(annotation.level, fg=_COLORS[annotation.level], bold=True)
        message = commands.paragraphs(self._redact(annotation.message)).split("\n")
        self._print("\n    ".join((f"{where}{level}: {message[0]}", *map(commands.inert, message[1:]))))

    def _open_group(self, title: str) -> None:
        self._print(self._style(commands.inert(self._redact(title)), bold=True))

    def _close_group(self) -> None:
        """A terminal has nothing to fold."""

    def _print(self, text: str) -> None:
        with self._lock:
            self._write(("\r\x1b[K" if self._status else "") + text + "\n")
            self._status = False

    def _style(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._color else text
