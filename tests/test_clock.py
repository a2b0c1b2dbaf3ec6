"""Exponential backoff with full jitter, bounded by tries or by time."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.clock import SimulatedClock
from wedata_action.clock import Backoff, Clock


def clock_of(time: SimulatedClock, seed: int = 0) -> Clock:
    return time.started(random.Random(seed), lambda: None)


class Most(random.Random):
    """Always draws the upper bound."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


def bounds(backoff: Backoff, count: int) -> list[float]:
    clock = replace(clock_of(SimulatedClock()), random=Most())
    return list(itertools.islice(backoff.delays(clock), count))


def test_the_bound_doubles_until_the_longest() -> None:
    assert bounds(Backoff(), 6) == [1, 2, 4, 8, 8, 8]
    assert bounds(Backoff(first=0.5, longest=3), 4) == [0.5, 1, 2, 3]
    assert bounds(Backoff(growth=1.5, longest=9), 3) == [1, 1.5, 2.25]
    assert bounds(Backoff(first=10, longest=2), 2) == [2, 2]


def test_the_first_try_counts_among_the_tries() -> None:
    assert len(bounds(Backoff(tries=5), 100)) == 4
    assert bounds(Backoff(tries=1), 100) == []


@given(st.integers(), st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_delay_is_drawn_between_nothing_and_the_bound(seed: int, first: float, longest: float) -> None:
    backoff = Backoff(first, longest, tries=9)
    delays = list(backoff.delays(clock_of(SimulatedClock(), seed)))
    assert all(0 <= delay <= bound for delay, bound in zip(delays, bounds(backoff, 8), strict=True))


@given(st.integers(), st.floats(0.1, 100))
def test_the_last_try_begins_when_the_time_is_over(seed: int, seconds: float) -> None:
    time = SimulatedClock(0)
    clock = clock_of(time, seed)
    for delay in Backoff(seconds=seconds).delays(clock):
        clock.sleep(delay)
    assert time.seconds == pytest.approx(seconds)


def test_the_time_runs_from_the_first_try_not_from_the_first_failure() -> None:
    time = SimulatedClock(0)
    delays = Backoff(seconds=60).delays(clock_of(time))
    time.sleep(61)
    assert list(delays) == []


def failing(times: int) -> tuple[list[int], Clock, SimulatedClock]:
    time = SimulatedClock(0)
    return list(range(times)), clock_of(time), time


def test_a_call_is_retried_until_it_returns() -> None:
    left, clock, time = failing(3)

    def call() -> str:
        if left:
            raise OSError(left.pop())
        return "value"

    assert Backoff(tries=4).retry(call, clock, lambda _: True) == "value"
    assert left == []
    assert time.seconds > 0


def test_the_last_error_is_raised_when_no_try_is_left() -> None:
    left, clock, _ = failing(9)

    def call() -> None:
        raise OSError(left.pop())

    with pytest.raises(OSError, match="6"):
        Backoff(tries=3).retry(call, clock, lambda _: True)
    assert len(left) == 9 - 3


def test_an_error_that_does_not_pass_is_raised_at_once() -> None:
    _, clock, time = failing(0)

    def call() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any will do
        Backoff().retry(call, clock, lambda error: isinstance(error, OSError))
    assert time.seconds == 0
