"""Where files are read from: the tree of a commit, or the work tree for `validate` in a shell; and their contents."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from wedata_action.changes.fingerprint import content_digest
from wedata_action.code_text import MAX_CODE
from wedata_action.git import SUBMODULE, SYMLINK, Entry, Repository

_FIRST = 1 << 16


@dataclass(frozen=True, slots=True)
class CommitTree:
    """The tree of a commit, or a tree itself, by its id. The ids that it reads are those of its entries."""

    repository: Repository
    id: str

    def list(self, folders: Sequence[str]) -> dict[str, Entry]:
        """Every path below `folders`, each empty (the root) or ending in `/`, in the order of the paths."""
        return self.repository.list_tree(self.id, folders)

    def read(self, ids: Iterable[str], limit: int) -> Iterator[bytes]:
        """Yields each content in order. Of a content over `limit` bytes, the first `limit` + 1."""
        return self.repository.objects.read(ids, limit)

    def stream(self, ids: Iterable[str]) -> Iterator[Iterator[bytes]]:
        """Yields the chunks of each content, in order."""
        return self.repository.objects.stream(ids)


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The same of the files below a folder, tracked or not. The ids are paths. Symbolic links are not followed."""

    root: Path

    def list(self, folders: Sequence[str]) -> dict[str, Entry]:  # noqa: D102 - as above
        found: dict[str, Entry] = {}
        waiting = [folder for folder in folders if self._has(folder)]
        while waiting:
            folder = waiting.pop()
            with contextlib.suppress(OSError), os.scandir(self.root / folder) as entries:
                for entry in entries:
                    if entry.name == ".git":
                        continue
                    mode = _mode(entry)
                    if mode is None:
                        waiting.append(f"{folder}{entry.name}/")
                    else:
                        found[folder + entry.name] = Entry(mode, entry.path)
        return dict(sorted(found.items()))

    def _has(self, folder: str) -> bool:
        """Whether a commit could have files there: not in `.git`, in a submodule, or behind a symbolic link."""
        path = self.root
        for name in folder.split("/")[:-1]:
            path /= name
            if name == ".git" or "\0" in name or path.is_symlink() or (path / ".git").exists():
                return False
        return True

    def read(self, ids: Iterable[str], limit: int) -> Iterator[bytes]:  # noqa: D102 - as above
        for path in ids:
            with Path(path).open("rb") as file:
                # Python makes room for all that is asked for.
                start = file.read(min(limit, _FIRST) + 1)
                yield start + file.read(limit + 1 - len(start)) if len(start) > _FIRST else start

    def stream(self, ids: Iterable[str]) -> Iterator[Iterator[bytes]]:  # noqa: D102 - as above
        for path in ids:
            with Path(path).open("rb") as file:
                yield iter(lambda: file.read(1 << 16), b"")


Tree: TypeAlias = CommitTree | WorkTree


def _mode(entry: os.DirEntry[str]) -> str | None:
    """What git would call it; `None` for a folder that it would look into."""
    if entry.is_symlink():
        return SYMLINK
    if entry.is_dir():
        return SUBMODULE if Path(entry.path, ".git").exists() else None
    return "100644" if entry.is_file() else "000000"


def topmost(folders: Iterable[str]) -> list[str]:
    """Those that are not inside another one. Each is empty (the root) or ends in `/`."""
    kept: list[str] = []
    for folder in sorted(folders):
        if not kept or not folder.startswith(kept[-1]):
            kept.append(folder)
    return kept


class Contents:
    """What is known of contents by blob id. The trees of one repository can share it.

    Contents are read in the order in which they are asked for: neighbours in a tree often lie together in a pack.

    `digests` are content digests. `faults` says why a content cannot be a task's code, with an empty text if it can.
    """

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def read_sources(self, tree: Tree, ids: Iterable[str]) -> None:
        """Reads what has no digest yet."""
        missing = [object_id for object_id in dict.fromkeys(ids) if object_id not in self.digests]
        for object_id, chunks in zip(missing, tree.stream(missing), strict=True):
            self.digests[object_id] = content_digest(chunks)

    def read_code(self, tree: Tree, ids: Iterable[str]) -> None:
        """Reads what was not read as code yet."""
        missing = [object_id for object_id in dict.fromkeys(ids) if object_id not in self.faults]
        for object_id, content in zip(missing, tree.read(missing, MAX_CODE), strict=True):
            self.faults[object_id] = _fault(content)
            if not self.faults[object_id]:
                self.digests[object_id] = content_digest([content])


def _fault(content: bytes) -> str:
    if len(content) > MAX_CODE:
        return f"is larger than {MAX_CODE >> 20} MiB"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"is not UTF-8: the byte 0x{content[error.start]:02x} in line {line} is invalid; save the file as UTF-8"
    return ""
