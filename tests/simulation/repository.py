"""A git repository in memory, with as much of `wedata_action.git.Repository` as the stages use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from wedata_action.git import Commit, Difference, Entry

EMPTY_TREE = "0" * 40


@dataclass(slots=True)
class Objects:
    """Blobs by their ids."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    commits: dict[str, tuple[Commit, dict[str, Entry]]] = field(default_factory=dict)

    def has_commit(self, commit: str) -> bool:
        return commit in self.commits

    def has_any(self, ids: Iterable[str]) -> bool:
        return any(object_id in self.blobs for object_id in ids)

    def read(self, ids: Iterable[str], _limit: int | None = None) -> Iterator[bytes]:
        return (self.blobs[object_id] for object_id in ids)

    def stream(self, ids: Iterable[str]) -> Iterator[Iterator[bytes]]:
        return (iter([self.blobs[object_id]]) for object_id in ids)


class MemoryRepository:
    """Every commit that was ever made is at hand, as GitHub keeps them."""

    shallow = False
    root = Path("/")
    empty_tree = EMPTY_TREE
    object_format = "sha1"

    def __init__(self) -> None:
        self.objects = Objects()
        self.head: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def make_commit(self, files: Mapping[str, bytes], parent: str | None, message: str) -> str:
        entries = {path: Entry("100644", self._store(content)) for path, content in sorted(files.items())}
        text = f"{entries} {parent} {message} {len(self.objects.commits)}"
        commit = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.objects.commits[commit] = Commit(commit, commit, (parent,) if parent else (), message), entries
        return commit

    def files(self, commit: str) -> dict[str, bytes]:
        return {path: self.objects.blobs[entry.id] for path, entry in self._entries(commit).items()}

    def commit(self, commit: str) -> Commit:
        return self.objects.commits[commit][0]

    def resolve(self, revision: str) -> str | None:
        return revision if revision in self.objects.commits else None

    def merge_base(self, one: str, other: str) -> str | None:
        raise NotImplementedError("the simulated branch is the default branch")

    def is_ancestor(self, older: str, newer: str) -> bool:
        waiting = [newer]
        while waiting:
            commit = waiting.pop()
            if commit == older:
                return True
            waiting += self.objects.commits[commit][0].parents
        return False

    def diff(self, old: str, new: str) -> list[Difference]:
        before, after = self._entries(old), self._entries(new)
        return [
            Difference(path, before.get(path), after.get(path))
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
        ]

    def list_tree(self, tree: str, folders: Sequence[str]) -> dict[str, Entry]:
        return {path: entry for path, entry in self._entries(tree).items() if path.startswith(tuple(folders))}

    def fetch(self, commits: Sequence[str], *, have: str | None) -> None:
        raise NotImplementedError(f"{commits} are always at hand ({have})")

    def _entries(self, tree: str) -> dict[str, Entry]:
        return {} if tree == EMPTY_TREE else self.objects.commits[tree][1]

    def _store(self, content: bytes) -> str:
        object_id = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        self.objects.blobs[object_id] = content
        return object_id
