"""What the typed calls make of answers, whole and broken."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.batches import make_batch
from wedata_action.outcome.jobs import judge_job
from wedata_action.outcome.versions import judge_version
from wedata_action.result import State
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import error_log, list_batch_detail, list_task_versions, submit

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
# The answer of the documentation (page 1267/118491).
DOCUMENTED = {
    "FailResource": [
        {"ExtraInfo": None, "ProcessId": 190394, "ResourceId": "20250415191408327", "ResourceName": "load"}
    ],
    "JobId": 118786,
    "JobStatus": "FAIL",
    "JobType": "BATCH_CREATE_VERSION",
    "NeedApprove": False,
    "RunType": "ASYNC",
    "SuccessResource": [],
    "TotalResource": 1,
    "RequestId": "r",
}
# An item of the documentation (page 1174/73869).
ITEM = {
    "ApproveStatus": "u65e0u9700u5ba1u6279",
    "ApproveUserUin": None,
    "CreateTime": "2025-08-27 14:48:32",
    "CreateUserUin": "100028579606",
    "Status": "Y",
    "VersionId": "20250723102549746_20250827144832136",
    "VersionNum": "V41",
    "VersionRemark": "11",
}


class Answers:
    """Gives one answer after another, the last for ever, and keeps what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []

    def __call__(self, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((action, version, payload))
        answer: dict[str, Any] = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer


def test_a_job_id_is_a_whole_number_and_anything_else_leaves_it_open() -> None:
    batch = make_batch("1", "a")
    assert submit(Answers({"Data": {"JobId": 2528}, "RequestId": "r"}), batch) == (2528, "r")
    others: list[Any] = [
        None,
        {},
        {"JobId": None},
        {"JobId": True},
        {"JobId": "2528"},
        {"JobId": 1.5},
        [],
        "2528",
        2528,
    ]
    for data in others:
        with pytest.raises(ApiError) as raised:
            submit(Answers({"Data": data, "RequestId": "r-7"}), batch)
        assert (raised.value.verdict, raised.value.request_id) == (Verdict.OPEN, "r-7")


def test_the_documented_answer_about_a_job_is_read() -> None:
    answers = Answers(DOCUMENTED)
    detail = list_batch_detail(answers, "p1", 118786)
    assert answers.asked == [("ListBatchDetail", "2021-08-20", {"JobId": 118786, "ProjectId": "p1"})]
    assert (detail.status, detail.succeeded, detail.failed, detail.total) == ("FAIL", (), ("20250415191408327",), 1)
    assert detail.names == {"20250415191408327": "load"}


def test_an_element_without_an_id_is_counted_and_fits_no_task() -> None:
    for broken in (None, {}, {"ResourceId": None}, "20250415191408327", 1):
        detail = list_batch_detail(Answers(DOCUMENTED | {"FailResource": [broken]}), "p1", 1)
        assert detail.failed == ("",)
    others: list[Any] = [None, {}, "x", 0]
    for value in others:
        assert list_batch_detail(Answers(DOCUMENTED | {"FailResource": value}), "p1", 1).failed is None


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENTED)), JSON))
def test_no_answer_about_a_job_breaks_the_reader_nor_proves_a_task_live(answer: dict[str, Any]) -> None:
    ends = judge_job(list_batch_detail(Answers(answer), "p1", 1), ["a", "b"])
    assert all(end.state is not State.LIVE for end in (ends or {}).values())


@given(JSON)
def test_an_error_log_is_a_text_or_nothing(data: Any) -> None:
    found = error_log(Answers({"Data": data}), "p1", 1, "a")
    assert found == (data.strip() if isinstance(data, str) else "")


def test_an_error_log_is_asked_for_by_job_and_task_and_a_long_one_is_cut() -> None:
    answers = Answers({"Data": "错" * 20_000})
    assert error_log(answers, "p1", 7, "a") == "错" * 10_000 + "…"
    assert answers.asked == [
        ("GetBatchDetailErrorLog", "2021-08-20", {"JobId": 7, "ResourceId": "a", "ProjectId": "p1"})
    ]


def page(*numbers: int, total: object = 1) -> dict[str, Any]:
    items = [ITEM | {"VersionNum": f"V{number}", "VersionId": f"a_{number}"} for number in numbers]
    return {"Data": {"Items": items, "TotalPageNumber": total}}


def test_submitted_versions_are_asked_for_and_the_documented_one_is_read() -> None:
    answers = Answers({"Data": {"Items": [ITEM], "TotalPageNumber": 1}})
    (version,) = list_task_versions(answers, "p1", "a")
    assert (version.number, version.remark, version.status) == ("V41", "11", "Y")
    assert judge_version(version).state is State.LIVE
    asked = {"ProjectId": "p1", "TaskId": "a", "TaskVersionType": "SUBMIT", "PageNumber": 1, "PageSize": 200}
    assert answers.asked == [("ListTaskVersions", "2025-08-06", asked)]


def test_the_newest_version_comes_first_by_number_not_by_text_or_page() -> None:
    answers = Answers(page(9, 2, total=2), page(10, 1, total=2))
    assert [version.number for version in list_task_versions(answers, "p1", "a")] == ["V10", "V9", "V2", "V1"]
    assert [payload["PageNumber"] for _, _, payload in answers.asked] == [1, 2]


def test_all_pages_are_read_and_no_more_than_fifty() -> None:
    for first, pages in (
        (page(1, total=None), 1),
        (page(1, total="2"), 1),
        (page(total=9), 1),
        (page(1, total=0), 1),
        (page(*range(200), total=None), 2),
        (page(*range(200), total=2), 2),
    ):
        answers = Answers(first, page(1000, total=2))
        list_task_versions(answers, "p1", "a")
        assert len(answers.asked) == pages
    endless = Answers(page(*range(200), total=10**9))
    list_task_versions(endless, "p1", "a")
    assert len(endless.asked) == 50


@given(JSON)
def test_an_answer_without_a_list_of_versions_is_open_and_never_an_empty_list(data: Any) -> None:
    call = Answers({"Data": data, "RequestId": "r-8"})
    if isinstance(data, dict) and isinstance(data.get("Items"), list):
        list_task_versions(call, "p1", "a")
        return
    with pytest.raises(ApiError) as raised:
        list_task_versions(call, "p1", "a")
    assert (raised.value.verdict, raised.value.request_id) == (Verdict.OPEN, "r-8")


@given(st.lists(st.dictionaries(st.sampled_from(sorted(ITEM)), JSON) | JSON, max_size=3))
def test_no_item_breaks_the_reader(items: list[Any]) -> None:
    versions = list_task_versions(Answers({"Data": {"Items": items, "TotalPageNumber": 1}}), "p1", "a")
    assert len(versions) == sum(isinstance(item, dict) for item in items)
    for version in versions:
        judge_version(version)
