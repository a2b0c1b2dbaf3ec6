"""Runs that follow one another: what is submitted again, and what is not. Plain scenes of the simulated world."""

from __future__ import annotations

import pytest

from tests.simulation.github import WorkflowRun
from tests.simulation.history import PROJECT, Definition, History
from wedata_action.result import Result, State
from wedata_action.stamps import read_stamp
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.service import WeData


class Branch(History):
    """A branch on which exactly what a test says happens."""

    def __init__(self, site: str = "intl", **wedata: int) -> None:
        super().__init__(seed=1)
        self.wedata = WeData(site=site, now=self.clock.now, **wedata)  # type: ignore[arg-type] # remark_limit only
        self.gateway.wedata = self.wedata
        self._edit = lambda: None  # type: ignore[method-assign] # no edit but those of the test

    def define(self, **contents: int) -> WorkflowRun:
        """Pushes these tasks, such as `t1001=2`, with these contents."""
        self.tasks = {name[1:]: Definition("wedata/a.yml", content) for name, content in contents.items()}
        return self.push()

    def run(self, run: WorkflowRun) -> Result:
        result = self.execute(run, 0.0)
        assert result is not None
        self.clock.sleep(3600)
        return result

    def run_again(self, run: WorkflowRun) -> Result:
        run.attempts.append(None)
        return self.run(run)

    def sent(self) -> list[list[str]]:
        """The task ids of each submission so far."""
        return [[task["TaskId"] for task in submission.body["Tasks"]] for submission in self.wedata.submissions]


@pytest.mark.parametrize("site", ["intl", "domestic"])
def test_a_run_again_after_a_partial_failure_submits_what_is_missing_and_nothing_else(site: str) -> None:
    branch = Branch(site)
    refusal = TaskBehaviour(refusal="缺少数据源") if site == "domestic" else TaskBehaviour(version_delay=1e9)
    branch.wedata.set_task("1002", refusal)
    run = branch.define(t1001=0, t1002=0, t1003=0)
    assert branch.run(run).exit_code != 0
    branch.wedata.set_task("1002", TaskBehaviour())
    result = branch.run_again(run)
    assert (result.result, {task.state for task in result.tasks}) == ("success", {State.LIVE})
    assert branch.sent()[-1] == ["1002"]
    assert sum(task.message.startswith("already submitted") for task in result.tasks) == 2


def test_what_a_failed_run_left_out_is_submitted_by_the_next_one() -> None:
    branch = Branch()
    branch.run(branch.define(t1001=0, t1002=0))
    branch.define(t1001=1, t1002=0).attempts[-1] = "failure"
    branch.run(branch.define(t1001=1, t1002=1))
    assert sorted(branch.sent()[-1]) == ["1001", "1002"]


def test_a_revert_after_a_failed_run_is_submitted() -> None:
    branch = Branch("domestic")
    branch.run(branch.define(t1001=0, t1002=0))
    branch.wedata.set_task("1002", TaskBehaviour(refusal="no"))
    assert branch.run(branch.define(t1001=1, t1002=1)).failure_reason == "partial"
    result = branch.run(branch.define(t1001=0, t1002=0))
    assert result.result == "success"
    assert branch.sent()[-1] == ["1001"]
    assert [task.task_id for task in result.skipped if "live with this content" in task.reason] == ["1002"]


def test_a_revert_that_awaits_approval_keeps_the_run_red() -> None:
    branch = Branch("domestic")
    branch.run(branch.define(t1001=0, t1002=0))
    branch.wedata.set_task("1002", TaskBehaviour(refusal="no"))
    branch.run(branch.define(t1001=1, t1002=1))
    branch.wedata.set_default_task(TaskBehaviour(approve_status="审批中"))
    assert branch.run(branch.define(t1001=0, t1002=0)).failure_reason == "pending-approval"
    assert branch.run(branch.define(t1001=0, t1002=0)).failure_reason == "pending-approval"
    branch.wedata.set_approval(PROJECT, "1001", "已驳回")
    branch.wedata.set_default_task(TaskBehaviour())
    result = branch.run(branch.define(t1001=0, t1002=0))
    assert (result.result, branch.sent()[-1]) == ("success", ["1001"])


def test_a_reverted_task_is_submitted_and_not_skipped_and_counts_for_max_tasks() -> None:
    branch = Branch()
    branch.run(branch.define(t1001=0, t1002=0))
    branch.wedata.set_task("1002", TaskBehaviour(version_delay=1e9))
    branch.run(branch.define(t1001=1, t1002=1))
    branch.inputs["WEDATA_MAX_TASKS"] = "1"
    run = branch.define(t1001=0, t1002=2)
    assert branch.run(run).failure_reason == "too-many-tasks"
    branch.inputs.clear()
    branch.wedata.set_task("1002", TaskBehaviour())
    result = branch.run_again(run)
    assert (result.result, sorted(branch.sent()[-1]), result.skipped) == ("success", ["1001", "1002"], ())


