"""The submission with a fake WeData at its edge: what is sent, in which order, and what is never sent again."""

from __future__ import annotations

import functools
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.batches import make_batch
from wedata_action.clock import Clock
from wedata_action.errors import Cancelled, Reason
from wedata_action.parallel import Flow
from wedata_action.result import Batch, State
from wedata_action.signals import cancellable
from wedata_action.submission.ledger import Ledger
from wedata_action.submission.sending import GRACE, Submission, Submit
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of

Answer = int | ApiError


def refusal(code: str) -> ApiError:
    return ApiError(verdict_of(code), code, "words of the service", "r-0", answered=True)


THROTTLED = refusal("RequestLimitExceeded")
REFUSED = refusal("FailedOperation")
TOO_LARGE = refusal("InvalidParameter.MaxLimitExceeded")
NO_CONNECTION = ApiError(Verdict.NOT_EXECUTED, "NoConnection", "no connection to x: refused", connected=False)
NO_ANSWER = ApiError(Verdict.OPEN, "NoAnswer", "the request was sent, and no whole answer came: timed out")


@dataclass
class Edge:
    """WeData as far as a submission sees it, on a clock that only sleeping moves."""

    script: dict[str, list[Answer]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    seconds: float = 100.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    on_sleep: Callable[[float], None] = lambda _: None

    def submit(self, batch: Batch) -> tuple[int, str]:
        self.sent.append(batch.number)
        self.times.append(self.seconds)
        answers = self.script.get(batch.number, [])
        answer = answers.pop(0) if answers else 100 + len(self.sent)
        if isinstance(answer, ApiError):
            raise answer
        return answer, f"r-{len(self.sent)}"

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, lambda: self.seconds, self._sleep, self.chance, workers=1)

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds
        self.on_sleep(seconds)


def send(edge: Edge, batches: Sequence[Batch]) -> tuple[Batch, ...]:
    submission = Submission(edge.submit, Ledger(batches, lambda *_: None), edge.clock(), edge.log.append)
    send_all(submission)
    return submission.ledger.batches


def send_all(submission: Submission) -> None:
    """Sends the batches side by side, and the halves of those that are split."""
    flow = Flow(submission.clock)

    def send_one(number: str) -> None:
        for half in submission.send(number):
            flow.add("send", functools.partial(send_one, half))

    for batch in submission.ledger.batches:
        flow.add("send", functools.partial(send_one, batch.number))
    flow.run(grace=GRACE, lanes=("send",), on_stop=submission.stop)


def submission_of(submit: Submit, batches: Sequence[Batch], workers: int) -> Submission:
    """One on the real clock."""
    return Submission(submit, Ledger(batches, lambda *_: None), Clock(workers=workers), lambda _: None)


def batches_of(count: int, project: str = "p1") -> list[Batch]:
    return [make_batch(str(number), f"{number}a", f"{number}b", project=project) for number in range(1, count + 1)]


def states(results: Iterable[Batch]) -> list[tuple[str, str]]:
    return [(batch.number, batch.status) for batch in results]


def reasons(batch: Batch) -> set[tuple[State, Reason | None]]:
    return {(found.state, found.failure_reason) for found in batch.outcomes}


def test_batches_are_sent_in_order_and_keep_their_job_ids() -> None:
    edge = Edge()
    results = send(edge, batches_of(3))
    assert edge.sent == ["1", "2", "3"]
    assert [(batch.status, batch.job_id, batch.request_id) for batch in results] == [
        ("accepted", 101, "r-1"),
        ("accepted", 102, "r-2"),
        ("accepted", 103, "r-3"),
    ]
    assert all(reasons(batch) == {(State.UNKNOWN, None)} for batch in results)
    assert all(found.job_id == batch.job_id for batch in results for found in batch.outcomes)


@pytest.mark.parametrize("error", [THROTTLED, NO_CONNECTION], ids=["throttled", "unconnected"])
@pytest.mark.parametrize("times", range(1, 5))
def test_what_surely_was_not_executed_is_sent_again(error: ApiError, times: int) -> None:
    edge = Edge({"1": [error] * times})
    (result,) = send(edge, batches_of(1))
    assert edge.sent == ["1"] * (times + 1)
    assert (result.status, result.code, result.message) == ("accepted", "", "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(THROTTLED, Reason.THROTTLED), (NO_CONNECTION, Reason.UNREACHABLE)],
    ids=["throttled", "unconnected"],
)
def test_after_five_tries_it_is_given_up_and_the_others_are_not_sent(error: ApiError, reason: Reason) -> None:
    edge = Edge({"1": [error] * 5})
    first, second = send(edge, batches_of(2))
    assert edge.sent == ["1"] * 5
    assert (first.status, reasons(first)) == ("unsent", {(State.UNSENT, reason)})
    assert (second.status, reasons(second)) == ("unsent", {(State.UNSENT, reason)})
    assert second.message == f"not sent, because batch 1 ended with {error.code}"


