import pytest

from tests.sandbox.client import LIST, SUBMIT, Clock
from wedata_sandbox.behaviour import NEVER, JobBehaviour, TaskBehaviour
from wedata_sandbox.fields import ApiError
from wedata_sandbox.service import V2021, V2025, WeData

PROJECT = "1470547050521227264"


def submit(wedata: WeData, *task_ids: str, remark: str = "test") -> int:
    tasks = [{"TaskId": task_id, "VersionRemark": remark} for task_id in task_ids]
    answer = wedata.call(SUBMIT, V2021, {"ProjectId": PROJECT, "Tasks": tasks})
    job_id: int = answer["Data"]["JobId"]
    return job_id


def listed(wedata: WeData, task_id: str, **more: object) -> list[str]:
    params = {"ProjectId": PROJECT, "TaskId": task_id, "TaskVersionType": "SUBMIT", **more}
    return [item["VersionNum"] for item in wedata.call(LIST, V2025, params)["Data"]["Items"]]


def detail(wedata: WeData, job_id: int) -> dict[str, object]:
    return wedata.call("ListBatchDetail", V2021, {"JobId": job_id, "ProjectId": PROJECT})


def error_of(wedata: WeData, action: str, version: str, params: dict[str, object]) -> str:
    with pytest.raises(ApiError) as caught:
        wedata.call(action, version, params)
    return caught.value.code


def test_job_ids_count_up_from_the_first_one() -> None:
    wedata = WeData(first_job_id=2528)
    assert [submit(wedata, "1"), submit(wedata, "2")] == [2528, 2529]


def test_by_default_a_submitted_task_is_live_at_the_first_look() -> None:
    wedata = WeData(now=Clock())
    submit(wedata, "20250723102549746", remark="11")
    params = {"ProjectId": PROJECT, "TaskId": "20250723102549746", "TaskVersionType": "SUBMIT"}
    assert wedata.call(LIST, V2025, params)["Data"] == {
        "Items": [
            {
                "ApproveStatus": "无需审批",
                "ApproveUserUin": None,
                "CreateTime": "2025-08-27 14:48:32",
                "CreateUserUin": "100028579606",
                "Status": "Y",
                "VersionId": "20250723102549746_20250827144832000",
                "VersionNum": "V1",
                "VersionRemark": "11",
            }
        ],
        "PageCount": 1,
        "PageNumber": 1,
        "PageSize": 10,
        "TotalCount": 1,
        "TotalPageNumber": 1,
    }


def test_two_versions_of_one_instant_have_two_version_ids() -> None:
    wedata = WeData(now=Clock())
    submit(wedata, "1")
    submit(wedata, "1")
    first, second = wedata.versions(PROJECT, "1")
    assert first.version_id < second.version_id


