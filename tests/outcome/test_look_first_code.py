"""What the look-up makes of tasks whose code git has: the newest submitted version must have it, too."""

from __future__ import annotations

import random

import pytest

from tests.code.pushing import FILE, OLD, PROJECT, coded
from tests.outcome.site import HEAD, VERSIONS, Site, always, answered, make_site
from wedata_action.errors import Reason
from wedata_action.outcome.look_first import Looked, look_first
from wedata_action.result import State
from wedata_action.stamps import make_remark, make_stamp
from wedata_action.task import Task

READ_VERSION = "GetTaskVersion"


def submit(
    site: Site, task: Task, code: bytes | None, *, stamp: bool = True, status: str = "Y", approval: str = "无需审批"
) -> None:
    """Somebody, or an earlier run, submitted the task with this code."""
    remark = make_remark("tune", make_stamp(HEAD, task.fingerprint, "7.1")) if stamp else "by hand"
    site.wedata.save(PROJECT, task.task_id, None if code is None else code.decode())
    site.wedata.add_by_hand(PROJECT, task.task_id, remark, approval, status)
    site.clock.sleep(60)


def look(site: Site, *tasks: Task, adopt: bool = False) -> Looked:
    clock = site.clock.started(random.Random(1), lambda: None)
    return look_first(site.call, clock, tasks, 8, site.files, adopt=adopt)


@pytest.mark.parametrize(("code", "settles"), [(FILE, True), (FILE.rstrip(), True), (OLD, False), (None, False)])
def test_a_stamp_settles_a_task_if_the_version_has_the_code_at_head(code: bytes | None, settles: bool) -> None:
    site = make_site()
    task = coded(site)
    submit(site, task, code)
    looked = look(site, task)
    assert [outcome.state for outcome in looked.ended] == [State.LIVE] * settles
    assert len(looked.to_send) == (not settles)


def test_a_version_by_hand_since_with_another_code_hides_the_stamp() -> None:
    site = make_site()
    task = coded(site)
    submit(site, task, FILE)
    submit(site, task, OLD, stamp=False)
    assert look(site, task).to_send == (task,)


@pytest.mark.parametrize("approval", ["无需审批", "审批中"])
def test_a_stamp_on_another_code_settles_nothing_where_wedata_does_not_number_the_version(approval: str) -> None:
    site = make_site()
    task = coded(site)
    submit(site, task, OLD, approval=approval)
    asked = {
        "ProjectId": PROJECT,
        "TaskId": task.task_id,
        "TaskVersionType": "SUBMIT",
        "PageNumber": 1,
        "PageSize": 200,
    }
    data = site.wedata.call(VERSIONS, "2025-08-06", asked)["Data"]
    site.instead[VERSIONS] = {"Data": data | {"Items": [item | {"VersionNum": None} for item in data["Items"]]}}
    assert look(site, task).to_send == (task,)


def test_a_refused_version_by_hand_counts_as_none_whatever_code_it_has() -> None:
    site = make_site()
    task = coded(site)
    submit(site, task, FILE)
    submit(site, task, OLD, stamp=False, approval="已撤销")
    assert [outcome.state for outcome in look(site, task).ended] == [State.LIVE]
    submit(site, task, OLD, stamp=False)
    submit(site, task, FILE, stamp=False, approval="已撤销")
    assert look(site, task).to_send == (task,)


def test_where_the_code_cannot_be_read_nothing_is_sent() -> None:
    site = make_site()
    task = coded(site)
    submit(site, task, FILE)
    site.before = always(READ_VERSION, answered("UnauthorizedOperation.UserNotInProject"))
    looked = look(site, task)
    (outcome,) = looked.ended
    assert (looked.to_send, outcome.state, outcome.failure_reason) == ((), State.UNSENT, Reason.AUTH)
    assert "the code of its newest version cannot be read" in outcome.message


@pytest.mark.parametrize("adopt", [True, False])
@pytest.mark.parametrize(("code", "status", "live"), [(FILE, "Y", True), (OLD, "Y", False), (FILE, "F", False)])
def test_what_is_live_by_hand_with_the_code_at_head_is_adopted_where_that_is_asked_for(
    adopt: bool, code: bytes, status: str, live: bool
) -> None:
    site = make_site()
    task = coded(site)
    submit(site, task, code, stamp=False, status=status)
    looked = look(site, task, adopt=adopt)
    adopted = adopt and live
    assert [outcome.message for outcome in looked.ended] == ["adopted: version V1 was submitted by hand"] * adopted
    assert len(looked.to_send) == (not adopted)


def test_of_a_task_with_a_stamp_or_without_a_code_nothing_is_adopted() -> None:
    site = make_site()
    task = coded(site)
    submit(site, task._replace(fingerprint="33" * 32), FILE)
    submit(site, task, FILE, stamp=False)
    assert look(site, task, adopt=True).to_send == (task,)
    bare = task._replace(task_id="b", code=None)
    submit(site, bare, None, stamp=False)
    assert look(site, bare, adopt=True).to_send == (bare,)


def test_a_task_that_nobody_submitted_is_not_adopted() -> None:
    site = make_site()
    task = coded(site)
    assert look(site, task, adopt=True).to_send == (task,)


def test_of_a_task_without_a_code_none_is_read() -> None:
    site = make_site()
    task = coded(site)._replace(code=None)
    submit(site, task, OLD)
    assert [outcome.state for outcome in look(site, task).ended] == [State.LIVE]
    assert site.counts()[READ_VERSION] == 0


def test_of_a_task_that_wedata_does_not_have_no_code_is_read() -> None:
    site = make_site(tasks={PROJECT: []})
    (outcome,) = look(site, coded(site)).ended
    assert outcome.failure_reason is Reason.REJECTED
    assert site.counts()[READ_VERSION] == 0
