"""Results for the tests of their writers: one made of hostile texts, and short ways to write a sensible one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.hostile import short_texts as texts
from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.result import Batch, BatchStatus, Drift, Result, ResultWord, State, TaskOutcome
from wedata_action.task import Change, Code, Options, Task

locations = st.builds(Location, texts, st.integers(1, 9999), st.integers(1, 99))
diagnostics = st.lists(st.builds(Diagnostic, texts, st.none() | locations), max_size=2).map(tuple)
job_ids = st.none() | st.integers(1, 2**53)
codes = st.builds(Code, texts, locations, texts, st.just("b" * 40), st.just("d" * 64))
tasks = st.builds(
    Task,
    task_id=texts,
    location=locations,
    name=texts,
    project_id=texts,
    code=st.none() | codes,
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
    difference=texts,
    drift=st.none() | st.sampled_from(Drift),
)
lists_of_outcomes = st.lists(outcomes, max_size=3).map(tuple)
batches = st.builds(
    Batch,
    texts,
    texts,
    st.just(Options()),
    lists_of_outcomes,
    st.sampled_from(BatchStatus),
    job_ids,
    texts,
    st.just("") | st.sampled_from(["AuthFailure", "ResourceNotFound.x"]),
    texts,
)
results = st.builds(
    Result,
    mode=st.sampled_from(["submit", "drift"]),
    result=st.sampled_from(ResultWord),
    failure_reason=st.none() | st.sampled_from(Reason),
    message=texts,
    diagnostics=diagnostics,
    warnings=diagnostics,
    settled=lists_of_outcomes,
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


def task(task_id: str = "1001", **fields: Any) -> Task:
    known: dict[str, Any] = {
        "location": Location("wedata/orders.yml", 3, 5),
        "name": "load orders",
        "project_id": "p1",
        "fingerprint": "f" * 64,
        "change": Change.CHANGED,
    }
    return Task(task_id, **known | fields)


def outcome(task_id: str = "1001", state: State = State.LIVE, **fields: Any) -> TaskOutcome:
    """Fields of the task and of its outcome."""
    own = {name: fields.pop(name) for name in list(fields) if name in Task._fields}
    return TaskOutcome(task(task_id, **own), **{"remark": "x", "batch": "1", "state": state} | fields)


def batch(*outcomes: TaskOutcome, number: str = "1", status: str = "accepted", **fields: Any) -> Batch:
    return Batch(
        number, outcomes=outcomes, status=BatchStatus(status), **{"project_id": "p1", "options": Options()} | fields
    )


def failure(*outcomes: TaskOutcome, **fields: Any) -> Result:
    known: dict[str, Any] = {
        "mode": "submit",
        "result": ResultWord.FAILURE,
        "failure_reason": Reason.REJECTED,
        "batches": (batch(*outcomes),) if outcomes else (),
        "exit_code": 1,
    }
    return Result(**known | fields)