def test_a_push_back_to_the_last_success_still_looks_before_it_sends() -> None:
    branch = Branch("domestic")
    first = branch.define(t1001=0, t1002=0)
    branch.run(first)
    branch.wedata.set_task("1002", TaskBehaviour(refusal="no"))
    branch.run(branch.define(t1001=1, t1002=1))
    branch.wedata.set_task("1002", TaskBehaviour())
    branch.tip = first.head  # a force push whose run was cancelled before it had jobs
    run = branch.define(t1001=1, t1002=1)
    assert run.event["before"] == first.head
    assert branch.run(run).result == "success"
    assert branch.sent()[-1] == ["1002"]


def test_the_state_of_a_version_that_exists_is_read_and_not_assumed() -> None:
    branch = Branch()
    branch.wedata.set_default_task(TaskBehaviour(approve_status="审批中"))
    run = branch.define(t1001=0)
    assert branch.run(run).failure_reason == "pending-approval"
    assert branch.run_again(run).failure_reason == "pending-approval"
    branch.wedata.set_approval(PROJECT, "1001", "已通过")
    assert branch.run_again(run).result == "success"
    assert branch.sent() == [["1001"]]


def test_a_refused_approval_is_as_if_it_had_never_been_submitted() -> None:
    branch = Branch()
    branch.wedata.set_default_task(TaskBehaviour(approve_status="审批中"))
    run = branch.define(t1001=0)
    branch.run(run)
    branch.wedata.set_approval(PROJECT, "1001", "已驳回")
    branch.wedata.set_default_task(TaskBehaviour())
    assert branch.run_again(run).result == "success"
    assert branch.sent() == [["1001"], ["1001"]]


def test_a_version_made_by_hand_hides_no_stamp() -> None:
    branch = Branch()
    run = branch.define(t1001=0)
    branch.run(run)
    branch.wedata.add_by_hand(PROJECT, "1001", "by hand (git:lookalike)")
    assert branch.run_again(run).exit_code == 0
    assert branch.sent() == [["1001"]]


def test_a_site_that_cuts_remarks_is_told_from_one_that_has_no_version() -> None:
    branch = Branch(remark_limit=40)
    result = branch.run(branch.define(t1001=0))
    assert (result.result, result.failure_reason) == ("unknown", "ambiguous")
    assert "shorten version-remark" in result.tasks[0].message


def test_a_first_attempt_on_the_base_of_its_own_event_asks_about_no_version() -> None:
    branch = Branch("domestic")
    branch.run(branch.define(t1001=0))
    branch.run(branch.define(t1001=1))
    assert {call.action for call in branch.gateway.calls} == {"BatchCreateTaskVersionAsync", "ListBatchDetail"}


def test_an_old_run_is_superseded_by_a_newer_success() -> None:
    branch = Branch()
    old = branch.define(t1001=0)
    old.attempts[-1] = "failure"
    branch.base = "empty"
    branch.run(branch.define(t1001=1))
    branch.base = "auto"
    result = branch.run_again(old)
    assert (result.failure_reason, result.exit_code, len(branch.sent())) == ("superseded", 2, 1)


def test_adopt_submits_nothing_and_is_the_base_from_then_on() -> None:
    branch = Branch()
    branch.base = "adopt"
    assert branch.run(branch.define(t1001=0, t1002=0)).result == "adopted"
    assert branch.run(branch.define(t1001=1, t1002=0)).failure_reason == "invalid-input"
    branch.base = "auto"
    assert branch.run(branch.define(t1001=1, t1002=0)).result == "success"
    assert branch.sent() == [["1001"]]


def test_runs_without_a_success_end_with_the_base_to_choose() -> None:
    branch = Branch()
    branch.define(t1001=0).attempts[-1] = "failure"
    result = branch.run(branch.define(t1001=1))
    assert (result.failure_reason, result.exit_code, branch.sent()) == ("unresolved-base", 2, [])
    assert "'base'" in result.message


def test_a_stamp_names_commit_content_and_run() -> None:
    branch = Branch()
    run = branch.define(t1001=0)
    branch.run(run)
    stamp = read_stamp(branch.wedata.versions(PROJECT, "1001")[0].remark)
    assert stamp is not None
    assert (stamp.head, stamp.run) == (run.head[:12], "5001.1")
    assert stamp.is_of(branch.fingerprints(run.head)["1001"])
