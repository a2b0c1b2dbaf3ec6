"""Definitions that did not change, looked through as bytes: parsing them all would cost what the repository weighs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from wedata_action.changes.trees import CommitTree
from wedata_action.definitions import MAX_BYTES
from wedata_action.git import REGULAR, Entry

_SOURCES = re.compile(rb"[Ss]ources")
# What spells an ASCII letter or digit, or joins two lines: with it a word can stand there unseen.
_DISGUISE = re.compile(rb"\\(?:u00[2-7]|x[2-7]|U000000[2-7]|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9])")
# Of a word with other characters each may be escaped.
_ANY_ESCAPE = re.compile(rb"\\|''")
_PLAIN = re.compile(rb"[0-9A-Za-z_-]+")
_FEW = 32


@dataclass(frozen=True, slots=True)
class Scan:
    """Looks through `files` of a commit."""

    tree: CommitTree
    files: Mapping[str, Entry]

    def files_with_sources(self) -> dict[str, Entry]:
        """The files that may have the key `sources`."""
        return self._files_where(lambda content: _SOURCES.search(content) is not None, _DISGUISE)

    def files_with_ids(self, task_ids: Collection[str]) -> dict[str, Entry]:
        """The files in which one of the task ids may stand."""
        ids = {task_id.encode() for task_id in task_ids}
        plain = {task_id for task_id in ids if _PLAIN.fullmatch(task_id)}
        return self._files_where(_finder(ids, plain), _DISGUISE if ids == plain else _ANY_ESCAPE)

    def _files_where(self, wanted: Callable[[bytes], bool], disguise: re.Pattern[bytes]) -> dict[str, Entry]:
        regular = {path: entry for path, entry in sorted(self.files.items()) if entry.mode in REGULAR}
        contents = self.tree.read((entry.id for entry in regular.values()), MAX_BYTES)
        return {
            path: entry
            for (path, entry), content in zip(regular.items(), contents, strict=True)
            if wanted(content) or disguise.search(content)
        }


def _finder(ids: set[bytes], plain: set[bytes]) -> Callable[[bytes], bool]:
    """Few ids are searched one by one; of many, the words of the content are looked up among them."""
    if len(ids) <= _FEW or not plain:
        return lambda content: any(task_id in content for task_id in ids)
    others = ids - plain
    lengths = [len(task_id) for task_id in plain]
    words = re.compile(rb"[0-9A-Za-z_-]{%d,%d}" % (min(lengths), max(lengths)))
    return lambda content: not plain.isdisjoint(words.findall(content)) or any(task_id in content for task_id in others)
