"""The code of a task on its way into WeData's draft: what is overwritten, what is not, and what is proved."""

from __future__ import annotations

import html
import json
import random
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.code.pushing import (
    FILE,
    OLD,
    PROJECT,
    PROVE,
    READ,
    WRITE,
    KilledError,
    batch_of,
    coded,
    draft,
    killing,
    look_and_push,
    production,
)
from tests.outcome.site import (
    NOT_CONNECTED,
    SUBMIT,
    Contents,
    Site,
    always,
    answered,
    make_site,
    outcome_of,
    striking,
    unanswered,
    verdict,
)
from wedata_action.code.drafts import Drafts
from wedata_action.errors import Location, Reason
from wedata_action.outcome.status import ask_by_stamps
from wedata_action.report.advice import advice
from wedata_action.report.summary import summary
from wedata_action.report.tables import Links
from wedata_action.result import State
from wedata_action.tencent.verdicts import ApiError
from wedata_sandbox.behaviour import NEVER, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.site import Site as Behaviour
from wedata_sandbox.versions import COLLEAGUE

TYPED = b"select 'somebody typed this';\n"
SUCCESS = ("success", "", 0)
CONFLICT = ("failure", "conflict", 1)

DRAFTS: dict[str, tuple[bytes | None, bool, bool]] = {
    "the file at head": (FILE, True, False),
    "a blob that the clone has": (OLD, True, True),
    "a blob that only GitHub has": (b"select 0;\n", True, True),
    "something else": (TYPED, True, False),
    "empty, and submitted before": (b"", True, False),
    "null, and submitted before": (None, True, False),
    "empty, and never submitted": (b"", False, True),
    "null, and never submitted": (None, False, True),
}
"""What the draft holds; whether the task was submitted before; whether `push` may overwrite it."""


def site_with(content: bytes | None, *, submitted: bool, kind: str = "intl") -> Site:
    code = None if content is None else content.decode()
    site = make_site(kind, tasks={PROJECT: [NewTask("a", code=code, submitted=submitted)]})
    site.files.known.add(b"select 0;\n")
    return site


@pytest.mark.parametrize("mode", ["push", "overwrite", "verify"])
@pytest.mark.parametrize("killed", [None, "before write", "after write", "after submit"])
@pytest.mark.parametrize("state", DRAFTS)
def test_what_becomes_of_a_draft_and_of_a_run_that_is_killed_and_run_again(
    state: str, killed: str | None, mode: str
) -> None:
    content, submitted, overwritten = DRAFTS[state]
    site = site_with(content, submitted=submitted)
    site.code = mode
    task = coded(site)
    if killed:
        site.before = killing(WRITE) if killed == "before write" else site.before
        site.after = killing(WRITE if killed == "after write" else SUBMIT) if killed != "before write" else site.after
        try:
            site.run(batch_of(task))
        except KilledError:
            site.clock.sleep(60)
        site.before = site.after = lambda *_: None
    again = look_and_push(site, task, 8)
    in_sync = content == FILE
    written = not in_sync and (mode == "overwrite" or (mode == "push" and overwritten))
    if in_sync or written:
        assert verdict(again) == SUCCESS
        assert production(site) == draft(site) == FILE
        stamped = [version for version in site.wedata.versions(PROJECT, "a") if "def:" in version.remark]
        assert len(stamped) == 1, "nothing twice"
        assert outcome_of(again, "a").proved == "digest of a"
    else:
        assert verdict(again) == CONFLICT
        assert draft(site) == content, "an edit is lost"
        assert site.counts()[SUBMIT] == site.counts()[WRITE] == 0
    assert site.counts()[WRITE] <= (2 if killed == "before write" else 1)


def test_a_draft_that_was_written_and_never_submitted_is_written_no_second_time() -> None:
    site = site_with(OLD, submitted=True)
    task = coded(site)
    site.before = killing(SUBMIT)
    with pytest.raises(KilledError):
        site.run(batch_of(task))
    assert (draft(site), production(site)) == (FILE, OLD)
    site.before = lambda *_: None
    assert verdict(look_and_push(site, task, 8)) == SUCCESS
    assert site.counts()[WRITE] == 1


