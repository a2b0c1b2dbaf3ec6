"""What the typed calls make of answers, whole and broken."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.batches import make_batch
from wedata_action.outcome.by_job import judge_job
from wedata_action.result import State
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import error_log, list_batch_detail, submit

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
    assert (detail.job_id, detail.job_type) == (118786, "BATCH_CREATE_VERSION")
    assert (detail.status, detail.succeeded, detail.failed, detail.total) == ("FAIL", (), ("20250415191408327",), 1)
    assert detail.names == {"20250415191408327": "load"}


def test_an_element_without_an_id_is_counted_and_fits_no_task() -> None:
    for broken in (None, {}, {"ResourceId": None}, "20250415191408327", 1):
        detail = list_batch_detail(Answers(DOCUMENTED | {"FailResource": [broken]}), "p1", 1)
        assert detail.failed == ("",)
    others: list[Any] = [None, {}, "x", 0]
    for value in others:
        assert list_batch_detail(Answers(DOCUMENTED | {"FailResource": value}), "p1", 1).failed == ()


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENTED)), JSON))
def test_no_answer_about_a_job_breaks_the_reader_nor_proves_a_task_live(answer: dict[str, Any]) -> None:
    ends = judge_job(list_batch_detail(Answers(answer), "p1", 1), 1, ["a", "b"])
    assert all(end.state is not State.LIVE for end in (ends or {}).values())


@given(JSON)
def test_an_error_log_is_a_text_or_nothing(data: Any) -> None:
    found = error_log(Answers({"Data": data}), "p1", "a", 1)
    assert found == (data.strip() if isinstance(data, str) else "")


def test_an_error_log_is_asked_for_by_job_and_task_and_a_long_one_is_cut() -> None:
    answers = Answers({"Data": "错" * 20_000})
    assert error_log(answers, "p1", "a", 7) == "错" * 10_000 + "…"
    assert answers.asked == [
        ("GetBatchDetailErrorLog", "2021-08-20", {"JobId": 7, "ResourceId": "a", "ProjectId": "p1"})
    ]
