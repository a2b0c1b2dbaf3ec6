"""Which commits are compared, for every event, with clones as actions/checkout makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.repositories import ENVIRON, clone, commit, git, init
from wedata_action.changes.base import Base
from wedata_action.changes.find_base import find_base, find_head
from wedata_action.changes.history import History
from wedata_action.changes.record import scope_of
from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.github.context import Context, read_context
from wedata_action.github.errors import GitHubError
from wedata_action.settings import read_settings

Get = Callable[..., Any]


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


def nobody(path: str, **_: object) -> Any:
    raise AssertionError(f"GitHub is asked for {path}")


def resolve(
    folder: Path, where: Context | None, *, base: str | None = "event", head: str | None = None, get: Get = nobody
) -> tuple[str, Base]:
    settings = read_settings({"base": base, "head": head}, {})
    history = History(get, Clock(), "acme/tasks", where.branch, "deploy.yml", scope_of(settings)) if where else None
    with Repository(folder, ENVIRON) as repository:
        found_head = find_head(settings, repository, where)
        found = find_base(settings, repository, where, found_head, history)
        assert repository.objects.has_commit(found_head)
        assert all(repository.objects.has_commit(commit) for commit in found.commits if commit)
        return found_head, found


def refusal(folder: Path, where: Context | None, **options: Any) -> RunError:
    with pytest.raises(RunError) as caught:
        resolve(folder, where, **options)
    return caught.value


def test_a_push_is_compared_with_what_was_there_before_it(tmp_path: Path, origin: Path) -> None:
    before = commit(origin, {"a": "1"})
    commit(origin, {"a": "2"})
    head = commit(origin, {"a": "3"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    where = context(tmp_path, "push", head, before=before)
    assert resolve(folder, where) == (head, Base((before,), "event", "the branch before this push"))


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


def test_a_cut_id_is_not_found_in_a_shallow_clone_and_the_remedy_is_named(tmp_path: Path, origin: Path) -> None:
    first = commit(origin, {"a": "1"})
    head = commit(origin, {"a": "2"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    where = context(tmp_path, "push", head, "refs/tags/v1")
    assert refusal(folder, where, base=first[:10]).message.endswith(
        "give a full commit id, which is fetched, or check out with fetch-depth: 0"
    )


def test_a_base_that_is_no_commit_is_refused(tmp_path: Path, origin: Path) -> None:
    head = commit(origin, {"a": "1"})
    tree = git(origin, "rev-parse", f"{head}^{{tree}}")
    folder = clone(origin, tmp_path / "clone")
    assert refusal(folder, context(tmp_path, "push", head, before=tree)).reason is Reason.UNRESOLVED_BASE
    assert "it is not a commit" in refusal(folder, context(tmp_path, "push", head, before="main")).message


@pytest.mark.parametrize("depth", [[], ["--depth=1"]])
def test_a_new_branch_is_compared_with_its_merge_base(tmp_path: Path, origin: Path, depth: list[str]) -> None:
    start = commit(origin, {"a": "1"})
    head = commit(origin, {"a": "2"}, branch="topic", parents=[start])
    commit(origin, {"a": "main"})
    folder = clone(origin, tmp_path / "clone", "--branch=topic", *depth)
    asked = []

    def get(path: str, **_: object) -> Any:
        asked.append(path)
        return {"merge_base_commit": {"sha": start}}

    where = context(tmp_path, "push", head, "refs/heads/topic", before="0" * 40)
    assert resolve(folder, where, get=get)[1] == Base((start,), "merge-base", "the merge base with main")
    assert asked == ([f"compare/main...{head}"] if depth else [])


def test_a_shallow_clone_is_not_asked_for_a_merge_base_because_it_names_too_old_a_commit(
    tmp_path: Path, origin: Path
) -> None:
    root = commit(origin, {"a": "1"})
    shared = commit(origin, {"a": "2"}, parents=[root])
    middle = commit(origin, {"a": "3"}, branch="topic", parents=[shared])
    head = commit(origin, {"a": "4"}, branch="topic", parents=[middle, root])
    tip = shared
    for content in ("5", "6"):
        tip = commit(origin, {"b": content}, parents=[tip])
    commit(origin, {"b": "7"}, parents=[tip, root])
    folder = clone(origin, tmp_path / "clone", "--depth=3", "--no-single-branch", "--branch=topic")
    assert git(folder, "merge-base", "origin/main", "HEAD") == root
    where = context(tmp_path, "push", head, "refs/heads/topic", before="0" * 40)
    found = resolve(folder, where, get=lambda *_, **__: {"merge_base_commit": {"sha": shared}})[1]
    assert (found.commit, found.source) == (shared, "merge-base")


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
    if ref.startswith("refs/tags/"):
        assert resolve(folder, where, base=first)[1].commits == (first,)


def test_without_a_branch_there_are_no_earlier_runs_to_start_from(tmp_path: Path, origin: Path) -> None:
    head = commit(origin, {"a": "1"})
    git(origin, "tag", "v1", head)
    folder = clone(origin, tmp_path / "clone")
    for word in ("auto", "adopt"):
        error = refusal(folder, context(tmp_path, "push", head, "refs/tags/v1"), base=word)
        assert error.reason is Reason.UNRESOLVED_BASE
        assert "refs/tags/v1 is not a branch" in error.message


def test_under_empty_every_task_is_looked_up_on_a_new_branch_too(tmp_path: Path, origin: Path) -> None:
    head = commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    where = context(tmp_path, "push", head, before="0" * 40)
    assert resolve(folder, where, base="empty")[1].look_first_because(where)


@pytest.mark.parametrize(
    "event", [{"repository": {}, "before": "0" * 40}, {"before": None}], ids=["no default branch", "no before"]
)
def test_a_push_that_names_nothing_to_compare_with_asks_for_a_base(
    tmp_path: Path, origin: Path, event: dict[str, Any]
) -> None:
    head = commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    error = refusal(folder, context(tmp_path, "push", head, **event))
    assert "the push event names no commit before it" in error.message


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
    assert resolve(folder, where, base=base)[1] == Base((base,), "input", "as given")


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
    expected = (pull_request.head, Base((pull_request.start,), "merge-base", "the merge base with main"))
    assert resolve(pull_request.whole, where) == expected


def test_a_pull_request_s_commit_that_is_not_a_merge_is_compared_with_its_merge_base(
    tmp_path: Path, origin: Path, pull_request: PullRequest
) -> None:
    sha = commit(origin, {"c": "1"}, branch="topic", parents=[pull_request.head])
    folder = clone(origin, tmp_path / "clone", "--branch=topic")
    where = context(tmp_path, "pull_request", sha, **pull_request.event)
    assert resolve(folder, where)[1].commit == pull_request.start


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


def test_where_the_clone_is_shallow_github_knows_the_merge_base(tmp_path: Path, pull_request: PullRequest) -> None:
    asked = []

    def get(path: str, **_: object) -> Any:
        asked.append(path)
        return {"merge_base_commit": {"sha": pull_request.start}}

    where = context(tmp_path, "pull_request", pull_request.merge, **pull_request.event)
    head, base = resolve(pull_request.at_head, where, get=get)
    assert (head, base.commit, base.source) == (pull_request.head, pull_request.start, "merge-base")
    assert asked == [f"compare/{pull_request.main}...{pull_request.head}"]


@pytest.mark.parametrize(
    "answer", [{}, [], {"merge_base_commit": {"sha": "1" * 39}}, {"merge_base_commit": {"sha": "1" * 40 + "\n"}}]
)
def test_a_merge_base_that_is_not_a_commit_id_is_an_error(
    tmp_path: Path, pull_request: PullRequest, answer: Any
) -> None:
    where = context(tmp_path, "pull_request", pull_request.merge, **pull_request.event)
    error = refusal(pull_request.at_head, where, get=lambda *_, **__: answer)
    assert error.reason is Reason.UNRESOLVED_BASE
    assert "in place of a commit id" in error.message


def test_a_merge_base_that_github_does_not_know_asks_for_the_whole_history(
    tmp_path: Path, pull_request: PullRequest
) -> None:
    def get(*_: object, **__: object) -> Any:
        raise GitHubError(404, "Not Found")

    where = context(tmp_path, "pull_request", pull_request.merge, **pull_request.event)
    assert "fetch-depth: 0" in refusal(pull_request.at_head, where, get=get).message


def test_a_new_branch_without_a_commit_of_its_own_asks_for_a_base(tmp_path: Path, origin: Path) -> None:
    head = commit(origin, {"a": "1"})
    git(origin, "branch", "release", head)
    folder = clone(origin, tmp_path / "clone", "--branch=release")
    error = refusal(folder, context(tmp_path, "push", head, "refs/heads/release", before="0" * 40))
    assert error.reason is Reason.UNRESOLVED_BASE
    assert "the branch release is new and has no commit that main has not" in error.message


def test_a_shell_names_its_base(tmp_path: Path, origin: Path) -> None:
    first = commit(origin, {"a": "1"})
    second = commit(origin, {"a": "2"})
    folder = clone(origin, tmp_path / "clone")
    assert resolve(folder, None, base="HEAD~1") == (second, Base((first,), "input", "as given"))
    assert resolve(folder, None, base="empty", head=first[:12])[0] == first
    assert refusal(folder, None, base=None).message.startswith("there is no --base: ")
    for word in ("auto", "event", "adopt"):
        assert "--base HEAD~1" in refusal(folder, None, base=word).message
    assert refusal(folder, None, base="HEAD~2").message == (
        "--base: 'HEAD~2' is not a commit of this clone: give a branch, a tag or a commit id"
    )
    assert "no such commit" in refusal(folder, None, base="empty", head="none").message


def test_a_shell_is_offered_what_works_in_a_shell(tmp_path: Path, origin: Path) -> None:
    commit(origin, {"a": "1"})
    message = refusal(clone(origin, tmp_path / "root"), None, base="HEAD~1").message
    assert message.endswith("head is the first commit, so give empty, and every definition counts as new")
    commit(origin, {"a": "2"})
    shallow = clone(origin, tmp_path / "shallow", "--depth=1")
    assert "git fetch --unshallow" in refusal(shallow, None, base="HEAD~1").message
    gone = refusal(shallow, None, base="12" * 20).message
    assert gone.endswith("check the id, or fetch the commit with git fetch")
    for message in (gone, refusal(shallow, None, base="auto").message):
        assert not any(words in message for words in ("fetch-depth", "permission", "input"))


def test_a_word_for_actions_is_named_as_it_was_written(tmp_path: Path, origin: Path) -> None:
    commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    assert refusal(folder, None, base="event").message.startswith("--base: event works in GitHub Actions only: ")


def test_an_unborn_branch_has_nothing_to_submit(tmp_path: Path) -> None:
    error = refusal(init(tmp_path / "clone"), None, base="empty")
    assert (error.reason, "no commit yet" in error.message) == (Reason.INVALID_INPUT, True)
    elsewhere = commit(tmp_path / "clone", {"a": "1"}, branch="topic")
    assert resolve(tmp_path / "clone", None, base="empty", head=elsewhere)[0] == elsewhere


def test_in_actions_the_event_names_the_head(tmp_path: Path, origin: Path) -> None:
    first = commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone", "--depth=1")
    assert resolve(folder, context(tmp_path, "push", first), base="empty")[0] == first
    assert (
        "--head is for a shell" in refusal(folder, context(tmp_path, "push", first), base="empty", head=first).message
    )


def test_a_base_of_zeros_is_refused(tmp_path: Path, origin: Path) -> None:
    commit(origin, {"a": "1"})
    assert "an id of zeros" in refusal(clone(origin, tmp_path / "clone"), None, base="0" * 40).message


def test_a_head_of_another_repository_says_what_to_check_out(tmp_path: Path, origin: Path) -> None:
    commit(origin, {"a": "1"})
    folder = clone(origin, tmp_path / "clone")
    error = refusal(folder, context(tmp_path, "push", "1" * 40), base="empty")
    assert error.reason is Reason.INVALID_INPUT
    assert "check out the event's own repository" in error.message


ONE, TWO = "1" * 40, "2" * 40
SUCCESS = Base((ONE,), "last-success", "")


@pytest.mark.parametrize(
    ("base", "before", "attempt", "because"),
    [
        (SUCCESS, ONE, 1, ""),
        (Base((ONE,), "event", ""), "", 1, ""),
        (Base((ONE,), "merge-base", ""), "", 1, ""),
        (Base(("",), "empty", ""), "", 1, ""),
        (SUCCESS, TWO, 1, "the base is not a recorded success"),
        (SUCCESS, "", 1, "the base is not a recorded success"),
        (SUCCESS._replace(commits=(ONE, TWO)), ONE, 1, "the base is not a recorded success"),
        (SUCCESS._replace(source="input"), ONE, 1, "the base is not a recorded success"),
        (SUCCESS._replace(source="input"), "", 1, "the base is not a recorded success"),
        (Base((ONE,), "event", ""), ONE, 1, "the base is not a recorded success"),
        (SUCCESS, ONE, 2, "re-run"),
        (SUCCESS._replace(first_use=True), ONE, 1, "first run of its kind"),
        (SUCCESS._replace(unsettled=(TWO,)), ONE, 1, "an earlier run"),
        (SUCCESS._replace(everything=True), ONE, 1, "an earlier run"),
    ],
)
def test_tasks_of_a_push_are_looked_up_unless_it_is_known_what_came_before(
    tmp_path: Path, base: Base, before: str, attempt: int, because: str
) -> None:
    where = context(tmp_path, "push", TWO, before=before or "0" * 40)._replace(run_attempt=attempt)
    found = base.look_first_because(where)
    assert because in found
    assert bool(because) == bool(found)


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule"])
def test_tasks_of_a_run_that_no_push_started_are_looked_up(tmp_path: Path, event: str) -> None:
    for base in (SUCCESS, Base(("",), "empty", "")):
        assert event in base.look_first_because(context(tmp_path, event, TWO, before=ONE))


def test_tasks_are_looked_up_in_a_shell() -> None:
    assert "no run history" in SUCCESS.look_first_because(None)
