"""The files by which a step hands values to the runner: `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`.

Facts from the source of the runner (`FileCommandManager.cs`) and of act (`parse_env_file.go`): a line `name=value` is
an output, the last of a name wins, and a malformed line fails the step. The runner ignores empty lines, act takes them
for malformed ones. The runner drops a summary over 1 MiB. Both read the files when the step has ended, however it
ended.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from typing import TYPE_CHECKING

from wedata_action.github.commands import replace_surrogates, without_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUMMARY_LIMIT = 1024 * 1024

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LINE_BREAKS = str.maketrans("\r\n", "  ")
_CUT_NOTE = b"\n\nThe rest is left out: GitHub shows at most 1 MiB of job summary for a step.\n"


class OutputFile:
    """The step's outputs, one `name=value` a line. At any instant the file holds one `write` completely.

    What stood in the file before is kept. Each write puts a new file in its place: a process that is killed in the
    middle of it leaves the old one.
    """

    def __init__(self, path: Path) -> None:
        """Reads the file, and creates it if it is missing. Raises OSError, also for anything but a regular file."""
        self._path = path.resolve()
        self._draft = self._path.parent / f".{secrets.token_hex(8)}.tmp"
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
        with os.fdopen(descriptor, "rb") as file:
            self._status = os.fstat(descriptor)
            if not stat.S_ISREG(self._status.st_mode):
                raise OSError(errno.EINVAL, "Not a regular file", str(path))
            before = file.read()
        self._before = before if before.endswith(b"\n") or not before else before + b"\n"
        self._content = before

    def write(self, outputs: Mapping[str, str]) -> None:
        """Makes `outputs` this process's outputs. A line break in a value becomes a space.

        Raises ValueError for a name that no output may have, and OSError.
        """
        content = self._before + b"".join(_line(name, value) for name, value in outputs.items())
        if content == self._content:
            return
        try:
            self._replace(content)
        except OSError as error:
            # A file that is mounted by itself, or a folder that only others may write to.
            if error.errno not in {errno.EBUSY, errno.EACCES, errno.EPERM}:
                raise
            with self._path.open("r+b") as file:
                file.write(content)
                file.truncate()
        self._content = content

    def _replace(self, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self._draft, flags, 0o600), "wb") as file:
                # In the container this process is root, and the runner that reads the file is not.
                os.fchown(file.fileno(), self._status.st_uid, self._status.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(self._status.st_mode))
                file.write(content)
            self._draft.replace(self._path)
        except OSError:
            self._draft.unlink(missing_ok=True)
            raise


def _line(name: str, value: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an output")
    return f"{name}={without_record(replace_surrogates(value)).translate(_LINE_BREAKS)}\n".encode()


def append_summary(path: Path, text: str) -> str:
    """Appends `text` to the job summary at `path`, as far as the whole stays within 1 MiB.

    Returns what was left out, in words, or an empty string. Text is cut between lines. Raises OSError.
    """
    content, note = replace_surrogates(text).encode(), ""
    with path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        if file.read(1) not in {b"", b"\n"}:
            content = b"\n" + content
        room = max(0, SUMMARY_LIMIT - size)
        if len(content) > room:
            kept = content[: content.rfind(b"\n", 0, max(0, room - len(_CUT_NOTE))) + 1]
            lines = len(content.splitlines()) - len(kept.splitlines())
            note = f"{lines} lines of the job summary were left out: GitHub shows at most 1 MiB."
            content = kept + _CUT_NOTE if len(kept) + len(_CUT_NOTE) <= room else b""
        file.write(content)
    return note
