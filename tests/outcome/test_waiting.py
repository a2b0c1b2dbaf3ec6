"""Waiting for outcomes, in simulated time: how often, how long, in which way, and what is not guessed."""

import gc
import itertools
import re
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.outcome.site import (
    DETAIL,
    LOG,
    NOT_CONNECTED,
    PASSING,
    SUBMIT,
    VERSIONS,
    Site,
    always,
    answered,
    make_site,
    most_in_a_second,
    outcome_of,
    stamped,
    states,
    striking,
    unanswered,
    verdict,
)
from wedata_action.commands.delivery import Parents
from wedata_action.result import State
from wedata_action.tencent.verdicts import ApiError
from wedata_sandbox.behaviour import NEVER, JobBehaviour, TaskBehaviour

Strike = Callable[[str, Mapping[str, Any]], None]
SUCCESS = ("success", "", 0)
TIMEOUT = ("unknown", "timeout", 4)
AMBIGUOUS = ("unknown", "ambiguous", 4)
AUTH = ("failure", "auth", 3)
KINDS = ("domestic", "intl")
READ = {"domestic": DETAIL, "intl": VERSIONS}


def slow_site(kind: str, seconds: float) -> Site:
    site = make_site(kind)
    site.wedata.set_jobs(JobBehaviour(seconds=seconds))
    return site


# How often, and how long


@pytest.mark.parametrize("kind", KINDS)
def test_polls_begin_within_a_second_and_back_off_with_jitter_to_at_most_15_seconds(kind: str) -> None:
    site = slow_site(kind, 500)
    assert verdict(site.run(stamped("1", "a"))) == SUCCESS
    (sent,) = site.times(SUBMIT)
    polls = site.times(READ[kind])
    pauses = [later - earlier for earlier, later in itertools.pairwise(polls)]
    assert polls[0] - sent < 1
    assert polls[-1] - 500 <= 15
    assert max(pauses) <= 15
    assert max(pauses[:3]) < 2
    assert max(pauses) > 10
    assert len({round(pause, 3) for pause in pauses[-5:]}) == 5
    assert len(polls) < 80


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [None, 7])
def test_one_deadline_ends_the_wait(kind: str, given: int | None) -> None:
    seconds = given or {"domestic": 1800, "intl": 600}[kind]
    site = slow_site(kind, NEVER)
    result = site.run(stamped("1", "a"), stamped("2", "b"), timeout=given)
    assert verdict(result) == TIMEOUT
    assert seconds <= site.clock.seconds - site.started <= seconds + 1
    assert {batch.job_id for batch in result.batches} == {1, 2}
    assert {task.failure_reason for task in result.outcomes} == {"timeout"}


def test_at_the_deadline_there_is_a_last_look() -> None:
    site = slow_site("domestic", 599.5)
    assert verdict(site.run(stamped("1", "a"), timeout=600)) == SUCCESS


def test_reads_that_fail_decide_nothing_and_are_tried_again_until_the_deadline() -> None:
    for kind in KINDS:
        for error in PASSING:
            site = slow_site(kind, 3)
            site.before = striking(READ[kind], *[error] * 12)
            assert verdict(site.run(stamped("1", "a"))) == SUCCESS, (kind, error)
            assert site.counts()[READ[kind]] > 12
            site = slow_site(kind, 3)
            site.before = always(READ[kind], error)
            result = site.run(stamped("1", "a"), timeout=60)
            assert verdict(result) == TIMEOUT, (kind, error)
            assert str(error) in result.outcomes[0].message
            assert site.clock.seconds - site.started < 62


def test_a_site_that_never_tells_which_way_it_offers_is_asked_no_other() -> None:
    for error in PASSING:
        site = make_site("domestic")
        site.before = always(DETAIL, error)
        result = site.run(stamped("1", "a"), stamped("2", "b"))
        assert verdict(result) == TIMEOUT
        assert site.counts()[VERSIONS] == 0
        assert site.log == []
        assert "did not tell whether it has ListBatchDetail" in result.outcomes[1].message
        assert 600 <= site.clock.seconds - site.started <= 602


