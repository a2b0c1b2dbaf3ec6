"""`import --target` where the definitions have another target: ids are added to them, and no code is written."""

from __future__ import annotations

import shlex
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from wedata_action.changes.sources import code_path
from wedata_action.clock import Clock
from wedata_action.code_text import code_digest
from wedata_action.commands.import_look import Looked
from wedata_action.errors import Reason, RunError
from wedata_action.importing.importer import Named
from wedata_action.importing.notes import Note
from wedata_action.importing.reading import Found, read_tasks
from wedata_action.importing.targets import Matched, key_of, match, missing, named, with_ids
from wedata_action.task import Task
from wedata_action.tencent.task_list import Listed
from wedata_action.tencent.wedata import Call

ListTasks = Callable[[str], Sequence[Listed]]
"""The tasks of a project. Raises `RunError`."""


class Added(NamedTuple):
    """The number of new ids in each file, and the tasks that a person should know of."""

    ids: Mapping[str, int]
    named: Named


def name_target(looked: Looked, target: str) -> list[str]:
    """Makes the ids of the project that have one value those of `target`; gives the files that it wrote.

    Raises `RunError` for a file in which that cannot be done safely, and where only other projects are defined.
    """
    files, project_id = looked.repository.files, looked.repository.project_id
    others = {task.project_id for tasks in looked.tasks.values() for task in tasks}
    if others and not looked.targets and not looked.repository.defined:
        message = (
            f"the definitions of project {min(others)} belong to no target yet, so those of {target} would be a second "
            f"copy. Name its target first: `wedata-action import --project-id {shlex.quote(min(others))} --target NAME`"
        )
        raise RunError(Reason.INVALID_INPUT, message)
    written = []
    for path, tasks in looked.tasks.items():
        plain = [task for task in tasks if not task.targets and task.project_id in {"", project_id}]
        if plain:
            after = named(path, files.read(path) or b"", plain, target)
            if after is None:
                message = f"{path}: the ids cannot safely be made those of the target {target}: do it by hand"
                raise RunError(Reason.INVALID_DEFINITION, message)
            files.write(path, after)
            written.append(path)
    return written


def find_same(
    looked: Looked, list_tasks: ListTasks, listed: Sequence[Listed], chosen: Sequence[Listed], target: str
) -> Matched:
    """Which tasks, `chosen` from all that the project has, are defined for other targets. Raises `RunError`."""
    repository = looked.repository
    lacking = [entry for path in looked.tasks for entry in missing(path, repository.files.read(path) or b"", target)]
    projects = {task.project_id for entry in lacking for task in entry} - {"", repository.project_id}
    lists = {project: list_tasks(project) for project in sorted(projects)}
    theirs = {(project, task.task_id): task for project, tasks in lists.items() for task in tasks}
    counts = [Counter(map(key_of, tasks)) for tasks in (listed, *lists.values())]
    several = {key for keys in counts for key, number in keys.items() if number > 1}
    known = [next((task for task in entry if task.identity in theirs), None) for entry in lacking]
    defined = [(task, theirs[task.identity]) for task in known if task]
    found = match(defined, [task for task in chosen if task.task_id not in repository.defined], several)
    for entry, task in zip(lacking, known, strict=True):
        if task is None:
            names_one = any(each.project_id for each in entry)
            shown = Listed(entry[0].task_id, entry[0].name, "", entry[0].location.path, "", submitted=False)
            (found.not_there if names_one else found.no_project).append(shown)
    return found


def add_target(looked: Looked, found: Matched, target: str) -> Added:
    """Writes the ids of what was found. Raises `RunError` where a file cannot be written."""
    files, project_id = looked.repository.files, looked.repository.project_id
    said: Named = defaultdict(list)
    for note, tasks in (
        (Note.AMBIGUOUS, found.ambiguous),
        (Note.NOT_DEFINED, found.not_defined),
        (Note.NOT_THERE, found.not_there),
        (Note.NO_PROJECT, found.no_project),
    ):
        said[note] += [(task, "") for task in tasks]
    by_file: dict[str, list[tuple[Task, Listed]]] = defaultdict(list)
    for task, listed in found.pairs:
        by_file[task.location.path].append((task, listed))
    written = {}
    for path, pairs in sorted(by_file.items()):
        after = with_ids(path, files.read(path) or b"", pairs, project_id, target)
        if after is None:
            said[Note.BY_HAND] += [(listed, path) for _, listed in pairs]
        else:
            files.write(path, after)
            written[path] = len(pairs)
    return Added(written, said)


def compare_code(call: Call, clock: Clock, looked: Looked, found: Matched, tasks: Sequence[Listed]) -> Named:
    """Those of the project's `tasks` whose code in production is not the file. Raises `RunError`."""
    repository = looked.repository
    codes = {task_id: defined.code for task_id, defined in repository.defined.items()}
    codes |= {listed.task_id: code_path(task.code) or "" if task.code else "" for task, listed in found.pairs}
    said: Named = defaultdict(list)
    lock = threading.Lock()

    def done(read: Found) -> None:
        path = codes[read.task.task_id]
        with lock:
            there = repository.files.read(path)
            if Note.UNREAD in read.notes:
                said[Note.UNREAD].append((read.task, read.error))
            elif read.code is not None and (there is None or code_digest(there) != code_digest(read.code)):
                said[Note.DIFFERS].append((read.task, path))

    with_code = [task for task in tasks if codes.get(task.task_id)]
    read_tasks(call, clock, repository.project_id, with_code, done, draft=False)
    return said
