import pytest

from wedata_sandbox.behaviour import (
    APPROVALS_PASSED,
    APPROVALS_PENDING,
    APPROVALS_REFUSED,
    NEVER,
    JobBehaviour,
    TaskBehaviour,
    needs_approval,
    outcome_of,
)
from wedata_sandbox.jobs import Job

FINE = TaskBehaviour()
REFUSED = TaskBehaviour(refusal="失败")
ALARMED = TaskBehaviour(alarm=True)


def job(*tasks: TaskBehaviour, behaviour: JobBehaviour | None = None) -> Job:
    ids = tuple(str(number) for number in range(len(tasks)))
    return Job(7, "1", ids, tasks, behaviour or JobBehaviour(), created=100.0)


@pytest.mark.parametrize(
    ("tasks", "status"),
    [
        ((FINE, FINE), "SUCCESS"),
        ((FINE, ALARMED), "SUCCESS_WITH_ALARM"),
        ((FINE, REFUSED), "PART_SUCCESS"),
        ((ALARMED, REFUSED), "PART_SUCCESS_WITH_ALARM"),
        ((REFUSED, REFUSED), "FAIL"),
    ],
)
def test_the_end_of_a_job_follows_from_its_tasks(tasks: tuple[TaskBehaviour, ...], status: str) -> None:
    assert outcome_of(tasks) == status
    assert job(*tasks).status(100.0) == status


def test_any_approval_but_none_makes_a_job_need_one() -> None:
    for text in (*APPROVALS_PENDING, *APPROVALS_PASSED, *APPROVALS_REFUSED):
        assert needs_approval((FINE, TaskBehaviour(approve_status=text)))
    assert not needs_approval((FINE, TaskBehaviour(approve_status=None)))
    assert not needs_approval((TaskBehaviour(approve_status="审批中", refusal="失败"),))


def test_a_job_that_never_ends_is_soon_running() -> None:
    endless = job(FINE, behaviour=JobBehaviour(seconds=NEVER))
    assert [endless.status(at) for at in (100.0, 100.9, 101.0, 1e12)] == ["INIT", "INIT", "RUNNING", "RUNNING"]


def test_every_field_of_a_job_can_contradict_its_tasks() -> None:
    odd = JobBehaviour(status=None, need_approve=None, total=None, null_lists=True)
    answer = job(FINE, behaviour=odd).detail(100.0)
    nulls = [name for name, value in answer.items() if value is None]
    assert nulls == ["FailResource", "JobStatus", "NeedApprove", "SuccessResource", "TotalResource"]
    assert job(FINE, behaviour=JobBehaviour(status="UNKNOWN", total=5)).detail(100.0)["TotalResource"] == 5


def test_a_task_can_be_in_neither_list() -> None:
    answer = job(FINE, TaskBehaviour(reported=False), REFUSED).detail(100.0)
    named = [[resource["ResourceId"] for resource in answer[key]] for key in ("SuccessResource", "FailResource")]
    assert named == [["0"], ["2"]]
    assert answer["TotalResource"] == 3


def test_nothing_is_told_of_the_tasks_before_the_end() -> None:
    running = job(FINE, REFUSED, behaviour=JobBehaviour(seconds=10))
    assert running.detail(105.0)["SuccessResource"] == []
    assert running.detail(105.0)["FailResource"] == []
    assert running.error_log("1", 105.0) is None
    assert running.error_log("1", 110.0) == "失败"
