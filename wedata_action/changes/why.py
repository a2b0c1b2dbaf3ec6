"""Why a task changed, or why it is skipped, in a few words for the report."""

from __future__ import annotations

import codecs
import functools
from collections import Counter
from collections.abc import Mapping

from wedata_action.changes.fingerprint import normalized
from wedata_action.changes.reading import Side
from wedata_action.code_text import MAX_CODE
from wedata_action.definitions import MAX_BYTES
from wedata_action.git import Difference
from wedata_action.task import OTHERS_CHANGED, Change, Code, Task

_MOST_NAMED = 3
_MOST_COUNTED = 200_000  # lines of both sides: some 40 MB

_ByPath = dict[str, set[tuple[object, ...]]]


class Reasons:
    """Compares what two sides know of a task, and reads the definition files that changed if it must."""

    def __init__(self, before: Side, after: Side, changed_files: Mapping[str, Difference]) -> None:
        self._before = before
        self._after = after
        self._changed_files = changed_files
        self._of_file: dict[str, str] = {}

    def explain(self, task: Task) -> str:
        """Why the task at head has its `change`."""
        former = self._before.tasks.get(task.identity, [])
        if task.change is Change.ADDED:
            return "its definition is new"
        if task.change is Change.CHANGED:
            return self._why_changed(next(old for old in former if old.fingerprint != task.fingerprint), task)
        if len(former) > 1:
            return "only another definition of it was removed"
        if task.change is Change.RELEASED:
            return "its definition no longer names its code, so WeData keeps what it has"
        return self._why_skipped(former[0], task)

    def _why_changed(self, old: Task, new: Task) -> str:
        before = {"version_remark": old.version_remark, "folder_id": old.folder_id, **old.options._asdict()}
        after = {"version_remark": new.version_remark, "folder_id": new.folder_id, **new.options._asdict()}
        files, new_files = self._before.files.sources_of(old), self._after.files.sources_of(new)
        names = [key for key in before if before[key] != after[key]] + [
            path
            for path in sorted(files.keys() | new_files.keys())
            if files.get(path) != new_files.get(path) and not (new.code and new.code.path == path)
        ]
        said = (self._why_code(old.code, new.code), f"{_listed(names)} changed" if names else "")
        return "; ".join(filter(None, said)) or "the order of its sources changed"

    def _why_code(self, old: Code | None, new: Code | None) -> str:
        if new is None:
            return "its definition no longer names its code" if old else ""
        if old is None:
            return f"its code is now {new.path}"
        if old.digest == new.digest:
            return ""
        if not old.digest:
            return f"{new.path} changed"
        moved = f"moved from {old.path} and " if old.path != new.path else ""
        return f"{new.path} {moved}changed{_changed_lines(*self._after.tree.read((old.blob, new.blob), MAX_CODE))}"

    def _why_skipped(self, old: Task, new: Task) -> str:
        path = new.location.path
        if old.location.path != path:
            return f"only moved from {old.location.path}"
        if old.name != new.name:
            return "only its name changed"
        if old.code and new.code and (old.code.path, old.code.blob) != (new.code.path, new.code.blob):
            return _why_same_code(old.code, new.code)
        if path not in self._changed_files:
            renamed = self._before.files.sources_of(old).keys() != self._after.files.sources_of(new).keys()
            files = " or ".join(name for name, given in (("code", new.code), ("sources", new.sources)) if given)
            return f"only {'names' if renamed else 'line endings, BOMs or modes'} of its {files} changed"
        if self._in_files[0][path] != self._in_files[1][path]:
            return OTHERS_CHANGED
        if path not in self._of_file:
            self._of_file[path] = self._why_only_notation(self._changed_files[path])
        return self._of_file[path]

    @functools.cached_property
    def _in_files(self) -> tuple[_ByPath, _ByPath]:
        return _by_path(self._before), _by_path(self._after)

    def _why_only_notation(self, difference: Difference) -> str:
        if difference.old is None or difference.new is None or difference.old.id == difference.new.id:
            return "only the file mode changed"
        [old] = self._before.tree.read([difference.old.id], MAX_BYTES)
        [new] = self._after.tree.read([difference.new.id], MAX_BYTES)
        old, new = (content.removeprefix(codecs.BOM_UTF8) for content in (old, new))
        if old == new:
            return "only the byte order mark changed"
        if old.replace(b"\r\n", b"\n") == new.replace(b"\r\n", b"\n"):
            return "only line endings changed"
        return "only the notation changed, such as comments, white space, quotes or the order of keys"


def _why_same_code(old: Code, new: Code) -> str:
    if old.path != new.path:
        return f"only its code moved from {old.path}"
    return f"only line endings or the byte order mark of {new.path} changed"


def _changed_lines(old: bytes, new: bytes) -> str:
    if old.count(b"\n") + new.count(b"\n") > _MOST_COUNTED:
        return " (too many lines to count)"
    before, after = (Counter(normalized(content).split(b"\n")) for content in (old, new))
    differences = [after[line] - before[line] for line in {line for line, _ in before.items() ^ after.items()}]
    added = sum(number for number in differences if number > 0)
    removed = added - sum(differences)
    return f" (+{added} -{removed} lines)" if added or removed else " (the order of its lines)"


def _listed(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _by_path(side: Side) -> _ByPath:
    """What each file defines, for all targets, whatever the order and the notation."""
    found: _ByPath = {}
    for task in (task for tasks in side.tasks.values() for task in tasks):
        path = task.code.path if task.code else ""
        found.setdefault(task.location.path, set()).add((task.identity, task.name, path, task.fingerprint))
    for task in (task for tasks in side.others.values() for task in tasks):
        content = (task.identity, task.target, task.version_remark, task.folder_id, task.options)
        found.setdefault(task.location.path, set()).add(content)
    return found
