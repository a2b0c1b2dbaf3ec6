"""The loop under all waits."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.clock import SimulatedClock
from wedata_action.clock import Clock
from wedata_action.outcome.polling import Watch, poll, progress_text


def clock_of(clock: SimulatedClock) -> Clock:
    return clock.started(random.Random(0), lambda: None)


def test_a_watch_that_is_settled_is_asked_no_more_and_does_not_expire() -> None:
    clock = SimulatedClock()
    asked: list[str] = []
    expired: list[tuple[str, str]] = []
    told: list[str] = []
    start = clock.seconds

    def watch(name: str, settled_after: float) -> Watch:
        def ask() -> str | None:
            asked.append(name)
            return None if clock.seconds - start >= settled_after else f"{name} not yet"

        return Watch(ask, lambda seen: expired.append((name, seen)), start + 20, tasks=2)

    poll([watch("a", 0), watch("b", 9), watch("c", 99)], 1, clock_of(clock), told.append)
    assert (asked.count("a"), expired) == (1, [("c", "c not yet")])
    assert clock.seconds == start + 20
    assert told[0] == "[######--------------] 2 of 6 after 0 s"
    assert told[-1] == "[####################] 6 of 6 after 20 s"


def test_what_could_not_be_asked_in_time_is_said_so() -> None:
    clock = SimulatedClock()
    seen: list[str] = []

    def slow() -> str | None:
        clock.sleep(60)
        return None

    watches = [Watch(slow, seen.append, clock.seconds + 10) for _ in range(3)]
    poll(watches, 1, clock_of(clock), lambda _: None)
    assert seen == ["it could not be asked about in time"] * 2


def test_it_ends_without_settling_once_it_is_stopped() -> None:
    clock = SimulatedClock()
    asked: list[float] = []

    def ask() -> str:
        asked.append(clock.seconds)
        return ""

    watches = [Watch(ask, lambda _: asked.clear(), 1e12) for _ in range(3)]
    poll(watches, 1, clock_of(clock), lambda _: None, lambda: len(asked) >= 5)
    assert len(asked) == 5


def test_nothing_to_ask_about_takes_no_time_and_says_nothing() -> None:
    clock = SimulatedClock()
    told: list[str] = []
    before = clock.seconds
    poll([], 1, clock_of(clock), told.append)
    assert (clock.seconds, told) == (before, [])


@pytest.mark.parametrize(
    ("ended", "total", "text"),
    [
        (0, 0, "[####################] 0 of 0 after 1 s"),
        (0, 3, "[--------------------] 0 of 3 after 1 s"),
        (2, 3, "[#############-------] 2 of 3 after 1 s"),
        (9999, 10000, "[###################-] 9999 of 10000 after 1 s"),
    ],
)
def test_the_bar_is_full_only_at_the_end(ended: int, total: int, text: str) -> None:
    assert progress_text(ended, total, 1.2) == text


@given(st.integers(1, 10**6), st.data())
def test_the_bar_is_always_as_long(total: int, data: st.DataObject) -> None:
    ended = data.draw(st.integers(0, total))
    bar = progress_text(ended, total, 0).split("]")[0]
    assert len(bar) == 21
    assert ("-" not in bar) is (ended == total)
