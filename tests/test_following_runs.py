"""Runs that follow one another: what is submitted, what is submitted again, and what is not. Plain stories.

The promises are checked at the end of each run (`tests.simulation.promises`), beside what a test asks for.
"""

from __future__ import annotations

import pytest

from tests.simulation.branch import FILES, Definition
from tests.simulation.promises import Promises
from tests.simulation.scene import PROJECT, Scene
from tests.simulation.workflow import PROJECTS, Step
from tests.simulation.world import Attempt, KilledError, Started, forged_record
from wedata_action.errors import Cancelled
from wedata_sandbox.behaviour import TaskBehaviour

PENDING, PASSED, REFUSED = "审批中", "已通过", "已驳回"


# What an earlier run left open.


@pytest.mark.parametrize("site", ["intl", "domestic"])
def test_a_re_run_after_a_partial_failure_submits_what_is_missing_and_nothing_else(site: str) -> None:
    scene = Scene(site)
    scene.wedata.set_task(
        "1002", TaskBehaviour(refusal="no") if site == "domestic" else TaskBehaviour(version_delay=1e9)
    )
    run = scene.push(t1001=0, t1002=0, t1003=0)
    assert scene.run(run).exit_code != 0
    scene.refuse()
    ended = scene.run(run)
    assert (ended.result, set(ended.states.values())) == ("success", {"live"})
    assert scene.submitted()[-1] == ["1002"]


def test_what_a_lost_run_left_out_is_submitted_by_the_next_one() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.lost(scene.push(t1001=1, t1002=0))
    scene.run(scene.push(t1001=1, t1002=1))
    assert sorted(scene.submitted()[-1]) == ["1001", "1002"]


def test_a_task_that_is_changed_back_after_a_failed_run_is_submitted_again() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1002")
    assert scene.run(scene.push(t1001=1, t1002=1)).exit_code == 1
    scene.refuse()
    assert scene.run(scene.push(t1001=0, t1002=0)).result == "success"
    assert scene.contents("1001") == [0, 1, 0]
    assert scene.contents("1002") == [0]


def test_a_task_that_changed_there_and_back_and_there_is_not_settled_by_its_first_version() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=1, t1002=0))
    scene.run(scene.push(t1001=2, t1002=0))
    scene.refuse("1002")
    scene.run(scene.push(t1001=1, t1002=1))
    scene.refuse("1001", "1002")
    scene.run(scene.push(t1001=2, t1002=1))
    scene.refuse()
    assert scene.run(scene.push(t1001=1, t1002=1)).result == "success"
    assert scene.contents("1001") == [1, 2, 1]


def test_a_task_that_was_removed_in_a_failed_run_and_added_back_is_submitted_where_it_differs() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1002")
    scene.run(scene.push(t1001=1, t1002=1))
    scene.run(scene.push(t1002=1))
    scene.refuse()
    assert scene.run(scene.push(t1001=0, t1002=1)).result == "success"
    assert scene.contents("1001") == [0, 1, 0]


def test_a_task_that_was_only_removed_in_a_failed_run_and_added_back_is_not_submitted() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1002")
    scene.run(scene.push(t1002=1))
    scene.refuse()
    assert scene.run(scene.push(t1001=0, t1002=1)).result == "success"
    assert scene.contents("1001") == [0]


def test_a_run_that_removed_every_definition_and_failed_hinders_none_of_the_next_ones() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0))
    scene.lost(scene.push())
    assert scene.run(scene.push()).result == "noop"
    assert scene.run(scene.push(t1001=0)).exit_code == 0


def test_a_commit_of_a_failed_run_that_is_gone_makes_every_definition_uncertain() -> None:
    scene = Scene(shallow=True)
    first = scene.push(t1001=0, t1002=0)
    scene.run(first)
    scene.refuse("1002")
    lost = scene.push(t1001=1, t1002=1)
    scene.run(lost)
    scene.refuse()
    again = scene.force_push(first.run.head)
    scene.origin.gone.add(lost.run.head)
    assert scene.run(again).exit_code == 0
    assert scene.contents("1001") == [0, 1, 0]


def test_a_push_back_to_the_last_success_looks_before_it_sends() -> None:
    scene = Scene()
    first = scene.push(t1001=0, t1002=0)
    scene.run(first)
    scene.refuse("1002")
    scene.run(scene.push(t1001=1, t1002=1))
    scene.refuse()
    scene.never_start(scene.force_push(first.run.head))
    run = scene.push(t1001=1, t1002=1)
    assert run.payload["before"] == first.run.head
    assert scene.run(run).result == "success"
    assert scene.submitted()[-1] == ["1002"]


