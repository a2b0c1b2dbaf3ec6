"""From what was read of a workflow's tasks to its files: new entries and code files, and changed code."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from wedata_action.code_text import code_digest
from wedata_action.definitions import MAX_BYTES, parse
from wedata_action.errors import Location, Reason, RunError
from wedata_action.importing.edit import add_tasks
from wedata_action.importing.files import WorkFiles
from wedata_action.importing.names import Names, numbered, safe_name
from wedata_action.importing.notes import Note
from wedata_action.importing.reading import Found
from wedata_action.importing.text import Entry, new_file, shown_name
from wedata_action.task import Task, is_task_id
from wedata_action.tencent.task_list import Listed

Named = dict[Note, list[tuple[Listed, str]]]
"""Tasks that a person should know of, each with a path or an error."""

_LEFT_OUT = {Note.GONE, Note.UNREAD, Note.BAD_ID}
_ALWAYS = {*_LEFT_OUT, Note.UNSUBMITTED}  # these need a person, whatever is written
_NOWHERE = Location("")


class Defined(NamedTuple):
    """Where a task is defined, and the path of its code from the repository's root, empty if it names none."""

    path: str
    code: str


class Repository(NamedTuple):
    """What the repository has: its files, its definitions by task id, and whether git `knows` a code as a blob.

    New files go below `folder`. `is_definition` says which paths are read as definitions. New definitions are those of
    `target`; it is empty where there are no targets, and `None` where it cannot be told.
    """

    files: WorkFiles
    names: Names
    defined: Mapping[str, Defined]
    knows: Callable[[bytes], bool]
    is_definition: Callable[[str], bool]
    folder: str
    project_id: str
    target: str | None


