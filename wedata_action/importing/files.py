"""The work tree as `import` reads and writes it: whole files, and none behind a symbolic link."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wedata_action.errors import Reason, RunError

_TEMPORARY = ".wedata-action.tmp"


@dataclass(slots=True)
class WorkFiles:
    """Files below `root`, by their paths from there. `committed` gives what HEAD has of a path, if anything.

    With `dry` nothing is written; `written` is whether anything was.
    Raises `RunError` for a path that a commit could not have as a regular file.
    """

    root: Path
    committed: Callable[[str], bytes | None]
    dry: bool
    written: bool = field(default=False, init=False)

    def read(self, path: str) -> bytes | None:
        """The content of a file, `None` where there is none."""
        file = self._file(path)
        try:
            return file.read_bytes() if file.exists() else None
        except OSError as error:
            raise RunError(Reason.INVALID_INPUT, f"{path} cannot be read: {error.strerror}") from error

    def is_committed(self, path: str) -> bool:
        """Whether the file is as HEAD has it, line endings aside: git may turn those."""
        there, committed = self.read(path), self.committed(path)
        if there is None or committed is None:
            return there is committed
        return there.replace(b"\r\n", b"\n") == committed.replace(b"\r\n", b"\n")

    def write(self, path: str, content: bytes) -> None:
        """Writes a file, as a whole or not at all."""
        file = self._file(path)
        if self.dry:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.parent / _TEMPORARY
            temporary.unlink(missing_ok=True)  # of a run that was killed
            with temporary.open("xb") as new:
                new.write(content)
            if file.exists():
                shutil.copymode(file, temporary)
            temporary.replace(file)
            self.written = True
        except OSError as error:
            raise RunError(Reason.INVALID_INPUT, f"{path} cannot be written: {error.strerror}") from error

    def _file(self, path: str) -> Path:
        with contextlib.suppress(OSError):  # of a name that is too long
            if "\0" not in path:
                return self._regular(path)
        raise _not_in_a_commit(path)

    def _regular(self, path: str) -> Path:
        file = self.root
        *folders, name = path.split("/")
        for folder in folders:
            file /= folder
            if folder in {"", ".", "..", ".git"} or file.is_symlink() or (file / ".git").exists():
                raise _not_in_a_commit(path)
            if file.exists() and not file.is_dir():
                raise _not_in_a_commit(path)
        file /= name
        if file.is_symlink() or (file.exists() and not file.is_file()):
            raise _not_in_a_commit(path)
        return file


def _not_in_a_commit(path: str) -> RunError:
    why = "it is a folder or no file's name, or leads out of the repository, into a submodule or over a link"
    return RunError(Reason.INVALID_DEFINITION, f"{path} cannot be a regular file of this repository: {why}")
