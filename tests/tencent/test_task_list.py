"""The list of a project's tasks: all of its pages, fields that are null, and a list that moves while it is read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tencent.test_wedata import Answers
from wedata_action.tencent.task_list import Listed, list_tasks
from wedata_action.tencent.verdicts import ApiError

# Fields as in the example of the documentation (page 1174/73868).
ITEM = {
    "TaskId": "20250820150144998",
    "TaskTypeId": 34,
    "TaskName": "load_orders",
    "WorkflowId": "f1a8b0d4",
    "WorkflowName": "orders",
    "TaskLatestVersionNo": "V22",
    "TaskLatestSubmitVersionNo": None,
    "TaskFolderPath": None,
}


def page(*ids: object, total: object) -> dict[str, Any]:
    return {"Data": {"Items": [ITEM | {"TaskId": task_id} for task_id in ids], "TotalCount": total}, "RequestId": "r-8"}


def numbers(start: int, end: int) -> list[str]:
    return [str(number) for number in range(start, end)]


def test_pages_of_200_are_asked_for_and_the_documented_task_is_read() -> None:
    call = Answers({"Data": {"Items": [ITEM], "TotalCount": 1}})
    assert list_tasks(call, "p1") == [Listed("20250820150144998", "load_orders", "f1a8b0d4", "orders", "34", False)]
    assert call.asked == [("ListTasks", "2025-08-06", {"ProjectId": "p1", "PageNumber": 1, "PageSize": 200})]


def test_every_field_but_the_id_may_be_null() -> None:
    call = Answers({"Data": {"Items": [{"TaskId": 7}], "TotalCount": 1}})
    assert list_tasks(call, "p1") == [Listed("7", "", "", "", "", False)]


@pytest.mark.parametrize("items", [[], None])
def test_a_project_without_tasks_has_an_empty_list(items: object) -> None:
    assert list_tasks(Answers({"Data": {"Items": items, "TotalCount": 0}}), "p1") == []


def test_all_pages_are_read_and_a_task_that_moved_to_another_page_counts_once() -> None:
    call = Answers(
        page(*numbers(0, 200), total=401), page(*numbers(199, 399), total=402), page("399", "400", total=401)
    )
    assert [task.task_id for task in list_tasks(call, "p1")] == numbers(0, 401)
    call = Answers(page(*numbers(0, 200), total=None), page("200", total=None))
    assert len(list_tasks(call, "p1")) == 201


def test_a_pass_that_missed_a_task_is_made_again() -> None:
    # A deletion on the first page moves the task 200 there while the second page is read.
    call = Answers(
        page(*numbers(0, 200), total=203), page("201", "202", total=203),
        page(*numbers(1, 201), total=202), page("201", "202", total=202),
    )  # fmt: skip
    assert [task.task_id for task in list_tasks(call, "p1")] == [*numbers(0, 200), "201", "202", "200"]


@pytest.mark.parametrize("answer", [{"Data": {"Items": None, "TotalCount": 1}}, {"Data": None}, {}])
def test_an_answer_without_a_list_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="without a list of tasks"):
        list_tasks(Answers(answer), "p1")


@pytest.mark.parametrize("answer", [page("1", None, total=2), page("1", total=2)])
def test_a_list_that_never_adds_up_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="WeData listed"):
        list_tasks(Answers(*[answer] * 3), "p1")