# Which way


@pytest.mark.parametrize("code", ["InvalidAction", "NoSuchVersion", "UnsupportedOperation", "UnsupportedOperation.X"])
def test_a_site_without_list_batch_detail_is_asked_by_version(code: str) -> None:
    site = make_site("domestic")
    site.before = always(DETAIL, answered(code))
    assert verdict(site.run(stamped("1", "a"), stamped("2", "b"))) == SUCCESS
    assert site.counts() == {SUBMIT: 2, DETAIL: 1, VERSIONS: 2}
    (said,) = site.log
    assert "no ListBatchDetail" in said


@pytest.mark.parametrize("code", ["ResourceNotFound", "InvalidParameter", "FailedOperation", "OperationDenied"])
def test_any_other_definite_answer_means_by_job(code: str) -> None:
    site = make_site("domestic")
    site.before = striking(DETAIL, answered("InternalError"), NOT_CONNECTED, answered(code))
    assert verdict(site.run(stamped("1", "a"), stamped("2", "b"))) == SUCCESS
    assert site.counts() == {SUBMIT: 2, DETAIL: 5}
    (said,) = site.log
    assert "asked about jobs" in said


def test_the_way_is_chosen_once() -> None:
    site = slow_site("domestic", 20)
    calls = 0

    def later_not(action: str, _: Mapping[str, Any]) -> None:
        nonlocal calls
        calls += action == DETAIL
        if action == DETAIL and calls > 3:
            raise answered("InvalidAction")

    site.before = later_not
    result = site.run(stamped("1", "a"))
    assert verdict(result) == AMBIGUOUS
    assert site.counts()[VERSIONS] == 0
    assert "InvalidAction" in result.outcomes[0].message


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_permission_ends_the_wait_at_once_and_names_the_action(kind: str) -> None:
    for code in ("UnauthorizedOperation", "UnauthorizedOperation.CamNoAuth"):
        site = make_site(kind)
        site.before = always(READ[kind], answered(code, "you are not authorized", READ[kind]))
        result = site.run(stamped("1", "a", "b"))
        assert verdict(result) == AUTH
        assert site.clock.seconds == site.started
        assert f"wedata:{READ[kind]}" in result.outcomes[1].message
        assert "you are not authorized" in result.outcomes[1].message
        assert set(states(result).values()) == {State.UNKNOWN}


def test_keys_that_expire_while_waiting_end_the_wait_too() -> None:
    site = make_site("domestic")
    site.before = always(DETAIL, answered("AuthFailure.TokenFailure"))
    result = site.run(stamped("1", "a"))
    assert verdict(result) == AUTH
    assert "CAM" not in result.outcomes[0].message


# By job


def test_part_success_names_exactly_the_tasks_that_failed_with_wedatas_own_words() -> None:
    site = slow_site("domestic", 4)
    ids = [f"t{number}" for number in range(40)]
    failing = set(ids[::3])
    for task_id in failing:
        site.wedata.set_task(task_id, TaskBehaviour(refusal=f"任务 {task_id} 的父任务未提交"))
    result = site.run(stamped("1", *ids))
    assert verdict(result) == ("failure", "job-failed", 1)
    assert {key for key, state in states(result).items() if state is State.FAILED} == failing
    assert set(states(result).values()) == {State.FAILED, State.LIVE}
    for task_id in failing:
        assert outcome_of(result, task_id).message == f"WeData says: 任务 {task_id} 的父任务未提交"
    assert site.counts()[LOG] == len(failing)


def test_a_job_that_fails_as_a_whole_fails_each_task() -> None:
    site = make_site("domestic")
    site.wedata.set_jobs(JobBehaviour(refusal="项目已冻结"))
    result = site.run(stamped("1", "a", "b"), stamped("2", "c"))
    assert verdict(result) == ("failure", "job-failed", 1)
    assert {task.message for task in result.outcomes} == {"WeData says: 项目已冻结"}


