"""Answers of WeData in which fields are null, and tasks that it does not have, over HTTP: what a run makes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.action import PROJECT, Action, Ended, Repository
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData
from wedata_sandbox.site import Site

ZERO = "0" * 40
VERSIONS, DETAIL = "ListTaskVersions", "ListBatchDetail"


def tasks(*task_ids: str) -> dict[str, str]:
    return {"wedata/a.yml": "tasks:\n" + "".join(f"- task_id: '{task_id}'\n" for task_id in task_ids)}


@pytest.fixture(params=["domestic", "intl"])
def site(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def action(tmp_path: Path, site: str) -> Iterator[Action]:
    with Sandbox(WeData(site=Site(site, null_lists=True), tasks={PROJECT: {"1", "2", "3"}})) as sandbox:
        yield Action(tmp_path, Repository.make(tmp_path / "workspace"), sandbox)


def push(action: Action, *task_ids: str, **inputs: str) -> Ended:
    """A push whose tasks are looked up first."""
    head = action.repository.commit(tasks(*task_ids))
    return action.push(ZERO, head, **({"base": "empty", "wait": "true"} | inputs))


def test_null_lists_are_empty_ones_and_nothing_is_sent_twice(action: Action) -> None:
    assert push(action, "1", "2").end == (0, "success", "")
    again = push(action, "1", "2", "3")
    assert again.end == (0, "success", "")
    assert again.ids("live-task-ids") == ["1", "2", "3"]
    assert [len(action.sandbox.wedata.versions(PROJECT, task)) for task in "123"] == [1, 1, 1]


def test_versions_without_numbers_are_ordered_by_their_time(action: Action) -> None:
    push(action, "1")
    action.sandbox.fail_next(VERSIONS, Fault.null("Data.Items.VersionNum"), times=None)
    assert push(action, "1").end == (0, "success", "")
    assert len(action.sandbox.wedata.submissions) == 1


def test_a_version_without_any_state_proves_nothing(action: Action) -> None:
    push(action, "1")
    action.sandbox.wedata.set_approval(PROJECT, "1", None, None)
    unknown = push(action, "1")
    assert unknown.end == (4, "unknown", "ambiguous")
    assert "neither an ApproveStatus nor a Status" in unknown.messages()
    assert len(action.sandbox.wedata.submissions) == 1


def test_a_task_that_wedata_does_not_have_ends_alone(action: Action) -> None:
    ended = push(action, "1", "missing", "3")
    assert ended.end == (1, "failure", "rejected")
    assert (ended.ids("failed-task-ids"), ended.ids("live-task-ids")) == (["missing"], ["1", "3"])
    assert f"WeData has no task missing in project {PROJECT}" in ended.messages()
    again = push(action, "1", "missing", "2", "3")
    assert again.end == (1, "failure", "rejected")
    assert (again.ids("failed-task-ids"), again.ids("live-task-ids")) == (["missing"], ["1", "3", "2"])


@pytest.mark.parametrize("site", ["domestic"], indirect=True)
def test_a_task_whose_job_is_not_known_to_await_approval_is_not_taken_for_live(action: Action) -> None:
    action.sandbox.fail_next(DETAIL, Fault.null("NeedApprove"), times=None)
    ended = push(action, "1", wait_timeout="2")
    assert ended.end == (4, "unknown", "ambiguous")
    assert "NeedApprove is None" in ended.messages()