class Importer:
    """Writes the files of a workflow when the last of its tasks was read. Safe to share between threads.

    `definitions` counts the new tasks of each definition file, `codes` the new code files. `changed` are the paths of
    code files that got another content. `named` are tasks that a person should know of, each with a path or an error.
    """

    def __init__(  # the options that stay beside what is known
        self,
        repository: Repository,
        listed: Sequence[Listed],
        chosen: Sequence[Listed],
        progress: Callable[[], None],
        *,
        force: bool,
    ) -> None:
        """`listed` are all tasks of the project, and `chosen` those that will be added. Each calls `progress`."""
        self.definitions: Counter[str] = Counter()
        self.codes = self.unchanged = 0
        self.changed: list[str] = []
        self.named: Named = defaultdict(list)
        self._repository, self._files = repository, repository.files
        self._progress, self._force = progress, force
        self._lock = threading.Lock()
        self._missing = Counter(task.group for task in chosen)
        self._found: dict[str, list[Found]] = defaultdict(list)
        self._siblings: dict[str, dict[str, None]] = defaultdict(dict)  # in order
        for task in listed:
            if task.task_id in repository.defined:
                self._siblings[task.group][task.task_id] = None

    def add(self, found: Found) -> None:
        """Takes what was read of one task. Raises `RunError` where a file cannot be written."""
        with self._lock:
            group = found.task.group
            self._found[group].append(found)
            self._missing[group] -= 1
            self._progress()
            if not self._missing[group]:
                self._write(sorted(self._found.pop(group), key=lambda found: found.task))

    def _write(self, tasks: Sequence[Found]) -> None:
        new = []
        for found in tasks:
            task_id = found.task.task_id
            notes = found.notes if is_task_id(task_id) else (Note.BAD_ID,)
            defined = self._repository.defined.get(task_id)
            written = self._update(found, defined) if defined else True
            for note in notes:
                if written or note in _ALWAYS:
                    self.named[note].append((found.task, found.error))
            if not defined and not _LEFT_OUT & set(notes):
                new.append(found)
                if not found.code and not notes:
                    self.named[Note.NO_CODE].append((found.task, ""))
        if new and self._repository.target is None:
            self.named[Note.NEEDS_TARGET] += [(found.task, "") for found in new]
        elif new and not self._extend(new):
            self._create(new)

    def _update(self, found: Found, defined: Defined) -> bool:
        """Whether it wrote the code of a task that is defined."""
        path, code = defined.code, found.code
        if not path or code is None:
            if code:
                self.named[Note.NAMES_NONE].append((found.task, defined.path))
            return False
        there = self._files.read(path)
        if there is not None and code_digest(there) == code_digest(code):
            self.unchanged += 1
        elif not self._force and not self._files.is_committed(path):
            self.named[Note.UNCOMMITTED].append((found.task, path))
        elif there is not None and self._repository.knows(code):
            self.named[Note.AHEAD].append((found.task, path))
        else:
            self._files.write(path, code)
            self.changed.append(path)
            return True
        return False

    def _extend(self, new: Sequence[Found]) -> bool:
        """Adds to the file that has most of the workflow's tasks, wherever it is; whether that was possible."""
        siblings = self._siblings[new[0].task.group]
        homes = Counter(self._repository.defined[task_id].path for task_id in siblings)
        for path, _ in homes.most_common(1):
            before = self._files.read(path)
            if before is None or path.lower().endswith(".json"):
                continue
            entries = self._entries(path, new)
            after = add_tasks(before, siblings, entries)
            if after is not None and self._reads_back(path, before, after, entries):
                self._save(path, after, entries, new)
                return True
        return False

    def _create(self, new: Sequence[Found]) -> None:
        repository = self._repository
        stem = f"{repository.folder}/{safe_name(new[0].task.workflow, 'workflow')}"
        path = repository.names.take(numbered(stem, "/tasks.yml"), repository.is_definition)
        self._save_new(path, self._entries(path, new), new)

    def _save_new(self, path: str, entries: Sequence[Entry], new: Sequence[Found]) -> None:
        repository = self._repository
        content = new_file(new[0].task.workflow, repository.project_id, entries).encode()
        if len(content) > MAX_BYTES:
            half = len(entries) // 2
            self._save_new(path, entries[:half], new[:half])
            more = repository.names.take(numbered(path.removesuffix(".yml"), ".yml"), repository.is_definition)
            self._save_new(more, entries[half:], new[half:])
        elif not self._reads_back(path, b"", content, entries):
            raise RunError(Reason.INTERNAL, f"the definitions of {path} would not be read as they are meant")
        else:
            self._save(path, content, entries, new)

    def _entries(self, path: str, new: Sequence[Found]) -> list[Entry]:
        folder = path[: path.rfind("/") + 1]
        return [self._entry(folder, found) for found in new]

    def _entry(self, folder: str, found: Found) -> Entry:
        code = self._code_name(folder, found) if found.code else ""
        return Entry(found.task.task_id, shown_name(found.task.name), code, self._repository.target or "")

    def _code_name(self, folder: str, found: Found) -> str:
        task_id = safe_name(found.task.task_id, "task")
        stem = folder + safe_name(found.task.name.removesuffix(found.suffix), task_id)
        candidates = itertools.chain([stem + found.suffix], numbered(f"{stem}-{task_id}", found.suffix))
        path = self._repository.names.take(candidates, lambda path: not self._repository.is_definition(path))
        return path.removeprefix(folder)

    def _reads_back(self, path: str, before: bytes, after: bytes, entries: Sequence[Entry]) -> bool:
        """Whether the program reads in `after` what it reads in `before`, and these entries besides."""
        (old, _), (now, mistakes) = parse(path, before), parse(path, after)
        were, are = Counter(map(said, old)), Counter(map(said, now))
        project = self._repository.project_id
        added = [
            (task.project_id or project, task.task_id, task.name, _code(task), task.target)
            for task in (are - were).elements()
        ]
        meant = [(project, *entry) for entry in entries]
        return not mistakes and not were - are and sorted(added) == sorted(meant)

    def _save(self, path: str, content: bytes, entries: Sequence[Entry], new: Sequence[Found]) -> None:
        """The definitions first: a run that ends before the last code is written finds by them what is missing."""
        self._files.write(path, content)
        self.definitions[path] += len(entries)
        folder = path[: path.rfind("/") + 1]
        for entry, found in zip(entries, new, strict=True):
            if found.code and entry.code:
                self._files.write(folder + entry.code, found.code)
                self.codes += 1


def _code(task: Task) -> str:
    return task.code.file if task.code else ""


def said(task: Task) -> Task:
    """All that a definition says, without its places."""
    code = task.code and task.code._replace(location=_NOWHERE)
    sources = tuple(source._replace(location=_NOWHERE) for source in task.sources)
    return task._replace(location=_NOWHERE, code=code, sources=sources)
