"""The files by which a step hands values to the runner: `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`.

Facts from the runner's source, `FileCommandManager.cs`: an output is `key<<DELIMITER`, the value, `DELIMITER`; empty
lines between outputs are ignored; a malformed file fails the step; a summary over 1 MiB is dropped as a whole. Both
files are read when the step has ended, however it ended.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from typing import TYPE_CHECKING

from wedata_action.github.commands import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SUMMARY_LIMIT = 1024 * 1024

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CUT_NOTE = b"\n\nThe rest is left out: GitHub shows at most 1 MiB of job summary for a step.\n"


class OutputFile:
    """The step's outputs, true whenever the process dies.

    What stood in the file before is kept. Each `write` replaces the whole section of this process in a single write,
    padded with empty lines to its former length. A SIGKILL in the midst can part it at a page of memory only (4 KiB on
    most machines), and the runner takes what stands before a malformed entry: so put what others gate on first.
    """

    def __init__(self, path: Path, token: Callable[[], str] = secrets.token_hex) -> None:
        """Opens the file, and makes it if it is missing; raises OSError, also for what is no regular file."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        self._start = status.st_size
        last = os.pread(self._descriptor, 1, self._start - 1) if self._start else b"\n"
        self._lead = b"" if last == b"\n" else b"\n"
        self._length = 0
        self._token = token
        self._entries: dict[str, tuple[str, tuple[bytes, bytes, bytes]]] = {}

    def write(self, outputs: Mapping[str, str]) -> None:
        """Makes `outputs` this process's outputs. Raises ValueError for a key that is no output name, and OSError."""
        # The parts are never joined: each thread that writes would keep the memory of a section for itself.
        parts = [self._lead]
        for key, value in outputs.items():
            if key not in self._entries or self._entries[key][0] != value:
                self._entries[key] = value, self._entry(key, value)
            parts += self._entries[key][1]
        length = sum(map(len, parts))
        parts.append(b"\n" * (self._length - length))
        self._length = max(self._length, length)
        written = os.pwritev(self._descriptor, parts, self._start)
        while written < self._length:
            written += os.pwrite(self._descriptor, b"".join(parts)[written:], self._start + written)

    def close(self) -> None:
        """Closes the file; what was written stays."""
        os.close(self._descriptor)

    def _entry(self, key: str, value: str) -> tuple[bytes, bytes, bytes]:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not the name of an output")
        value = replace_surrogates(value)
        delimiter = f"END_{self._token()}"
        if delimiter in key or delimiter in value:
            raise ValueError(f"the delimiter of the output {key} occurs in its value")
        return f"{key}<<{delimiter}\n".encode(), value.encode(), f"\n{delimiter}\n".encode()


def append_summary(path: Path, text: str) -> str:
    """Appends `text` to the job summary at `path`, as far as the whole stays within 1 MiB.

    Returns what was left out, in words, or an empty string. Text is cut between lines. Raises OSError.
    """
    content = replace_surrogates(text).encode()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            content = b"\n" + content
        room = max(0, SUMMARY_LIMIT - size)
        note = ""
        if len(content) > room:
            kept = content[: content.rfind(b"\n", 0, max(0, room - len(_CUT_NOTE))) + 1]
            lines = len(content.splitlines()) - len(kept.splitlines())
            note = f"{lines} lines of the job summary were left out: GitHub shows at most 1 MiB."
            content = kept + _CUT_NOTE if len(kept) + len(_CUT_NOTE) <= room else b""
        while content:
            content = content[file.write(content) or 0 :]
    return note
