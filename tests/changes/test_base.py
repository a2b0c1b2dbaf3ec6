"""Which commits are compared, for every event, with clones as actions/checkout makes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from tests.support.repositories import ENVIRON, clone, commit, git, init
from wedata_action.changes.base import Base, find_base, find_head
from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.github.api import Api
from wedata_action.github.context import Context, read_context
from wedata_action.github.history import History
from wedata_action.settings import read_settings

NO_RUNS = History(None, (), None, earlier=False)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A bare repository whose main has a first and a second commit."""
    folder = init(tmp_path / "origin.git", "--bare")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder


def context(tmp_path: Path, name: str, sha: str, ref: str = "refs/heads/main", **event: Any) -> Context:
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"repository": {"default_branch": "main"}, **event}))
    environ = {
        "GITHUB_EVENT_NAME": name, "GITHUB_SHA": sha, "GITHUB_REF": ref, "GITHUB_REPOSITORY": "acme/tasks",
        "GITHUB_EVENT_PATH": str(payload),
    }  # fmt: skip
    return read_context(environ)


def nobody(base: str, head: str) -> str:
    raise AssertionError(f"GitHub is asked for the merge base of {base} and {head}")


def resolve(
    folder: Path, where: Context | None, *, base: str = "event", head: str | None = None, ask: Any = nobody
) -> tuple[str, Base]:
    settings = read_settings({"base": base, "head": head}, {})
    with Repository(folder, ENVIRON) as repository:
        found_head = find_head(settings, repository, where)
        found = find_base(settings, repository, where, found_head, ask, lambda: NO_RUNS)
        assert repository.objects.has_commit(found_head)
        assert not found.commit or repository.objects.has_commit(found.commit)
        return found_head, found


def refusal(folder: Path, where: Context | None, **options: Any) -> RunError:
    with pytest.raises(RunError) as caught:
        resolve(folder, where, **options)
    return caught.value


