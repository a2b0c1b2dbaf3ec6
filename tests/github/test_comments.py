"""The comment on a pull request, against the stand-in for GitHub over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.github.test_api import make_api
from tests.support.github import REPOSITORY, GitHub
from tests.support.hostile import short_texts
from tests.support.json_http import Reply, serve_json
from tests.support.sockets import dripping
from wedata_action.github.api import Api
from wedata_action.github.comments import keep_comment
from wedata_action.github.errors import GitHubError

MARK = "<!-- wedata-action 0123456789ab -->"
BOT, PERSON = ("github-actions[bot]", "Bot"), ("mallory", "User")


@contextmanager
def api_of(github: GitHub, prefix: str = "", before_write: Callable[[], object] = lambda: None) -> Iterator[Api]:
    def write(method: str, path: str, content: object) -> Reply:
        before_write()
        status, value = github.write(method, path, content)
        return Reply(value, status)

    def read(path: str) -> Reply:
        status, value = github.answer(path)
        return Reply(value, status)

    with requests.Session() as session, serve_json(read, write) as server:
        session.trust_env = False
        api, _ = make_api(session, server.url + prefix)
        api.repository = REPOSITORY
        yield api


def bodies(github: GitHub) -> list[str]:
    return [comment["body"] for comment in github.comments]


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
def test_one_comment_is_made_and_then_updated_in_place(prefix: str) -> None:
    github = GitHub()
    with api_of(github, prefix) as api:
        assert keep_comment(api, 7, MARK, "first") == "Bot"
        github.add_comment("thanks", PERSON)
        assert keep_comment(api, 7, MARK, "second") == ""
    assert bodies(github) == [f"{MARK}\nsecond", "thanks"]


def test_two_marks_have_two_comments() -> None:
    github, other = GitHub(), MARK.replace("0", "f")
    with api_of(github) as api:
        for text in ("1", "2"):
            keep_comment(api, 7, MARK, f"dev {text}")
            keep_comment(api, 7, other, f"prod {text}")
    assert bodies(github) == [f"{MARK}\ndev 2", f"{other}\nprod 2"]


def test_it_is_found_behind_more_than_a_hundred_others() -> None:
    github = GitHub()
    for number in range(250):
        github.add_comment(f"{number}", PERSON)
    with api_of(github) as api:
        keep_comment(api, 7, MARK, "first")
        keep_comment(api, 7, MARK, "second")
    assert bodies(github)[250:] == [f"{MARK}\nsecond"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(short_texts, short_texts), max_size=3))
def test_the_mark_of_a_person_or_inside_of_a_comment_is_not_ours(others: list[tuple[str, str]]) -> None:
    github = GitHub()
    for before, after in others:
        github.add_comment(f"{MARK}\n{after}", PERSON)
        github.add_comment(f"x{before}\n{MARK}\n{after}", BOT)
        github.add_comment(f"{MARK} {after}x", BOT)
    untouched = bodies(github)
    with api_of(github) as api:
        keep_comment(api, 7, MARK, "mine")
        assert bodies(github) == [*untouched, f"{MARK}\nmine"]


def test_a_comment_that_is_deleted_before_it_is_updated_is_made_again() -> None:
    github = GitHub()
    with api_of(github) as api:
        keep_comment(api, 7, MARK, "first")
    with api_of(github, before_write=lambda: github.comments and github.comments.pop()) as api:
        assert keep_comment(api, 7, MARK, "second") == "Bot"
    assert bodies(github) == [f"{MARK}\nsecond"]


def test_what_says_the_same_is_left_alone_and_nothing_new_is_made_unless_asked_for() -> None:
    github = GitHub()
    with api_of(github) as api:
        keep_comment(api, 7, MARK, "same", create=False)
        assert github.comments == []
        keep_comment(api, 7, MARK, "same")
        github.may_write = False
        keep_comment(api, 7, MARK, "same")


def test_the_token_of_a_fork_may_not_write() -> None:
    with api_of(GitHub(may_write=False)) as api:
        api.permissions = "pull-requests: write"
        with pytest.raises(GitHubError, match=r"HTTP 403: Resource not accessible.*pull-requests: write"):
            keep_comment(api, 7, MARK, "x")


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"message": "API rate limit exceeded"}, 403, {"X-RateLimit-Remaining": "0"}),
        Reply({"message": "slow down"}, 429, {"Retry-After": "3600"}),
        Reply(b"<html>", 502),
        Reply(b"{"),
        Reply({"a": 1}),
        Reply([]),
    ],
)
def test_a_write_is_tried_once(reply: Reply) -> None:
    written: list[str] = []

    def write(method: str, _path: str, _content: object) -> Reply:
        written.append(method)
        return reply

    with requests.Session() as session, serve_json(lambda _: Reply([]), write) as server:
        session.trust_env = False
        api, _ = make_api(session, server.url)
        if reply.status == 200 and reply.body != b"{":
            assert keep_comment(api, 7, MARK, "x") == ""
        else:
            with pytest.raises(GitHubError):
                keep_comment(api, 7, MARK, "x")
    assert written == ["POST"]


@pytest.mark.parametrize("answer", [{}, [[]], [{"body": 1, "id": 1}], [{"body": MARK, "id": "1", "user": None}], "x"])
def test_a_list_in_another_shape_leads_to_no_wrong_write(answer: object) -> None:
    written: list[str] = []

    def write(method: str, _path: str, _content: object) -> Reply:
        written.append(method)
        return Reply({}, 201)

    with requests.Session() as session, serve_json(lambda _: Reply(answer), write) as server:
        session.trust_env = False
        api, _ = make_api(session, server.url)
        if isinstance(answer, list):
            keep_comment(api, 7, MARK, "x")
            assert written == ["POST"]
        else:
            with pytest.raises(GitHubError):
                keep_comment(api, 7, MARK, "x")
            assert written == []


def test_a_server_that_drips_is_given_up() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"[") as port, requests.Session() as session:
        session.trust_env = False
        api, _ = make_api(session, f"http://127.0.0.1:{port}", seconds=0.5)
        began = time.monotonic()
        with pytest.raises(GitHubError, match="timed out"):
            keep_comment(api, 7, MARK, "x")
    assert time.monotonic() - began < 10
