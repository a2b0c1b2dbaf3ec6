"""Commits, trees and blobs of a clone, by git's plumbing and without anybody's configuration."""

from wedata_action.git.objects import MissingObjectError, is_object_id
from wedata_action.git.process import GitError, NoGitError
from wedata_action.git.remote import Remote
from wedata_action.git.repository import Commit, Repository
from wedata_action.git.trees import REGULAR, SUBMODULE, SYMLINK, Difference, Entry, TooManyPathsError

__all__ = [
    "REGULAR",
    "SUBMODULE",
    "SYMLINK",
    "Commit",
    "Difference",
    "Entry",
    "GitError",
    "MissingObjectError",
    "NoGitError",
    "Remote",
    "Repository",
    "TooManyPathsError",
    "is_object_id",
]