def test_a_conflict_says_who_typed_when_what_and_what_to_do() -> None:
    site = site_with(OLD, submitted=True)
    site.wedata.save(PROJECT, "a", TYPED.decode())
    outcome = outcome_of(site.run(batch_of(coded(site))), "a")
    assert (outcome.state, outcome.batch, outcome.job_id) == (State.FAILED, "", None)
    for words in (
        f"saved by {COLLEAGUE.name} at ",
        "(WeData's time)",
        "wedata/a.sql",
    ):
        assert words in outcome.message
    assert "-select 2;\n+select 'somebody typed this';" in outcome.difference
    assert "`code: overwrite`" in advice([outcome], "")
    assert "`--code overwrite`" in advice([outcome], "", in_shell=True)
    assert outcome.difference.startswith("--- git\n+++ WeData\n")


def test_an_edit_that_is_overwritten_is_named_with_the_saved_version_that_keeps_it() -> None:
    site = site_with(OLD, submitted=True)
    site.code = "overwrite"
    site.wedata.save(PROJECT, "a", TYPED.decode())
    result = site.run(batch_of(coded(site)))
    assert verdict(result) == SUCCESS
    [warning] = result.warnings
    assert warning.location == Location("wedata/a.yml", 2, 7)
    for words in (f"saved by {COLLEAGUE.name} at ", "WeData keeps it as saved version V2", "was dropped"):
        assert words in warning.message
    assert warning.message in site.log
    assert site.wedata.saved(PROJECT, "a")[1].content.code == TYPED.decode()


@pytest.mark.parametrize("content", [OLD, b"select 0;\n", FILE])
def test_a_draft_that_git_has_is_overwritten_without_a_warning(content: bytes) -> None:
    site = site_with(content, submitted=True)
    site.code = "overwrite"
    assert site.run(batch_of(coded(site))).warnings == ()


def test_an_edit_counts_as_dropped_where_the_answer_to_the_write_is_lost() -> None:
    site = site_with(TYPED, submitted=True)
    site.code = "overwrite"
    site.after = always(WRITE, unanswered())

    def strike(action: str, payload: Mapping[str, Any]) -> None:
        if site.counts()[WRITE]:
            always(READ, unanswered())(action, payload)

    site.before = strike
    result = site.run(batch_of(coded(site)))
    assert verdict(result) == ("unknown", "ambiguous", 4)
    [warning] = result.warnings
    assert "may have been dropped" in warning.message


def test_one_conflict_leaves_the_other_tasks_of_the_batch_alone() -> None:
    tasks = [NewTask(name, code=OLD.decode(), submitted=True) for name in "abc"]
    site = make_site("intl", tasks={PROJECT: tasks})
    site.wedata.save(PROJECT, "b", TYPED.decode())
    result = site.run(batch_of(*(coded(site, name) for name in "abc")))
    assert verdict(result) == CONFLICT
    assert {name: outcome_of(result, name).state for name in "abc"} == {
        "a": State.LIVE,
        "b": State.FAILED,
        "c": State.LIVE,
    }
    [sent] = site.wedata.submissions
    assert [task["TaskId"] for task in sent.body["Tasks"]] == ["a", "c"]


@pytest.mark.parametrize("ending", [b"select 2;", b"select 2;\n\n", b"select 2;\r\n", b"\xef\xbb\xbfselect 2;\n"])
def test_newlines_at_the_end_line_endings_and_a_bom_are_no_difference(ending: bytes) -> None:
    site = site_with(ending, submitted=True)
    assert verdict(site.run(batch_of(coded(site)))) == SUCCESS
    assert site.counts()[WRITE] == 0


@pytest.mark.parametrize("other", [b"select 2; \n", b" select 2;\n", b"select\r2;\n", b"select 2;\n\0"])
def test_anything_else_is_a_difference(other: bytes) -> None:
    site = site_with(other, submitted=True)
    assert verdict(site.run(batch_of(coded(site)))) == CONFLICT


