"""The files that `sources` and `code` name in one tree.

Definitions may come from strangers, and globs multiply: so many tasks, each with so many globs, among so many files.
All of it is counted, and ends at a limit.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from wedata_action.changes.fingerprint import fingerprint
from wedata_action.changes.globs import PathFilter, compile_globs, static_prefix
from wedata_action.changes.trees import Contents, Tree, topmost
from wedata_action.definitions import quote
from wedata_action.errors import Diagnostic, Location
from wedata_action.git import REGULAR, Entry
from wedata_action.task import Code, Source, Task

MOST_WORK = 100_000_000
"""What the globs of one tree may cost, in comparisons of the end of a path: some ten seconds."""

_COMPILING = 2000  # comparisons that take as long as to compile one glob
_CHARACTERS = 10  # of a path, that are matched as fast
_LISTING = 100  # comparisons for each file that a task names: a million of them is the limit
_TOO_MUCH = (
    f"sources: together the globs of the definitions match more than {MOST_WORK // _LISTING:,} files, or have to be "
    "compared with too many: name files, or begin the globs with narrower folders"
)
_MANY_FOLDERS = 50


class TooMuchError(Exception):
    """Globs match, or have to be compared with, more paths than the limit."""


class Paths:
    """Paths to be found by the globs of `sources`."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._sorted = sorted(paths)
        self._found: dict[tuple[str, str], list[str]] = {}
        self._work = 0

    def __contains__(self, path: str) -> bool:
        at = bisect_left(self._sorted, path)
        return self._sorted[at : at + 1] == [path]

    def below(self, folder: str) -> bool:
        """Whether there is a path in a folder, named without a slash at its end."""
        at = bisect_left(self._sorted, f"{folder}/")
        return bool(folder) and "".join(self._sorted[at : at + 1]).startswith(f"{folder}/")

    def fitting(self, source: Source) -> list[str]:
        """The paths that a glob fits; none if it leads out of the repository. Raises `TooMuchError`."""
        resolved = resolve(source)
        if resolved is None:
            return []
        if resolved not in self._found:
            self._found[resolved] = self._search(*resolved)
        return self._found[resolved]

    def listed(self, source: Source) -> list[str]:
        """The same for one of many tasks, each of which is counted."""
        found = self.fitting(source)
        self._spend(_LISTING * (len(found) or 1))
        return found

    def _search(self, folder: str, glob: str) -> list[str]:
        prefix = folder + glob.partition("*")[0]
        if "*" not in glob:
            return [prefix] if prefix in self else []
        start = bisect_left(self._sorted, prefix)
        end = bisect_right(self._sorted, prefix, start, key=lambda path: path[: len(prefix)])
        if start == end:
            return []
        self._spend(end - start + _COMPILING)
        last = glob.rpartition("*")[2].removeprefix("/")  # after `**/`, which fits no folder too
        candidates = [path for path in self._sorted[start:end] if path.endswith(last)]
        self._spend(sum(map(len, candidates)) // _CHARACTERS)
        fits = compile_globs([glob]).match
        found = [path for path in candidates if fits(path, len(folder))]
        self._spend(_LISTING * len(found))
        return found

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MOST_WORK:
            raise TooMuchError


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


def code_path(code: Code) -> str | None:
    """The path of a task's code from the repository's root, `None` if it leads out of the repository."""
    resolved = resolve(Source(code.file, code.location))
    return None if resolved is None else "".join(resolved)


class TaskFiles:
    """Finds the files that `sources` and `code` name in one tree.

    Definition files don't count: a comment in one changes no other task.
    """

    def __init__(self, tree: Tree, definitions: PathFilter, contents: Contents) -> None:
        self._tree = tree
        self._definitions = definitions
        self._contents = contents
        self._listed: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._paths = Paths(())
        self._sources: dict[Location, list[str]] = {}
        self._exhausted = False  # which is said once
        self._by_case: dict[str, str] = {}

    def resolve(self, tasks: Sequence[Task]) -> tuple[list[Task], list[Diagnostic]]:
        """The tasks with their code and their fingerprint, which stays empty where a file is wrong, and what is."""
        self._list(tasks)
        diagnostics: list[Diagnostic] = []
        sources = [self._find_sources(task, diagnostics) for task in tasks]
        codes = [task.code and self._find_code(task.code, diagnostics) for task in tasks]
        self._contents.read_sources(self._tree, (self._entries[path].id for paths in sources for path in paths or ()))
        self._contents.read_code(self._tree, (code.blob for code in codes if code))
        resolved = []
        for task, paths, found in zip(tasks, sources, codes, strict=True):
            code = found and self._check_code(found, diagnostics)
            if paths is not None and (code is None) == (task.code is None):
                whole = task._replace(code=code)
                resolved.append(whole._replace(fingerprint=fingerprint(whole, list(map(self._digest, paths)))))
            else:
                resolved.append(task)
        return resolved, diagnostics

    def sources_of(self, task: Task) -> dict[str, str]:
        """Paths and digests of the sources of a task that was resolved before, in the order of the paths.

        Where one of its globs is wrong, those that are known.
        """
        paths = self._sources.get(task.location, ())
        return {path: self._digest(path) for path in paths if self._entries[path].id in self._contents.digests}

    def _list(self, tasks: Sequence[Task]) -> None:
        """Lists the folders of all globs and code files that were not listed before."""
        globs = filter(None, (resolve(source) for task in tasks for source in task.sources))
        codes = filter(None, (code_path(task.code) for task in tasks if task.code))
        wanted = {folder + static_prefix(glob) for folder, glob in globs}
        wanted |= {path[: path.rfind("/") + 1] for path in codes}
        folders = _few(topmost({*wanted, *self._listed}))
        if missing := [folder for folder in folders if folder not in self._listed]:
            self._listed = folders
            found = self._tree.list(missing)
            self._entries |= {path: entry for path, entry in found.items() if path not in self._definitions}
            self._paths = Paths(self._entries)
            self._by_case = {}

    def _find_code(self, code: Code, diagnostics: list[Diagnostic]) -> Code | None:
        path = code_path(code)
        entry = self._entries.get(path or "")
        if path is None:
            fault = f"{quote(code.file)} leads out of the repository"
        elif path in self._definitions:
            fault = f"{path!r} is a definition file"
        elif entry is None:
            fault = self._why_missing(path)
        elif entry.mode not in REGULAR:
            fault = f"{path!r} is a symbolic link or a submodule, not a regular file"
        else:
            return code._replace(path=path, blob=entry.id)
        diagnostics.append(Diagnostic(f"code: {fault}", code.location))
        return None

    def _why_missing(self, path: str) -> str:
        if self._paths.below(path):
            return f"{path!r} is a folder; name the file in it"
        if not self._by_case:
            self._by_case = {other.casefold(): other for other in self._entries}
        if other := self._by_case.get(path.casefold()):
            return f"there is no file {path!r}; did you mean {other!r}?"
        return (
            f"there is no file {path!r}; write the path relative to the definition's folder, and without symbolic links"
        )

    def _check_code(self, code: Code, diagnostics: list[Diagnostic]) -> Code | None:
        fault = self._contents.faults[code.blob]
        if fault:
            diagnostics.append(Diagnostic(f"code: {code.path!r} {fault}", code.location))
            return None
        return code._replace(digest=self._contents.digests[code.blob])

    def _find_sources(self, task: Task, diagnostics: list[Diagnostic]) -> list[str] | None:
        found: set[str] = set()
        before = len(diagnostics)
        for source in dict.fromkeys(task.sources):
            try:
                matched = self._paths.listed(source)
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
        self._sources[task.location] = sorted(found, key=os.fsencode)
        return self._sources[task.location] if len(diagnostics) == before else None

    def _digest(self, path: str) -> str:
        return self._contents.digests[self._entries[path].id]


def _few(folders: list[str]) -> list[str]:
    """The same folders, or if there are many, fewer ones around them."""
    depth = max((folder.count("/") for folder in folders), default=0)
    while len(folders) > _MANY_FOLDERS:
        depth -= 1
        folders = topmost("".join(f"{name}/" for name in folder.split("/")[:-1][:depth]) for folder in folders)
    return folders
