"""The files that `sources` name in one tree.

Definitions may come from strangers, and globs multiply: so many tasks, each with so many globs, among so many files.
All of it is counted, and ends at a limit.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from wedata_action.changes.fingerprint import content_digest
from wedata_action.changes.globs import PathFilter, compile_globs, static_prefix
from wedata_action.changes.trees import Tree, topmost
from wedata_action.definitions import quote
from wedata_action.errors import Diagnostic
from wedata_action.git import REGULAR, Entry
from wedata_action.task import Source, Task

MOST_MATCHES = 1_000_000
"""Files that the globs of one tree match, each counted for each task."""

MOST_COMPARISONS = 100_000_000
"""Paths that the globs of one tree are compared with, by their ends: some ten seconds."""

_TOO_MUCH = (
    f"sources: together the globs of the definitions match more than {MOST_MATCHES:,} files, or have to be compared "
    "with too many: name files, or begin the globs with narrower folders"
)
_COMPILING = 2000  # comparisons that take as long as to compile one glob
_MATCHING = 10  # comparisons that take as long as to match it with a path of usual length
_USUAL_LENGTH = 100  # characters
_MANY_FOLDERS = 50


class TooMuchError(Exception):
    """Globs match, or have to be compared with, more paths than the limit."""


class Paths:
    """Paths to be found by the globs of `sources`."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._sorted = sorted(paths)
        self._found: dict[tuple[str, str], list[str]] = {}
        self._matches = self._comparisons = 0
        characters = sum(map(len, self._sorted))
        self._matching = _MATCHING * (1 + characters // (_USUAL_LENGTH * len(self._sorted) + 1))

    def fitting(self, source: Source) -> list[str]:
        """The paths that a glob fits; none if it leads out of the repository. Raises `TooMuchError`."""
        resolved = resolve(source)
        if resolved is None:
            return []
        if resolved not in self._found:
            self._found[resolved] = self._search(*resolved)
        return self._found[resolved]

    def _search(self, folder: str, glob: str) -> list[str]:
        prefix = folder + glob.partition("*")[0]
        start = bisect_left(self._sorted, prefix)
        if "*" not in glob:
            return [prefix] if self._sorted[start : start + 1] == [prefix] else []
        end = bisect_right(self._sorted, prefix, start, key=lambda path: path[: len(prefix)])
        if start == end:
            return []
        self._comparisons += end - start + _COMPILING
        last = glob.rpartition("*")[2].removeprefix("/")  # after `**/`, which fits no folder too
        candidates = [path for path in self._sorted[start:end] if path.endswith(last)]
        self._comparisons += len(candidates) * self._matching
        if self._comparisons > MOST_COMPARISONS:
            raise TooMuchError
        fits = compile_globs([glob]).match
        found = [path for path in candidates if fits(path, len(folder))]
        self._matches += len(found)
        if self._matches > MOST_MATCHES:
            raise TooMuchError
        return found


def resolve(source: Source) -> tuple[str, str] | None:
    """The folder that a glob is read from, empty or ending in `/`, and the glob without `.` and `..`.

    `None` if it leads out of the repository. The folder is literal: a `*` in its name is not a glob.
    """
    folder = source.location.path.split("/")[:-1]
    rest: list[str] = []
    for name in source.glob.strip().split("/"):
        if name == "..":
            if not rest and not folder:
                return None
            (rest or folder).pop()
        elif name not in {"", "."}:
            rest.append(name)
    return "".join(f"{name}/" for name in folder), "/".join(rest)


class SourceFiles:
    """Finds the files that `sources` name in one tree, and the digests of their contents.

    Definition files don't count: a comment in one changes no other task.
    """

    def __init__(self, tree: Tree, definitions: PathFilter, digests: dict[str, str]) -> None:
        """`digests`, by blob id, can be shared by several trees of one repository."""
        self._tree = tree
        self._definitions = definitions
        self._digests = digests
        self._listed: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._paths = Paths(())
        self._matches = 0
        self._exhausted = False  # which is said once

    def digests(self, tasks: Sequence[Task]) -> tuple[list[list[str] | None], list[Diagnostic]]:
        """For each task the digests of its files, in the order of their paths; `None` if a glob is wrong, and why."""
        self._list(source for task in tasks for source in task.sources)
        diagnostics: list[Diagnostic] = []
        files = [self._files(task, diagnostics) for task in tasks]
        self._read({self._entries[path].id for paths in files if paths for path in paths})
        return [None if paths is None else list(map(self._digest, paths)) for paths in files], diagnostics

    def of(self, task: Task) -> dict[str, str]:
        """Paths and digests of a task that was given to `digests` before; empty if a glob is wrong."""
        try:
            paths = {path for source in task.sources for path in self._paths.fitting(source)}
        except TooMuchError:
            return {}
        return {path: self._digest(path) for path in paths if self._entries[path].id in self._digests}

    def _list(self, sources: Iterable[Source]) -> None:
        """Lists the folders of all globs that were not listed before."""
        wanted = {folder + static_prefix(glob) for folder, glob in filter(None, map(resolve, sources))}
        folders = _few(topmost({*wanted, *self._listed}))
        if missing := [folder for folder in folders if folder not in self._listed]:
            self._listed = folders
            found = self._tree.list(missing)
            self._entries |= {path: entry for path, entry in found.items() if path not in self._definitions}
            self._paths = Paths(self._entries)

    def _files(self, task: Task, diagnostics: list[Diagnostic]) -> list[str] | None:
        found: set[str] = set()
        before = len(diagnostics)
        for source in dict.fromkeys(task.sources):
            try:
                matched = self._counted(self._paths.fitting(source))
            except TooMuchError:
                if not self._exhausted:
                    diagnostics.append(Diagnostic(_TOO_MUCH, source.location))
                self._exhausted = True
                return None
            other = next((path for path in matched if self._entries[path].mode not in REGULAR), None)
            if not matched:
                diagnostics.append(Diagnostic(f"sources: {quote(source.glob)} matches no file", source.location))
            elif other is not None:
                message = f"sources: {quote(source.glob)} matches {other!r}, which is a symbolic link or a submodule"
                diagnostics.append(Diagnostic(message, source.location))
            found.update(matched)
        return sorted(found, key=os.fsencode) if len(diagnostics) == before else None

    def _counted(self, matched: list[str]) -> list[str]:
        self._matches += len(matched) or 1
        if self._matches > MOST_MATCHES:
            raise TooMuchError
        return matched

    def _read(self, ids: Iterable[str]) -> None:
        missing = sorted(object_id for object_id in ids if object_id not in self._digests)
        for object_id, chunks in zip(missing, self._tree.stream(missing), strict=True):
            self._digests[object_id] = content_digest(chunks)

    def _digest(self, path: str) -> str:
        return self._digests[self._entries[path].id]


def _few(folders: list[str]) -> list[str]:
    """The same folders, or if there are many, fewer ones around them."""
    depth = max((folder.count("/") for folder in folders), default=0)
    while len(folders) > _MANY_FOLDERS:
        depth -= 1
        folders = topmost("".join(f"{name}/" for name in folder.split("/")[:-1][:depth]) for folder in folders)
    return folders
