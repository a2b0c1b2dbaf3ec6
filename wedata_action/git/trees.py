"""Trees, listed and compared object by object.

A tree of a few kilobytes can stand for millions of paths, and `git diff-tree` holds them all in memory before it prints
the first. Here the walk ends at a limit, and a subtree that both sides share is never read.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import NamedTuple

from wedata_action.git.process import GitError

MOST_PATHS = 500_000
"""Files and folders of one listing or comparison: some 200 MB."""

REGULAR = ("100644", "100755", "100664")  # the last one is in old histories
SYMLINK = "120000"
SUBMODULE = "160000"

_FOLDER = b"40000"
_LONGEST_TREE = 64 << 20  # bytes
_ROUND = 250  # trees, or pairs of them, read at a time

ReadTrees = Callable[[Iterable[str], int], Generator[bytes, None, None]]
"""`ObjectReader.trees`."""

_Row = tuple[bytes, bytes, bytes]
"""Mode, name and binary id, as they stand in a tree."""


class Entry(NamedTuple):
    """What a tree says of a path: the mode in six octal digits, and the id of the blob, link or commit."""

    mode: str
    id: str


class Difference(NamedTuple):
    """A path whose entries differ between two trees; `None` where a tree has none."""

    path: str
    old: Entry | None
    new: Entry | None


class TooManyPathsError(GitError):
    """A tree has, or two trees differ in, more than `MOST_PATHS` paths."""


def list_tree(read: ReadTrees, root: str | None, folders: Sequence[str]) -> dict[str, Entry]:
    """Every path of a tree, `None` for the empty one, below `folders`, each of which is empty or ends in `/`."""
    found: dict[str, Entry] = {}
    waiting, seen = deque([("", root)] if root else []), 0
    while waiting:
        batch = [waiting.popleft() for _ in range(min(_ROUND, len(waiting)))]
        for (prefix, tree), content in zip(batch, read([tree for _, tree in batch], _LONGEST_TREE), strict=True):
            inside = prefix.startswith(tuple(folders))
            for mode, name, raw_id in _rows(content, len(tree) // 2):
                path = prefix + name.decode("utf-8", "surrogateescape")
                if mode != _FOLDER:
                    if inside:
                        found[path] = Entry(_mode(mode), raw_id.hex())
                elif inside or any(folder.startswith(f"{path}/") for folder in folders):
                    waiting.append((f"{path}/", raw_id.hex()))
                    seen += 1
            if seen + len(found) > MOST_PATHS:
                where = ", ".join(folders) if all(folders) else "the whole repository"
                raise TooManyPathsError(
                    f"there are more than {MOST_PATHS:,} paths below {where}: let the globs of 'definitions' and of "
                    "'sources' begin with narrower folders"
                )
    return dict(sorted(found.items()))


def diff(read: ReadTrees, old: str | None, new: str | None) -> list[Difference]:
    """Paths that differ between two trees, `None` for the empty one, in their order.

    A rename is a removal and an addition.
    """
    found: list[Difference] = []
    waiting, seen = deque([("", old, new)]), 0
    while waiting:
        batch = [waiting.popleft() for _ in range(min(_ROUND, len(waiting)))]
        wanted = [tree for _, *pair in batch for tree in pair if tree]
        with contextlib.closing(read(wanted, _LONGEST_TREE)) as contents:
            for prefix, *pair in batch:
                before, after = (set(_rows(next(contents), len(tree) // 2)) if tree else set() for tree in pair)
                for name, rows in _by_name(before - after, after - before).items():
                    path = prefix + name.decode("utf-8", "surrogateescape")
                    folders, files = zip(*map(_folder_or_file, rows), strict=True)
                    if any(folders):
                        waiting.append((f"{path}/", *folders))
                        seen += 1
                    if any(files):
                        found.append(Difference(path, *files))
                if seen + len(found) > MOST_PATHS:
                    raise TooManyPathsError(
                        f"the base and the head differ in more than {MOST_PATHS:,} paths: split the change, or give a "
                        "base closer to head"
                    )
            next(contents, None)  # lets the reader see that nothing is left
    return sorted(found, key=lambda difference: difference.path)


def _folder_or_file(row: _Row | None) -> tuple[str | None, Entry | None]:
    """The id of a folder's tree, or the entry of anything else."""
    if row is None:
        return None, None
    mode, _, raw_id = row
    return (raw_id.hex(), None) if mode == _FOLDER else (None, Entry(_mode(mode), raw_id.hex()))


def _by_name(old: Iterable[_Row], new: Iterable[_Row]) -> dict[bytes, list[_Row | None]]:
    named: dict[bytes, list[_Row | None]] = {}
    for side, rows in enumerate((old, new)):
        for row in rows:
            named.setdefault(row[1], [None, None])[side] = row
    return named


def _rows(content: bytes, id_size: int) -> list[_Row]:
    row, whole = _patterns(id_size)
    if not whole.fullmatch(content):
        raise GitError("a tree of the clone is damaged")
    return row.findall(content)


@functools.cache
def _patterns(id_size: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    row = rb"0?([0-7]{5,6}) ([^\0]+)\0(.{%d})" % id_size
    return re.compile(row, re.DOTALL), re.compile(b"(?>" + row.replace(b"(", b"(?:") + b")*", re.DOTALL)


@functools.cache
def _mode(mode: bytes) -> str:
    return mode.decode().zfill(6)
