"""Definitions that did not change, searched as bytes: to parse all of them would cost what the repository weighs.

A search may find too much, and never too little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import TypeAlias

from wedata_action.changes.trees import Tree
from wedata_action.definitions import MAX_BYTES
from wedata_action.git import REGULAR, Entry

Search: TypeAlias = Callable[[str, bytes], bool]
"""Whether a file, by its path and content, may define what is searched for."""

_FILES = (b"sources", b"Sources", b"code", b"Code")
# YAML and JSON can spell any character as an escape. These spell an ASCII character, or join two lines.
_ASCII_ESCAPE = re.compile(rb"\\(?:u00[2-7]|x[2-7]|U000000[2-7]|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9])")
_ANY_ESCAPE = re.compile(rb"\\|''")
_WORD = re.compile(rb"[0-9A-Za-z_.-]+")
_FEW = 32


def search(tree: Tree, files: Mapping[str, Entry], wanted: Search) -> dict[str, Entry]:
    """The files that `wanted` picks."""
    regular = {path: entry for path, entry in files.items() if entry.mode in REGULAR}
    contents = tree.read((entry.id for entry in regular.values()), MAX_BYTES)
    return {
        path: entry for (path, entry), content in zip(regular.items(), contents, strict=True) if wanted(path, content)
    }


def having_ids(task_ids: Iterable[str]) -> Search:
    """Searches for files that may define one of the tasks."""
    has_id = _finder({task_id.encode() for task_id in task_ids})
    return lambda _, content: has_id(content) or _ASCII_ESCAPE.search(content) is not None


def naming_files(changed: Collection[str]) -> Search:
    """Searches for files whose `sources` or `code` may name one of the changed paths."""
    names = {path.rpartition("/")[2].encode("utf-8", "surrogateescape") for path in changed}
    has_name = _finder(names) if all(map(_WORD.fullmatch, names)) else lambda _: True
    folders = {str(folder) for path in changed for folder in PurePosixPath(path).parents}

    def wanted(path: str, content: bytes) -> bool:
        if not (any(word in content for word in _FILES) or _ASCII_ESCAPE.search(content)):
            return False
        if _ANY_ESCAPE.search(content):
            return True
        if b".." not in content and (path.rpartition("/")[0] or ".") not in folders:
            return False
        return b"*" in content or has_name(content)

    return wanted


def _finder(texts: set[bytes]) -> Callable[[bytes], bool]:
    """Searches for few texts one by one. If there are many, looks up each word of the content among them."""
    if len(texts) <= _FEW:
        return lambda content: any(text in content for text in texts)
    others = {text for text in texts if not _WORD.fullmatch(text)}
    words = texts - others
    return lambda content: not words.isdisjoint(_WORD.findall(content)) or any(text in content for text in others)