@pytest.mark.parametrize(
    "code",
    [
        "\N{RIGHT-TO-LEFT OVERRIDE}select",
        "::error::forged\n",
        "a\rb\r\nc\n",
        "\0",
        "x" * (5 << 20),
        "漢字 😀\n",
        " \n\t",
    ],
    ids=["bidi", "command", "mixed", "nul", "long", "wide", "blank"],
)
@pytest.mark.parametrize("behaviour", [Behaviour(base64_lines=True), Behaviour(keep_code=lambda code: f"{code}\n")])
def test_any_text_arrives_as_it_is(code: str, behaviour: Behaviour) -> None:
    site = make_site("intl", tasks={PROJECT: [NewTask("a", code=OLD.decode(), submitted=True)]})
    site.wedata._site = behaviour
    assert verdict(site.run(batch_of(coded(site, file=code.encode())))) == SUCCESS
    found = production(site)
    assert found is not None
    assert found.rstrip(b"\n") == code.encode().rstrip(b"\n")


def test_a_task_that_wedata_does_not_have_and_one_of_a_bundle_end_alone() -> None:
    tasks = [NewTask("a", code=OLD.decode(), submitted=True), NewTask("b", code=OLD.decode(), bundle_id="etl")]
    site = make_site("intl", tasks={PROJECT: tasks})
    result = site.run(batch_of(*(coded(site, name) for name in ("a", "b", "gone"))))
    assert verdict(result) == ("failure", "rejected", 1)
    assert outcome_of(result, "a").state is State.LIVE
    assert "bundle etl" in outcome_of(result, "b").message
    assert "WeData has no task gone in project p1" in outcome_of(result, "gone").message
    assert draft(site, "b") == OLD


# Answers that leave it open

OPEN = [unanswered(), unanswered("HTTP 502"), answered("InternalError"), answered("FailedOperation")]


@pytest.mark.parametrize("error", OPEN, ids=lambda error: error.code)
def test_a_write_that_may_have_happened_is_read_back_and_not_repeated(error: ApiError) -> None:
    site = site_with(OLD, submitted=True)
    site.after = striking(WRITE, error)
    assert verdict(site.run(batch_of(coded(site)))) == SUCCESS
    assert site.counts()[WRITE] == 1

    site = site_with(OLD, submitted=True)
    site.before = always(WRITE, error)
    result = site.run(batch_of(coded(site)))
    assert verdict(result) == ("unknown", "ambiguous", 4)
    assert outcome_of(result, "a").state is State.UNSENT
    assert (site.counts()[WRITE], site.counts()[SUBMIT]) == (1, 0)


@pytest.mark.parametrize("data", [None, {}, {"Status": None}, {"Status": "yes"}])
def test_a_write_without_a_status_is_read_back(data: Any) -> None:
    site = site_with(OLD, submitted=True)
    site.instead[WRITE] = {"Data": data}
    assert verdict(site.run(batch_of(coded(site)))) == SUCCESS


def test_status_false_is_a_rejection() -> None:
    site = site_with(OLD, submitted=True)
    site.instead[WRITE] = {"Data": {"Status": False}}
    result = site.run(batch_of(coded(site)))
    assert verdict(result) == ("failure", "rejected", 1)
    assert site.counts()[SUBMIT] == 0


@pytest.mark.parametrize("error", [NOT_CONNECTED, answered("RequestLimitExceeded")])
def test_a_write_that_surely_did_not_happen_is_made_again(error: ApiError) -> None:
    site = site_with(OLD, submitted=True)
    site.before = striking(WRITE, error, error)
    assert verdict(site.run(batch_of(coded(site)))) == SUCCESS


def test_a_draft_that_somebody_saves_before_a_write_is_made_again_is_kept() -> None:
    site = site_with(OLD, submitted=True)

    def save(action: str, _: Any) -> None:
        if action == WRITE and site.counts()[WRITE] == 1:
            site.wedata.save(PROJECT, "a", TYPED.decode())
            raise NOT_CONNECTED

    site.before = save
    assert verdict(site.run(batch_of(coded(site)))) == CONFLICT
    assert draft(site) == TYPED


