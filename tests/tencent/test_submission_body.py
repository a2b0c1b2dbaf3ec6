"""The body of a submission against the official SDK's model of it."""

import json
import warnings
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.wedata.v20210820.models import BatchCreateTaskVersionAsyncRequest

from tests.support.hostile import texts
from wedata_action.errors import Location
from wedata_action.result import Batch, TaskOutcome
from wedata_action.task import Options, Task
from wedata_action.tencent.wedata import submission_body

tasks = st.builds(
    Task, task_id=texts, location=st.just(Location("wedata/a.yml")), name=texts, folder_id=st.none() | texts
)
planned = st.builds(TaskOutcome, task=tasks, remark=texts)
booleans, words = st.none() | st.booleans(), st.none() | texts
batches = st.builds(
    Batch,
    number=st.just("1"),
    project_id=texts,
    options=st.builds(Options, booleans, booleans, words, words),
    outcomes=st.lists(planned, min_size=1, max_size=3).map(tuple),
)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(batches)
def test_the_official_model_reads_every_body_and_writes_the_same(batch: Batch) -> None:
    body = submission_body(batch)
    request = BatchCreateTaskVersionAsyncRequest()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the model warns of fields that it does not know
        request._deserialize(body)
    assert without_nulls(json.loads(request.to_json_string())) == body


def test_what_is_unset_is_left_out() -> None:
    task = TaskOutcome(Task("0042", Location("wedata/a.yml")), "remark")
    assert submission_body(Batch("1", "p1", Options(), (task,))) == {
        "Tasks": [{"TaskId": "0042", "VersionRemark": "remark"}],
        "ProjectId": "p1",
    }


def test_false_and_empty_texts_are_sent() -> None:
    task = TaskOutcome(Task("0042", Location("wedata/a.yml"), folder_id=""), "")
    assert submission_body(Batch("1", "p1", Options(False, False, "", ""), (task,))) == {
        "Tasks": [{"TaskId": "0042", "VersionRemark": "", "FolderId": ""}],
        "ProjectId": "p1",
        "AutoRun": False,
        "NeedCheckParentSubmitted": False,
        "AlarmWays": "",
        "AlarmRecipientTypes": "",
    }
