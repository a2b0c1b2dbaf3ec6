"""Contents of files, by the ids of their blobs: each is read once, however many tasks and trees name it."""

from __future__ import annotations

from collections.abc import Iterable

from wedata_action.changes.fingerprint import content_digest
from wedata_action.changes.trees import Tree

MAX_CODE = 5 * 1024 * 1024
"""Bytes of the largest file that can be a task's code."""


class Contents:
    """What is known of contents by blob id. The trees of one repository can share it.

    Contents are read in the order in which they are asked for: neighbours in a tree often lie together in a pack.

    `digests` are content digests. `faults` says why a content cannot be a task's code, with an empty text if it can.
    """

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def read_sources(self, tree: Tree, ids: Iterable[str]) -> None:
        """Reads what has no digest yet."""
        missing = [object_id for object_id in dict.fromkeys(ids) if object_id not in self.digests]
        for object_id, chunks in zip(missing, tree.stream(missing), strict=True):
            self.digests[object_id] = content_digest(chunks)

    def read_code(self, tree: Tree, ids: Iterable[str]) -> None:
        """Reads what was not read as code yet."""
        missing = [object_id for object_id in dict.fromkeys(ids) if object_id not in self.faults]
        for object_id, content in zip(missing, tree.read(missing, MAX_CODE), strict=True):
            self.faults[object_id] = _fault(content)
            if not self.faults[object_id]:
                self.digests[object_id] = content_digest([content])


def _fault(content: bytes) -> str:
    if len(content) > MAX_CODE:
        return f"is larger than {MAX_CODE >> 20} MiB"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"is not UTF-8: the byte 0x{content[error.start]:02x} in line {line} is invalid; save the file as UTF-8"
    return ""