def test_a_draft_that_somebody_saves_while_the_first_write_of_another_task_ends_is_kept() -> None:
    site, (first, second) = many(2)
    known = threading.Event()

    class Slow(Contents):
        def knows(self, code: bytes) -> bool:
            if threading.current_thread() is waiting:
                known.set()
            return super().knows(code)

    def save(action: str, payload: Any) -> None:
        if action == WRITE and payload["TaskId"] == first.task_id:
            waiting.start()
            assert known.wait(20)
            time.sleep(0.3)  # the other thread waits for the first write by now
            site.wedata.save(PROJECT, second.task_id, TYPED.decode())
            raise unanswered()

    site.before = save
    clock = site.clock.started(random.Random(1), lambda: None)
    files = Slow(site.files.blobs)
    drafts = Drafts(site.call, clock, files, "push", lambda *_: None, site.log.append)
    ends: list[Any] = []
    waiting = threading.Thread(target=lambda: ends.append(drafts.prepare(second)))
    drafts.prepare(first)
    waiting.join(20)
    assert [end.failure_reason for end in ends] == [Reason.CONFLICT]
    assert draft(site, second.task_id) == TYPED


@pytest.mark.parametrize(
    ("action", "error", "expected"),
    [
        (READ, answered("UnauthorizedOperation", action=READ), ("failure", "auth", 3)),
        (WRITE, answered("UnauthorizedOperation", action=WRITE), ("failure", "auth", 3)),
        (READ, unanswered("HTTP 502"), ("unknown", "ambiguous", 4)),
        (READ, NOT_CONNECTED, ("failure", "unreachable", 4)),
        (WRITE, answered("InvalidParameter"), ("failure", "rejected", 1)),
    ],
)
def test_a_draft_that_cannot_be_read_or_written_leaves_its_task_unsent(
    action: str, error: ApiError, expected: tuple[str, str, int]
) -> None:
    site = site_with(OLD, submitted=True)
    site.before = always(action, error)
    result = site.run(batch_of(coded(site)))
    assert verdict(result) == expected
    assert str(error) in outcome_of(result, "a").message
    assert site.counts()[SUBMIT] == 0


@pytest.mark.parametrize("part", ["TaskBaseAttribute", "TaskConfiguration", "TaskSchedulerConfiguration", None])
def test_half_a_task_is_not_taken_for_one_without_code(part: str | None) -> None:
    site = site_with(TYPED, submitted=True)
    whole = site.wedata.call(READ, "2025-08-06", {"ProjectId": PROJECT, "TaskId": "a"})["Data"]
    site.instead[READ] = {"Data": whole | {part: None} if part else None}
    result = site.run(batch_of(coded(site)))
    assert verdict(result) == ("unknown", "ambiguous", 4)
    assert site.counts()[WRITE] == 0


# The first write shows that the others will be harmless


def many(count: int) -> tuple[Site, list[Any]]:
    names = [f"t{number}" for number in range(count)]
    site = make_site("intl", tasks={PROJECT: [NewTask(name, code=OLD.decode(), submitted=True) for name in names]})
    return site, [coded(site, name) for name in names]


def test_the_first_write_goes_alone_and_is_read_back() -> None:
    site, tasks = many(5)
    assert verdict(site.run(batch_of(*tasks))) == SUCCESS
    assert site.counts()[WRITE] == 5
    assert site.counts()[READ] == 6
    order = [action for _, action in site.asked if action in {READ, WRITE}]
    assert order[:3] == [READ, WRITE, READ]


@pytest.mark.parametrize(
    ("group", "field", "value"),
    [
        ("TaskBaseAttribute", "OwnerUin", "somebody else"),
        ("TaskConfiguration", "ResourceGroup", None),
        ("TaskConfiguration", "TaskSchedulingParameterList", [{"ParamKey": "day", "ParamValue": "1"}]),
        ("TaskSchedulerConfiguration", "CrontabExpression", "0 0 1 * * ? *"),
        ("TaskSchedulerConfiguration", "UpstreamDependencyConfigList", [{"TaskId": "b"}]),
    ],
)
def test_a_first_write_that_changes_more_than_the_code_ends_all_writing(group: str, field: str, value: Any) -> None:
    site, tasks = many(5)
    was = site.wedata.call(READ, "2025-08-06", {"ProjectId": PROJECT, "TaskId": "t0"})["Data"][group][field]

    def spoil(action: str, _: Any) -> None:
        if action == WRITE:
            found = site.wedata.call(READ, "2025-08-06", {"ProjectId": PROJECT, "TaskId": "t0"})["Data"]
            site.instead[READ] = {"Data": {**found, group: {**found[group], field: value}}}

    site.after = spoil
    result = site.run(batch_of(*tasks))
    assert verdict(result) == ("failure", "rejected", 1)
    assert (site.counts()[WRITE], site.counts()[SUBMIT]) == (1, 0)
    first = outcome_of(result, "t0")
    assert first.state is State.FAILED
    assert f"Restore the task in WeData first: {field} was " in first.message
    assert f"{field} was {json.dumps(was)}" in first.message
    assert {outcome_of(result, f"t{number}").state for number in range(1, 5)} == {State.UNSENT}


