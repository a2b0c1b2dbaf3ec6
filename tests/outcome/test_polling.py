"""The loop under all waits: how often it asks, when it gives up, and what it says meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.clock import SimulatedClock
from tests.support.batches import make_batch
from wedata_action.errors import Reason
from wedata_action.outcome.polling import DOUBT, Answer, Polling, Question, progress_text
from wedata_action.parallel import Flow
from wedata_action.result import End, State, TaskOutcome
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of

LIVE = End(State.LIVE)
UNKNOWN = End(State.UNKNOWN, Reason.AMBIGUOUS, "it proves nothing")
FAILED = End(State.FAILED, Reason.JOB_FAILED, "no schedule")
BAD_GATEWAY = ApiError(Verdict.OPEN, "HTTP 502", "HTTP 502 came back")


@dataclass
class Polled:
    """A simulated clock, and what polling did on it."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    ends: dict[str, tuple[float, End]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start = self.clock.seconds

    @property
    def seconds(self) -> float:
        return self.clock.seconds - self.start

    def question(self, ask: Callable[[], Answer], *task_ids: str, seconds: float = 1000) -> Question:
        def counted() -> Answer:
            self.asked.append(self.seconds)
            return ask()

        def expire(seen: str) -> End:
            return End(State.UNKNOWN, Reason.TIMEOUT, seen)

        tasks = make_batch("1", *(task_ids or ("a",))).outcomes
        return Question(tasks, counted, expire, self.start + seconds)

    def poll(self, *questions: Question) -> None:
        clock = self.clock.started(random.Random(0), lambda: None)
        flow = Flow(clock)
        Polling(flow, clock, self._settle, self.told.append).add(questions)
        flow.run()

    def _settle(self, outcomes: Sequence[TaskOutcome], ends: Sequence[End]) -> None:
        for outcome, end in zip(outcomes, ends, strict=True):
            self.ends[outcome.task.task_id] = (self.seconds, end)


def answers(*found: Answer | ApiError) -> Callable[[], Answer]:
    """One after another, the last for ever."""
    left: Iterator[Answer | ApiError] = iter(found)
    last = found[-1]

    def ask() -> Answer:
        answer = next(left, last)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    return ask


def test_a_question_that_is_answered_is_asked_no_more_and_does_not_expire() -> None:
    polled = Polled()
    after_nine = answers(*["not yet"] * 4, [LIVE, FAILED])
    polled.poll(
        polled.question(answers([LIVE]), "a"),
        polled.question(after_nine, "b", "c"),
        polled.question(answers("job 7 is RUNNING"), "d", seconds=20),
    )
    assert [(key, end.state) for key, (_, end) in polled.ends.items()] == [
        ("a", State.LIVE),
        ("b", State.LIVE),
        ("c", State.FAILED),
        ("d", State.UNKNOWN),
    ]
    assert polled.ends["d"] == (20, End(State.UNKNOWN, Reason.TIMEOUT, "job 7 is RUNNING"))
    assert polled.ends["c"][1] == FAILED


def test_a_wait_says_what_is_open_why_and_until_when() -> None:
    polled = Polled()
    many = [str(number) for number in range(1000, 1006)]
    polled.poll(
        polled.question(answers([LIVE]), "a"),
        polled.question(answers("job 7 is RUNNING"), *many, seconds=20),
        polled.question(answers(BAD_GATEWAY), "b", seconds=20),
    )
    assert polled.told[0] == (
        "[##------------------] 1 of 8 tasks have ended after 0 s. Open until 08:00:20 UTC: 1000, 1001, 1002 and 3 "
        "more (job 7 is RUNNING); b (the last answer was: HTTP 502 came back)"
    )
    assert polled.told[-1] == "[####################] 8 of 8 tasks have ended after 20 s"


def test_one_bad_answer_costs_one_pause_and_no_more() -> None:
    polled = Polled()
    polled.poll(polled.question(answers(BAD_GATEWAY, [LIVE])))
    assert polled.ends["a"][1] == LIVE
    assert polled.seconds < 1


