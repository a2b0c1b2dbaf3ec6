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

_FOLDER = "040000"
_LONGEST_TREE = 64 << 20  # bytes
_ROUND = 250  # trees, or pairs of them, read at a time

ReadTrees = Callable[[Iterable[str], int], Generator[bytes, None, None]]
"""`ObjectReader.trees`."""


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
    where = ", ".join(folders) if all(folders) else "the whole repository"
    too_many = (
        f"there are more than {MOST_PATHS:,} paths below {where}: let the globs of 'definitions' and of 'sources' "
        "begin with narrower folders"
    )
    return {path: new for path, _, new in _walk(read, (None, root), folders, too_many) if new}


def diff(read: ReadTrees, old: str | None, new: str | None) -> list[Difference]:
    """Paths that differ between two trees, `None` for the empty one, in their order.

    A rename is a removal and an addition.
    """
    too_many = f"the base and the head differ in more than {MOST_PATHS:,} paths"
    return _walk(
        read,
        (old, new),
        [""],
        f"{too_many}: split the change, or give a base closer to head",
    )


def _walk(
    read: ReadTrees, roots: tuple[str | None, str | None], folders: Sequence[str], too_many: str
) -> list[Difference]:
    """What differs between two trees below `folders`."""
    found: list[Difference] = []
    waiting: deque[tuple[str, Sequence[str | None]]] = deque([("", roots)])
    seen = 0
    while waiting:
        batch = [waiting.popleft() for _ in range(min(_ROUND, len(waiting)))]
        wanted = [tree for _, pair in batch for tree in pair if tree]
        with contextlib.closing(read(wanted, _LONGEST_TREE)) as contents:
            for prefix, pair in batch:
                inside = prefix.startswith(tuple(folders))
                before, after = (_rows(next(contents), len(tree) // 2) if tree else {} for tree in pair)
                for name in {name for name, _ in before.items() ^ after.items()}:
                    path = prefix + name.decode("utf-8", "surrogateescape")
                    sides = [_entry(side.get(name)) for side in (before, after)]
                    trees = [entry.id if entry and entry.mode == _FOLDER else None for entry in sides]
                    files = [entry if entry and entry.mode != _FOLDER else None for entry in sides]
                    if any(trees) and (inside or any(folder.startswith(f"{path}/") for folder in folders)):
                        waiting.append((f"{path}/", trees))
                        seen += 1
                    if any(files) and inside:
                        found.append(Difference(path, *files))
                if seen + len(found) > MOST_PATHS:
                    raise TooManyPathsError(too_many)
            next(contents, None)  # lets the reader see that nothing is left
    return sorted(found, key=lambda difference: difference.path)


def _rows(content: bytes, id_size: int) -> dict[bytes, tuple[bytes, bytes]]:
    """Mode and binary id of each name in a tree."""
    row, whole = _patterns(id_size)
    if not whole.fullmatch(content):
        raise GitError("a tree of the clone is damaged")
    return {name: (mode, raw_id) for mode, name, raw_id in row.findall(content)}


@functools.cache
def _patterns(id_size: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    row = rb"0?([0-7]{5,6}) ([^\0]+)\0(.{%d})" % id_size
    return re.compile(row, re.DOTALL), re.compile(b"(?>" + row.replace(b"(", b"(?:") + b")*", re.DOTALL)


def _entry(row: tuple[bytes, bytes] | None) -> Entry | None:
    return Entry(row[0].decode().zfill(6), row[1].hex()) if row else None
