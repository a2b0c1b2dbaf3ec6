"""From a submission to the code in production."""

import base64

import pytest

from tests.sandbox.client import Clock
from tests.sandbox.studio import PROJECT, SQL, ask, draft, in_production, numbers, submit, write
from wedata_sandbox.behaviour import NEVER, JobBehaviour, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.service import V2021, WeData


def test_the_code_is_base64_in_the_draft_and_plain_text_in_production(wedata: WeData) -> None:
    encoded = base64.b64encode(SQL.encode()).decode()
    assert ask(wedata, "GetTask")["TaskConfiguration"]["CodeContent"] == encoded
    assert ask(wedata, "GetTaskCode") == {"CodeInfo": encoded, "CodeFileSize": str(len(encoded))}
    submit(wedata, "1")
    assert ask(wedata, "GetOpsTaskCode") == {"CodeContent": SQL, "CodeFileSize": len(SQL)}


def test_what_is_written_is_the_draft_alone_until_it_is_submitted(wedata: WeData) -> None:
    submit(wedata, "1")
    assert write(wedata, "SELECT 2") == {"Status": True}
    assert (draft(wedata), in_production(wedata)) == ("SELECT 2", SQL)
    submit(wedata, "1")
    assert in_production(wedata) == "SELECT 2"


def test_a_submitted_version_keeps_the_draft_that_it_was_made_from(wedata: WeData) -> None:
    submit(wedata, "1")
    write(wedata, "SELECT 2")
    submit(wedata, "1")
    write(wedata, "SELECT 3")
    newest = ask(wedata, "GetTaskVersion")
    first = ask(wedata, "GetTaskVersion", VersionId=wedata.versions(PROJECT, "1")[0].version_id)
    codes = [base64.b64decode(one["Task"]["TaskConfiguration"]["CodeContent"]).decode() for one in (first, newest)]
    assert codes == [SQL, "SELECT 2"]


def test_a_job_submits_the_draft_as_it_is_when_the_job_ends(wedata: WeData, clock: Clock) -> None:
    wedata.set_jobs(JobBehaviour(seconds=10))
    submit(wedata, "1")
    clock.seconds += 5
    wedata.save(PROJECT, "1", "typed in the meantime")
    clock.seconds += 5
    wedata.save(PROJECT, "1", "typed later")
    assert in_production(wedata) == "typed in the meantime"


@pytest.mark.parametrize("delay", [30, NEVER])
def test_production_can_follow_late_or_never(wedata: WeData, clock: Clock, delay: float) -> None:
    wedata.set_default_task(TaskBehaviour(production_delay=delay))
    submit(wedata, "1")
    clock.seconds += 29
    assert (numbers(wedata, "SUBMIT"), in_production(wedata)) == (["V1"], None)
    clock.seconds += 1
    assert in_production(wedata) == (SQL if delay == 30 else None)


def test_a_late_version_does_not_replace_a_newer_one(wedata: WeData, clock: Clock) -> None:
    wedata.set_task("1", TaskBehaviour(production_delay=30))
    submit(wedata, "1")
    wedata.set_task("1", TaskBehaviour())
    write(wedata, "SELECT 2")
    submit(wedata, "1")
    clock.seconds += 30
    assert in_production(wedata) == "SELECT 2"


def test_only_what_is_approved_goes_to_production(wedata: WeData, clock: Clock) -> None:
    wedata.set_task("1", TaskBehaviour(approve_status="审批中", status="N"))
    submit(wedata, "1")
    assert in_production(wedata) is None
    wedata.set_approval(PROJECT, "1", "已驳回")
    assert in_production(wedata) is None
    wedata.set_task("1", TaskBehaviour(approve_status="审批中", status="N", approved_after=20, production_delay=10))
    submit(wedata, "1")
    clock.seconds += 29
    assert (ask(wedata, "GetTaskVersion")["ApproveStatus"], in_production(wedata)) == ("已通过", None)
    clock.seconds += 1
    assert in_production(wedata) == SQL


@pytest.mark.parametrize("status", ["F", "T", "INVALID"])
def test_a_task_that_is_taken_offline_has_no_new_code_in_production(wedata: WeData, status: str) -> None:
    wedata.set_task("1", TaskBehaviour(status=status))
    submit(wedata, "1")
    assert in_production(wedata) is None


def test_a_version_that_is_withdrawn_before_it_is_live_never_is(wedata: WeData, clock: Clock) -> None:
    wedata.set_task("1", TaskBehaviour(production_delay=30))
    submit(wedata, "1")
    wedata.set_approval(PROJECT, "1", "已撤销")
    clock.seconds += 30
    assert in_production(wedata) is None


def test_a_child_is_refused_until_its_parent_was_submitted_in_an_earlier_call(clock: Clock) -> None:
    wedata = WeData(site="domestic", now=clock, tasks={PROJECT: [NewTask("1"), NewTask("2", upstream=("1",))]})
    submit(wedata, "1", "2", NeedCheckParentSubmitted=True)
    job = {"ProjectId": PROJECT, "JobId": 1}
    assert [one["ResourceId"] for one in wedata.call("ListBatchDetail", V2021, job)["FailResource"]] == ["2"]
    submit(wedata, "2", NeedCheckParentSubmitted=True)
    assert len(wedata.versions(PROJECT, "2")) == 1
