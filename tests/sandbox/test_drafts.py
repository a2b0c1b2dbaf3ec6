"""Drafts and saved versions."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.client import LIST, Clock, call
from tests.sandbox.studio import PROJECT, SQL, ask, code_of, draft, in_production, numbers, submit, update, write
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData
from wedata_sandbox.site import Site


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


def test_an_edit_of_a_task_is_saved_after_what_was_submitted() -> None:
    wedata = WeData(tasks={PROJECT: [NewTask("1", code=SQL, submitted=True, edit="SELECT 'typed'")]})
    assert (draft(wedata), in_production(wedata)) == ("SELECT 'typed'", SQL)
    assert numbers(wedata, "SAVE") == ["V2", "V1"]