@settings(max_examples=30, deadline=None)
@given(st.integers())
def test_pauses_have_full_jitter_below_a_doubling_bound(seed: int) -> None:
    edge = Edge({"1": [THROTTLED] * 5})
    edge.chance.seed(seed)
    send(edge, batches_of(1))
    assert len(edge.sleeps) == 4
    assert all(0 <= pause <= bound for pause, bound in zip(edge.sleeps, (1, 2, 4, 8), strict=True))


OPEN_CODES = ["InternalError", "FailedOperation.ConnectionTimeOutError", "InvalidParameter.ServiceIsBusy", "Unlisted"]


@pytest.mark.parametrize("error", [NO_ANSWER, *map(refusal, OPEN_CODES)], ids=lambda error: error.code)
def test_an_open_answer_is_never_sent_again(error: ApiError) -> None:
    edge = Edge({"1": [error]})
    first, second = send(edge, batches_of(2))
    assert edge.sent == ["1", "2"]
    assert (first.status, first.code, reasons(first)) == ("open", error.code, {(State.UNKNOWN, Reason.AMBIGUOUS)})
    assert second.status == "accepted"


def test_an_open_answer_after_a_throttled_one_ends_the_tries() -> None:
    edge = Edge({"1": [THROTTLED, NO_ANSWER, THROTTLED]})
    (result,) = send(edge, batches_of(1))
    assert (edge.sent, result.status) == (["1", "1"], "open")


def test_a_refused_batch_leaves_the_others_alone() -> None:
    edge = Edge({"2": [REFUSED]})
    results = send(edge, batches_of(3))
    assert states(results) == [("1", "accepted"), ("2", "rejected"), ("3", "accepted")]
    assert (results[1].code, results[1].request_id) == ("FailedOperation", "r-0")
    assert "FailedOperation: words of the service" in results[1].message


def test_a_refusal_is_certain_but_for_a_failed_operation_until_it_was_looked_for() -> None:
    edge = Edge({"1": [REFUSED], "2": [refusal("ResourceNotFound")]})
    doubtful, certain = send(edge, batches_of(2))
    assert reasons(doubtful) == {(State.UNKNOWN, Reason.AMBIGUOUS)}
    assert reasons(certain) == {(State.FAILED, Reason.REJECTED)}


@pytest.mark.parametrize("code", ["AuthFailure", "AuthFailure.SignatureExpire", "AuthFailure.SecretIdNotFound"])
def test_keys_that_are_refused_once_are_not_tried_again(code: str) -> None:
    edge = Edge({"1": [refusal(code)]})
    first, second = send(edge, batches_of(2))
    assert edge.sent == ["1"]
    assert (first.status, reasons(first)) == ("rejected", {(State.FAILED, Reason.AUTH)})
    assert reasons(second) == {(State.UNSENT, Reason.AUTH)}


def test_a_project_that_is_closed_to_us_leaves_other_projects_alone() -> None:
    edge = Edge({"1": [refusal("UnauthorizedOperation.UserNotInProject")]})
    results = send(edge, [make_batch("1", "a"), make_batch("2", "b", project="p2")])
    assert states(results) == [("1", "rejected"), ("2", "accepted")]
    assert reasons(results[0]) == {(State.FAILED, Reason.AUTH)}


@pytest.mark.parametrize("code", ["InvalidParameter.MaxLimitExceeded", "RequestSizeLimitExceeded"])
def test_a_size_limit_halves_a_batch(code: str) -> None:
    edge = Edge({"1": [refusal(code)], "1.2": [refusal(code)]})
    results = send(edge, [make_batch("1", "a", "b", "c"), make_batch("2", "d")])
    assert edge.sent == ["1", "2", "1.1", "1.2", "1.2.1", "1.2.2"]
    assert states(results) == [(number, "accepted") for number in ("1.1", "1.2.1", "1.2.2", "2")]
    assert [found.task.task_id for batch in results for found in batch.outcomes] == ["a", "b", "c", "d"]
    assert [said.partition(", so")[0] for said in edge.log] == [
        "Batch 1 of 3 tasks is too large for one call",
        "Batch 1.2 of 2 tasks is too large for one call",
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12))
def test_every_task_is_sent_whatever_size_the_site_takes(count: int, limit: int) -> None:
    sizes: list[int] = []

    def submit(batch: Batch) -> tuple[int, str]:
        if batch.size > limit:
            raise TOO_LARGE
        sizes.append(batch.size)
        return len(sizes), "r"

    submission = submission_of(submit, [make_batch("1", *map(str, range(count)))], workers=1)
    send_all(submission)
    assert sum(sizes) == count
    assert max(sizes) <= limit
    sent = [found.task.task_id for batch in submission.ledger.batches for found in batch.outcomes]
    assert sent == [str(number) for number in range(count)]


def test_a_single_task_that_is_too_large_is_refused() -> None:
    edge = Edge({"1": [TOO_LARGE], "1.1": [TOO_LARGE]})
    results = send(edge, [make_batch("1", "a", "b")])
    assert states(results) == [("1.1", "rejected"), ("1.2", "accepted")]
    assert reasons(results[0]) == {(State.FAILED, Reason.REJECTED)}


