"""Commits in GitHub's answers."""

from __future__ import annotations

import re
from urllib.parse import quote

from wedata_action.github.errors import Get, GitHubError

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def commit_id(value: object) -> str:
    """`value`, which GitHub says is a commit. Raises `GitHubError` if it does not have the form of a commit id."""
    if not isinstance(value, str) or not _COMMIT_ID.fullmatch(value):
        raise GitHubError(200, f"GitHub answered with {value!r:.80} in place of a commit id")
    return value


def merge_base(get: Get, base: str, head: str) -> str | None:
    """The merge base of two commits or branches; `None` if GitHub does not have one of them, or no longer.

    GET /repos/{owner}/{repo}/compare/{base}...{head}. Raises `GitHubError`.
    """
    try:
        found = get(f"compare/{quote(base, safe='')}...{quote(head, safe='')}", per_page=1)
    except GitHubError as error:
        if error.status == 404:
            return None
        raise
    commit = found.get("merge_base_commit") if isinstance(found, dict) else None
    return commit_id(commit.get("sha") if isinstance(commit, dict) else None)
