from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.github import REPOSITORY, WORKFLOW, Annotation, GitHub, WorkflowRun


@dataclass
class Chain:
    """Commits of one branch, oldest first."""

    commits: list[str] = field(default_factory=list)

    def has_commit(self, commit: str) -> bool:
        return commit in self.commits

    def merge_base(self, one: str, other: str) -> str | None:
        return min(one, other, key=self.commits.index)

    def ids(self, beginning: str) -> Sequence[str]:
        return [commit for commit in self.commits if commit.startswith(beginning)]

    def has_blob(self, blob: str) -> bool:
        return blob == "b10b"


def get(github: GitHub, path: str) -> Any:
    return github.answer(f"http://127.0.0.1/repos/{REPOSITORY}/{path}")[1]


def test_runs_come_newest_first_in_pages_and_by_workflow_and_branch() -> None:
    github = GitHub(runs=[WorkflowRun(100 + number, number, "c", created=number) for number in range(1, 4)])
    github.runs.append(WorkflowRun(104, 1, "c", workflow="other.yml", created=4))
    github.runs.append(WorkflowRun(105, 5, "c", branch="other", created=5))
    page = get(github, f"actions/workflows/{WORKFLOW}/runs?branch=main&per_page=2&page=1")
    assert (page["total_count"], [run["id"] for run in page["workflow_runs"]]) == (3, [103, 102])
    page = get(github, f"actions/workflows/{WORKFLOW}/runs?branch=main&per_page=2&page=2")
    assert [run["id"] for run in page["workflow_runs"]] == [101]
    everything = get(github, "actions/runs?branch=main&per_page=100")
    assert [run["id"] for run in everything["workflow_runs"]] == [104, 103, 102, 101]


def test_a_page_has_100_items_at_most() -> None:
    with pytest.raises(AssertionError, match="100 items"):
        get(GitHub(), f"actions/workflows/{WORKFLOW}/runs?per_page=101")


def test_annotations_show_once_their_job_has_ended_and_the_lag_is_over() -> None:
    time = 1_000.0
    run = WorkflowRun(101, 1, "c")
    github = GitHub(lambda: time, [run])
    check = github.start(run)
    suite = get(github, "actions/runs/101")["check_suite_id"]

    def shown() -> tuple[str, int, int]:
        [found] = get(github, f"check-suites/{suite}/check-runs?filter=all")["check_runs"]
        annotations = get(github, f"check-runs/{found['id']}/annotations?per_page=100")
        return found["status"], found["output"]["annotations_count"], len(annotations)

    assert shown() == ("in_progress", 0, 0)
    github.end(check, "success", [Annotation("notice", "wedata-action", "said")], lag=5)
    assert shown() == ("completed", 0, 0)
    time += 5
    assert shown() == ("completed", 1, 1)


def test_a_comparison_names_the_merge_base() -> None:
    github = GitHub(ancestry=Chain(["a", "b"]))
    assert get(github, "compare/a...b") == {
        "status": "ahead",
        "merge_base_commit": {"sha": "a"},
        "commits": [],
        "files": [],
    }
    assert get(github, "compare/b...a")["status"] == "behind"
    assert get(github, "compare/b...b")["status"] == "identical"
    assert github.answer(f"/repos/{REPOSITORY}/compare/a...gone")[0] == 404


def test_an_unknown_path_is_an_error_of_the_test() -> None:
    with pytest.raises(AssertionError, match="no actions/secrets"):
        get(GitHub(), "actions/secrets")
