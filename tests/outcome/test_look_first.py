"""What is sent, settled or left alone, by the stamps of the versions that WeData has."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tests.outcome.site import HEAD, SUBMIT, VERSIONS, Site, always, answered, make_site, striking, unanswered
from tests.support.batches import make_task
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.look_first import Looked, look_first
from wedata_action.result import State
from wedata_action.stamps import make_remark, make_stamp
from wedata_action.task import Change, Task
from wedata_action.tencent.verdicts import ApiError

RUN = 8
F1, F2 = "11" * 32, "22" * 32
PENDING, REFUSED = "审批中", "已驳回"


def task(task_id: str = "a", fingerprint: str = F1, change: Change = Change.CHANGED) -> Task:
    return make_task(task_id)._replace(fingerprint=fingerprint, change=change)


def version(site: Site, fingerprint: str, run: str = "7.1", approval: str | None = "通过", status: str = "Y") -> None:
    """A version of task `a` that a run made some time ago."""
    remark = make_remark("tune", make_stamp(HEAD, fingerprint, run))
    site.wedata.add_by_hand("p1", "a", remark, approval, status)
    site.clock.sleep(60)


def look(site: Site, *tasks: Task, run_id: int = RUN) -> Looked:
    clock = site.clock.started(random.Random(1), lambda: None)
    return look_first(site.call, clock, tasks or (task(),), run_id, site.files)


def kind(looked: Looked) -> str:
    """What became of the one task."""
    if looked.to_send:
        return "to send"
    if looked.never_submitted:
        return "never submitted"
    (outcome,) = looked.ended
    return str(outcome.state)


def test_what_wedata_never_had_is_sent() -> None:
    assert kind(look(make_site())) == "to send"


def test_a_version_of_this_content_settles_the_task() -> None:
    site = make_site()
    version(site, F1)
    (outcome,) = look(site).ended
    assert (outcome.state, outcome.version, outcome.batch) == (State.LIVE, "V1", "")
    assert outcome.message == "run 7.1 submitted it already"
    assert outcome.remark.startswith("tune (git:")


def test_a_task_that_was_submitted_already_says_by_whom_and_what_it_waits_for() -> None:
    site = make_site()
    version(site, F1, approval=PENDING)
    (outcome,) = look(site).ended
    assert outcome.message == f"run 7.1 submitted it already; the submission awaits approval in WeData: {PENDING}"


@pytest.mark.parametrize(
    ("approval", "status", "expected"),
    [
        ("通过", "Y", "live"),
        (None, "Y", "live"),
        ("通过", "F", "failed"),
        (PENDING, "N", "pending-approval"),
        ("odd", "Y", "unknown"),
        (REFUSED, "Y", "to send"),
    ],
)
def test_the_task_ends_as_its_version_is_and_a_void_one_counts_as_none(
    approval: str | None, status: str, expected: str
) -> None:
    site = make_site()
    version(site, F1, approval=approval, status=status)
    assert kind(look(site)) == expected


def test_the_newest_version_decides_not_any_version_of_the_content() -> None:
    site = make_site()
    version(site, F1)
    version(site, F2)
    assert kind(look(site, task(fingerprint=F1))) == "to send"
    assert kind(look(site, task(fingerprint=F2))) == "live"


def test_a_void_version_hides_none_of_those_before_it() -> None:
    site = make_site()
    version(site, F1)
    version(site, F2, approval=REFUSED)
    assert kind(look(site, task(fingerprint=F1))) == "live"
    assert kind(look(site, task(fingerprint=F2))) == "to send"


def test_a_version_made_by_hand_hides_no_stamp() -> None:
    site = make_site()
    version(site, F1)
    site.wedata.add_by_hand("p1", "a", "by hand (git:lookalike)")
    assert kind(look(site)) == "live"


def test_a_reverted_task_is_sent_unless_it_has_this_content_or_was_never_submitted() -> None:
    reverted = task(change=Change.REVERTED)
    site = make_site()
    assert kind(look(site, reverted)) == "never submitted"
    site.wedata.add_by_hand("p1", "a", "by hand")
    assert kind(look(site, reverted)) == "never submitted"
    version(site, F2)
    assert kind(look(site, reverted)) == "to send"
    version(site, F1)
    assert kind(look(site, reverted)) == "live"


def test_a_version_without_a_number_is_ordered_by_its_time() -> None:
    site = make_site()
    version(site, F1)
    version(site, F2, approval=PENDING)
    without_number(site, 0)
    assert kind(look(site, task(fingerprint=F1))) == "to send"
    assert kind(look(site, task(fingerprint=F2))) == "pending-approval"


def test_where_the_newest_cannot_be_told_nothing_is_concluded_and_nothing_is_sent() -> None:
    site = make_site()
    version(site, F2)
    version(site, F1)
    without_number(site, 0, CreateTime=None)
    looked = look(site)
    assert kind(looked) == "unknown"
    assert looked.ended[0].failure_reason is Reason.AMBIGUOUS
    newest = site.wedata.versions("p1", "a")[-1].version_id
    assert f"which of its versions {newest}, V1 is the newest cannot be told" in looked.ended[0].message


def without_number(site: Site, index: int, **fields: Any) -> None:
    """Takes the number from a version, counted from the newest, as the API shows it."""

    def strip(action: str, payload: Mapping[str, Any]) -> None:
        site.instead.clear()
        data = site.wedata.call(action, "2025-08-06", payload)["Data"]
        data["Items"][index] |= {"VersionNum": None, **fields}
        site.instead[action] = {"Data": data}

    site.before = strip


# Later runs


def test_a_run_is_superseded_by_a_later_one_that_has_stamped_a_task_whatever_became_of_it() -> None:
    for approval in ("通过", PENDING, REFUSED):
        site = make_site()
        version(site, F2, run="9.1", approval=approval)
        with pytest.raises(RunError, match=r"run 9\.1 is later than this one") as raised:
            look(site, task("b"), task("a"))
        assert raised.value.reason is Reason.SUPERSEDED
        assert site.counts()[SUBMIT] == 0


def test_earlier_attempts_and_runs_in_a_shell_supersede_nobody() -> None:
    for run in ("8.1", "7.9", "0.1700000000000"):
        site = make_site()
        version(site, F2, run=run)
        assert kind(look(site)) == "to send"


def test_a_run_in_a_shell_is_superseded_by_nobody() -> None:
    site = make_site()
    version(site, F2, run="9.1")
    assert kind(look(site, run_id=0)) == "to send"
    with pytest.raises(RunError):
        look(site, run_id=1)


def test_only_the_newest_stamp_tells_whether_a_run_is_superseded() -> None:
    site = make_site()
    version(site, F2, run="9.1")
    version(site, F2, run="8.1")
    assert kind(look(site)) == "to send"


# Reads that fail


@pytest.mark.parametrize("code", ["ResourceNotFound", "ResourceNotFound.Task", "InvalidParameter", "FailedOperation"])
def test_a_task_that_wedata_does_not_have_ends_alone(code: str) -> None:
    site = make_site()

    def refuse(_: str, payload: Mapping[str, Any]) -> None:
        if payload["TaskId"] == "b":
            raise answered(code, "no such task")

    site.before = refuse
    looked = look(site, task("a"), task("b"), task("c"))
    assert [found.task_id for found in looked.to_send] == ["a", "c"]
    (outcome,) = looked.ended
    assert (outcome.task.task_id, outcome.state, outcome.failure_reason) == ("b", State.FAILED, Reason.REJECTED)
    assert "no such task" in outcome.message


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (answered("UnauthorizedOperation.UserNotInProject"), Reason.AUTH),
        (answered("AuthFailure.TokenFailure"), Reason.AUTH),
        (answered("RequestLimitExceeded"), Reason.THROTTLED),
        (answered("UnsupportedOperation"), Reason.REJECTED),
        (unanswered("HTTP 502"), Reason.UNREACHABLE),
    ],
)
def test_versions_that_cannot_be_read_end_the_run_before_anything_is_sent(error: ApiError, reason: Reason) -> None:
    site = make_site()
    site.before = always(VERSIONS, error)
    started = site.clock.seconds
    with pytest.raises(RunError, match="their versions must be read first, and that failed") as raised:
        look(site, *map(task, "abc"))
    assert raised.value.reason is reason
    assert ("(RequestId r-1)" in raised.value.message) is bool(error.request_id)
    assert "RequestId )" not in raised.value.message
    passing = reason in {Reason.THROTTLED, Reason.UNREACHABLE}
    assert 50 * passing <= site.clock.seconds - started <= 70 * passing


def test_a_read_that_fails_at_first_is_made_again() -> None:
    site = make_site()
    site.before = striking(VERSIONS, unanswered(), answered("RequestLimitExceeded"), unanswered("HTTP 502"))
    assert kind(look(site)) == "to send"