def test_a_cancelled_run_leaves_its_change_to_the_next_one() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0))

    def cancel(step: int) -> None:
        if step == 2:
            raise Cancelled(15)

    assert scene.run(scene.push(t1001=1), Attempt(interrupt=cancel, perfect=True)).result == "cancelled"
    assert scene.run(scene.push(t1001=1, t1002=0)).result == "success"
    assert scene.contents("1001") == [0, 1]


def test_tasks_that_are_looked_up_count_for_max_tasks_only_if_they_are_sent() -> None:
    scene = Scene()
    scene.workflow.steps[0].max_tasks = 1
    scene.run(scene.push(t1001=0))
    scene.run(scene.push(t1001=0, t1002=0))
    scene.run(scene.push(t1001=0, t1002=0, t1003=0))
    assert scene.run(scene.by_hand("empty")).result == "success"
    assert scene.run(scene.push(t1001=1, t1002=1, t1003=0)).reason == "too-many-tasks"
    assert len(scene.submitted()) == 3


def test_a_draft_that_a_killed_run_wrote_is_written_back_when_the_change_is_reverted() -> None:
    scene = Scene()
    old, new = "select 1;\n", "select 2;\n"

    def push(code: str) -> Started:
        before = scene.branch.tip or "0" * 40
        scene.branch.commit({"1001": Definition(FILES[0], 0, code), "1002": Definition(FILES[0], 0)})
        return scene.start("push", {}, before=before, forced=False)

    def draft() -> str | None:
        return scene.wedata.saved(PROJECT, "1001")[-1].content.code

    def kill(_: int) -> None:
        if draft() == new:
            raise KilledError

    assert scene.run(push(old)).result == "success"
    assert scene.attempt(push(new), Attempt(interrupt=kill, perfect=True)) == {"deploy": None}
    scene.clock.sleep(3600)
    assert draft() == new
    assert scene.run(push(old)).exit_code == 0
    assert (draft(), scene.submitted()) == (old, [["1001", "1002"]])


# What WeData says of a version that exists.


def test_the_state_of_a_version_that_exists_is_read_and_not_assumed() -> None:
    scene = Scene()
    scene.wedata.set_default_task(TaskBehaviour(approve_status=PENDING))
    run = scene.push(t1001=0)
    assert scene.run(run).reason == "pending-approval"
    assert scene.run(run).reason == "pending-approval"
    scene.wedata.set_approval(PROJECT, "1001", PASSED)
    assert scene.run(run).result == "success"
    assert scene.submitted() == [["1001"]]


def test_a_refused_approval_is_as_if_it_had_never_been_submitted() -> None:
    scene = Scene()
    scene.wedata.set_default_task(TaskBehaviour(approve_status=PENDING))
    run = scene.push(t1001=0)
    scene.run(run)
    scene.wedata.set_approval(PROJECT, "1001", REFUSED)
    scene.wedata.set_default_task(TaskBehaviour())
    assert scene.run(run).result == "success"
    assert scene.submitted() == [["1001"], ["1001"]]


def test_a_revert_that_awaits_approval_keeps_the_run_red() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1002")
    scene.run(scene.push(t1001=1, t1002=1))
    scene.wedata.set_task("1001", TaskBehaviour(approve_status=PENDING))
    assert scene.run(scene.push(t1001=0, t1002=0)).reason == "pending-approval"
    assert scene.run(scene.push(t1001=0, t1002=0)).reason == "pending-approval"
    scene.wedata.set_approval(PROJECT, "1001", REFUSED)
    scene.refuse()
    assert scene.run(scene.push(t1001=0, t1002=0)).result == "success"
    assert scene.submitted()[-1] == ["1001"]


def test_a_version_made_by_hand_hides_no_stamp() -> None:
    scene = Scene()
    run = scene.push(t1001=0)
    scene.run(run)
    scene.wedata.add_by_hand(PROJECT, "1001", "by hand (git:lookalike)")
    assert scene.run(run).exit_code == 0
    assert scene.submitted() == [["1001"]]


def test_a_site_that_cuts_remarks_is_told_from_one_that_has_no_version() -> None:
    scene = Scene("intl", remark_limit=40)
    ended = scene.run(scene.push(t1001=0))
    assert (ended.result, ended.reason) == ("unknown", "ambiguous")


# Which base a run has.