@pytest.mark.parametrize("base", ["event", "auto"])
def test_a_push_is_compared_with_what_was_there_before_it(tmp_path: Path, origin: Path, base: str) -> None:
    before = commit(origin, {"a": "1"})
    commit(origin, {"a": "2"})
    head = commit(origin, {"a": "3"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    where = context(tmp_path, "push", head, before=before)
    assert resolve(folder, where, base=base) == (head, Base(before, "event", "the branch before this push"))


def test_a_push_is_read_at_the_event_s_commit_whatever_is_checked_out(tmp_path: Path, origin: Path) -> None:
    before = commit(origin, {"a": "1"})
    head = commit(origin, {"a": "2"})
    commit(origin, {"a": "newer"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    assert resolve(folder, context(tmp_path, "push", head, before=before))[0] == head


def test_after_a_force_push_the_old_tip_is_fetched_by_its_id(tmp_path: Path, origin: Path) -> None:
    start = commit(origin, {"a": "1"})
    before = commit(origin, {"a": "2"})
    head = commit(origin, {"a": "3"}, parents=[start])
    folder = clone(origin, tmp_path / "clone")
    assert resolve(folder, context(tmp_path, "push", head, before=before))[1].commit == before


def test_a_base_that_is_gone_ends_the_run_and_names_the_remedy(tmp_path: Path, origin: Path) -> None:
    head = commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    error = refusal(folder, context(tmp_path, "push", head, before="12" * 20))
    assert error.reason is Reason.UNRESOLVED_BASE
    for part in ("12" * 20, "not our ref", "force push", "'base'", "fetch-depth: 0", "contents: read"):
        assert part in error.message


def test_a_base_that_is_no_commit_is_refused(tmp_path: Path, origin: Path) -> None:
    head = commit(origin, {"a": "1"})
    tree = git(origin, "rev-parse", f"{head}^{{tree}}")
    folder = clone(origin, tmp_path / "clone")
    assert refusal(folder, context(tmp_path, "push", head, before=tree)).reason is Reason.UNRESOLVED_BASE
    assert "no commit id" in refusal(folder, context(tmp_path, "push", head, before="main")).message


@pytest.mark.parametrize("depth", [[], ["--depth=1"]])
def test_a_new_branch_is_compared_with_its_merge_base(tmp_path: Path, origin: Path, depth: list[str]) -> None:
    start = commit(origin, {"a": "1"})
    head = commit(origin, {"a": "2"}, branch="topic", parents=[start])
    commit(origin, {"a": "main"})
    folder = clone(origin, tmp_path / "clone", "--branch=topic", *depth)
    asked = []

    def ask(*ends: str) -> str:
        asked.append(ends)
        return start

    where = context(tmp_path, "push", head, "refs/heads/topic", before="0" * 40)
    assert resolve(folder, where, ask=ask)[1] == Base(start, "merge-base", "the merge base with main")
    assert asked == ([("main", head)] if depth else [])


@pytest.mark.parametrize("zeros", [40, 64])
def test_the_first_push_of_the_default_branch_is_all_new(tmp_path: Path, origin: Path, zeros: int) -> None:
    head = commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    found = resolve(folder, context(tmp_path, "push", head, before="0" * zeros))[1]
    assert (found.commit, found.source) == ("", "empty")


@pytest.mark.parametrize(
    ("name", "ref"),
    [("push", "refs/tags/v1"), ("workflow_dispatch", "refs/heads/main"), ("schedule", "refs/heads/main")],
)
def test_an_event_without_a_base_asks_for_one(tmp_path: Path, origin: Path, name: str, ref: str) -> None:
    first = commit(origin, {"a": "1"})
    head = commit(origin, {"a": "2"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    where = context(tmp_path, name, head, ref, before="0" * 40)
    error = refusal(folder, where, base="event")
    assert error.reason is Reason.UNRESOLVED_BASE
    assert "set the input 'base'" in error.message
    assert resolve(folder, where, base=first)[1] == Base(first, "input", "as given")


def test_a_deleted_branch_has_no_commit(tmp_path: Path, origin: Path) -> None:
    before = commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    error = refusal(folder, context(tmp_path, "push", "0" * 40, "refs/heads/gone", before=before, deleted=True))
    assert error.reason is Reason.INVALID_INPUT
    assert "has no commit" in error.message


def test_a_merge_group_has_its_base(tmp_path: Path, origin: Path) -> None:
    base = commit(origin, {"a": "1"})
    head = commit(origin, {"a": "2"}, branch="gh-readonly-queue/main/pr-1")
    folder = clone(origin, tmp_path / "clone", "--depth=1", "--branch=gh-readonly-queue/main/pr-1")
    where = context(tmp_path, "merge_group", head, "refs/heads/gh-readonly-queue/main/pr-1",
                    merge_group={"base_sha": base})  # fmt: skip
    assert resolve(folder, where, base="auto")[1].commit == base


class PullRequest:
    """A pull request on a branch that has gone on, its merge commit, and clones of both as a checkout makes them."""

    def __init__(self, tmp_path: Path, origin: Path) -> None:
        self.start = commit(origin, {"a": "1"})
        self.head = commit(origin, {"b": "1"}, branch="topic", parents=[self.start])
        self.main = commit(origin, {"a": "2"})
        self.merge = commit(origin, {"b": "1"}, branch="pull", parents=[self.main, self.head])
        self.event: dict[str, Any] = {
            "pull_request": {"head": {"sha": self.head}, "base": {"sha": self.main, "ref": "main"}}
        }
        self.at_merge = clone(origin, tmp_path / "merge", "--depth=1", "--branch=pull")
        self.at_head = clone(origin, tmp_path / "head", "--depth=1", "--branch=topic")
        self.whole = clone(origin, tmp_path / "whole", "--branch=topic")


@pytest.fixture
def pull_request(tmp_path: Path, origin: Path) -> PullRequest:
    return PullRequest(tmp_path, origin)


def test_a_pull_request_is_compared_with_the_branch_it_is_merged_into(
    tmp_path: Path, pull_request: PullRequest
) -> None:
    where = context(tmp_path, "pull_request", pull_request.merge, "refs/pull/1/merge", **pull_request.event)
    head, base = resolve(pull_request.at_merge, where, base="auto")
    assert (head, base.commit, base.source) == (pull_request.merge, pull_request.main, "event")


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
def test_the_head_of_a_pull_request_is_compared_with_its_merge_base(
    tmp_path: Path, pull_request: PullRequest, name: str
) -> None:
    sha = pull_request.merge if name == "pull_request" else pull_request.main
    where = context(tmp_path, name, sha, **pull_request.event)
    expected = (pull_request.head, Base(pull_request.start, "merge-base", "the merge base with main"))
    assert resolve(pull_request.whole, where) == expected


def test_a_head_that_is_a_merge_itself_is_not_taken_for_the_merge_commit(
    tmp_path: Path, origin: Path, pull_request: PullRequest
) -> None:
    head = commit(origin, {"c": "1"}, branch="topic", parents=[pull_request.head, pull_request.main])
    folder = clone(origin, tmp_path / "clone", "--branch=topic")
    event: dict[str, Any] = {"pull_request": {"head": {"sha": head}, "base": {"sha": pull_request.main, "ref": "main"}}}
    assert resolve(folder, context(tmp_path, "pull_request", "1" * 40, **event))[1].commit == pull_request.main


def test_pull_request_target_without_the_pull_request_s_changes_is_refused(
    tmp_path: Path, origin: Path, pull_request: PullRequest
) -> None:
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    error = refusal(folder, context(tmp_path, "pull_request_target", pull_request.main, **pull_request.event))
    assert "use the event pull_request" in error.message


@pytest.fixture
def github() -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    """The compare API on loopback: its address, the paths that were asked for, and what it answers."""
    paths: list[str] = []
    answer: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, *_: object) -> None:
            """Keeps the tests' output short."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths, answer
        server.shutdown()
        thread.join()


def test_where_the_clone_is_shallow_github_knows_the_merge_base(
    tmp_path: Path, pull_request: PullRequest, github: tuple[str, list[str], dict[str, Any]]
) -> None:
    url, paths, answer = github
    answer |= {"status": "ahead", "merge_base_commit": {"sha": pull_request.start}}
    where = context(tmp_path, "pull_request", pull_request.merge, **pull_request.event)
    with requests.Session() as session:
        api = Api(url, "acme/tasks", None, session, clock=Clock(), log=lambda _: None)
        head, base = resolve(pull_request.at_head, where, ask=lambda *ends: api.compare(*ends).merge_base)
    assert (head, base.commit, base.source) == (pull_request.head, pull_request.start, "merge-base")
    assert paths == [f"/repos/acme/tasks/compare/{pull_request.main}...{pull_request.head}?per_page=1"]


def test_a_shell_names_its_base(tmp_path: Path, origin: Path) -> None:
    first = commit(origin, {"a": "1"})
    second = commit(origin, {"a": "2"})
    folder = clone(origin, tmp_path / "clone")
    assert resolve(folder, None, base="HEAD~1") == (second, Base(first, "input", "as given"))
    assert resolve(folder, None, base="empty", head=first[:12])[0] == first
    for word in ("auto", "event", "last-success", "adopt"):
        assert "--base HEAD~1" in refusal(folder, None, base=word).message
    assert "names no commit" in refusal(folder, None, base="HEAD~2").message
    assert "no such commit" in refusal(folder, None, base="empty", head="none").message


def test_an_unborn_branch_has_nothing_to_submit(tmp_path: Path) -> None:
    error = refusal(init(tmp_path / "clone"), None, base="empty")
    assert (error.reason, "no commit yet" in error.message) == (Reason.INVALID_INPUT, True)


def test_in_actions_no_other_head_than_the_event_s_is_taken(tmp_path: Path, origin: Path) -> None:
    first = commit(origin, {"a": "1"})
    second = commit(origin, {"a": "2"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    assert resolve(folder, context(tmp_path, "push", second), base="empty", head="HEAD")[0] == second
    assert resolve(folder, context(tmp_path, "push", first), base="empty", head=first)[0] == first
    error = refusal(folder, context(tmp_path, "push", second), base="empty", head=first)
    assert "is not the event's commit" in error.message


def test_a_head_of_another_repository_says_what_to_check_out(tmp_path: Path, origin: Path) -> None:
    commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    error = refusal(folder, context(tmp_path, "push", "1" * 40), base="empty")
    assert error.reason is Reason.INVALID_INPUT
    assert "check out the event's own repository" in error.message
