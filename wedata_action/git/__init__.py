"""Commits, tree diffs and blobs, by git's plumbing, without the repository's configuration."""

from wedata_action.git.objects import MissingObjectError
from wedata_action.git.process import GitError
from wedata_action.git.repository import (
    REGULAR,
    SUBMODULE,
    SYMLINK,
    Commit,
    Difference,
    Entry,
    Remote,
    Repository,
)

__all__ = [
    "REGULAR",
    "SUBMODULE",
    "SYMLINK",
    "Commit",
    "Difference",
    "Entry",
    "GitError",
    "MissingObjectError",
    "Remote",
    "Repository",
]