def test_a_push_after_a_success_asks_about_no_version() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0))
    before = len(scene.gateway.calls)
    scene.run(scene.push(t1001=1))
    assert "ListTaskVersions" not in {call.action for call in scene.gateway.calls[before:]}


def test_a_first_run_that_failed_leaves_its_change_to_the_next_one() -> None:
    scene = Scene()
    scene.commit(t1001=0, t1002=0)
    scene.refuse("1001")
    assert scene.run(scene.push(t1001=1, t1002=0)).exit_code == 1
    scene.refuse()
    assert scene.run(scene.push(t1001=1, t1002=0)).result == "success"
    assert scene.contents("1001") == [1]
    assert scene.contents("1002") == []


@pytest.mark.parametrize("word", ["empty", "revision"])
def test_the_choices_after_runs_that_recorded_nothing_submit_no_live_task_again(word: str) -> None:
    scene = Scene()
    scene.commit()
    first = scene.push(t1001=0, t1002=0)
    scene.refuse("1002")
    scene.run(first)
    for check in first.run.checks:
        check.annotations.clear()
    scene.refuse()
    ended = scene.run(scene.push(t1001=0, t1002=0))
    assert (ended.reason, ended.exit_code) == ("unresolved-base", 2)
    assert all(choice in ended.message for choice in ("adopt", "empty", "'base'"))
    base = scene.origin.lineage(scene.tip)[2] if word == "revision" else word
    assert scene.run(scene.by_hand(base)).result == "success"
    assert (scene.contents("1001"), scene.contents("1002")) == ([0], [0])


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule", "push"])
def test_empty_submits_only_what_wedata_does_not_have(event: str) -> None:
    scene = Scene()
    starts = {"workflow_dispatch": scene.by_hand, "schedule": scene.on_schedule}
    for _ in range(2):
        start = starts.get(event)
        scene.commit(t1001=0)
        ended = scene.run(start("empty") if start else scene.push("empty", t1001=0))
        assert (ended.result, ended.base_source) == ("success", "empty")
    assert scene.contents("1001") == [0]


def test_a_revision_as_base_forgets_no_run_since() -> None:
    scene = Scene()
    base = scene.commit(t1001=0, t1002=0)
    scene.wedata.add_by_hand(PROJECT, "1001", "by hand")
    scene.wedata.add_by_hand(PROJECT, "1002", "by hand")
    scene.refuse("1002")
    scene.run(scene.push(t1001=1, t1002=1))
    scene.refuse()
    scene.run(scene.push(t1001=0, t1002=1))
    assert scene.run(scene.by_hand(base)).result in {"success", "noop"}
    assert scene.contents("1001") == [1, 0]


def test_a_revision_as_base_narrows_nothing() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1001")
    assert scene.run(scene.push(t1001=1, t1002=0)).exit_code == 1
    scene.refuse()
    elsewhere = scene.branch.commit_elsewhere(scene.tip)
    scene.push(t1001=1, t1002=1)
    assert scene.run(scene.by_hand(elsewhere)).result == "success"
    assert (scene.contents("1001"), scene.contents("1002")) == ([0, 1], [0, 1])


def test_a_revision_as_base_narrows_nothing_where_no_run_has_succeeded() -> None:
    scene = Scene()
    scene.commit(t1001=0, t1002=0)
    scene.refuse("1001")
    failed = scene.push(t1001=1, t1002=1)
    assert scene.run(failed).exit_code == 1
    scene.refuse()
    assert scene.run(scene.by_hand(failed.run.head)).result == "success"
    assert scene.contents("1001") == [1]


def test_adopt_submits_nothing_and_is_the_base_from_then_on() -> None:
    scene = Scene()
    assert scene.run(scene.push("adopt", t1001=0, t1002=0)).result == "adopted"
    assert scene.run(scene.push("adopt", t1001=1, t1002=0)).reason == "invalid-input"
    assert scene.run(scene.push(t1001=1, t1002=0)).result == "success"
    assert scene.submitted() == [["1001"]]


def test_an_old_run_is_superseded_by_a_newer_success() -> None:
    scene = Scene()
    scene.commit()
    old = scene.push(t1001=0)
    scene.lost(old)
    scene.run(scene.push("empty", t1001=1))
    ended = scene.run(old)
    assert (ended.reason, ended.exit_code, scene.contents("1001")) == ("superseded", 2, [1])


