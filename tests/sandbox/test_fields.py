from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.client import ONE_TASK
from wedata_sandbox.fields import CREATE, CREATE_DOMESTIC, ApiError, check


def code_of(params: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as caught:
        check(params, CREATE)
    return caught.value.code


def test_every_documented_field_is_accepted() -> None:
    task = {"TaskId": "1", "VersionRemark": "", "FolderId": "f"}
    options = {"AutoRun": True, "AlarmWays": "true", "AlarmRecipientTypes": "all", "NeedCheckParentSubmitted": False}
    check({"Tasks": [task], "ProjectId": "1", **options}, CREATE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("EnableMakeUp", True),
        ("AssignApprovalList", ["100028579606"]),
        ("PerTaskMissingInstanceStrategy", [{"TaskId": "1", "MissingInstanceStrategy": "SKIP"}]),
    ],
)
def test_a_field_of_the_domestic_site_is_unknown_on_the_international_one(field: str, value: object) -> None:
    check({**ONE_TASK, field: value}, CREATE_DOMESTIC)
    assert code_of({**ONE_TASK, field: value}) == "UnknownParameter"


@pytest.mark.parametrize(
    "params",
    [
        {"ProjectId": "1"},
        {"Tasks": [{"TaskId": "1"}]},
        {"ProjectId": "1", "Tasks": [{"TaskId": "1"}, {"VersionRemark": "test"}]},
    ],
)
def test_a_missing_field_is_named(params: dict[str, Any]) -> None:
    assert code_of(params) == "MissingParameter"


@pytest.mark.parametrize("params", [{**ONE_TASK, "taskId": "1"}, {"ProjectId": "1", "Tasks": [{"TaskID": "1"}]}])
def test_a_field_that_nobody_defined_is_refused(params: dict[str, Any]) -> None:
    assert code_of(params) == "UnknownParameter"


@pytest.mark.parametrize(
    "changed",
    [
        {"ProjectId": 1470547050521227264},
        {"ProjectId": ""},
        {"ProjectId": None},
        {"Tasks": {"TaskId": "1"}},
        {"Tasks": []},
        {"Tasks": ["1"]},
        {"Tasks": [{"TaskId": 1}]},
        {"Tasks": [{"TaskId": "1", "VersionRemark": None}]},
        {"AutoRun": "true"},
        {"AutoRun": 1},
        {"AlarmWays": ["email"]},
    ],
)
def test_another_json_type_is_refused(changed: dict[str, Any]) -> None:
    assert code_of({**ONE_TASK, **changed}) == "InvalidParameter"


def test_a_word_outside_the_choices_is_refused() -> None:
    strategy = {"PerTaskMissingInstanceStrategy": [{"TaskId": "1", "MissingInstanceStrategy": "HOPE"}]}
    with pytest.raises(ApiError) as caught:
        check({**ONE_TASK, **strategy}, CREATE_DOMESTIC)
    assert caught.value.code == "InvalidParameterValue"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["TaskId", "VersionRemark", "x"]), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*CREATE, "x"]), json_values))
def test_any_object_is_accepted_or_refused_with_a_code(params: dict[str, Any]) -> None:
    code = ""
    try:
        check(params, CREATE)
    except ApiError as error:
        code = error.code
    if code:
        assert code in {"UnknownParameter", "MissingParameter", "InvalidParameter", "InvalidParameterValue"}
    else:
        assert all(type(task["TaskId"]) is str for task in params["Tasks"])
