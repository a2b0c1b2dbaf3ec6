"""Commits that a shallow clone lacks, fetched by their ids."""

from __future__ import annotations

from collections.abc import Sequence

from wedata_action.errors import Reason, RunError
from wedata_action.git import GitError, Repository, is_object_id


def fetch(repository: Repository, commit: str, have: str | None, what: str, reason: Reason, remedy: str) -> None:
    """Makes one commit available. Raises `RunError` with the reason and the remedy."""
    complaint = "it is not a commit"
    if is_object_id(commit):
        if repository.objects.has_commit(commit):
            return
        try:
            repository.fetch([commit], have=have)
            if repository.objects.has_commit(commit):
                return
        except GitError as error:
            complaint = str(error)
    raise RunError(
        reason,
        f"{what} is not in the clone and cannot be fetched ({complaint}): {remedy}, or give github-token the "
        "permission contents: read",
    )


def fetch_what_is_there(repository: Repository, commits: Sequence[str], have: str) -> tuple[str, ...]:
    """Those of `commits` that are in the clone or can be fetched; the remote may have dropped others."""
    missing = [commit for commit in commits if not repository.objects.has_commit(commit)]
    for several in (missing, *([commit] for commit in missing)):
        try:
            if several:
                repository.fetch(several, have=have)
        except GitError:
            continue
        if several is missing:
            break
    return tuple(commit for commit in commits if repository.objects.has_commit(commit))