@pytest.mark.parametrize("base", ["auto", "empty"])
def test_an_old_run_does_not_go_back_behind_a_commit_that_was_adopted(base: str) -> None:
    scene = Scene()
    old = scene.push(base, t1001=0)
    scene.lost(old)
    assert scene.run(scene.push("adopt", t1001=1)).result == "adopted"
    assert scene.run(old).reason == "superseded"
    assert scene.submitted() == []


def test_a_re_run_of_the_first_run_does_not_start_later_than_a_run_that_failed_since() -> None:
    scene = Scene()
    scene.commit(t1001=0)
    first = scene.push(t1001=0, t1002=0)
    scene.lost(first)
    scene.refuse("1001")
    assert scene.run(scene.by_hand("empty")).exit_code == 1
    scene.refuse()
    assert (scene.run(first).reason, scene.contents("1001")) == ("superseded", [])
    assert scene.run(scene.push(t1001=0, t1002=0)).result == "success"
    assert scene.contents("1001") == [0]


def test_a_re_run_by_hand_of_the_first_run_narrows_nothing() -> None:
    scene = Scene()
    scene.default_branch = "trunk"
    scene.refuse("1001")
    scene.commit(t1001=0, t1002=0)
    first = scene.by_hand(scene.tip)
    scene.lost(first)
    assert scene.run(scene.by_hand("empty")).exit_code == 1
    assert scene.run(first).exit_code != 0
    scene.refuse()
    assert scene.run(scene.by_hand()).result == "success"
    assert scene.contents("1001") == [0]


def test_an_adoption_that_failed_is_no_base_for_later_runs() -> None:
    scene = Scene()
    scene.refuse("1001")
    scene.run(scene.push(t1001=0))
    scene.refuse()
    scene.run(scene.push("adopt"))
    assert scene.run(scene.push(t1001=0, t1002=0)).result == "success"
    assert (scene.contents("1001"), scene.contents("1002")) == ([0], [0])


def test_an_old_run_does_not_go_back_behind_a_newer_one_that_failed_halfway() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    old = scene.push(t1001=1, t1002=0)
    scene.lost(old)
    scene.refuse("1002")
    scene.run(scene.push(t1001=2, t1002=1))
    scene.refuse()
    assert scene.run(old).reason == "superseded"
    assert scene.contents("1001") == [0, 2]


def test_a_run_that_never_started_a_job_is_no_earlier_run() -> None:
    scene = Scene()
    scene.commit(t1001=0)
    scene.never_start(scene.push(t1001=0))
    ended = scene.run(scene.push(t1001=1))
    assert (ended.result, ended.base_source, scene.contents("1001")) == ("success", "event", [1])


def test_the_first_run_of_a_branch_that_is_not_the_default_asks_for_a_base() -> None:
    scene = Scene()
    scene.default_branch = "trunk"
    assert scene.run(scene.push(t1001=0)).reason == "unresolved-base"
    assert scene.run(scene.by_hand("empty")).result == "success"
    assert scene.run(scene.push(t1001=1)).result == "success"


# What may change between runs, and what else there is on a branch.


@pytest.mark.parametrize("renamed", ["job", "file"])
def test_a_failed_change_survives_a_new_name(renamed: str) -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1001")
    scene.run(scene.push(t1001=1, t1002=0))
    scene.refuse()
    if renamed == "file":
        scene.workflow.file = "renamed.yml"
    for check in (check for started in scene.runs for check in started.run.checks if renamed == "job"):
        check.name = "Old name"
    assert scene.run(scene.push(t1001=1, t1002=1)).result == "success"
    assert scene.contents("1001") == [0, 1]


def test_a_revert_survives_a_new_file_of_the_workflow_whose_first_run_failed() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0, t1003=0))
    scene.refuse("1002")
    scene.run(scene.push(t1001=1, t1002=1, t1003=0))
    scene.workflow.file = "renamed.yml"
    scene.refuse("1001", "1002")
    assert scene.run(scene.push(t1001=0, t1002=1, t1003=0)).exit_code == 1
    scene.refuse()
    assert scene.run(scene.push(t1001=0, t1002=1, t1003=1)).result == "success"
    assert scene.contents("1001") == [0, 1, 0]


def test_an_old_run_does_not_go_back_behind_a_success_of_a_new_file_of_the_workflow() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    old = scene.push(t1001=1, t1002=0)
    scene.lost(old)
    scene.workflow.file = "renamed.yml"
    assert scene.run(scene.push(t1001=0, t1002=1)).result == "success"
    assert scene.run(old).reason == "superseded"
    assert scene.contents("1001") == [0]


