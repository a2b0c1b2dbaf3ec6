"""Objects by their ids, all through one `git cat-file`. Every id from outside is checked before git sees it."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from wedata_action.git.process import GitError

_STREAMED = "core.bigFileThreshold=1m"  # git holds smaller blobs in memory as a whole
_ROUND = 500  # requests written before their answers are read: they fit into a pipe that nobody empties


is_object_id = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}").fullmatch
"""Whether a text is a full id (SHA-1 or SHA-256) in lower case. Whether the object exists is another question."""


class MissingObjectError(GitError):
    """The clone is partial or shallow, and lacks an object that is needed."""


class _Answer(NamedTuple):
    kind: str
    size: int
    content: IO[bytes]


class ObjectReader:
    """Starts `git cat-file` with the first request; `close` ends it.

    `git cat-file` reads a command a line, so an id with a line break would be two, and every later answer would be
    taken for another object's. Hence ids are checked before they are sent, and answers by the id that they begin with.
    """

    def __init__(
        self, git_dir: Path, environ: Mapping[str, str], fetch: Callable[[list[str]], None] | None = None
    ) -> None:
        """`fetch` gets objects that a partial clone lacks, all that one reading needs at once."""
        self._command = ["git", "-c", _STREAMED, f"--git-dir={git_dir}", "cat-file", "--batch-command", "--buffer"]
        self._environ = dict(environ)
        self._fetch = fetch
        self._process: subprocess.Popen[bytes] | None = None

    def has_commit(self, commit: str) -> bool:
        """Whether the clone has this commit. False for anything that is not a full id."""
        return is_object_id(commit) is not None and self._kinds([commit]) == ["commit"]

    def has_any(self, ids: Iterable[str]) -> bool:
        """Whether one of these objects is at hand."""
        return any(self._kinds(list(ids)))

    def read(self, ids: Iterable[str], limit: int | None = None) -> Iterator[bytes]:
        """Each object's content, in order; if it is longer than `limit` bytes, its first `limit` + 1."""
        for answer in self._open(ids):
            kept = answer.size if limit is None else min(answer.size, limit + 1)
            content = answer.content.read(kept)
            for _ in _chunks(answer.content, answer.size - kept):
                pass
            yield content

    def stream(self, ids: Iterable[str]) -> Iterator[Iterator[bytes]]:
        """Each object's content in chunks, in order; read each to its end before the next."""
        for answer in self._open(ids):
            yield _chunks(answer.content, answer.size)

    def trees(self, ids: Iterable[str], limit: int) -> Generator[bytes, None, None]:
        """Each tree's content, in order. Raises `GitError` for other objects and for trees over `limit` bytes.

        Missing trees are not fetched one by one, but raise `MissingObjectError`.
        """
        for answer in self._open(ids, fetch=False):
            if answer.kind != "tree" or answer.size > limit:
                raise GitError(f"a {answer.kind} of {answer.size} bytes stands where a tree is expected")
            yield answer.content.read(answer.size)

    def close(self) -> None:
        """Ends the process; the next request starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _open(self, ids: Iterable[str], *, fetch: bool = True) -> Iterator[_Answer]:
        """Asks for objects in rounds; each answer's content is to be read before the next answer."""
        wanted = list(ids)
        if fetch and self._fetch is not None:
            missing = [object_id for object_id, kind in zip(wanted, self._kinds(wanted), strict=True) if not kind]
            if missing:
                self._fetch(list(dict.fromkeys(missing)))
        with contextlib.closing(self._ask("contents", wanted)) as asked:
            for object_id, header, answers in asked:
                if len(header) != 3:
                    raise MissingObjectError(f"object {object_id} is not in the clone, or it is damaged")
                yield _Answer(header[1], int(header[2]), answers)
                if answers.read(1) != b"\n":
                    raise GitError(f"object {object_id} of the clone is damaged")

    def _kinds(self, ids: list[str]) -> list[str]:
        """`commit`, `tree`, `blob` or `tag` for each id, an empty text for an object that is not at hand."""
        return [header[1] if len(header) == 3 else "" for _, header, _ in self._ask("info", ids)]

    def _ask(self, command: str, ids: list[str]) -> Generator[tuple[str, list[str], IO[bytes]], None, None]:
        """Each id with the header of its answer: `[id, kind, size]`, or `[id, "missing"]`.

        Ends the process if an answer is left unread: it would be taken for that to the next request.
        """
        try:
            for start in range(0, len(ids), _ROUND):
                ids_of_round = ids[start : start + _ROUND]
                answers = self._request(command, ids_of_round)
                for object_id in ids_of_round:
                    yield object_id, _header(answers, object_id), answers
        except BaseException:
            self.close()
            raise

    def _request(self, command: str, ids: list[str]) -> IO[bytes]:
        check_ids(ids)
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
            requests.write("".join([f"{command} {object_id}\n" for object_id in ids] + ["flush\n"]).encode())
            requests.flush()
        except BrokenPipeError as error:
            raise GitError("git cat-file ended early: it needs git 2.36 or newer, and an undamaged clone") from error
        return answers


def check_ids(ids: Iterable[str]) -> None:
    """Raises `GitError` where one is not an object's id."""
    for object_id in ids:
        if not is_object_id(object_id):
            raise GitError(f"{object_id[:100]!r} is not an object id")


def _header(answers: IO[bytes], object_id: str) -> list[str]:
    header = answers.readline().decode("ascii", "replace").split()
    if header[:1] != [object_id]:
        raise GitError(f"git answered {' '.join(header) or 'nothing'!r} when asked for object {object_id}")
    return header


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := stream.read(min(size, 1 << 16))):
        size -= len(chunk)
        yield chunk
