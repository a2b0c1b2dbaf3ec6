"""Definition files of one tree become tasks with their fingerprints, or problems with their places."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wedata_action.changes.fingerprint import content_digest, fingerprint
from wedata_action.changes.trees import Tree
from wedata_action.definitions import MAX_BYTES, Source, TaskDefinition, parse
from wedata_action.errors import Place, Problem
from wedata_action.git import REGULAR, SUBMODULE, SYMLINK, Entry
from wedata_action.globs import PathFilter, compile_globs, static_prefix


@dataclass(frozen=True, slots=True)
class Task:
    """A task as one tree defines it. `fingerprint` is empty where its sources cannot be told."""

    definition: TaskDefinition
    project_id: str
    fingerprint: str

    @property
    def identity(self) -> tuple[str, str]:
        """Project and task id: what makes two definitions the same task."""
        return self.project_id, self.definition.task_id


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One definition file: its tasks, and what is wrong with it."""

    path: str
    tasks: tuple[TaskDefinition, ...]
    problems: tuple[Problem, ...]


def parse_files(tree: Tree, files: Mapping[str, Entry]) -> list[ParsedFile]:
    """Parses each file, in order; one that is no regular file is a problem."""
    regular = {path: entry for path, entry in files.items() if entry.mode in REGULAR}
    contents = zip(regular, tree.read((entry.id for entry in regular.values()), MAX_BYTES), strict=True)
    parsed = {path: ParsedFile(path, *parse(path, content)) for path, content in contents}
    return [parsed.get(path) or ParsedFile(path, (), (_no_file(path, entry),)) for path, entry in files.items()]


def _no_file(path: str, entry: Entry) -> Problem:
    kind = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}.get(entry.mode, "no regular file")
    return Problem(f"a definition must be a regular file, and this is {kind}", Place(path))


class SourceReader:
    """Finds the files that `sources` name in one tree, and their digests.

    Files that are definitions themselves don't count: a comment in one changes no task.
    """

    def __init__(self, tree: Tree, definitions: PathFilter, digests: dict[str, str]) -> None:
        """`digests` by blob id is shared by the readers of two commits."""
        self._tree = tree
        self._definitions = definitions
        self._digests = digests
        self._listings: dict[str, dict[str, Entry]] = {}

    def fingerprints(self, tasks: Iterable[TaskDefinition]) -> tuple[list[str], list[Problem]]:
        """The fingerprint of each task, empty where a glob of its sources is a problem; and these problems."""
        tasks = list(tasks)
        problems: list[Problem] = []
        files = [self._files(task, problems) if task.sources else {} for task in tasks]
        self._read({entry.id for found in files if found for entry in found.values()})
        return [
            "" if found is None else fingerprint(task.canonical(), self._relative(task, found))
            for task, found in zip(tasks, files, strict=True)
        ], problems

    def _relative(self, task: TaskDefinition, files: Mapping[str, Entry]) -> list[tuple[str, str]]:
        folder = posixpath.dirname(task.place.path)
        return [(posixpath.relpath(path, folder or "."), self._digests[entry.id]) for path, entry in files.items()]

    def _files(self, task: TaskDefinition, problems: list[Problem]) -> dict[str, Entry] | None:
        found: dict[str, Entry] = {}
        before = len(problems)
        for source in task.sources:
            matched = self._matches(source)
            if not matched:
                problems.append(Problem(f"sources: {source.glob!r} matches no file", source.place))
            for path, entry in matched.items():
                if entry.mode not in REGULAR:
                    message = f"sources: {source.glob!r} matches {path!r}, which is a symbolic link or a submodule"
                    problems.append(Problem(message, source.place))
            found |= matched
        return found if len(problems) == before else None

    def _matches(self, source: Source) -> dict[str, Entry]:
        glob = source_glob(source)
        if glob.startswith("../"):
            return {}
        prefix = static_prefix(glob)
        if prefix not in self._listings:
            self._listings[prefix] = self._tree.list([prefix])
        pattern = compile_globs([glob])
        return {
            path: entry
            for path, entry in self._listings[prefix].items()
            if pattern.match(path) and path not in self._definitions
        }

    def _read(self, ids: Iterable[str]) -> None:
        missing = sorted(object_id for object_id in ids if object_id not in self._digests)
        for object_id, chunks in zip(missing, self._tree.stream(missing), strict=True):
            self._digests[object_id] = content_digest(chunks)


def source_glob(source: Source) -> str:
    """The glob relative to the repository's root; one that leads out of it fits no path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source.place.path), source.glob))


def duplicates(tasks: Iterable[Task]) -> list[Problem]:
    """A problem at each definition of a task that has another one, which it names."""
    by_identity: dict[tuple[str, str], list[Task]] = {}
    for task in tasks:
        by_identity.setdefault(task.identity, []).append(task)
    return [
        Problem(_twice(task, others[1] if task is others[0] else others[0]), task.definition.place)
        for others in by_identity.values()
        if len(others) > 1
        for task in others
    ]


def _twice(task: Task, other: Task) -> str:
    project = f" of project {task.project_id}" if task.project_id else ""
    return f"task {task.definition.task_id}{project} is defined twice, here and at {other.definition.place}"
