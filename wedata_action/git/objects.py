"""Objects by their ids, all through one `git cat-file`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from wedata_action.git.process import ISOLATED, GitError

_STREAMED = "core.bigFileThreshold=1m"  # git holds what is smaller in memory as a whole
_ROUND = 500  # requests written before their answers are read: they fit into a pipe that nobody empties


class MissingObjectError(GitError):
    """The clone is partial or shallow, and an object that is needed is not in it."""


class ObjectReader:
    """Starts `git cat-file` with the first request; `close` ends it."""

    def __init__(
        self, git_dir: Path, environ: Mapping[str, str], fetch: Callable[[list[str]], None] | None = None
    ) -> None:
        """`fetch` brings objects that a partial clone lacks, all that one reading needs in one go."""
        self._command = ["git", "-c", _STREAMED, f"--git-dir={git_dir}", "cat-file", "--batch-command", "--buffer"]
        self._environ = dict(environ) | ISOLATED
        self._fetch = fetch
        self._process: subprocess.Popen[bytes] | None = None

    def has_commit(self, commit: str) -> bool:
        """Whether the commit itself is at hand. `commit` is a full id."""
        return b" commit " in self._request([f"info {commit}"]).readline()

    def read(self, ids: Iterable[str], limit: int | None = None) -> Iterator[bytes]:
        """Each object's content, in order; of a longer one than `limit` bytes the first `limit` + 1."""
        for size, answers in self._open(ids):
            kept = size if limit is None or size <= limit else limit + 1
            content = answers.read(kept)
            for _ in _chunks(answers, size - kept):
                pass
            yield content

    def stream(self, ids: Iterable[str]) -> Iterator[Iterator[bytes]]:
        """Each object's content in chunks, in order; each is to be read to its end before the next."""
        for size, answers in self._open(ids):
            yield _chunks(answers, size)

    def close(self) -> None:
        """Ends the process; the next request starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _open(self, ids: Iterable[str]) -> Iterator[tuple[int, IO[bytes]]]:
        """Asks for objects in rounds and yields each one's size, with the stream that holds its content next."""
        wanted = list(ids)
        if self._fetch is not None and (missing := self._missing(wanted)):
            self._fetch(missing)
        complete = False
        try:
            for ids_of_round in _rounds(wanted):
                answers = self._request([f"contents {object_id}" for object_id in ids_of_round])
                for object_id in ids_of_round:
                    header = answers.readline().split()
                    if len(header) != 3:
                        raise MissingObjectError(f"object {object_id} is not in the clone, or it is damaged")
                    yield int(header[2]), answers
                    if answers.read(1) != b"\n":
                        raise GitError(f"object {object_id} of the clone is damaged")
            complete = True
        finally:
            if not complete:  # answers that nobody read would be taken for those of the next request
                self.close()

    def _missing(self, wanted: list[str]) -> list[str]:
        missing: dict[str, None] = {}
        for ids_of_round in _rounds(wanted):
            answers = self._request([f"info {object_id}" for object_id in ids_of_round])
            missing |= {object_id: None for object_id in ids_of_round if answers.readline().endswith(b" missing\n")}
        return list(missing)

    def _request(self, commands: list[str]) -> IO[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                bufsize=1 << 16,
            )
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise GitError("git cat-file was started without pipes")
        try:
            requests.write("".join(f"{command}\n" for command in [*commands, "flush"]).encode())
            requests.flush()
        except BrokenPipeError as error:
            raise GitError("git cat-file ended early: is the clone damaged?") from error
        return answers


def _rounds(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + _ROUND] for start in range(0, len(ids), _ROUND))


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := stream.read(min(size, 1 << 16))):
        size -= len(chunk)
        yield chunk