# Side by side


class Gate:
    """Real threads: a call stays under way until the test lets it go."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way: list[str] = []
        self.most = 0
        self.sent: list[str] = []
        self.open = threading.Event()
        self.arrived = threading.Semaphore(0)

    def submit(self, batch: Batch) -> tuple[int, str]:
        with self.lock:
            self.sent.append(batch.number)
            self.under_way.append(batch.number)
            self.most = max(self.most, len(self.under_way))
        self.arrived.release()
        assert self.open.wait(10)
        with self.lock:
            self.under_way.remove(batch.number)
        return int(batch.number.replace(".", "")), "r"


def in_background(gate: Gate, batches: Sequence[Batch], workers: int) -> tuple[Ledger, threading.Thread]:
    submission = submission_of(gate.submit, batches, workers)
    thread = threading.Thread(target=send_all, args=(submission,))
    thread.start()
    return submission.ledger, thread


def test_independent_batches_are_sent_side_by_side() -> None:
    gate = Gate()
    ledger, thread = in_background(gate, batches_of(6), workers=4)
    for _ in range(4):
        assert gate.arrived.acquire(timeout=5)
    assert not gate.arrived.acquire(timeout=0.05)
    gate.open.set()
    thread.join(10)
    assert gate.most == 4
    assert {batch.status for batch in ledger.batches} == {"accepted"}


def test_a_stop_is_seen_by_a_batch_that_pauses_before_its_next_try() -> None:
    edge = Edge({"1": [THROTTLED] * 2})
    submission = Submission(edge.submit, Ledger(batches_of(1), lambda *_: None), edge.clock(), edge.log.append)
    edge.on_sleep = lambda _: submission.stop(Reason.CANCELLED)
    send_all(submission)
    assert edge.sent == ["1"]
    [batch] = submission.ledger.batches
    assert reasons(batch) == {(State.UNSENT, Reason.CANCELLED)}
    assert batch.message == "not sent, because the run ended first (cancelled)"


def test_the_first_of_two_reasons_to_stop_stands() -> None:
    edge = Edge()
    submission = Submission(edge.submit, Ledger(batches_of(1), lambda *_: None), edge.clock(), edge.log.append)
    submission.stop(Reason.AUTH, "not sent, because batch 7 ended with AuthFailure")
    submission.stop(Reason.CANCELLED)
    send_all(submission)
    [batch] = submission.ledger.batches
    assert (reasons(batch), batch.message) == (
        {(State.UNSENT, Reason.AUTH)},
        "not sent, because batch 7 ended with AuthFailure",
    )


def test_while_it_pauses_before_its_next_try_a_batch_is_unsent() -> None:
    edge = Edge({"1": [THROTTLED]})
    submission = Submission(edge.submit, Ledger(batches_of(1), lambda *_: None), edge.clock(), edge.log.append)
    seen: list[set[tuple[State, Reason | None]]] = []
    edge.on_sleep = lambda _: seen.append(reasons(submission.ledger.batches[0]))
    send_all(submission)
    assert seen == [{(State.UNSENT, None)}]


def test_a_fault_of_ours_is_raised_after_all_calls_have_ended() -> None:
    begun, ended = threading.Event(), threading.Event()

    def submit(batch: Batch) -> tuple[int, str]:
        if batch.number == "1":
            assert begun.wait(5)
            raise ZeroDivisionError
        begun.set()
        time.sleep(0.2)
        ended.set()
        return 1, "r"

    submission = submission_of(submit, batches_of(2), workers=2)
    with pytest.raises(ZeroDivisionError):
        send_all(submission)
    assert ended.is_set()
    batches = submission.ledger.batches
    assert states(batches) == [("1", "sending"), ("2", "accepted")]
    assert reasons(batches[0]) == {(State.UNKNOWN, Reason.AMBIGUOUS)}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancellation_waits_for_answers_and_sends_nothing_new(number: signal.Signals) -> None:
    sent: list[str] = []
    hold = threading.Event()

    def submit(batch: Batch) -> tuple[int, str]:
        sent.append(batch.number)
        if batch.number == "1":
            threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
            time.sleep(0.4)  # it answers within the time that calls under way have
        elif batch.number == "2":
            hold.wait(10)  # it does not
        return 7, "r"

    submission = submission_of(submit, batches_of(5), workers=2)
    before = {other: signal.getsignal(other) for other in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    try:
        started = time.monotonic()
        with cancellable(), pytest.raises(Cancelled) as caught:
            send_all(submission)
        took = time.monotonic() - started
        last = submission.ledger.close()
    finally:
        for other, handler in before.items():
            signal.signal(other, handler)
        hold.set()
    assert caught.value.signal_number == number
    assert GRACE <= took < GRACE + 1.5
    assert sorted(sent) == ["1", "2"]
    assert [batch.status for batch in last] == ["accepted", "sending", "planned", "planned", "planned"]
    assert reasons(last[1]) == {(State.UNKNOWN, Reason.AMBIGUOUS)}
    assert reasons(last[2]) == {(State.UNSENT, None)}
