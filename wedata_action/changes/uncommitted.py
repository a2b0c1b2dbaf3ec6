"""Changes in the work tree that are not committed: in a shell a person may believe that they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wedata_action.changes.fingerprint import content_digest
from wedata_action.changes.globs import PathFilter, static_prefix
from wedata_action.changes.sources import code_path
from wedata_action.changes.trees import CommitTree, Tree, WorkTree, topmost
from wedata_action.definitions import MAX_BYTES
from wedata_action.errors import Location
from wedata_action.git import REGULAR, Repository
from wedata_action.task import Code

# A scan of bytes, not a parse: where it misses a spelling, a warning is missing, and the plan is the same.
_CODE = re.compile(rb"""\b[Cc]ode["']?[ \t]*:[ \t]*["']?([^"'\s,{}#][^"'\r\n,{}#]*)""")


def uncommitted(repository: Repository, head: str, files: PathFilter) -> list[str]:
    """Paths whose content is not that of the commit `head`: of definitions, files in their folders, and codes.

    Files that are not definitions count only where the commit has them; those beside definitions not where definitions
    begin at the root.
    """
    folders = topmost({static_prefix(glob) for glob in files.positive})
    committed, there = CommitTree(repository, head), WorkTree(repository.root)
    before, after = _regular(committed, folders), _regular(there, folders)
    codes = _codes(committed, {path: before[path] for path in before if path in files})
    for path, blob in _regular(committed, topmost({path[: path.rfind("/") + 1] for path in codes})).items():
        file = repository.root / path
        if path in codes and path not in before:
            before[path] = blob
            after |= {path: str(file)} if file.is_file() and not file.is_symlink() else {}
    wanted = [path for path in before if all(folders) or path in files or path in codes]
    both = [path for path in wanted if path in after]
    digests = zip(
        map(content_digest, committed.stream([before[path] for path in both])),
        map(content_digest, there.stream([after[path] for path in both])),
        strict=True,
    )
    changed = [path for path, (old, new) in zip(both, digests, strict=True) if old != new]
    removed = [path for path in wanted if path not in after]
    added = [path for path in after if path in files and path not in before]
    return sorted([*changed, *removed, *added])


def _codes(tree: CommitTree, definitions: Mapping[str, str]) -> set[str]:
    """The paths that definitions name as code."""
    found = set()
    for path, content in zip(definitions, tree.read(definitions.values(), MAX_BYTES), strict=True):
        for name in _CODE.findall(content):
            found.add(code_path(Code(name.decode("utf-8", "replace").strip(), Location(path))) or "")
    return found


def _regular(tree: Tree, folders: list[str]) -> dict[str, str]:
    """Paths of files, and the ids by which the tree reads them."""
    return {path: entry.id for path, entry in tree.list(folders).items() if entry.mode in REGULAR}
