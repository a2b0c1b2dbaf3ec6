"""Runs of workflows on a branch, the notices that their jobs left, and commits: GitHub's REST API, read only.

Shapes: docs.github.com, "REST API endpoints for workflow runs", "… for check runs". A run has a check suite, a job is a
check run of it, and what a step says with `::notice::` is an annotation of that check run.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from wedata_action.github.errors import Get, GitHubError

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PAGE = 100
_MOST_PAGES = 20


class Run(NamedTuple):
    """One run with all its attempts. `ended` is in Unix seconds, `None` while it goes on."""

    id: int
    commit: str
    workflow_id: int
    check_suite_id: int
    ended: float | None


class Jobs(NamedTuple):
    """What the jobs of a run did: whether one `started`, and the messages of their notices of one title."""

    started: bool
    notices: tuple[str, ...]


def list_runs(get: Get, repository: str, branch: str, workflow: str | None) -> Iterator[Run]:
    """The runs of a branch that may have submitted something, newest first, each page read when it is needed.

    `workflow` is the name of a workflow's file; `None` stands for all. Left out are runs of other repositories' code
    and of events whose commit is not on the branch. A tag of the branch's name cannot be told apart here. Raises
    `GitHubError`.
    """
    path = f"actions/workflows/{workflow}/runs" if workflow else "actions/runs"
    for item in _pages(get, path, "workflow_runs", branch=branch):
        home = item.get("head_repository")
        event = str(item.get("event"))
        ours = isinstance(home, dict) and home.get("full_name") == repository
        if ours and not event.startswith("pull_request") and event != "merge_group":
            yield _run(item)


def read_jobs(get: Get, run: Run, title: str) -> Jobs:
    """What the jobs of all attempts of a run did. Raises `GitHubError`."""
    jobs = list(_pages(get, f"check-suites/{run.check_suite_id}/check-runs", "check_runs", filter="all"))
    notices: list[str] = []
    for job in jobs:
        output = job.get("output")
        if isinstance(output, dict) and output.get("annotations_count"):
            notices += _notices(get, _number(job, "id"), title)
    return Jobs(any(map(_started, jobs)) or (not jobs and run.ended is None), tuple(notices))


def commit_id(value: object) -> str:
    """`value`, which GitHub says is a commit. Raises `GitHubError` if it does not have the form of a commit id."""
    if not isinstance(value, str) or not _COMMIT_ID.fullmatch(value):
        raise GitHubError(200, f"GitHub answered with {value!r:.80} in place of a commit id")
    return value


def has_blob(get: Get, blob: str) -> bool:
    """Whether the repository has this blob. GET /repos/{owner}/{repo}/git/blobs/{sha}. Raises `GitHubError`."""
    try:
        get(f"git/blobs/{commit_id(blob)}")
    except GitHubError as error:
        if error.status in {404, 422}:
            return False
        raise
    return True


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


def _notices(get: Get, check_run_id: int, title: str) -> Iterator[str]:
    path = f"check-runs/{check_run_id}/annotations"
    found = get(path, per_page=_PAGE)
    if not isinstance(found, list):
        raise GitHubError(200, f"GitHub answered {path} without a list")
    for item in found:
        if isinstance(item, dict) and item.get("annotation_level") == "notice" and item.get("title") == title:
            yield str(item.get("message") or "")


def _started(job: Mapping[str, Any]) -> bool:
    """A skipped job never had a runner, and one that was cancelled while it waited has no start."""
    if job.get("conclusion") == "skipped" or (job.get("conclusion") == "cancelled" and not job.get("started_at")):
        return False
    return job.get("status") in ("in_progress", "completed")


def _pages(get: Get, path: str, key: str, **parameters: str) -> Iterator[Mapping[str, Any]]:
    """The items of all pages. An answer with fewer than it promises is an error: what is missing may be a success."""
    read = total = 0
    for page in range(1, _MOST_PAGES + 1):
        answer = get(path, per_page=_PAGE, page=page, **parameters)
        items = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise GitHubError(200, f"GitHub answered {path} without {key}")
        yield from sorted(items, key=lambda item: _number(item, "id"), reverse=True)
        read += len(items)
        total = max(total, _number(answer, "total_count"))
        if len(items) < _PAGE:
            break
    if read < total:
        raise GitHubError(200, f"GitHub gave {read} of {total} items of {path}")


def _run(item: Mapping[str, Any]) -> Run:
    ended = None
    if item.get("status") == "completed":
        try:
            ended = datetime.datetime.fromisoformat(str(item.get("updated_at"))).timestamp()
        except (ValueError, OverflowError):
            raise GitHubError(200, f"GitHub gave run {item.get('id')} no time: {item.get('updated_at')!r}") from None
    commit = commit_id(item.get("head_sha"))
    return Run(_number(item, "id"), commit, _number(item, "workflow_id"), _number(item, "check_suite_id"), ended)


def _number(item: Mapping[str, Any], key: str) -> int:
    value = item.get(key)
    if type(value) is not int:
        raise GitHubError(200, f"GitHub answered without a number for {key}: {value!r}")
    return value
