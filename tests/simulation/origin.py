"""Git without processes: what GitHub keeps of a repository, and clones of it, with the shape of `wedata_action.git`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from wedata_action.git import Commit, Difference, Entry, GitError

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(slots=True)
class Origin:
    """Every commit that was pushed. Those in `gone` no branch reached any more, and GitHub dropped them."""

    commits: dict[str, Commit] = field(default_factory=dict)
    trees: dict[str, dict[str, Entry]] = field(default_factory=lambda: {EMPTY_TREE: {}})
    blobs: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def make_commit(self, files: Mapping[str, bytes], parent: str | None, message: str) -> str:
        entries = {path: Entry("100644", self._store(content)) for path, content in sorted(files.items())}
        text = f"{entries} {parent} {message} {len(self.commits)}"
        commit = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[commit] = Commit(commit, commit, (parent,) if parent else (), message)
        self.trees[commit] = entries
        return commit

    def lineage(self, commit: str) -> list[str]:
        """The commit and its ancestors, newest first; no simulated commit is a merge."""
        found = [commit]
        while parents := self.commits[found[-1]].parents:
            found.append(parents[0])
        return found

    def is_ancestor(self, one: str, other: str) -> bool:
        return one in self.lineage(other)

    def has_commit(self, commit: str) -> bool:
        return commit in self.commits and commit not in self.gone

    def merge_base(self, one: str, other: str) -> str | None:
        known = set(self.lineage(one))
        return next((commit for commit in self.lineage(other) if commit in known), None)

    def ids(self, beginning: str) -> Sequence[str]:
        return [commit for commit in self.commits if commit.startswith(beginning) and commit not in self.gone]

    def has_blob(self, blob: str) -> bool:
        return blob in self.blobs

    def _store(self, content: bytes) -> str:
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        self.blobs[blob] = content
        return blob


@dataclass(slots=True)
class Objects:
    """The objects of one clone."""

    origin: Origin
    commits: set[str]

    def has_commit(self, commit: str) -> bool:
        return commit in self.commits

    def has_any(self, ids: Iterable[str]) -> bool:
        wanted = set(ids)
        return any(entry.id in wanted for commit in self.commits for entry in self.origin.trees[commit].values())

    def read(self, ids: Iterable[str], _limit: int | None = None) -> Iterator[bytes]:
        return (self.origin.blobs[blob] for blob in ids)

    def stream(self, ids: Iterable[str]) -> Iterator[Iterator[bytes]]:
        return (iter([self.origin.blobs[blob]]) for blob in ids)


class Clone:
    """A fresh checkout of `head`: the whole history of it, or the commit alone."""

    prefix = ""
    root = Path("/")
    empty_tree = EMPTY_TREE
    object_format = "sha1"

    def __init__(self, origin: Origin, head: str, *, shallow: bool) -> None:
        self.origin = origin
        self.head: str | None = head
        self.shallow = shallow
        self.objects = Objects(origin, {head} if shallow else set(origin.lineage(head)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def commit(self, commit: str) -> Commit:
        return self.origin.commits[commit]

    def resolve(self, revision: str) -> str | None:
        found = [commit for commit in self.objects.commits if commit.startswith(revision)]
        return found[0] if len(found) == 1 and len(revision) >= 7 else None

    def is_ancestor(self, one: str, other: str) -> bool:
        return self.merge_base(one, other) == one

    def merge_base(self, one: str, other: str) -> str | None:
        """What git finds with the commits at hand: in a shallow clone no commit has a parent."""
        if self.shallow:
            return one if one == other else None
        if not {one, other} <= self.objects.commits:
            return None
        found = self.origin.merge_base(one, other)
        return found if found in self.objects.commits else None

    def diff(self, old: str, new: str) -> list[Difference]:
        before, after = self._tree(old), self._tree(new)
        return [
            Difference(path, before.get(path), after.get(path))
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
        ]

    def list_tree(self, tree: str, folders: Sequence[str]) -> dict[str, Entry]:
        return {path: entry for path, entry in self._tree(tree).items() if path.startswith(tuple(folders))}

    def fetch(self, commits: Sequence[str], *, have: str | None) -> None:
        for commit in commits:
            if not self.origin.has_commit(commit):
                raise GitError(f"upload-pack: not our ref {commit} ({have})")
            self.objects.commits.add(commit)

    def _tree(self, tree: str) -> dict[str, Entry]:
        if tree != EMPTY_TREE and tree not in self.objects.commits:
            raise GitError(f"{tree} is not in this clone")
        return self.origin.trees[tree]
