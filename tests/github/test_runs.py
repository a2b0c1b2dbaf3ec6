"""Runs and their notices as GitHub answers them, and answers of any other form."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.github import REPOSITORY, Annotation, GitHub, WorkflowRun
from wedata_action.github.errors import GitHubError
from wedata_action.github.runs import Jobs, list_runs, read_jobs

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TITLE = "wedata-action"


def answers() -> dict[str, Any]:
    """What GitHub answers about a branch with two runs: by path, a fresh copy."""
    github = GitHub(lambda: 1000.0)
    for number in (1, 2):
        run = WorkflowRun(5000 + number, number, COMMIT, created=1000.0, updated=1000.0)
        github.runs.append(run)
        github.end(github.start(run), "success", [Annotation("notice", TITLE, f"run {number}")])
        run.conclusion = "success"
    paths = [
        "actions/workflows/deploy.yml/runs",
        *(f"check-suites/{1_005_000 + number}/check-runs" for number in (1, 2)),
    ]
    paths += [f"check-runs/{9000 + number}/annotations" for number in (1, 2)]
    return {path: copy.deepcopy(github.answer(f"https://x/repos/{REPOSITORY}/{path}?filter=all")[1]) for path in paths}


def read(answered: dict[str, Any]) -> list[tuple[int, Jobs]]:
    def get(path: str, **_: str | int) -> Any:
        return answered.get(path, [])  # a number that is another one leads to another path

    runs = list_runs(get, REPOSITORY, "main", "deploy.yml")
    return [(run.id, read_jobs(get, run, TITLE)) for run in runs]


def test_runs_come_newest_first_with_what_their_jobs_noted() -> None:
    assert read(answers()) == [(5002, Jobs(True, ("run 2",))), (5001, Jobs(True, ("run 1",)))]


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value that can be overwritten: the container and the key or index."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in items] + [spot for _, inner in items for spot in spots(inner)]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(f"{COMMIT}\ninfo {COMMIT}"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@given(st.data())
def test_an_answer_with_anything_in_place_of_a_value_is_read_or_an_error_of_github(data: st.DataObject) -> None:
    answered = answers()
    container, key = data.draw(st.sampled_from(spots(answered)))
    container[key] = data.draw(ANYTHING)
    with contextlib.suppress(GitHubError):
        read(answered)


@pytest.mark.parametrize(
    "bend",
    [
        lambda run: run.update(id="../../../x"),
        lambda run: run.update(id=None),
        lambda run: run.update(head_sha=f"{COMMIT}\ncontents HEAD"),
        lambda run: run.update(check_suite_id="1/../2"),
        lambda run: run.update(workflow_id={}),
    ],
)
def test_an_id_of_another_form_is_an_error(bend: Callable[[dict[str, Any]], None]) -> None:
    answered = answers()
    bend(answered["actions/workflows/deploy.yml/runs"]["workflow_runs"][0])
    with pytest.raises(GitHubError):
        read(answered)
