"""Definition files of one tree become tasks with their fingerprints, or problems with their places."""

from __future__ import annotations

import functools
import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wedata_action.changes.fingerprint import content_digest, fingerprint
from wedata_action.changes.globs import PathFilter, compile_globs, static_prefix
from wedata_action.changes.trees import Tree, topmost
from wedata_action.definitions import MAX_BYTES, parse
from wedata_action.errors import Diagnostic, Location
from wedata_action.git import REGULAR, SUBMODULE, SYMLINK, Entry
from wedata_action.task import Source, Task

_MANY_FOLDERS = 50


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One definition file: its tasks, and what is wrong with it."""

    path: str
    tasks: tuple[Task, ...]
    diagnostics: tuple[Diagnostic, ...]


def parse_files(tree: Tree, files: Mapping[str, Entry]) -> list[ParsedFile]:
    """Parses each file, in order; one that is no regular file is a problem."""
    regular = {path: entry for path, entry in files.items() if entry.mode in REGULAR}
    contents = zip(regular, tree.read((entry.id for entry in regular.values()), MAX_BYTES), strict=True)
    parsed = {path: ParsedFile(path, *parse(path, content)) for path, content in contents}
    return [parsed.get(path) or ParsedFile(path, (), (_no_file(path, entry),)) for path, entry in files.items()]


def _no_file(path: str, entry: Entry) -> Diagnostic:
    kind = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}.get(entry.mode, "no regular file")
    return Diagnostic(f"a definition must be a regular file, and this is {kind}", Location(path))


class Paths:
    """Paths with what stands behind them, to be found by the globs of `sources`.

    Each glob looks only at the paths below its folder: there may be ten thousand of both.
    """

    def __init__(self, entries: Mapping[str, Entry | None]) -> None:
        self.entries = entries
        self._sorted = sorted(entries)

    def fitting(self, source: Source) -> list[str]:
        """The paths that fit a glob, in their order; none fit one that leads out of the repository."""
        resolved = resolve(source)
        if resolved is None:
            return []
        folder, glob = resolved
        if "*" not in glob:
            return [folder + glob] if folder + glob in self.entries else []
        prefix = folder + static_prefix(glob)
        start, end = 0, len(self._sorted)
        if prefix:
            start = bisect_left(self._sorted, prefix)
            end = bisect_left(self._sorted, prefix[:-1] + chr(ord("/") + 1))
        fits, behind = _pattern(glob).match, len(folder)
        return [path for path in self._sorted[start:end] if fits(path, behind)]


@functools.lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return compile_globs([glob])


def resolve(source: Source) -> tuple[str, str] | None:
    """The folder that a glob is read from, empty or ending in `/`, and the glob without `.` and `..`.

    `None` where it leads out of the repository. The folder's name is no glob, whatever characters it has.
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


class SourceReader:
    """Finds the files that `sources` name in one tree, and their digests.

    Files that are definitions themselves don't count: a comment in one changes no task.
    """

    def __init__(self, tree: Tree, definitions: PathFilter, digests: dict[str, str]) -> None:
        """`digests` by blob id is shared by the readers of two commits."""
        self._tree = tree
        self._definitions = definitions
        self._digests = digests
        self._listed: list[str] = []
        self._paths: dict[str, Entry] = {}

    def fingerprints(self, tasks: Iterable[Task]) -> tuple[list[str], list[Diagnostic]]:
        """The fingerprint of each task, empty where a glob of its sources is a problem; and these problems."""
        tasks = list(tasks)
        diagnostics: list[Diagnostic] = []
        paths = self._list(source for task in tasks for source in task.sources)
        files = [self._files(task, paths, diagnostics) if task.sources else {} for task in tasks]
        self._read({entry.id for found in files if found for entry in found.values()})
        return [
            "" if found is None else fingerprint(task, [self._digests[found[path].id] for path in _ordered(found)])
            for task, found in zip(tasks, files, strict=True)
        ], diagnostics

    def _list(self, sources: Iterable[Source]) -> Paths:
        """The paths below the folders of all globs, with as few listings as possible."""
        wanted = {folder + static_prefix(glob) for folder, glob in filter(None, map(resolve, sources))}
        folders = topmost({*wanted, *self._listed})
        if len(folders) > _MANY_FOLDERS:
            folders = [""]
        if missing := [folder for folder in folders if folder not in self._listed]:
            self._listed = folders
            found = self._tree.list(missing)
            self._paths |= {path: entry for path, entry in found.items() if path not in self._definitions}
        return Paths(self._paths)

    def _files(self, task: Task, paths: Paths, diagnostics: list[Diagnostic]) -> dict[str, Entry] | None:
        found: dict[str, Entry] = {}
        before = len(diagnostics)
        for source in task.sources:
            matched = paths.fitting(source)
            if not matched:
                diagnostics.append(Diagnostic(f"sources: {source.glob!r} matches no file", source.location))
            for path in matched:
                found[path] = self._paths[path]
                if found[path].mode not in REGULAR:
                    message = f"sources: {source.glob!r} matches {path!r}, which is a symbolic link or a submodule"
                    diagnostics.append(Diagnostic(message, source.location))
        return found if len(diagnostics) == before else None

    def _read(self, ids: Iterable[str]) -> None:
        missing = sorted(object_id for object_id in ids if object_id not in self._digests)
        for object_id, chunks in zip(missing, self._tree.stream(missing), strict=True):
            self._digests[object_id] = content_digest(chunks)


def _ordered(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=os.fsencode)


def duplicates(tasks: Iterable[Task]) -> list[Diagnostic]:
    """A problem at each definition of a task that has another one, which it names."""
    by_identity: dict[tuple[str, str], list[Task]] = {}
    for task in tasks:
        by_identity.setdefault(task.identity, []).append(task)
    return [
        Diagnostic(_twice(task, others[1] if task is others[0] else others[0]), task.location)
        for others in by_identity.values()
        if len(others) > 1
        for task in others
    ]


def _twice(task: Task, other: Task) -> str:
    project = f" of project {task.project_id}" if task.project_id else ""
    return f"task {task.task_id}{project} is defined twice, here and at {other.location}"
