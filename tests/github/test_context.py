from __future__ import annotations

import json
from pathlib import Path

import pytest

from wedata_action.errors import Reason, RunError
from wedata_action.github.context import in_actions, read_context


def environ(tmp_path: Path, event: bytes = b"{}", **variables: str) -> dict[str, str]:
    (tmp_path / "event.json").write_bytes(event)
    return {
        "GITHUB_EVENT_NAME": "push", "GITHUB_SHA": "1" * 40, "GITHUB_REPOSITORY": "acme/tasks",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"), **variables,
    }  # fmt: skip


def test_the_run_is_what_the_runner_says(tmp_path: Path) -> None:
    event = {"before": "2" * 40, "repository": {"default_branch": "main"}, "pull_request": {"head": {"sha": "abc"}}}
    context = read_context(
        environ(
            tmp_path, json.dumps(event).encode(), GITHUB_REF="refs/heads/a/b", GITHUB_RUN_ID="7",
            GITHUB_RUN_ATTEMPT="2",
            GITHUB_SERVER_URL="https://ghe.example/", GITHUB_API_URL="https://ghe.example/api/v3/",
        )
    )  # fmt: skip
    assert (context.run, context.branch, context.before, context.default_branch) == ("7.2", "a/b", "2" * 40, "main")
    assert (context.server_url, context.api_url) == ("https://ghe.example", "https://ghe.example/api/v3")
    assert context.pull_request_head == "abc"
    assert context.at("repository", "default_branch", "x") is None
    assert context.at("before", "x") is None


def test_what_the_event_does_not_say_is_empty(tmp_path: Path) -> None:
    context = read_context(
        environ(tmp_path, b'{"before": "0000000000", "repository": null}', GITHUB_REF="refs/tags/v1")
    )
    assert (context.before, context.branch, context.default_branch, context.pull_request_head) == ("", "", "", "")
    assert (context.run, context.server_url) == ("0.1", "https://github.com")


def test_an_attempt_that_is_no_number_is_the_first(tmp_path: Path) -> None:
    assert read_context(environ(tmp_path, GITHUB_RUN_ATTEMPT="x")).run_attempt == 1


@pytest.mark.parametrize("name", ["GITHUB_EVENT_NAME", "GITHUB_SHA", "GITHUB_REPOSITORY"])
def test_a_variable_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match=f"{name} is not set") as caught:
        read_context(environ(tmp_path) | {name: ""})
    assert caught.value.reason is Reason.INVALID_INPUT


@pytest.mark.parametrize("event", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_an_event_that_is_no_object_is_an_error(tmp_path: Path, event: bytes) -> None:
    with pytest.raises(RunError, match="GITHUB_EVENT_PATH"):
        read_context(environ(tmp_path, event))


@pytest.mark.parametrize("path", ["", "/nonexistent"])
def test_an_event_that_is_not_there_is_an_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        read_context(environ(tmp_path, GITHUB_EVENT_PATH=path))


def test_only_the_word_true_means_the_runner() -> None:
    assert in_actions({"GITHUB_ACTIONS": "true"})
    assert not in_actions({"GITHUB_ACTIONS": "1"})
    assert not in_actions({})
