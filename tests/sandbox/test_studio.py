"""Drafts, saved and submitted versions, and the code in production."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.client import LIST, SUBMIT, Clock, call
from wedata_sandbox.behaviour import NEVER, JobBehaviour, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import Fault
from wedata_sandbox.fields import ApiError
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import V2021, V2025, WeData
from wedata_sandbox.site import Site

PROJECT = "1470547050521227264"
SQL = "SELECT id FROM orders;\n"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wedata(clock: Clock) -> WeData:
    tasks = [NewTask("1", name="load_orders", code=SQL), NewTask("2", workflow="reports", upstream=("1",))]
    return WeData(now=clock, tasks={PROJECT: tasks})


def ask(wedata: WeData, action: str, task_id: str = "1", **more: object) -> Any:
    return wedata.call(action, V2025, {"ProjectId": PROJECT, "TaskId": task_id, **more})["Data"]


def update(wedata: WeData, task_id: str = "1", remove: tuple[str, ...] = (), **setting: object) -> Any:
    more: dict[str, Any] = {"FieldToRemoveList": list(remove)} if remove else {}
    return ask(wedata, "UpdateTaskPartially", task_id, NewSetting=setting, **more)


def write(wedata: WeData, code: str, task_id: str = "1") -> Any:
    return update(wedata, task_id, TaskConfiguration={"CodeContent": base64.b64encode(code.encode()).decode()})


def submit(wedata: WeData, *task_ids: str, **options: object) -> None:
    tasks = [{"TaskId": task_id, "VersionRemark": "test"} for task_id in task_ids]
    wedata.call(SUBMIT, V2021, {"ProjectId": PROJECT, "Tasks": tasks, **options})


def draft(wedata: WeData, task_id: str = "1") -> str:
    return base64.b64decode(ask(wedata, "GetTask", task_id)["TaskConfiguration"]["CodeContent"]).decode()


def in_production(wedata: WeData, task_id: str = "1") -> str | None:
    try:
        found: str = ask(wedata, "GetOpsTaskCode", task_id)["CodeContent"]
    except ApiError as error:
        return None if error.code == "ResourceNotFound" else error.code
    return found


def numbers(wedata: WeData, kind: str) -> list[str]:
    return [item["VersionNum"] for item in ask(wedata, LIST, TaskVersionType=kind)["Items"]]


def code_of(wedata: WeData, action: str, **params: Any) -> str:
    with pytest.raises(ApiError) as caught:
        ask(wedata, action, **params)
    return caught.value.code


def test_the_code_is_base64_in_the_draft_and_plain_text_in_production(wedata: WeData) -> None:
    encoded = base64.b64encode(SQL.encode()).decode()
    assert ask(wedata, "GetTask")["TaskConfiguration"]["CodeContent"] == encoded
    assert ask(wedata, "GetTaskCode") == {"CodeInfo": encoded, "CodeFileSize": str(len(encoded))}
    submit(wedata, "1")
    assert ask(wedata, "GetOpsTaskCode") == {"CodeContent": SQL, "CodeFileSize": len(SQL)}


def test_what_is_written_is_the_draft_alone_until_it_is_submitted(wedata: WeData) -> None:
    submit(wedata, "1")
    assert write(wedata, "SELECT 2") == {"Status": True}
    assert (draft(wedata), in_production(wedata)) == ("SELECT 2", SQL)
    submit(wedata, "1")
    assert in_production(wedata) == "SELECT 2"


def test_every_save_makes_a_saved_version(wedata: WeData) -> None:
    assert numbers(wedata, "SAVE") == ["V1"]
    write(wedata, SQL)
    wedata.save(PROJECT, "1", "SELECT 3")
    assert numbers(wedata, "SAVE") == ["V3", "V2", "V1"]
    assert numbers(wedata, "SUBMIT") == []
    base = ask(wedata, "GetTask")["TaskBaseAttribute"]
    assert (base["TaskLatestVersionNo"], base["TaskLatestSubmitVersionNo"]) == ("V3", None)


def test_the_draft_says_who_saved_it_and_when(wedata: WeData, clock: Clock) -> None:
    write(wedata, "SELECT 2")
    by_api = ask(wedata, "GetTask")["TaskBaseAttribute"]
    clock.seconds += 60
    wedata.save(PROJECT, "1", "SELECT 3")
    by_hand = ask(wedata, "GetTask")["TaskBaseAttribute"]
    said = [(base["LastUpdateUserName"], base["UpdateUserUin"], base["LastUpdateTime"]) for base in (by_api, by_hand)]
    assert said == [
        ("deploy", "100028579606", "2025-08-27 14:48:32"),
        ("Li Wei", "100030412275", "2025-08-27 14:49:32"),
    ]


def test_a_submitted_version_keeps_the_draft_that_it_was_made_from(wedata: WeData) -> None:
    submit(wedata, "1")
    write(wedata, "SELECT 2")
    submit(wedata, "1")
    write(wedata, "SELECT 3")
    newest = ask(wedata, "GetTaskVersion")
    first = ask(wedata, "GetTaskVersion", VersionId=wedata.versions(PROJECT, "1")[0].version_id)
    codes = [base64.b64decode(one["Task"]["TaskConfiguration"]["CodeContent"]).decode() for one in (first, newest)]
    assert codes == [SQL, "SELECT 2"]


def test_a_job_submits_the_draft_as_it_is_when_the_job_ends(wedata: WeData, clock: Clock) -> None:
    wedata.set_jobs(JobBehaviour(seconds=10))
    submit(wedata, "1")
    clock.seconds += 5
    wedata.save(PROJECT, "1", "typed in the meantime")
    clock.seconds += 5
    wedata.save(PROJECT, "1", "typed later")
    assert in_production(wedata) == "typed in the meantime"


@pytest.mark.parametrize("delay", [30, NEVER])
def test_production_can_follow_late_or_never(wedata: WeData, clock: Clock, delay: float) -> None:
    wedata.set_default_task(TaskBehaviour(production_delay=delay))
    submit(wedata, "1")
    clock.seconds += 29
    assert (numbers(wedata, "SUBMIT"), in_production(wedata)) == (["V1"], None)
    clock.seconds += 1
    assert in_production(wedata) == (SQL if delay == 30 else None)


def test_a_late_version_does_not_replace_a_newer_one(wedata: WeData, clock: Clock) -> None:
    wedata.set_task("1", TaskBehaviour(production_delay=30))
    submit(wedata, "1")
    wedata.set_task("1", TaskBehaviour())
    write(wedata, "SELECT 2")
    submit(wedata, "1")
    clock.seconds += 30
    assert in_production(wedata) == "SELECT 2"


def test_only_what_is_approved_goes_to_production(wedata: WeData, clock: Clock) -> None:
    wedata.set_task("1", TaskBehaviour(approve_status="审批中", status="N"))
    submit(wedata, "1")
    assert in_production(wedata) is None
    wedata.set_approval(PROJECT, "1", "已驳回")
    assert in_production(wedata) is None
    wedata.set_task("1", TaskBehaviour(approve_status="审批中", status="N", approved_after=20, production_delay=10))
    submit(wedata, "1")
    clock.seconds += 29
    assert (ask(wedata, "GetTaskVersion")["ApproveStatus"], in_production(wedata)) == ("已通过", None)
    clock.seconds += 1
    assert in_production(wedata) == SQL


@pytest.mark.parametrize("status", ["F", "T", "INVALID"])
def test_a_task_that_is_taken_offline_has_no_new_code_in_production(wedata: WeData, status: str) -> None:
    wedata.set_task("1", TaskBehaviour(status=status))
    submit(wedata, "1")
    assert in_production(wedata) is None


def test_a_version_that_is_withdrawn_before_it_is_live_never_is(wedata: WeData, clock: Clock) -> None:
    wedata.set_task("1", TaskBehaviour(production_delay=30))
    submit(wedata, "1")
    wedata.set_approval(PROJECT, "1", "已撤销")
    clock.seconds += 30
    assert in_production(wedata) is None


def test_what_an_update_leaves_out_stays_and_lists_are_merged_by_key(wedata: WeData) -> None:
    before = ask(wedata, "GetTask")
    update(
        wedata,
        TaskBaseAttribute={"TaskDescription": "loads"},
        TaskConfiguration={"TaskSchedulingParameterList": [{"ParamKey": "a", "ParamValue": "1"}]},
        TaskSchedulerConfiguration={"UpstreamDependencyConfigList": [{"TaskId": "7"}], "MaxRetryNumber": 2},
    )
    parameters = [{"ParamKey": "b", "ParamValue": "2"}, {"ParamKey": "a", "ParamValue": "3"}]
    update(wedata, TaskConfiguration={"TaskSchedulingParameterList": parameters})
    after = ask(wedata, "GetTask")
    assert after["TaskBaseAttribute"]["TaskDescription"] == "loads"
    assert after["TaskBaseAttribute"]["TaskName"] == before["TaskBaseAttribute"]["TaskName"] == "load_orders"
    assert after["TaskConfiguration"] == before["TaskConfiguration"] | {"TaskSchedulingParameterList": parameters[::-1]}
    schedule = {"UpstreamDependencyConfigList": [{"TaskId": "7"}], "MaxRetryNumber": 2}
    assert after["TaskSchedulerConfiguration"] == before["TaskSchedulerConfiguration"] | schedule
    paths = (
        "TaskConfiguration/TaskSchedulingParameterList:a,x",
        "TaskSchedulerConfiguration/UpstreamDependencyConfigList:7",
    )
    update(wedata, remove=paths)
    left = ask(wedata, "GetTask")
    assert left["TaskConfiguration"]["TaskSchedulingParameterList"] == parameters[:1]
    assert left["TaskSchedulerConfiguration"]["UpstreamDependencyConfigList"] == []


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"TaskConfiguration": {"CodeContent": "no base64!"}}, "InvalidParameterValue"),
        ({"TaskConfiguration": {"CodeContent": "/w=="}}, "InvalidParameterValue"),
        ({"TaskConfiguration": {"CodeContent": None}}, "InvalidParameter"),
        ({"TaskConfiguration": {"Code": "x"}}, "UnknownParameter"),
        ({"TaskSchedulerConfiguration": {"MinuteOffset": 1}}, "UnknownParameter"),
        ({"TaskBaseAttribute": {"TaskTypeId": "34"}}, "UnknownParameter"),
        ({"TaskSchedulerConfiguration": {"EventListenerList": [{"EventName": 1}]}}, "InvalidParameter"),
    ],
)
def test_an_update_is_checked_as_strictly_as_any_request(wedata: WeData, setting: dict[str, Any], code: str) -> None:
    assert code_of(wedata, "UpdateTaskPartially", NewSetting=setting) == code
    assert numbers(wedata, "SAVE") == ["V1"]


@pytest.mark.parametrize("path", ["TaskConfiguration/CodeContent:a", "Other/EventListenerList:a", "nothing"])
def test_only_elements_of_lists_can_be_removed(wedata: WeData, path: str) -> None:
    assert code_of(wedata, "UpdateTaskPartially", FieldToRemoveList=[path]) == "InvalidParameterValue"


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


def test_a_child_is_refused_until_its_parent_was_submitted_in_an_earlier_call(clock: Clock) -> None:
    wedata = WeData(site="domestic", now=clock, tasks={PROJECT: [NewTask("1"), NewTask("2", upstream=("1",))]})
    submit(wedata, "1", "2", NeedCheckParentSubmitted=True)
    job = {"ProjectId": PROJECT, "JobId": 1}
    assert [one["ResourceId"] for one in wedata.call("ListBatchDetail", V2021, job)["FailResource"]] == ["2"]
    submit(wedata, "2", NeedCheckParentSubmitted=True)
    assert len(wedata.versions(PROJECT, "2")) == 1


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


def test_a_site_can_keep_code_in_its_own_way_and_break_base64_into_lines() -> None:
    wedata = WeData(site=Site(keep_code=lambda code: code.replace("\n", "\r\n"), base64_lines=True))
    write(wedata, "SELECT 1\n" * 20)
    assert "\n" in ask(wedata, "GetTask")["TaskConfiguration"]["CodeContent"].strip()
    assert draft(wedata) == "SELECT 1\r\n" * 20


def test_a_site_can_answer_null_for_an_empty_list() -> None:
    wedata = WeData(site=Site(null_lists=True))
    page = ask(wedata, LIST, TaskVersionType="SUBMIT")
    assert (page["Items"], page["TotalCount"]) == (None, 0)
    assert ask(wedata, "GetTask")["TaskSchedulerConfiguration"]["EventListenerList"] is None


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_kept_as_it_is(code: str) -> None:
    wedata = WeData()
    write(wedata, code)
    submit(wedata, "1")
    assert (draft(wedata), in_production(wedata)) == (code, code)


def test_faults_strike_each_action() -> None:
    with Sandbox() as sandbox:
        key = {"ProjectId": PROJECT, "TaskId": "1"}
        for action in (
            "GetTask",
            "GetTaskCode",
            "GetTaskVersion",
            "UpdateTaskPartially",
            "ListTasks",
            "GetOpsTaskCode",
        ):
            sandbox.fail_next(action, Fault.http(502))
            assert call(sandbox, action, key).status == 502
        sandbox.fail_next("UpdateTaskPartially", Fault.put("Data.Status", value=False, after=False))
        assert call(sandbox, "UpdateTaskPartially", key).response["Data"] == {"Status": False}
        assert len(sandbox.wedata.saved(PROJECT, "1")) == 0
