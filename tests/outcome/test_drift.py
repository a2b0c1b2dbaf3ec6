"""What `drift` says of a task: each word on both sites, which word wins, and tasks that cannot be read."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.outcome.site import (
    HEAD,
    NOT_CONNECTED,
    VERSIONS,
    Site,
    always,
    answered,
    make_site,
    striking,
    unanswered,
    verdict,
)
from tests.support.batches import make_task
from wedata_action.clock import Clock
from wedata_action.errors import Location, Reason
from wedata_action.outcome.drift import Seen, conclude_drift, judge_drift
from wedata_action.outcome.drift_reads import find_drift
from wedata_action.result import Drift, Result, ResultWord, TaskOutcome
from wedata_action.stamps import make_remark, make_stamp
from wedata_action.task import Code, Task
from wedata_action.tencent.client import RateLimit
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.versions import Version
from wedata_sandbox.content import NewTask
from wedata_sandbox.versions import COLLEAGUE

P = "p1"
FILE = "select 1;\n"
EDIT = "select 'typed in WeData';\n"
OF_HEAD, OF_OTHER = "11" * 32, "22" * 32
GET, PRODUCTION = "GetTask", "GetOpsTaskCode"
PENDING, REFUSED = "审批中", "已驳回"


@pytest.fixture(params=["intl", "domestic"])
def site(request: pytest.FixtureRequest) -> Site:
    found = make_site(request.param, tasks={P: [NewTask("a", code="")]})
    found.files.blobs["b1"] = FILE.encode()
    return found


def coded(task_id: str = "a") -> Task:
    code = Code("a.sql", Location("wedata/a.yml"), "wedata/a.sql", "b1", "d" * 64)
    return make_task(task_id, code=code)._replace(fingerprint=OF_HEAD)


def plain(task_id: str = "a") -> Task:
    return make_task(task_id)._replace(fingerprint=OF_HEAD)


def save(site: Site, code: str | None) -> None:
    site.clock.sleep(60)
    site.wedata.save(P, "a", code)


def submit(site: Site, fingerprint: str = "", approval: str | None = "通过", status: str | None = "Y") -> None:
    """Submits the draft, as this program does, or by hand where there is no fingerprint."""
    site.clock.sleep(60)
    remark = make_remark("tune", make_stamp(HEAD, fingerprint, "7.1")) if fingerprint else "by hand"
    site.wedata.add_by_hand(P, "a", remark, approval, status)


def live(site: Site, code: str = FILE, fingerprint: str = OF_HEAD) -> None:
    save(site, code)
    submit(site, fingerprint)


def look(site: Site, *tasks: Task) -> list[TaskOutcome]:
    site.started = site.clock.seconds
    clock = site.clock.started(random.Random(1), lambda: None)
    return list(find_drift(site.call, clock, site.files, tasks or (coded(),), lambda _: None))


def one(site: Site, task: Task | None = None) -> TaskOutcome:
    [outcome] = look(site, task or coded())
    assert set(site.counts()) <= {GET, VERSIONS, PRODUCTION}
    return outcome


def ended(*outcomes: TaskOutcome) -> Result:
    return conclude_drift(Result("drift", ResultWord.UNKNOWN, settled=outcomes))


def end(*outcomes: TaskOutcome) -> tuple[str, str, int]:
    return verdict(ended(*outcomes))


# Each word


def test_what_runs_and_was_stamped_as_git_has_it_is_in_sync_and_proved(site: Site) -> None:
    live(site)
    outcome = one(site)
    assert (outcome.drift, outcome.version, outcome.message, outcome.difference) == (Drift.IN_SYNC, "V1", "", "")
    assert outcome.proved == "d" * 64
    assert end(outcome) == ("in-sync", "", 0)


def test_a_stamp_of_head_is_enough_for_a_task_without_code(site: Site) -> None:
    live(site, EDIT)
    outcome = one(site, plain())
    assert (outcome.drift, outcome.proved) == (Drift.IN_SYNC, "")
    assert PRODUCTION not in site.counts()


def test_a_code_that_was_adopted_needs_no_stamp(site: Site) -> None:
    live(site, FILE, "")
    assert one(site).drift is Drift.IN_SYNC


@pytest.mark.parametrize("code", [FILE.rstrip("\n"), FILE + "\n", FILE.replace("\n", "\r\n"), "\ufeff" + FILE])
def test_newlines_line_endings_and_a_bom_are_not_drift(site: Site, code: str) -> None:
    live(site, code)
    assert one(site).drift is Drift.IN_SYNC


@pytest.mark.parametrize("task", [coded("b"), plain("b")])
def test_a_task_that_wedata_does_not_have_is_missing(site: Site, task: Task) -> None:
    outcome = one(site, task)
    assert outcome.drift is Drift.MISSING
    assert "WeData has no task b in project p1" in outcome.message
    assert end(outcome) == ("drifted", "drifted", 6)


def test_a_task_that_was_deleted_is_missing(site: Site) -> None:
    live(site)
    site.wedata.delete_task(P, "a")
    assert one(site).drift is Drift.MISSING


@pytest.mark.parametrize("stamp", ["", OF_HEAD])
def test_other_code_in_production_is_shown_with_who_submitted_it(site: Site, stamp: str) -> None:
    live(site, EDIT, stamp)
    outcome = one(site)
    assert (outcome.drift, outcome.version, outcome.proved) == (Drift.CODE_DIFFERS, "V1", "")
    assert outcome.difference == "--- git\n+++ WeData\n@@ -1 +1 @@\n-select 1;\n+select 'typed in WeData';"
    assert f"the last submission is version V1 by {COLLEAGUE.name} ({COLLEAGUE.uin}) at 20" in outcome.message
    assert end(outcome) == ("drifted", "drifted", 6)


@pytest.mark.parametrize("task", [coded(), plain()])
def test_a_stamp_of_another_content_says_that_head_was_not_submitted(site: Site, task: Task) -> None:
    live(site, fingerprint=OF_HEAD)
    live(site, fingerprint=OF_OTHER)
    outcome = one(site, task)
    assert outcome.drift is Drift.NOT_SUBMITTED
    assert outcome.message == f"its newest stamp, of version V2, is of commit {HEAD[:12]}"
    assert end(outcome) == ("drifted", "drifted", 6)


@pytest.mark.parametrize(("approval", "status"), [(REFUSED, "Y"), ("通过", "F"), ("通过", "INVALID")])
def test_a_version_of_head_that_wedata_refused_or_took_offline_counts_as_not_submitted(
    site: Site, approval: str, status: str
) -> None:
    submit(site, OF_HEAD, approval, status)
    outcome = one(site, plain())
    assert outcome.drift is Drift.NOT_SUBMITTED
    assert "version V1, which has the content of head: " in outcome.message


def test_a_refused_version_of_head_does_not_hide_the_older_one_that_is_live(site: Site) -> None:
    live(site, fingerprint=OF_OTHER)
    submit(site, OF_HEAD, REFUSED)
    outcome = one(site, plain())
    assert outcome.drift is Drift.NOT_SUBMITTED
    assert "V2, which has the content of head" in outcome.message


@pytest.mark.parametrize("task", [coded(), plain()])
def test_a_newer_live_version_is_a_warning(site: Site, task: Task) -> None:
    live(site)
    submit(site)
    outcome = one(site, task)
    assert outcome.drift is Drift.CHANGED_IN_WEDATA
    assert f"version V2 by {COLLEAGUE.name} ({COLLEAGUE.uin})" in outcome.message
    assert outcome.message.endswith("after ours, V1")
    assert end(outcome) == ("in-sync", "", 0)


@pytest.mark.parametrize("approval", [PENDING, REFUSED])
def test_a_newer_version_that_is_not_live_changes_nothing(site: Site, approval: str) -> None:
    live(site)
    submit(site, approval=approval, status="N")
    assert one(site).drift is Drift.IN_SYNC


def test_an_edit_that_nobody_submitted_is_a_warning_with_its_difference(site: Site) -> None:
    live(site)
    save(site, EDIT)
    outcome = one(site)
    assert outcome.drift is Drift.DRAFT_DIFFERS
    assert outcome.message.startswith(f"WeData's draft, saved by {COLLEAGUE.name} at 20")
    assert "+select 'typed in WeData';" in outcome.difference
    assert outcome.proved
    assert end(outcome) == ("in-sync", "", 0)
    assert one(site, plain()).drift is Drift.IN_SYNC  # git does not own its code


@pytest.mark.parametrize("task", [coded(), plain()])
def test_of_a_task_that_awaits_approval_only_that_is_said(site: Site, task: Task) -> None:
    live(site, EDIT, OF_OTHER)
    submit(site, OF_HEAD, PENDING, "N")
    save(site, "select 3;\n")
    outcome = one(site, task)
    assert (outcome.drift, outcome.difference) == (Drift.AWAITS_APPROVAL, "")
    assert outcome.message == f"the submission awaits approval in WeData: {PENDING}"
    assert end(outcome) == ("in-sync", "", 0)


def test_another_content_that_awaits_approval_is_drift(site: Site) -> None:
    live(site)
    submit(site, OF_OTHER, PENDING, "N")
    assert one(site).drift is Drift.NOT_SUBMITTED


@pytest.mark.parametrize("draft", ["", None, FILE])
def test_a_task_that_was_never_submitted_is_a_warning(site: Site, draft: str | None) -> None:
    save(site, draft)
    outcome = one(site)
    assert (outcome.drift, outcome.message) == (Drift.NEVER_SUBMITTED, "")
    assert end(outcome) == ("in-sync", "", 0)


def test_a_task_with_neither_code_nor_stamp_is_unproven_and_never_in_sync(site: Site) -> None:
    assert one(site, plain()).drift is Drift.UNPROVEN
    live(site, EDIT, "")
    outcome = one(site, plain())
    assert (outcome.drift, outcome.message, outcome.proved) == (Drift.UNPROVEN, "", "")
    assert end(outcome) == ("in-sync", "", 0)


# Which word wins


def test_other_code_comes_before_another_stamp_and_everything_is_said(site: Site) -> None:
    live(site, "select 0;\n", OF_OTHER)
    live(site, EDIT, "")
    save(site, "select 3;\n")
    outcome = one(site)
    assert outcome.drift is Drift.CODE_DIFFERS
    assert "+select 'typed in WeData';" in outcome.difference
    for said in (
        "the last submission is version V2",
        "its newest stamp, of version V1",
        "after ours, V1",
        "WeData's draft",
    ):
        assert said in outcome.message


def test_a_draft_that_is_the_file_or_what_runs_is_not_an_edit(site: Site) -> None:
    live(site, EDIT)
    assert "draft" not in one(site).message
    save(site, FILE)
    assert "draft" not in one(site).message


def test_a_newer_version_comes_before_an_edit(site: Site) -> None:
    live(site)
    submit(site)
    save(site, EDIT)
    outcome = one(site)
    assert outcome.drift is Drift.CHANGED_IN_WEDATA
    assert "WeData's draft, saved by" in outcome.message
    assert outcome.difference


def test_what_was_submitted_but_does_not_run_is_drift(site: Site) -> None:
    save(site, FILE)
    submit(site, approval=PENDING, status="N")
    outcome = one(site)
    assert outcome.drift is Drift.CODE_DIFFERS
    assert outcome.message.startswith("production does not have the task; the last submission is version V1")


# What cannot be read


@pytest.mark.parametrize("action", [GET, VERSIONS, PRODUCTION])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (answered("UnauthorizedOperation"), ("failure", "auth", 3)),
        (answered("InvalidParameter"), ("unknown", "ambiguous", 4)),
        (answered("InvalidAction"), ("unknown", "ambiguous", 4)),
        (answered("InternalError"), ("unknown", "ambiguous", 4)),
        (unanswered("HTTP 502"), ("unknown", "ambiguous", 4)),
        (NOT_CONNECTED, ("failure", "unreachable", 4)),
        (answered("RequestLimitExceeded"), ("failure", "throttled", 4)),
    ],
)
def test_a_task_that_cannot_be_read_is_unknown(
    site: Site, action: str, error: ApiError, expected: tuple[str, str, int]
) -> None:
    live(site)
    site.before = always(action, error)
    outcome = one(site)
    assert outcome.drift is Drift.UNKNOWN
    assert str(error) in outcome.message
    assert end(outcome) == expected


@pytest.mark.parametrize("data", [None, {}])
@pytest.mark.parametrize("action", [GET, VERSIONS, PRODUCTION])
def test_an_answer_with_null_is_unknown(site: Site, action: str, data: object) -> None:
    live(site)
    site.instead = {action: {"Data": data}}
    outcome = one(site)
    assert (outcome.drift, outcome.failure_reason) == (Drift.UNKNOWN, Reason.AMBIGUOUS)


@pytest.mark.parametrize("error", [unanswered(), answered("RequestLimitExceeded"), NOT_CONNECTED])
def test_a_read_that_fails_at_first_is_made_again(site: Site, error: ApiError) -> None:
    live(site)
    for action in (GET, VERSIONS, PRODUCTION):
        site.before = striking(action, error, error)
        assert one(site).drift is Drift.IN_SYNC


def test_one_task_that_cannot_be_read_hides_none_of_the_others(site: Site) -> None:
    live(site)

    def strike(action: str, payload: Mapping[str, Any]) -> None:
        if action == GET and payload["TaskId"] == "b":
            raise unanswered("HTTP 502")

    site.before = strike
    outcomes = look(site, coded("a"), coded("b"), coded("c"))
    assert [outcome.drift for outcome in outcomes] == [Drift.IN_SYNC, Drift.UNKNOWN, Drift.MISSING]
    result = ended(*outcomes)
    assert verdict(result) == ("unknown", "ambiguous", 4)
    assert result.message == "1 of 3 tasks drifted: c; 1 of 3 tasks could not be read"


def test_the_message_names_the_first_drifted_tasks_and_counts_the_rest(site: Site) -> None:
    assert ended(*look(site, plain("b"))).message == "1 of 1 task drifted: b"
    many = look(site, *map(plain, "bcdefghi"))
    assert ended(*many).message == "8 of 8 tasks drifted: b, c, d, e, f and 3 more"


def test_a_site_that_is_silent_is_given_up_after_a_minute(site: Site) -> None:
    site.before = always(GET, NOT_CONNECTED)
    outcomes = look(site, *(coded(str(number)) for number in range(1000)))
    assert {outcome.drift for outcome in outcomes} == {Drift.UNKNOWN}
    assert site.clock.seconds - site.started < 90


def test_answers_about_missing_tasks_are_no_silence(site: Site) -> None:
    save(site, FILE)
    submit(site, OF_HEAD)
    site.before = lambda action, _: site.clock.sleep(40) if action == GET else None
    words = [outcome.drift for outcome in look(site, coded("x"), coded("y"), coded("z"), coded("a"))]
    assert words == [Drift.MISSING] * 3 + [Drift.IN_SYNC]


def test_an_order_of_versions_that_cannot_be_told_is_unknown() -> None:
    stamp = make_remark("tune", make_stamp(HEAD, OF_HEAD, "7.1"))
    ours = Version("1", "V1", stamp, None, "Y", "")
    for other in (Version("2", "", "by hand", None, "Y", ""), Version("2", "", stamp, None, "Y", "")):
        found = judge_drift(plain(), Seen({}, versions=(ours, other)), None)
        assert (found.drift, found.failure_reason) == (Drift.UNKNOWN, Reason.AMBIGUOUS)


def test_a_version_of_head_without_any_status_is_unknown() -> None:
    stamp = make_remark("tune", make_stamp(HEAD, OF_HEAD, "7.1"))
    found = judge_drift(plain(), Seen({}, versions=(Version("1", "V1", stamp, None, None, ""),)), None)
    assert found.drift is Drift.UNKNOWN


def test_null_names_and_times_are_said_to_be_missing() -> None:
    version = Version("7", "", "", None, "Y", "")
    found = judge_drift(coded(), Seen({}, EDIT.encode(), (version,), b"select 0;\n"), FILE.encode())
    assert found.message == (
        "the last submission is version 7 by somebody; "
        "WeData's draft, saved by somebody, is neither in production nor the file"
    )


# Many


def test_three_hundred_tasks_are_read_side_by_side_each_action_at_its_own_rate(site: Site) -> None:
    ids = [str(number) for number in range(300)]
    for task_id in ids:
        site.wedata.create_task(P, NewTask(task_id, code=FILE, submitted=True))
    lock, clock = threading.Lock(), Clock(workers=8)
    limit, told = RateLimit(150, clock), list[str]()

    def call(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        limit.wait(action)
        time.sleep(0.01)
        with lock:
            return site.call(action, version, payload)

    started = time.monotonic()
    outcomes = find_drift(call, clock, site.files, [coded(task_id) for task_id in ids], told.append)
    seconds = time.monotonic() - started
    assert [outcome.task.task_id for outcome in outcomes] == ids
    assert {outcome.drift for outcome in outcomes} == {Drift.IN_SYNC}
    assert site.counts() == {GET: 300, VERSIONS: 300, PRODUCTION: 300}
    assert "300 of 300 tasks compared" in told
    assert seconds < 4  # one after another the actions would take 6 s for their rates alone
