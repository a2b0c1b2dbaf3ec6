"""A stand-in for GitHub's REST API: workflow runs, their check runs and annotations, and the ancestry of commits.

It answers in the shapes of the documentation, newest runs first, and shows annotations only some time after their job
has ended. Requests that it does not know are an error of the test.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

REPOSITORY = "owner/repository"
WORKFLOW = "deploy.yml"


class Ancestry(Protocol):
    """What GitHub knows of the commits that were ever pushed."""

    def has_commit(self, commit: str) -> bool: ...

    def merge_base(self, one: str, other: str) -> str | None: ...

    def ids(self, beginning: str) -> Sequence[str]: ...

    def has_blob(self, blob: str) -> bool: ...


@dataclass(slots=True)
class Annotation:
    """One that a step wrote. A notice without a file has the path `.github`."""

    level: str
    title: str
    message: str
    path: str = ".github"
    line: int = 1

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "start_line": self.line,
            "end_line": self.line,
            "start_column": None,
            "end_column": None,
            "annotation_level": self.level,
            "title": self.title,
            "message": self.message,
            "raw_details": None,
        }


@dataclass(slots=True)
class CheckRun:
    """One job of one attempt. `started` is `None` for a job that never began; times in Unix seconds.

    Its annotations are shown from `lag` seconds after its end on.
    """

    id: int
    name: str
    started: float | None
    ended: float | None = None
    conclusion: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    lag: float = 0.0

    def shown(self, now: float) -> list[Annotation]:
        return self.annotations if self.ended is not None and now >= self.ended + self.lag else []

    def as_json(self, now: float) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "status": "queued" if self.started is None and self.ended is None else
                      "in_progress" if self.ended is None else "completed",
            "conclusion": self.conclusion,
            "started_at": _time(self.started),
            "completed_at": _time(self.ended),
            "output": {"title": None, "summary": None, "annotations_count": len(self.shown(now))},
        }  # fmt: skip


@dataclass(slots=True)
class WorkflowRun:
    """One run, whatever its attempts: they share the commit and the check suite. `checks` are those of all attempts."""

    id: int
    number: int
    head: str
    event: str = "push"
    branch: str = "main"
    workflow: str = WORKFLOW
    repository: str = REPOSITORY
    attempt: int = 1
    conclusion: str | None = None
    created: float = 0.0
    updated: float = 0.0
    checks: list[CheckRun] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "run_number": self.number,
            "run_attempt": self.attempt,
            "check_suite_id": self.id + 1_000_000,
            "workflow_id": workflow_id(self.workflow),
            "path": f".github/workflows/{self.workflow}",
            "head_sha": self.head,
            "head_branch": self.branch,
            "event": self.event,
            "status": "in_progress" if self.conclusion is None else "completed",
            "conclusion": self.conclusion,
            "created_at": _time(self.created),
            "run_started_at": _time(self.created),
            "updated_at": _time(self.updated),
            "head_repository": {"full_name": self.repository},
        }


def workflow_id(file: str) -> int:
    """A workflow has an id beside its file's name; another file is another workflow."""
    return 7000 + sum(file.encode()) * 31 + len(file)


