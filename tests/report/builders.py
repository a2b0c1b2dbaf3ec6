"""Results for the tests of their writers: one made of hostile texts, and short ways to write a sensible one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.hostile import short_texts as texts
from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.result import BatchResult, Result, State, TaskResult, Untouched

locations = st.builds(Location, texts, st.integers(1, 9999), st.integers(1, 99))
diagnostics = st.lists(st.builds(Diagnostic, texts, st.none() | locations), max_size=2).map(tuple)
job_ids = st.none() | st.integers(1, 2**53)
tasks = st.builds(
    TaskResult,
    project_id=texts,
    task_id=texts,
    name=texts,
    location=locations,
    change=st.sampled_from(["added", "changed"]),
    fingerprint=st.just("f" * 64),
    remark=texts,
    batch=texts,
    state=st.sampled_from(State),
    job_id=job_ids,
    request_id=texts,
    version=texts,
    message=texts,
    warning=texts,
)
batches = st.builds(BatchResult, texts, texts, st.lists(tasks, max_size=3).map(tuple), texts, job_ids, texts, texts)
untouched = st.builds(Untouched, texts, texts, texts, locations, texts)
results = st.builds(
    Result,
    mode=st.just("submit"),
    result=st.sampled_from(["success", "failure"]),
    failure_reason=st.none() | st.sampled_from(Reason),
    message=texts,
    diagnostics=diagnostics,
    warnings=diagnostics,
    batches=st.lists(batches, max_size=2).map(tuple),
    skipped=st.lists(untouched, max_size=1).map(tuple),
    removed=st.lists(untouched, max_size=1).map(tuple),
    base=texts,
    base_source=texts,
    base_explanation=texts,
    head=texts,
    report_file=texts,
    exit_code=st.sampled_from([0, 1, 2, 99]),
)


def task(task_id: str = "1001", state: State = State.LIVE, **fields: Any) -> TaskResult:
    known: dict[str, Any] = {
        "project_id": "p1",
        "task_id": task_id,
        "name": "load orders",
        "location": Location("wedata/orders.yml", 3, 5),
        "change": "changed",
        "fingerprint": "f" * 64,
        "remark": "x",
        "batch": "1",
        "state": state,
    }
    return TaskResult(**known | fields)


def batch(*tasks: TaskResult, number: str = "1", **fields: Any) -> BatchResult:
    known: dict[str, Any] = {"number": number, "project_id": "p1", "tasks": tasks, "status": "accepted"}
    return BatchResult(**known | fields)


def failure(*tasks: TaskResult, **fields: Any) -> Result:
    known: dict[str, Any] = {
        "mode": "submit",
        "result": "failure",
        "failure_reason": Reason.REJECTED,
        "batches": (batch(*tasks),) if tasks else (),
        "exit_code": 1,
    }
    return Result(**known | fields)