def test_versions_are_listed_newest_first_in_pages_that_join_up() -> None:
    wedata = WeData()
    for _ in range(23):
        submit(wedata, "1")
    pages = [listed(wedata, "1", PageNumber=number, PageSize=10) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [10, 10, 3, 0]
    assert [number for page in pages for number in page] == [f"V{number}" for number in range(23, 0, -1)]


@pytest.mark.parametrize("paging", [{"PageSize": 9}, {"PageSize": 201}, {"PageNumber": 0}])
def test_a_page_out_of_range_is_refused(paging: dict[str, int]) -> None:
    params: dict[str, object] = {"ProjectId": PROJECT, "TaskId": "1", **paging}
    assert error_of(WeData(), LIST, V2025, params) == "InvalidParameterValue"


def test_without_a_type_the_saved_draft_is_listed_and_no_submission() -> None:
    wedata = WeData()
    submit(wedata, "1", remark="submitted")
    (item,) = wedata.call(LIST, V2025, {"ProjectId": PROJECT, "TaskId": "1"})["Data"]["Items"]
    assert (item["VersionRemark"], item["Status"], item["ApproveStatus"]) == ("", None, None)


def test_the_used_version_is_the_newest_that_needs_no_approval_any_more() -> None:
    wedata = WeData(site="domestic")
    submit(wedata, "1")
    wedata.add_by_hand(PROJECT, "1", "by hand", "审批中", "N")
    assert listed(wedata, "1", UsedVersion=True) == ["V1"]
    assert listed(wedata, "1", UsedVersion=False) == ["V2"]


def test_a_job_is_created_then_runs_then_ends() -> None:
    clock = Clock()
    wedata = WeData(site="domestic", now=clock)
    wedata.set_jobs(JobBehaviour(seconds=10))
    job_id = submit(wedata, "1")
    seen = []
    for _ in range(5):
        seen.append((detail(wedata, job_id)["JobStatus"], listed(wedata, "1")))
        clock.seconds += 2.5
    assert seen == [("INIT", []), ("RUNNING", []), ("RUNNING", []), ("RUNNING", []), ("SUCCESS", ["V1"])]


def test_a_queued_behaviour_is_that_of_the_next_job_alone() -> None:
    wedata = WeData(site="domestic")
    wedata.queue_job(JobBehaviour(refusal="拒绝"))
    assert [detail(wedata, submit(wedata, "1"))["JobStatus"] for _ in range(2)] == ["FAIL", "SUCCESS"]
    assert listed(wedata, "1") == ["V1"]


def test_a_refused_task_has_an_error_log_and_no_version() -> None:
    wedata = WeData(site="domestic")
    wedata.set_task("2", TaskBehaviour(refusal="任务未配置数据源"))
    job_id = submit(wedata, "1", "2")
    answer = detail(wedata, job_id)
    assert answer["JobStatus"] == "PART_SUCCESS"
    assert [resource["ResourceId"] for resource in answer["FailResource"]] == ["2"]  # type: ignore[attr-defined]  # JSON
    log = {"JobId": job_id, "ProjectId": PROJECT, "ResourceId": "2"}
    assert wedata.call("GetBatchDetailErrorLog", V2021, log) == {"Data": "任务未配置数据源"}
    assert wedata.call("GetBatchDetailErrorLog", V2021, {**log, "ResourceId": "1"}) == {"Data": None}
    assert listed(wedata, "2") == []


@pytest.mark.parametrize("behaviour", [TaskBehaviour(version_delay=60), TaskBehaviour(version_delay=NEVER)])
def test_a_version_can_appear_late_or_never(behaviour: TaskBehaviour) -> None:
    clock = Clock()
    wedata = WeData(now=clock)
    wedata.set_default_task(behaviour)
    submit(wedata, "1")
    clock.seconds += 59
    assert listed(wedata, "1") == []
    clock.seconds += 1
    assert listed(wedata, "1") == ([] if behaviour.version_delay == NEVER else ["V1"])


def test_a_version_that_awaits_approval_can_be_hidden_until_the_decision() -> None:
    wedata = WeData(site="domestic")
    wedata.set_task("1", TaskBehaviour(approve_status="审批中", status="N", listed_while_pending=False))
    job_id = submit(wedata, "1")
    assert detail(wedata, job_id)["NeedApprove"] is True
    assert listed(wedata, "1") == []
    wedata.set_approval(PROJECT, "1", "已通过")
    assert listed(wedata, "1") == ["V1"]
    assert wedata.versions(PROJECT, "1")[0].status == "Y"


def test_a_decision_needs_a_version() -> None:
    with pytest.raises(LookupError, match="no submitted version"):
        WeData().set_approval(PROJECT, "1", "已驳回")


def test_a_site_can_cut_remarks() -> None:
    wedata = WeData(remark_limit=5)
    submit(wedata, "1", remark="备注备注备注")
    assert wedata.versions(PROJECT, "1")[0].remark == "备注备注备"


def test_numbers_of_versions_follow_their_appearance() -> None:
    clock = Clock()
    wedata = WeData(now=clock)
    wedata.queue_job(JobBehaviour(seconds=30))
    submit(wedata, "1", remark="slow")
    wedata.add_by_hand(PROJECT, "1", "by hand")
    clock.seconds += 30
    remarks = [(version.version_num, version.remark) for version in wedata.versions(PROJECT, "1")]
    assert remarks == [("V1", "by hand"), ("V2", "slow")]


def test_get_task_version_takes_the_latest_or_the_one_that_is_named() -> None:
    wedata = WeData()
    submit(wedata, "1", remark="first")
    submit(wedata, "1", remark="second")
    key: dict[str, object] = {"ProjectId": PROJECT, "TaskId": "1"}
    first = wedata.versions(PROJECT, "1")[0]
    assert wedata.call("GetTaskVersion", V2025, key)["Data"]["VersionRemark"] == "second"
    named = {**key, "VersionId": first.version_id}
    assert wedata.call("GetTaskVersion", V2025, named)["Data"]["VersionRemark"] == "first"
    assert error_of(wedata, "GetTaskVersion", V2025, {**key, "VersionId": "1_0"}) == "ResourceNotFound"
    assert wedata.call("GetTaskVersion", V2025, {**key, "TaskId": "2"}) == {"Data": None}


def test_a_closed_list_of_tasks_refuses_any_other_and_executes_nothing() -> None:
    wedata = WeData(tasks={PROJECT: {"1"}})
    assert submit(wedata, "1") == 1
    for project, task in ((PROJECT, "2"), ("0", "1")):
        params: dict[str, object] = {"ProjectId": project, "Tasks": [{"TaskId": "1"}, {"TaskId": task}]}
        assert error_of(wedata, SUBMIT, V2021, params) == "ResourceNotFound"
    assert [(seen.executed, seen.job_id, seen.error) for seen in wedata.submissions] == [
        (True, 1, ""),
        (False, None, "ResourceNotFound"),
        (False, None, "ResourceNotFound"),
    ]
    assert len(wedata.versions(PROJECT, "1")) == 1


@pytest.mark.parametrize("code", ["InvalidParameter.MaxLimitExceeded", "RequestSizeLimitExceeded"])
def test_a_batch_over_the_limit_is_refused_with_the_chosen_code(code: str) -> None:
    wedata = WeData(max_batch=2, max_batch_code=code)
    tasks = [{"TaskId": str(number)} for number in range(3)]
    assert error_of(wedata, SUBMIT, V2021, {"ProjectId": PROJECT, "Tasks": tasks}) == code
    assert submit(wedata, "1", "2") == 1


def test_a_job_is_found_in_its_own_project_only() -> None:
    wedata = WeData(site="domestic")
    job_id = submit(wedata, "1")
    for wrong in ({"JobId": job_id + 1, "ProjectId": PROJECT}, {"JobId": job_id, "ProjectId": "0"}):
        assert error_of(wedata, "ListBatchDetail", V2021, wrong) == "ResourceNotFound"


def test_the_international_site_has_no_job_actions() -> None:
    params: dict[str, object] = {"JobId": 1, "ProjectId": PROJECT}
    assert error_of(WeData(), "ListBatchDetail", V2021, params) == "InvalidAction"
    assert error_of(WeData(), LIST, V2021, params) == "InvalidAction"


def test_a_submission_keeps_its_body_whatever_the_caller_does_to_it() -> None:
    wedata = WeData(now=Clock(5.0))
    body = {"ProjectId": PROJECT, "Tasks": [{"TaskId": "1"}]}
    wedata.call(SUBMIT, V2021, body)
    body.clear()
    (seen,) = wedata.submissions
    assert (seen.body["Tasks"], seen.time, seen.job_id) == ([{"TaskId": "1"}], 5.0, 1)


def test_an_unknown_site_is_refused() -> None:
    with pytest.raises(ValueError, match="intl or domestic"):
        WeData(site="moon")


@pytest.mark.parametrize(
    ("text", "approver"),
    [(None, None), ("无需审批", None), ("审批中", None), ("已通过", "100030412275"), ("已驳回", "100030412275")],
)
def test_who_approved_is_known_once_somebody_decided(text: str | None, approver: str | None) -> None:
    wedata = WeData()
    wedata.set_default_task(TaskBehaviour(approve_status=text))
    submit(wedata, "1")
    params = {"ProjectId": PROJECT, "TaskId": "1", "TaskVersionType": "SUBMIT"}
    (item,) = wedata.call(LIST, V2025, params)["Data"]["Items"]
    assert (item["ApproveStatus"], item["ApproveUserUin"]) == (text, approver)


def test_an_approval_that_was_decided_earlier_is_not_given_later() -> None:
    clock = Clock()
    wedata = WeData(now=clock)
    wedata.set_task("1", TaskBehaviour(approve_status="审批中", status="N", approved_after=30))
    submit(wedata, "1")
    wedata.set_approval(PROJECT, "1", "已驳回")
    clock.seconds += 30
    assert wedata.versions(PROJECT, "1")[0].approve_status == "已驳回"
