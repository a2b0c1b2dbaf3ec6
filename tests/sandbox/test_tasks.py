"""Which tasks exist, and what is said of them."""

from typing import Any

import pytest

from tests.sandbox.client import LIST
from tests.sandbox.studio import PROJECT, ask, code_of, draft, in_production, numbers, submit
from wedata_sandbox.content import NewTask
from wedata_sandbox.fields import ApiError
from wedata_sandbox.service import V2025, WeData


@pytest.mark.parametrize(
    "action", ["GetTask", "GetTaskCode", "GetOpsTaskCode", "GetTaskVersion", LIST, "UpdateTaskPartially"]
)
def test_a_task_that_does_not_exist_is_refused_by_every_action(wedata: WeData, action: str) -> None:
    assert code_of(wedata, action, task_id="9") == "ResourceNotFound"
    wedata.delete_task(PROJECT, "1")
    assert code_of(wedata, action) == "ResourceNotFound"


def test_a_task_can_be_deleted_and_created_where_every_task_exists() -> None:
    wedata = WeData()
    submit(wedata, "1")
    wedata.delete_task(PROJECT, "1")
    assert code_of(wedata, "GetTask") == "ResourceNotFound"
    wedata.create_task(PROJECT, NewTask("1", code="SELECT 1"))
    assert (draft(wedata), numbers(wedata, "SUBMIT")) == ("SELECT 1", [])


def test_a_task_of_a_bundle_says_so(wedata: WeData) -> None:
    wedata.create_task(PROJECT, NewTask("3", bundle_id="b-1"))
    assert ask(wedata, "GetTask", "3")["TaskConfiguration"]["BundleId"] == "b-1"
    assert ask(wedata, "GetTask", "1")["TaskConfiguration"]["BundleId"] is None


def test_a_task_can_have_no_code(wedata: WeData) -> None:
    wedata.create_task(PROJECT, NewTask("3", type_id=26, code=None, submitted=True))
    assert ask(wedata, "GetTask", "3")["TaskConfiguration"]["CodeContent"] is None
    assert ask(wedata, "GetTaskCode", "3") == {"CodeInfo": None, "CodeFileSize": None}
    assert in_production(wedata, "3") == ""


def test_parents_stand_in_the_draft(wedata: WeData) -> None:
    links = ask(wedata, "GetTask", "2")["TaskSchedulerConfiguration"]["UpstreamDependencyConfigList"]
    assert [link["TaskId"] for link in links] == ["1"]


def test_tasks_are_listed_in_pages_that_join_up() -> None:
    wedata = WeData(tasks={PROJECT: [str(number) for number in range(23)]})
    pages = [
        wedata.call("ListTasks", V2025, {"ProjectId": PROJECT, "PageNumber": number, "PageSize": 10})["Data"]
        for number in (1, 2, 3, 4)
    ]
    assert [item["TaskId"] for page in pages for item in page["Items"]] == [str(number) for number in range(23)]
    assert {(page["TotalCount"], page["TotalPageNumber"], page["PageSize"]) for page in pages} == {(23, 3, 10)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["1", "2"]),
        ({"TaskName": "orders"}, ["1"]),
        ({"Submit": True}, ["1"]),
        ({"Status": "N"}, ["2"]),
        ({"TaskTypeId": 35}, []),
        ({"BundleId": "b-1"}, []),
        ({"ModifyTime": ["2025-08-26 00:00:00", "2025-08-26 23:00:00"]}, ["1", "2"]),
        ({"ModifyTime": ["2025-08-27 00:00:00", "2025-08-27 23:00:00"]}, []),
    ],
)
def test_tasks_are_listed_by_filters(wedata: WeData, wanted: dict[str, Any], found: list[str]) -> None:
    submit(wedata, "1")
    items = wedata.call("ListTasks", V2025, {"ProjectId": PROJECT, **wanted})["Data"]["Items"]
    assert [item["TaskId"] for item in items] == found


@pytest.mark.parametrize("paging", [{"PageSize": 9}, {"PageSize": 201}, {"PageNumber": 0}])
def test_a_page_of_tasks_out_of_range_is_refused(wedata: WeData, paging: dict[str, int]) -> None:
    with pytest.raises(ApiError, match="InvalidParameterValue"):
        wedata.call("ListTasks", V2025, {"ProjectId": PROJECT, **paging})