LOG_ERRORS: tuple[ApiError, ...] = (
    *PASSING,
    answered("UnauthorizedOperation"),
    answered("InvalidAction"),
    answered("ResourceNotFound"),
    answered("AuthFailure.TokenFailure"),
)


@pytest.mark.parametrize("error", LOG_ERRORS, ids=lambda error: error.code)
def test_an_error_log_that_cannot_be_read_does_not_change_the_verdict(error: ApiError) -> None:
    site = make_site("domestic")
    site.wedata.set_task("b", TaskBehaviour(refusal="坏"))
    site.before = always(LOG, error)
    result = site.run(stamped("1", "a", "b"))
    assert verdict(result) == ("failure", "job-failed", 1)
    assert states(result) == {"a": State.LIVE, "b": State.FAILED}
    assert str(error) in outcome_of(result, "b").message
    assert site.clock.seconds - site.started < 20


def test_an_error_log_that_fails_at_first_is_read_again() -> None:
    site = make_site("domestic")
    site.wedata.set_task("b", TaskBehaviour(refusal="坏"))
    site.before = striking(LOG, unanswered(), NOT_CONNECTED)
    assert outcome_of(site.run(stamped("1", "a", "b")), "b").message == "WeData says: 坏"


def test_an_empty_error_log_is_said_to_be_empty() -> None:
    site = make_site("domestic")
    site.wedata.set_task("a", TaskBehaviour(refusal=""))
    message = outcome_of(site.run(stamped("1", "a")), "a").message
    assert message == "WeData could not create the version, and its error log is empty"


def test_a_thousand_error_logs_are_all_read_within_the_rate() -> None:
    site = make_site("domestic")
    site.wedata.set_jobs(JobBehaviour(refusal="坏"))
    result = site.run(stamped("1", *(f"t{number}" for number in range(1000))))
    assert {task.message for task in result.outcomes} == {"WeData says: 坏"}
    assert max(most_in_a_second(site.times(action)) for action in site.counts()) <= 20
    assert site.clock.seconds - site.started < 60


# By version


def test_versions_that_appear_late_are_waited_for_and_those_that_never_do_are_unknown() -> None:
    site = make_site("intl")
    site.wedata.set_task("late", TaskBehaviour(version_delay=200))
    site.wedata.set_task("never", TaskBehaviour(version_delay=NEVER))
    result = site.run(stamped("1", "a", "late", "never"))
    assert verdict(result) == TIMEOUT
    assert states(result) == {"a": State.LIVE, "late": State.LIVE, "never": State.UNKNOWN}
    assert "reports no failures, so look at the task in WeData" in outcome_of(result, "never").message


def test_a_version_of_another_run_or_made_by_hand_is_not_taken_for_ours() -> None:
    site = make_site("intl")
    site.wedata.set_default_task(TaskBehaviour(version_delay=NEVER))
    batch = stamped("1", "a", text="tune")
    remark = batch.outcomes[0].remark
    for other in ("tune", "", remark.replace("run:7.1", "run:7.2"), remark.replace("def:", "def:0")[:-1]):
        site.wedata.add_by_hand("p1", "a", other)
    assert verdict(site.run(batch, timeout=20)) == TIMEOUT


def test_an_older_version_with_the_same_text_is_no_sign_of_a_site_that_cuts_remarks() -> None:
    site = make_site("intl")
    site.wedata.add_by_hand("p1", "a", "tune")
    site.wedata.set_default_task(TaskBehaviour(version_delay=30))
    assert verdict(site.run(stamped("1", "a", text="tune"))) == SUCCESS


@pytest.mark.parametrize("limit", [3, 10, 20, 30, 40, 50])
def test_a_site_that_cuts_remarks_is_unknown_and_says_to_shorten_version_remark(limit: int) -> None:
    site = make_site("intl", remark_limit=limit)
    batch = stamped("1", "a", text="tune the retries")
    result = site.run(batch)
    assert len(batch.outcomes[0].remark) > limit
    assert result.result == "unknown"
    assert "shorten version-remark" in result.outcomes[0].message