def test_other_inputs_start_a_history_of_their_own_and_ask_for_a_base() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0))
    scene.workflow.steps[0].globs = "wedata/*.yml"
    run = scene.push(t1001=0)
    assert scene.run(run).reason == "unresolved-base"
    assert scene.run(scene.by_hand("empty")).result == "success"
    assert scene.run(scene.push(t1001=1)).result == "success"
    assert scene.contents("1001") == [0, 1]


def test_empty_heals_what_a_re_run_with_earlier_inputs_overwrote() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=1))
    old = scene.push(t1001=0)
    scene.lost(old)
    scene.workflow.steps[0].globs = "wedata/*.yml"
    assert scene.run(scene.push("empty", t1001=1)).result == "success"
    # The newer run found its content live, so neither its record nor a stamp tells this one that it is late.
    assert scene.run(old).result == "success"
    assert scene.run(scene.push(t1001=1, t1002=0)).result == "success"
    assert scene.contents("1001") == [1, 0]
    assert scene.run(scene.by_hand("empty")).result == "success"
    assert scene.contents("1001") == [1, 0, 1]


def test_steps_with_other_inputs_do_not_vouch_for_each_other() -> None:
    scene = Scene()
    scene.workflow.steps = [Step("deploy", PROJECTS[0]), Step("other", PROJECTS[1])]
    scene.run(scene.push(t1001=0))
    started = scene.push(t1001=1)
    scene.run(started, Attempt(jobs=frozenset({"deploy"}), perfect=True))
    scene.run(scene.push(t1001=1, t1002=0))
    assert scene.contents("1001", PROJECTS[0]) == scene.contents("1001", PROJECTS[1]) == [0, 1]


@pytest.mark.parametrize("shallow", [False, True])
def test_a_run_on_a_tag_with_the_name_of_the_branch_is_no_success(shallow: bool) -> None:
    scene = Scene(shallow=shallow)
    scene.run(scene.push(t1001=0, t1002=0))
    step = scene.workflow.steps[0]
    tagged = scene.new_run("push", scene.branch.commit_elsewhere(scene.tip), scene.workflow.file)
    check = scene.github.start(tagged, "deploy")
    scene.github.end(check, "success", [forged_record(step.scope, tagged.head, "wedata-action")])
    tagged.conclusion = "success"
    assert scene.run(scene.push(t1001=1, t1002=1)).result == "success"
    assert (scene.contents("1001"), scene.contents("1002")) == ([0, 1], [0, 1])


@pytest.mark.parametrize("lag", [5.0, 15.0, 300.0])
def test_a_record_that_github_shows_late_is_waited_for_or_widens_the_difference(lag: float) -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0))
    run = scene.push(t1001=1)
    scene.attempt(run, Attempt(perfect=True))
    run.run.checks[0].lag = lag
    ended = scene.run(scene.push(t1001=1, t1002=0))
    assert ended.result == "success"
    assert set(ended.states) == {(PROJECT, "1002")} if lag < 20 else {(PROJECT, "1001"), (PROJECT, "1002")}
    assert scene.contents("1001") == [0, 1]


def test_a_run_with_base_event_is_no_success_for_later_ones() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0, t1002=0))
    scene.refuse("1001")
    scene.run(scene.push(t1001=1, t1002=0))
    scene.refuse()
    assert scene.run(scene.push("event", t1001=1, t1002=1)).result == "success"
    assert scene.run(scene.push(t1001=1, t1002=1)).result == "success"
    assert (scene.contents("1001"), scene.contents("1002")) == ([0, 1], [0, 1])


def test_a_content_that_comes_back_before_it_was_replaced_is_not_submitted_again_under_base_event() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=1))
    scene.never_start(scene.push(t1001=0))
    assert scene.run(scene.push("event", t1001=1)).result == "success"
    assert scene.contents("1001") == [1]


def test_a_stamp_names_the_commit_and_the_run() -> None:
    scene = Scene()
    started = scene.push(t1001=0)
    scene.run(started)
    [sent] = scene.sent((PROJECT, "1001"))
    assert (sent.commit, sent.run) == (started.run.head, started.run.id)


def test_promises_are_checked() -> None:
    scene = Scene()
    scene.run(scene.push(t1001=0))
    promises = Promises(scene)
    scene.wedata.add_by_hand(PROJECT, "1001", scene.sent((PROJECT, "1001"))[0].version.remark)
    promises.check_nothing_twice()
    assert scene.broken == ["1001 has one content twice: runs 5001 and 5001"]
