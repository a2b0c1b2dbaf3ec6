"""Results for the tests of their writers: one made of hostile texts, and short ways to write a sensible one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.hostile import short_texts as texts
from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.result import Batch, BatchStatus, Result, ResultWord, State, TaskOutcome
from wedata_action.task import Change, Options, Task

locations = st.builds(Location, texts, st.integers(1, 9999), st.integers(1, 99))
diagnostics = st.lists(st.builds(Diagnostic, texts, st.none() | locations), max_size=2).map(tuple)
job_ids = st.none() | st.integers(1, 2**53)
tasks = st.builds(
    Task,
    task_id=texts,
    location=locations,
    name=texts,
    project_id=texts,
    fingerprint=st.just("f" * 64),
    change=st.sampled_from(Change),
    why=texts,
)
outcomes = st.builds(
    TaskOutcome,
    task=tasks,
    remark=texts,
    batch=texts,
    state=st.sampled_from(State),
    failure_reason=st.none() | st.sampled_from(Reason),
    job_id=job_ids,
    request_id=texts,
    version=texts,
    message=texts,
    warning=texts,
)
batches = st.builds(
    Batch,
    number=texts,
    project_id=texts,
    options=st.just(Options()),
    outcomes=st.lists(outcomes, max_size=3).map(tuple),
    status=st.sampled_from(BatchStatus),
    job_id=job_ids,
    request_id=texts,
    code=texts,
    message=texts,
)
results = st.builds(
    Result,
    mode=st.just("submit"),
    result=st.sampled_from([ResultWord.SUCCESS, ResultWord.FAILURE]),
    failure_reason=st.none() | st.sampled_from(Reason),
    message=texts,
    diagnostics=diagnostics,
    warnings=diagnostics,
    settled=st.lists(outcomes, max_size=1).map(tuple),
    batches=st.lists(batches, max_size=2).map(tuple),
    skipped=st.lists(tasks, max_size=1).map(tuple),
    removed=st.lists(tasks, max_size=1).map(tuple),
    base=texts,
    base_source=texts,
    base_explanation=texts,
    head=texts,
    report_file=texts,
    exit_code=st.sampled_from([0, 1, 2, 99]),
)


def make_task(task_id: str = "1001", **fields: Any) -> Task:
    known: dict[str, Any] = {
        "project_id": "p1",
        "name": "load orders",
        "location": Location("wedata/orders.yml", 3, 5),
        "change": Change.CHANGED,
        "fingerprint": "f" * 64,
    }
    return Task(task_id=task_id, **known | fields)


def task(task_id: str = "1001", state: State = State.LIVE, **fields: Any) -> TaskOutcome:
    """A task with its outcome; `fields` are those of either."""
    own = {name: fields.pop(name) for name in Task._fields if name in fields}
    known: dict[str, Any] = {"remark": "x", "batch": "1", "state": state}
    return TaskOutcome(make_task(task_id, **own), **known | fields)


def batch(*outcomes: TaskOutcome, number: str = "1", status: str = "accepted", **fields: Any) -> Batch:
    return Batch(number, "p1", Options(), outcomes, BatchStatus(status), **fields)


def failure(*outcomes: TaskOutcome, **fields: Any) -> Result:
    known: dict[str, Any] = {
        "mode": "submit",
        "result": ResultWord.FAILURE,
        "failure_reason": Reason.REJECTED,
        "batches": (batch(*outcomes),) if outcomes else (),
        "exit_code": 1,
    }
    return Result(**known | fields)
