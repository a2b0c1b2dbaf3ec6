"""The list of a task's versions: all of its pages, fields that are null or odd, and which version is the newest."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tencent.test_wedata import JSON, Answers
from wedata_action.outcome.versions import judge_version
from wedata_action.result import State
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version, list_task_versions, newest

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


def page(*numbers: int, total: object = None) -> dict[str, Any]:
    items = [ITEM | {"VersionNum": f"V{number}", "VersionId": f"a_{number}"} for number in numbers]
    return {"Data": {"Items": items, "TotalCount": total}, "RequestId": "r-8"}


def version(number: object, day: int | None = None) -> Version:
    created = None if day is None else f"2026-01-{day:02} 00:00:00"
    answer = {"Data": {"Items": [ITEM | {"VersionNum": number, "CreateTime": created}], "TotalCount": 1}}
    return list_task_versions(Answers(answer), "p1", "a")[0]


# The list


def test_submitted_versions_are_asked_for_and_the_documented_one_is_read() -> None:
    call = Answers({"Data": {"Items": [ITEM], "TotalCount": 1, "TotalPageNumber": 1}})
    (found,) = list_task_versions(call, "p1", "a")
    assert (found.number, found.remark, found.status) == ("V41", "11", "Y")
    assert judge_version(found).state is State.LIVE
    asked = {"ProjectId": "p1", "TaskId": "a", "TaskVersionType": "SUBMIT", "PageNumber": 1, "PageSize": 200}
    assert call.asked == [("ListTaskVersions", "2025-08-06", asked)]


def test_all_pages_are_read() -> None:
    for first, pages in (
        (page(1), 1),
        (page(1, total="2"), 1),
        (page(1, total=1), 1),
        (page(1, total=2), 2),
        (page(*range(200)), 2),
        (page(*range(200), total=200), 1),
        (page(*range(200), total=201), 2),
    ):
        call = Answers(first, page(1000, total=2))
        list_task_versions(call, "p1", "a")
        assert len(call.asked) == pages
        assert [payload["PageNumber"] for _, _, payload in call.asked] == list(range(1, pages + 1))


@pytest.mark.parametrize("total", [10**9, None])
def test_a_list_without_an_end_is_given_up_after_fifty_pages_and_not_taken_for_the_whole(total: int | None) -> None:
    endless = Answers(page(*range(200), total=total))
    with pytest.raises(ApiError, match="listed 10000 versions and has more"):
        list_task_versions(endless, "p1", "a")
    assert len(endless.asked) == 50


@pytest.mark.parametrize("items", [None, []])
def test_a_task_without_versions_may_have_a_null_list(items: Any) -> None:
    assert list_task_versions(Answers({"Data": {"Items": items, "TotalCount": 0}}), "p1", "a") == []


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"Items": None},
        {"Items": None, "TotalCount": 2},
        {"Items": [], "TotalCount": 2},
        {"Items": {}, "TotalCount": 0},
        {"Items": None, "TotalCount": False},
    ],
)
def test_a_list_that_is_missing_is_open_and_never_an_empty_one(data: Any) -> None:
    with pytest.raises(ApiError) as raised:
        list_task_versions(Answers({"Data": data, "RequestId": "r-8"}), "p1", "a")
    assert (raised.value.verdict, raised.value.request_id) == (Verdict.OPEN, "r-8")


def test_a_list_that_ends_early_says_how_many_are_missing() -> None:
    with pytest.raises(ApiError, match="listed 1 of 3 versions"):
        list_task_versions(Answers(page(1, total=3), page(total=3)), "p1", "a")


@given(JSON)
def test_no_answer_breaks_the_reader(data: Any) -> None:
    with contextlib.suppress(ApiError):
        list_task_versions(Answers({"Data": data, "RequestId": "r-8"}), "p1", "a")


@given(st.lists(st.dictionaries(st.sampled_from(sorted(ITEM)), JSON) | JSON, max_size=3))
def test_no_item_breaks_the_reader_and_none_is_left_out(items: list[Any]) -> None:
    found = list_task_versions(Answers({"Data": {"Items": items, "TotalCount": len(items)}}), "p1", "a")
    assert len(found) == len(items)
    newest(found)
    for one in found:
        judge_version(one)


# The newest


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (version("V10"), version("V9")),
        (version("V10", 1), version("V9", 2)),
        (version(2), version("V1")),
        (version("v2"), version("V1")),
        (version(None, 2), version("V9", 1)),
        (version("", 2), version("V9", 1)),
        (version("draft", 2), version(None, 1)),
    ],
)
def test_a_number_decides_and_without_one_the_time(newer: Version, older: Version) -> None:
    assert newest([newer, older]) == newest([older, newer]) == newer
    assert newer.is_newer_than(older)
    assert not older.is_newer_than(newer)


@pytest.mark.parametrize(
    "versions",
    [
        [version(None), version("V9", 1)],
        [version(None, 1), version("V9", 1)],
        [version(None, 1), version(None, 1)._replace(id="other")],
        [version(None, 1)._replace(created="yesterday"), version("V9", 1)],
        [version("V2", 1), version(None, 2), version("V1", 3)],  # each is newer than the one before it
    ],
)
def test_where_neither_tells_there_is_no_newest(versions: list[Version]) -> None:
    assert {newest(order) for order in itertools.permutations(versions)} == {None}


def test_of_no_versions_none_is_the_newest_and_a_version_that_is_listed_twice_is_one() -> None:
    assert newest([]) is None
    assert newest([version("V1"), version("V2"), version("V2")]) == version("V2")


NUMBERS = st.sampled_from([None, "V1", "V2", "V3", "V4"])


@given(st.lists(st.tuples(NUMBERS, st.integers(1, 5) | st.none()), min_size=1, max_size=6), st.randoms())
def test_the_newest_is_newer_than_each_of_the_others_in_whatever_order_they_come(
    kinds: list[tuple[str | None, int | None]], chance: Any
) -> None:
    versions = [version(number, day) for number, day in kinds]
    found = newest(versions)
    expected = [one for one in versions if all(other == one or one.is_newer_than(other) for other in versions)]
    assert found == (expected[0] if expected else None)
    chance.shuffle(versions)
    assert newest(versions) == found