def test_an_answer_that_proves_nothing_stands_after_a_minute_unless_a_better_one_comes() -> None:
    polled = Polled()
    polled.poll(polled.question(answers([UNKNOWN]), "a"))
    assert polled.ends["a"][1] == UNKNOWN
    assert polled.seconds == pytest.approx(DOUBT, abs=1)

    polled = Polled()
    polled.poll(polled.question(answers(*[[UNKNOWN]] * 3, [LIVE]), "a"))
    assert polled.ends["a"][1] == LIVE

    polled = Polled()
    polled.poll(polled.question(answers([UNKNOWN], "job 7 is RUNNING"), "a", seconds=300))
    assert polled.ends["a"] == (300, End(State.UNKNOWN, Reason.TIMEOUT, "job 7 is RUNNING"))

    polled = Polled()
    polled.poll(polled.question(answers([UNKNOWN], BAD_GATEWAY), "a", seconds=300))
    assert polled.ends["a"][1] == UNKNOWN
    assert polled.seconds == pytest.approx(DOUBT, abs=1)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure.TokenFailure", "InvalidAction"])
def test_an_answer_that_will_not_change_ends_the_wait_at_once(code: str) -> None:
    polled = Polled()
    polled.poll(
        polled.question(answers(ApiError(verdict_of(code), code, "no", answered=True, remedy="Allow it")), "a", "b")
    )
    assert polled.seconds == 0
    assert {end.state for _, end in polled.ends.values()} == {State.UNKNOWN}
    assert polled.ends["b"][1].message == f"its outcome cannot be read: WeData answered {code}: no. Allow it"


def test_an_unknown_end_also_says_what_the_submission_was_answered_with() -> None:
    polled = Polled()
    question = polled.question(answers("absent"), "a", seconds=1)
    question.tasks = [outcome._replace(message="WeData answered InternalError: busy") for outcome in question.tasks]
    polled.poll(question)
    assert polled.ends["a"][1].message == "WeData answered InternalError: busy; absent"


def test_what_could_not_be_asked_in_time_is_said_so() -> None:
    polled = Polled()

    def slow() -> Answer:
        polled.clock.sleep(60)
        return [LIVE]

    polled.poll(*(polled.question(slow, name, seconds=10) for name in "abc"))
    assert [end.message for _, end in polled.ends.values()] == ["", *["it could not be asked about in time"] * 2]


def test_a_rate_limit_is_named_as_such_while_it_lasts_and_in_full_when_time_is_up() -> None:
    polled = Polled()
    throttled = ApiError(Verdict.NOT_EXECUTED, "RequestLimitExceeded", "too many requests")

    def ask() -> Answer:
        raise throttled

    polled.poll(polled.question(ask, "a", seconds=10))
    assert any("a (held up by WeData's rate limit)" in text for text in polled.told)
    assert "too many requests" in polled.ends["a"][1].message


def test_nothing_to_ask_about_takes_no_time_and_says_nothing() -> None:
    polled = Polled()
    polled.poll()
    assert (polled.seconds, polled.told) == (0, [])


@given(st.integers(1, 40), st.data())
def test_the_bar_is_always_as_long_and_full_only_at_the_end(total: int, data: st.DataObject) -> None:
    polled = Polled()
    clock = polled.clock.started(random.Random(0), lambda: None)
    ended = data.draw(st.integers(0, total))
    remaining = [polled.question(answers("open"), str(number)) for number in range(total - ended)]
    text = progress_text(remaining, total, polled.start, clock)
    bar, rest = text.split("]", 1)
    assert len(bar) == 21
    assert ("-" not in bar) is (ended == total)
    assert rest.startswith(f" {ended} of {total} task{' has' if total == 1 else 's have'} ended after 0 s")
    assert text.count("Open until") == (ended < total)