def test_the_summary_keeps_all_of_what_a_first_write_changed() -> None:
    site, tasks = many(1)
    whole = site.wedata.call(READ, "2025-08-06", {"ProjectId": PROJECT, "TaskId": "t0"})["Data"]
    links = [{"TaskId": f"parent{number}"} for number in range(300)]
    old, new = (whole["TaskSchedulerConfiguration"] | {"UpstreamDependencyConfigList": found} for found in (links, []))

    def spoil(action: str, _: Any) -> None:
        if action == WRITE:
            site.instead[READ] = {"Data": whole | {"TaskSchedulerConfiguration": new}}

    site.instead[READ] = {"Data": whole | {"TaskSchedulerConfiguration": old}}
    site.after = spoil
    shown = html.unescape(summary(site.run(batch_of(*tasks)), Links()))
    assert f"UpstreamDependencyConfigList was {json.dumps(links)}" in shown


def test_other_fields_that_a_first_write_changes_are_logged() -> None:
    site, tasks = many(2)

    def touch(action: str, _: Any) -> None:
        if action == WRITE:
            found = site.wedata.call(READ, "2025-08-06", {"ProjectId": PROJECT, "TaskId": "t0"})["Data"]
            site.instead[READ] = {"Data": {**found, "TaskConfiguration": {**found["TaskConfiguration"], "New": "1"}}}

    def forget(_action: str, _: Any) -> None:
        if site.counts()[READ] > 2:
            site.instead.pop(READ, None)

    site.after, site.before = touch, forget
    assert verdict(site.run(batch_of(*tasks))) == SUCCESS
    assert any("also changed New" in line for line in site.log)


# The proof


def test_production_is_read_until_it_runs_the_file() -> None:
    for kind in ("intl", "domestic"):
        site = site_with(OLD, submitted=True, kind=kind)
        site.wedata.set_task("a", TaskBehaviour(production_delay=40))
        result = site.run(batch_of(coded(site)))
        assert verdict(result) == SUCCESS
        assert outcome_of(result, "a").proved == "digest of a"
        assert 40 <= site.clock.seconds - site.started < 60


def test_production_that_still_runs_the_base_when_time_is_up_is_a_timeout() -> None:
    site = site_with(OLD, submitted=True)
    site.wedata.set_task("a", TaskBehaviour(production_delay=NEVER))
    result = site.run(batch_of(coded(site)), timeout=60)
    assert verdict(result) == ("unknown", "timeout", 4)
    assert "production still ran wedata/a.sql of the base" in outcome_of(result, "a").message


def test_a_draft_that_changes_between_the_write_and_the_submission_is_a_mismatch() -> None:
    site = site_with(OLD, submitted=True)

    def type_over(action: str, _: Any) -> None:
        if action == SUBMIT:
            site.wedata.save(PROJECT, "a", TYPED.decode())

    site.before = type_over
    task = coded(site)
    result = site.run(batch_of(task), timeout=60)
    assert verdict(result) == ("failure", "code-mismatch", 1)
    assert "+select 'somebody typed this';" in outcome_of(result, "a").difference
    # The next run does not take that version for this content.
    site.before = lambda *_: None
    site.clock.sleep(60)
    assert verdict(look_and_push(site, task, 8)) == CONFLICT
    assert draft(site) == TYPED


@pytest.mark.parametrize("kind", ["intl", "domestic"])
def test_what_production_ran_before_proves_nothing_of_a_version_with_another_code(kind: str) -> None:
    site = site_with(FILE, submitted=True, kind=kind)
    site.wedata.set_task("a", TaskBehaviour(production_delay=600))

    def type_over(action: str, _: Any) -> None:
        if action == SUBMIT:
            site.wedata.save(PROJECT, "a", TYPED.decode())

    site.before = type_over
    result = site.run(batch_of(coded(site, base=FILE)), timeout=60)
    assert production(site) == FILE
    assert verdict(result) == ("failure", "code-mismatch", 1)
    assert "the version of this run has another code" in outcome_of(result, "a").message
    assert "+select 'somebody typed this';" in outcome_of(result, "a").difference


