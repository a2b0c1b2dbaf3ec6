"""Commits in GitHub's answers: a text that is not a commit id never goes further."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_action.github.errors import Get, GitHubError
from wedata_action.github.runs import commit_id, merge_base

ONE, OTHER = "1" * 40, "2" * 64


def answering(value: Any, asked: list[str]) -> Get:
    def get(path: str, **_: str | int) -> Any:
        asked.append(path)
        if isinstance(value, Exception):
            raise value
        return value

    return get


def ask(value: Any, base: str = "main") -> str | None:
    return merge_base(answering(value, []), base, ONE)


def test_a_comparison_names_the_merge_base() -> None:
    assert ask({"status": "diverged", "merge_base_commit": {"sha": OTHER}}) == OTHER


def test_names_of_branches_cannot_leave_the_path() -> None:
    asked: list[str] = []
    merge_base(answering({"merge_base_commit": {"sha": ONE}}, asked), "a/../b?x#y", ONE)
    assert asked == [f"compare/a%2F..%2Fb%3Fx%23y...{ONE}"]


def test_a_commit_that_github_no_longer_has_has_no_merge_base() -> None:
    assert ask(GitHubError(404, "Not Found")) is None
    with pytest.raises(GitHubError, match="not now"):
        ask(GitHubError(502, "not now"))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"merge_base_commit": None},
        {"merge_base_commit": {"sha": 1}},
        {"merge_base_commit": {"sha": f"{ONE}\ncontents HEAD"}},
        {"merge_base_commit": {"sha": "--output=x"}},
    ],
)
def test_a_comparison_of_another_shape_is_an_error(body: Any) -> None:
    with pytest.raises(GitHubError):
        ask(body)


@given(st.from_regex(r"[0-9a-f]{40}|[0-9a-f]{64}", fullmatch=True))
def test_a_commit_id_is_forty_or_sixty_four_hexadecimal_digits(value: str) -> None:
    assert commit_id(value) == value
    strange: list[Any] = [value.upper() + "A", f"{value}\n", f" {value}", value[:-1], f"{value}0", [value], {}, 1, None]
    for other in strange:
        with pytest.raises(GitHubError, match="in place of a commit id"):
            commit_id(other)


def test_a_long_text_in_place_of_a_commit_id_is_cut() -> None:
    with pytest.raises(GitHubError) as caught:
        commit_id("::error::x\r\n" * 99)
    assert len(str(caught.value)) < 150
    assert "\n" not in str(caught.value)