@dataclass(slots=True)
class GitHub:
    """Answers reads. `now` gives Unix seconds; without an `ancestry` no commit is known."""

    now: Callable[[], float] = lambda: 0.0
    runs: list[WorkflowRun] = field(default_factory=list)
    ancestry: Ancestry | None = None
    requests: list[str] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    author: tuple[str, str] = ("github-actions[bot]", "Bot")
    may_write: bool = True
    _check_ids: itertools.count[int] = field(default_factory=lambda: itertools.count(9001))

    def start(self, run: WorkflowRun, name: str = "deploy") -> CheckRun:
        """A job of the run begins now."""
        check = CheckRun(next(self._check_ids), name, self.now())
        run.checks.append(check)
        run.updated = self.now()
        return check

    def end(self, check: CheckRun, conclusion: str, annotations: Sequence[Annotation] = (), lag: float = 0.0) -> None:
        """The job ends now, and what it wrote will be shown `lag` seconds later."""
        check.ended, check.conclusion, check.lag = self.now(), conclusion, lag
        check.annotations += annotations
        for run in self.runs:
            if any(own is check for own in run.checks):
                run.updated = self.now()

    def leave_out(self, run: WorkflowRun, name: str, conclusion: str) -> CheckRun:
        """A job that was skipped, or cancelled before it began."""
        check = CheckRun(next(self._check_ids), name, None, self.now(), conclusion)
        run.checks.append(check)
        return check

    def answer(self, url: str) -> tuple[int, Any]:
        """Status and JSON of a GET request; the host does not matter."""
        self.requests.append(url)
        parts = urlsplit(url)
        path = parts.path[parts.path.index("/repos/") :]
        if not path.startswith(f"/repos/{REPOSITORY}/"):
            return 404, {"message": "Not Found"}
        path = path.removeprefix(f"/repos/{REPOSITORY}/")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        for pattern, read in _ROUTES:
            if found := re.fullmatch(pattern, path):
                return read(self, query, *map(unquote, found.groups()))
        raise AssertionError(f"the stand-in for GitHub has no {path}")

    def add_comment(self, body: str, author: tuple[str, str]) -> dict[str, Any]:
        """Somebody comments on the pull request 7, the only one."""
        login, kind = author
        made = {"id": 500 + len(self.comments), "body": body, "user": {"login": login, "type": kind}}
        self.comments.append(made)
        return made

    def write(self, method: str, url: str, content: Any) -> tuple[int, Any]:
        """Status and JSON of a write. Only comments can be written."""
        path = urlsplit(url).path.partition(f"/repos/{REPOSITORY}/")[2]
        if not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}
        if len(content["body"]) > 65_536:
            return 422, {"message": "Validation Failed"}
        if (method, path) == ("POST", "issues/7/comments"):
            return 201, self.add_comment(content["body"], self.author)
        found = next((one for one in self.comments if path == f"issues/comments/{one['id']}"), None)
        if method != "PATCH" or found is None:
            return 404, {"message": "Not Found"}
        found["body"] = content["body"]
        return 200, found

    def _comments(self, query: dict[str, str], number: str) -> tuple[int, Any]:
        return (200, _page(query, "", self.comments)[""]) if number == "7" else (404, {"message": "Not Found"})

    def _runs_of(self, query: dict[str, str], workflow: str) -> tuple[int, Any]:
        named = [run for run in self.runs if workflow in {run.workflow, str(workflow_id(run.workflow))}]
        return self._runs(query, named)

    def _all_runs(self, query: dict[str, str]) -> tuple[int, Any]:
        return self._runs(query, self.runs)

    def _runs(self, query: dict[str, str], runs: Sequence[WorkflowRun]) -> tuple[int, Any]:
        wanted = [
            run for run in runs if query.get("branch") in {None, run.branch} and query.get("event") in {None, run.event}
        ]
        wanted.sort(key=lambda run: (run.created, run.id), reverse=True)
        return 200, _page(query, "workflow_runs", [run.as_json() for run in wanted])

    def _run(self, _: dict[str, str], run_id: str) -> tuple[int, Any]:
        found = next((run for run in self.runs if str(run.id) == run_id), None)
        return (200, found.as_json()) if found else (404, {"message": "Not Found"})

    def _check_runs(self, query: dict[str, str], suite: str) -> tuple[int, Any]:
        found = next((run for run in self.runs if str(run.id + 1_000_000) == suite), None)
        if found is None:
            return 404, {"message": "Not Found"}
        checks = (
            {check.name: check for check in found.checks}.values() if query.get("filter") != "all" else found.checks
        )
        return 200, _page(query, "check_runs", [check.as_json(self.now()) for check in checks])

    def _annotations(self, query: dict[str, str], check_id: str) -> tuple[int, Any]:
        found = next((check for run in self.runs for check in run.checks if str(check.id) == check_id), None)
        if found is None:
            return 404, {"message": "Not Found"}
        return 200, _page(query, "", [annotation.as_json() for annotation in found.shown(self.now())])[""]

    def _compare(self, _: dict[str, str], base: str, head: str) -> tuple[int, Any]:
        known = self.ancestry
        if known is None or not known.has_commit(base) or not known.has_commit(head):
            return 404, {"message": "Not Found"}
        merge_base = known.merge_base(base, head)
        if merge_base is None:
            return 404, {"message": f"No common ancestor between {base} and {head}."}
        status = "identical" if base == head else {base: "ahead", head: "behind"}.get(merge_base, "diverged")
        return 200, {"status": status, "merge_base_commit": {"sha": merge_base}, "commits": [], "files": []}

    def _commit(self, _: dict[str, str], ref: str) -> tuple[int, Any]:
        found = self.ancestry.ids(ref) if self.ancestry else ()
        return (200, {"sha": found[0]}) if len(found) == 1 else (422, {"message": f"No commit found for SHA: {ref}"})

    def _blob(self, _: dict[str, str], blob: str) -> tuple[int, Any]:
        known = self.ancestry is not None and self.ancestry.has_blob(blob)
        return (200, {"sha": blob}) if known else (404, {"message": "Not Found"})


_ROUTES: tuple[tuple[str, Callable[..., tuple[int, Any]]], ...] = (
    (r"actions/workflows/([^/]+)/runs", GitHub._runs_of),
    (r"actions/runs", GitHub._all_runs),
    (r"actions/runs/(\d+)", GitHub._run),
    (r"check-suites/(\d+)/check-runs", GitHub._check_runs),
    (r"check-runs/(\d+)/annotations", GitHub._annotations),
    (r"compare/([^/]+)\.\.\.([^/]+)", GitHub._compare),
    (r"commits/([^/]+)", GitHub._commit),
    (r"issues/(\d+)/comments", GitHub._comments),
    (r"git/blobs/([0-9a-f]+)", GitHub._blob),
)


def _page(query: dict[str, str], key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
    if size > 100:
        raise AssertionError("GitHub gives 100 items a page at most")
    return {"total_count": len(items), key: items[(number - 1) * size : number * size]}


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