# Open answers

OPEN: tuple[ApiError, ...] = (
    unanswered(),
    unanswered("HTTP 502"),
    unanswered("MalformedAnswer", "the answer is not WeData's JSON (a proxy's page?): <html>"),
    answered("InternalError"),
    answered("FailedOperation.ConnectionTimeOutError"),
    answered("Unlisted"),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", OPEN, ids=lambda error: error.code)
def test_an_open_answer_is_looked_up_and_never_sent_again(kind: str, error: ApiError) -> None:
    site = make_site(kind)
    site.after = always(SUBMIT, error)
    site.wedata.set_default_task(TaskBehaviour(version_delay=40))
    assert verdict(site.run(stamped("1", "a", "b"))) == SUCCESS
    assert site.counts()[SUBMIT] == 1

    site = make_site(kind)
    site.before = always(SUBMIT, error)
    result = site.run(stamped("1", "a"))
    assert verdict(result) == AMBIGUOUS
    assert site.counts()[SUBMIT] == 1
    assert str(error) in result.outcomes[0].message
    assert "no version of this run was found, so it is not known" in result.outcomes[0].message
    assert 120 <= site.clock.seconds - site.started <= 121


def test_a_null_job_id_is_looked_up() -> None:
    site = make_site("domestic")
    site.instead[SUBMIT] = {"Data": None}
    assert verdict(site.run(stamped("1", "a"))) == SUCCESS


def test_a_failed_operation_is_looked_up_for_15_seconds() -> None:
    for kind in KINDS:
        site = make_site(kind)
        site.after = always(SUBMIT, answered("FailedOperation", "提交失败"))
        assert verdict(site.run(stamped("1", "a"))) == SUCCESS

        site = make_site(kind)
        site.before = always(SUBMIT, answered("FailedOperation", "提交失败"))
        result = site.run(stamped("1", "a"))
        assert verdict(result) == ("failure", "rejected", 1)
        assert result.outcomes[0].message == "WeData answered FailedOperation: 提交失败"
        assert 15 <= site.clock.seconds - site.started <= 16


def test_the_log_says_why_an_answer_is_looked_up_and_until_when() -> None:
    for error in (answered("FailedOperation"), unanswered("HTTP 502")):
        site = make_site("domestic")
        site.before = always(SUBMIT, error)
        site.run(stamped("1", "a"))
        [line] = site.log
        assert line.startswith(f"Batch 1: {error.code} leaves open whether WeData executed the call, ")
        assert re.search(r"looked up until \d\d:\d\d:\d\d UTC$", line)


@pytest.mark.parametrize(("error", "end"), [(answered("FailedOperation"), AMBIGUOUS), (unanswered(), AMBIGUOUS)])
def test_a_look_up_ends_with_the_wait_and_then_proves_nothing(error: ApiError, end: tuple[str, str, int]) -> None:
    site = make_site("intl")
    site.before = always(SUBMIT, error)
    assert verdict(site.run(stamped("1", "a"), timeout=5)) == end
    assert 5 <= site.clock.seconds - site.started <= 6


def test_a_failed_operation_that_cannot_be_looked_up_is_not_said_to_be_rejected() -> None:
    site = make_site("intl")
    site.before = lambda action, _: (_ for _ in ()).throw(
        answered("FailedOperation", "提交失败") if action == SUBMIT else unanswered("HTTP 502")
    )
    result = site.run(stamped("1", "a"))
    assert verdict(result) == AMBIGUOUS
    assert "提交失败" in result.outcomes[0].message


def test_another_refusal_is_not_looked_up() -> None:
    site = make_site("intl")
    site.before = always(SUBMIT, answered("InvalidParameter"))
    assert verdict(site.run(stamped("1", "a"))) == ("failure", "rejected", 1)
    assert site.counts() == {SUBMIT: 1}


def test_without_waiting_only_open_answers_are_looked_up_and_for_two_minutes() -> None:
    site = make_site("domestic")
    assert verdict(site.run(stamped("1", "a"), wait=False)) == ("submitted", "", 0)
    assert site.counts() == {SUBMIT: 1}

    site = make_site("domestic")
    site.wedata.set_default_task(TaskBehaviour(version_delay=50, approve_status="审批中"))
    site.after = always(SUBMIT, unanswered())
    assert verdict(site.run(stamped("1", "a"), wait=False)) == ("submitted", "", 0)

    site = make_site("domestic")
    site.before = always(SUBMIT, unanswered())
    assert verdict(site.run(stamped("1", "a"), wait=False)) == AMBIGUOUS
    assert 120 <= site.clock.seconds - site.started <= 121


@pytest.mark.parametrize("kind", KINDS)
def test_batches_that_were_split_are_waited_for_in_parts(kind: str) -> None:
    site = make_site(kind, max_batch=3)
    site.wedata.set_task("t5", TaskBehaviour(version_delay=NEVER, refusal=None))
    result = site.run(stamped("1", *(f"t{number}" for number in range(8))), timeout=30)
    assert [batch.number for batch in result.batches] == ["1.1.1", "1.1.2", "1.2.1", "1.2.2"]
    unknown = {key for key, state in states(result).items() if state is not State.LIVE}
    assert unknown == ({"t5"} if kind == "intl" else set())


# Parents before children


def chain(*task_ids: str) -> Parents:
    """Each task is the parent of the next."""
    return {("p1", child): frozenset({("p1", parent)}) for parent, child in itertools.pairwise(task_ids)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_is_sent_when_its_parent_is_live_and_others_wait_for_nobody(kind: str) -> None:
    site = slow_site(kind, 30)
    batches = [stamped(str(number), f"t{number}") for number in (1, 2, 3)]
    assert verdict(site.run(*batches, stamped("4", "other"), parents=chain("t1", "t2", "t3"))) == SUCCESS
    first, other, *children = site.times(SUBMIT)
    assert other - first < 1
    assert all(later - earlier >= 30 for earlier, later in itertools.pairwise([other, *children]))


@pytest.mark.parametrize("kind", KINDS)
def test_once_time_is_up_the_children_of_what_still_runs_are_not_sent(kind: str) -> None:
    site = slow_site(kind, 3600)
    batches = [stamped(str(number), f"t{number}") for number in (1, 2, 3)]
    result = site.run(*batches, stamped("4", "other"), timeout=60, parents=chain("t1", "t2", "t3"))
    assert site.counts()[SUBMIT] == 2
    assert verdict(result) == TIMEOUT
    assert outcome_of(result, "t2").message == "not sent, because its parent t1 is not live (unknown)"
    assert states(result) == {
        "t1": State.UNKNOWN, "t2": State.UNSENT, "t3": State.UNSENT, "other": State.UNKNOWN
    }  # fmt: skip
    assert {outcome.failure_reason for outcome in result.outcomes} == {"timeout"}


def test_an_open_answer_is_looked_up_before_the_children_are_sent() -> None:
    for strike, sent in ((always, 1), (striking, 2)):
        site = make_site("domestic")
        site.wedata.set_default_task(TaskBehaviour(version_delay=30))
        setattr(site, "before" if strike is always else "after", strike(SUBMIT, unanswered()))
        result = site.run(stamped("1", "a"), stamped("2", "b"), parents=chain("a", "b"))
        assert site.counts()[SUBMIT] == sent
        assert verdict(result) == (AMBIGUOUS if strike is always else SUCCESS)


@pytest.mark.parametrize("pass_pending", [False, True])
def test_the_children_of_what_awaits_approval_are_not_sent_and_the_run_is_red(pass_pending: bool) -> None:
    site = make_site("domestic")
    site.wedata.set_task("t1", TaskBehaviour(approve_status="审批中"))
    result = site.run(stamped("1", "t1"), stamped("2", "t2"), parents=chain("t1", "t2"), pass_pending=pass_pending)
    assert verdict(result) == ("pending-approval", "pending-approval", 5)
    assert states(result) == {"t1": State.PENDING, "t2": State.UNSENT}


def test_only_the_children_leave_a_batch_whose_parent_failed() -> None:
    site = make_site("domestic")
    site.wedata.set_task("t1", TaskBehaviour(refusal="no schedule"))
    result = site.run(stamped("1", "t1"), stamped("2", "t2", "t3"), parents=chain("t1", "t2"))
    assert verdict(result) == ("failure", "job-failed", 1)
    assert states(result) == {"t1": State.FAILED, "t2": State.UNSENT, "t3": State.LIVE}


def test_without_waiting_a_child_follows_when_its_parent_is_accepted() -> None:
    site = slow_site("domestic", 3600)
    result = site.run(stamped("1", "a"), stamped("2", "b"), wait=False, parents=chain("a", "b"))
    assert verdict(result) == ("submitted", "", 0)
    assert site.counts() == {SUBMIT: 2}


def test_a_chain_of_a_thousand_tasks_ends_when_the_first_fails() -> None:
    site = make_site("domestic")
    site.wedata.set_task("t0", TaskBehaviour(refusal="no schedule"))
    names = [f"t{number}" for number in range(1000)]
    result = site.run(*(stamped(name[1:], name) for name in names), parents=chain(*names))
    assert list(states(result).values()).count(State.UNSENT) == 999


# Ten thousand tasks


def hundred_batches() -> list[Any]:
    return [
        stamped(str(number), *(f"{number:03}{task:02}" for task in range(100)), project=f"p{number % 3}")
        for number in range(100)
    ]


def test_ten_thousand_tasks_in_a_hundred_jobs_are_waited_for_within_the_rate() -> None:
    site = slow_site("domestic", 300)
    for number in range(0, 100, 10):
        site.wedata.set_task(f"{number:03}07", TaskBehaviour(refusal="坏"))
    result = site.run(*hundred_batches())
    assert verdict(result) == ("failure", "job-failed", 1)
    assert sum(state is State.FAILED for state in states(result).values()) == 10
    assert sum(state is State.LIVE for state in states(result).values()) == 9990
    assert max(most_in_a_second(site.times(action)) for action in site.counts()) <= 20
    assert site.clock.seconds - site.started < 340


def test_memory_does_not_grow_with_the_number_of_polls() -> None:
    site = slow_site("domestic", 1700)
    held: dict[int, int] = {}
    rounds = itertools.count()

    def measure() -> None:
        site.asked.clear()
        site.progress.clear()
        if (number := next(rounds)) in {40, 120}:
            gc.collect()
            held[number] = tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        batches = [stamped(str(number), *(f"{number}.{task}" for task in range(100))) for number in range(10)]
        assert verdict(site.run(*batches, on_sleep=measure)) == SUCCESS
    finally:
        tracemalloc.stop()
    assert held[120] - held[40] < 8 << 10


def test_by_version_the_deadline_holds_within_a_round_and_what_was_seen_live_counts() -> None:
    site = make_site("intl")
    site.wedata.set_jobs(JobBehaviour(seconds=300))
    result = site.run(*hundred_batches())
    assert verdict(result) == TIMEOUT
    assert 600 <= site.clock.seconds - site.started <= 607
    assert max(most_in_a_second(site.times(action)) for action in site.counts()) <= 20
    live = sum(state is State.LIVE for state in states(result).values())
    # A round takes 525 s: in the first, what is asked about after 300 s is live, then there are 70 s left.
    assert 5000 < live < 6500
    assert live + sum(task.failure_reason == "timeout" for task in result.outcomes) == 10_000


def test_by_version_ten_thousand_tasks_go_live_in_one_round_where_the_site_is_quick() -> None:
    site = make_site("intl")
    assert verdict(site.run(*hundred_batches())) == SUCCESS
    assert site.counts()[VERSIONS] == 10_000
    told = [time for time, _ in site.progress]
    assert max(later - earlier for earlier, later in itertools.pairwise(told)) < 12