def test_what_production_still_runs_proves_nothing_when_it_is_asked_later_either() -> None:
    site = site_with(FILE, submitted=True)
    site.wedata.set_task("a", TaskBehaviour(production_delay=600))

    def type_over(action: str, _: Any) -> None:
        if action == SUBMIT:
            site.wedata.save(PROJECT, "a", TYPED.decode())

    site.before = type_over
    task = coded(site, base=FILE)
    site.run(batch_of(task), timeout=60)
    assert production(site) == FILE
    clock = site.clock.started(random.Random(1), lambda: None)
    [outcome] = ask_by_stamps(site.call, clock, site.files, [task], 0, lambda _: None)
    assert (outcome.state, outcome.failure_reason) == (State.FAILED, Reason.CODE_MISMATCH)


def test_a_version_by_hand_that_came_later_proves_nothing_of_the_one_of_the_run() -> None:
    site = site_with(FILE, submitted=True)
    site.wedata.set_task("a", TaskBehaviour(production_delay=600))

    def type_over_and_back(action: str, _: Any) -> None:
        if action == SUBMIT:
            site.wedata.save(PROJECT, "a", TYPED.decode())
        if action == PROVE and site.counts()[PROVE] == 1:
            site.wedata.save(PROJECT, "a", FILE.decode())
            site.wedata.add_by_hand(PROJECT, "a", "by hand", "审批中")

    site.before = type_over_and_back
    result = site.run(batch_of(coded(site, base=FILE)), timeout=60)
    assert production(site) == FILE
    assert verdict(result) == ("failure", "code-mismatch", 1)


def test_a_version_by_hand_that_came_later_does_not_hide_the_one_of_the_run() -> None:
    site = site_with(OLD, submitted=True)

    def by_hand(action: str, _: Any) -> None:
        if action == PROVE and site.counts()[PROVE] == 1:
            site.wedata.save(PROJECT, "a", TYPED.decode())
            site.wedata.add_by_hand(PROJECT, "a", "by hand", "审批中")

    site.before = by_hand
    assert verdict(site.run(batch_of(coded(site)), timeout=60)) == SUCCESS


def test_a_code_that_cannot_be_read_is_unknown_and_a_missing_right_says_so() -> None:
    for error, expected in (
        (answered("UnauthorizedOperation", action=PROVE), ("failure", "auth", 3)),
        (unanswered("HTTP 502"), ("unknown", "ambiguous", 4)),
        (answered("ResourceNotFound"), ("unknown", "ambiguous", 4)),
    ):
        site = site_with(OLD, submitted=True)
        site.before = always(PROVE, error)
        result = site.run(batch_of(coded(site)), timeout=60)
        assert verdict(result) == expected
        assert outcome_of(result, "a").state is State.UNKNOWN
        assert str(error) in outcome_of(result, "a").message


def test_a_task_that_was_looked_up_is_proved_too() -> None:
    site = site_with(OLD, submitted=True)
    task = coded(site)
    site.wedata.set_task("a", TaskBehaviour(production_delay=600))
    site.run(batch_of(task), timeout=60)
    result = look_and_push(site, task, 8, timeout=900)
    assert verdict(result) == SUCCESS
    assert site.counts()[SUBMIT] == 1
    assert outcome_of(result, "a").proved == "digest of a"


def test_what_awaits_approval_is_not_proved() -> None:
    site = site_with(OLD, submitted=True, kind="domestic")
    site.wedata.set_task("a", TaskBehaviour(approve_status="审批中"))
    result = site.run(batch_of(coded(site)), pass_pending=True)
    assert verdict(result) == ("pending-approval", "", 0)
    assert outcome_of(result, "a").proved == ""
    assert site.counts()[PROVE] == 0


def test_without_waiting_nothing_is_proved() -> None:
    site = site_with(OLD, submitted=True)
    assert verdict(site.run(batch_of(coded(site)), wait=False)) == ("submitted", "", 0)
    assert site.counts()[PROVE] == 0
    assert draft(site) == FILE
