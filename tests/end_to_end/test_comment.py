"""A plan with `comment: true`, as the runner starts it for a pull request."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.action import Action, Ended
from tests.support.github import REPOSITORY, GitHub
from tests.support.json_http import Reply, serve_json

DEFINITION = "tasks:\n- {task_id: '1', name: dwd_002}\n- {task_id: '2', name: dwd_003}\n"


@pytest.fixture
def github(action: Action) -> Iterator[GitHub]:
    github = GitHub()

    def read(path: str) -> Reply:
        status, value = github.answer(path)
        return Reply(value, status)

    def write(method: str, path: str, content: object) -> Reply:
        status, value = github.write(method, path, content)
        return Reply(value, status)

    with serve_json(read, write) as server:
        action.environment |= {
            "GITHUB_API_URL": f"{server.url}/api/v3",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_JOB": "plan",
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/plan.yml@refs/pull/7/merge",
        }
        yield github


def plan(action: Action, files: dict[str, str], **inputs: str) -> Ended:
    """A pull request that changes `files`, merged into main."""
    repository = action.repository
    repository.git("checkout", "--quiet", "-B", "topic", "main")
    head = repository.commit(files)
    repository.git("checkout", "--quiet", "--detach", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
    payload = {"number": 7, "pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"sha": head}}}
    merged = repository.git("rev-parse", "HEAD")
    given = {"mode": "plan", "base": "", "wait": "", "comment": "true"} | inputs
    return action.event("pull_request", payload, merged, **given)


def test_a_comment_follows_the_pull_request(action: Action, github: GitHub) -> None:
    action.repository.commit({"wedata/a.yml": DEFINITION})
    assert plan(action, {"README.md": "x"}).end == (0, "noop", "")
    assert github.comments == []
    ended = plan(action, {"wedata/a.yml": DEFINITION.replace("dwd_003", "dwd_003, version_remark: x")})
    assert ended.end == (0, "planned", "")
    [comment] = github.comments
    assert "1 task to submit&#58; dwd&#95;003" in comment["body"]
    assert "<code>main</code>" in comment["body"]
    assert "not written" not in ended.stdout
    assert plan(action, {"wedata/a.yml": DEFINITION + "- x: 1\n"}).end == (2, "failure", "invalid-definition")
    assert plan(action, {"wedata/a.yml": "tasks: [{}]\n"}, project_id="9").code == 2
    first, other = (comment["body"] for comment in github.comments)
    assert "2 mistakes in the definitions" in first
    assert "1 mistake in the definitions" in other
    assert plan(action, {"README.md": "y"}).end == (0, "noop", "")
    assert "No task changed" in github.comments[0]["body"]


def test_without_the_input_nothing_is_read_or_written(action: Action, github: GitHub) -> None:
    action.repository.commit({"wedata/a.yml": DEFINITION})
    assert plan(action, {"wedata/a.yml": DEFINITION.replace("'2'", "'3'")}, comment="").end == (0, "planned", "")
    assert (github.comments, github.requests) == ([], [])


@pytest.mark.parametrize(
    ("name", "payload", "where"),
    [
        ("merge_group", {"merge_group": {}}, "the event merge_group"),
        ("pull_request", {"pull_request": {"number": True}}, "the event pull_request"),
    ],
)
def test_where_there_is_no_pull_request_the_log_says_so(
    action: Action, github: GitHub, name: str, payload: dict[str, dict[str, object]], where: str
) -> None:
    base = action.repository.commit({"wedata/a.yml": DEFINITION})
    head = action.repository.commit({"wedata/a.yml": DEFINITION.replace("'2'", "'3'")})
    payload = {key: {**value, "base_sha": base, "base": {"ref": "main", "sha": base}} for key, value in payload.items()}
    ended = action.event(name, payload, head, mode="plan", base="", wait="", comment="true")
    assert ended.end == (0, "planned", "")
    assert (github.comments, github.requests) == ([], [])
    [line] = [line for line in ended.seen.plain_lines if "comment" in line]
    assert line.startswith("No comment was written: input 'comment' is for mode plan under the event pull_request")
    assert line.endswith(where)


def test_the_token_of_a_fork_costs_one_line_of_the_log(action: Action, github: GitHub) -> None:
    github.may_write = False
    action.repository.commit({"wedata/a.yml": DEFINITION})
    ended = plan(action, {"wedata/a.yml": DEFINITION.replace("'2'", "'3'")})
    assert ended.end == (0, "planned", "")
    assert ended.seen.annotations == []
    [line] = [line for line in ended.seen.plain_lines if "comment" in line]
    assert "pull-requests: write" in line


def test_no_secret_gets_into_a_comment(action: Action, github: GitHub) -> None:
    action.repository.commit({"wedata/a.yml": DEFINITION})
    secret = action.sandbox.secret_key
    assert plan(action, {"wedata/a.yml": f"{DEFINITION}- {{task_id: '3', name: 'x {secret}'}}\n"}).code == 0
    [comment] = github.comments
    assert "to submit&#58; x &#42;&#42;&#42;" in comment["body"]
    assert secret not in comment["body"]


def test_a_github_that_is_gone_does_not_hold_up_the_plan(action: Action) -> None:
    action.repository.commit({"wedata/a.yml": DEFINITION})
    began = time.monotonic()
    ended = plan(action, {"wedata/a.yml": DEFINITION.replace("'2'", "'3'")})
    assert ended.end == (0, "planned", "")
    assert "The comment on the pull request was not written" in ended.stdout
    assert time.monotonic() - began < 20
