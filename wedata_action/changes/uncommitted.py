"""Changes in the work tree that are not committed: in a shell a person may believe that they are read."""

from __future__ import annotations

from wedata_action.changes.fingerprint import content_digest
from wedata_action.changes.globs import PathFilter, static_prefix
from wedata_action.changes.trees import CommitTree, Tree, WorkTree, topmost
from wedata_action.git import REGULAR, Repository


def uncommitted(repository: Repository, head: str, files: PathFilter) -> list[str]:
    """Paths of definitions, and of files in their folders, whose content is not that of the commit `head`.

    Files that are not definitions count only where the commit has them, and not where definitions begin at the root.
    """
    folders = topmost({static_prefix(glob) for glob in files.positive})
    committed, there = CommitTree(repository, head), WorkTree(repository.root)
    before, after = _regular(committed, folders), _regular(there, folders)
    wanted = [path for path in before if all(folders) or path in files]
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


def _regular(tree: Tree, folders: list[str]) -> dict[str, str]:
    """Paths of files, and the ids by which the tree reads them."""
    return {path: entry.id for path, entry in tree.list(folders).items() if entry.mode in REGULAR}
