"""No second may see more calls of an action than the limit, whoever makes them."""

import random
import threading
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.clock import SimulatedClock
from wedata_action.clock import Clock
from wedata_action.tencent.client import RateLimit


def most_in_a_second(starts: list[float]) -> int:
    return max(sum(start <= other < start + 1 for other in starts) for start in starts)


@given(st.integers(1, 30), st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_no_second_has_more_calls_than_the_limit(limit: int, pauses: list[float]) -> None:
    clock = SimulatedClock()
    rate = RateLimit(limit, clock.started(random.Random(0), lambda: None))
    starts = []
    for pause in pauses:
        clock.seconds += pause
        rate.wait("Action")
        starts.append(clock.seconds)
    assert most_in_a_second(starts) <= limit


def test_calls_below_the_limit_do_not_wait() -> None:
    clock = SimulatedClock()
    start = clock.seconds
    rate = RateLimit(20, clock.started(random.Random(0), lambda: None))
    for _ in range(20):
        rate.wait("Action")
    assert clock.seconds == start
    rate.wait("Action")
    assert clock.seconds > start + 1


def test_the_limit_holds_across_threads() -> None:
    # Time stands still and nobody sleeps, so all threads draw at once: how long each is to wait is what counts.
    delays: list[float] = []
    waited = threading.local()

    def sleep(seconds: float) -> None:
        waited.seconds = seconds

    rate = RateLimit(10, replace(Clock(), monotonic=lambda: 0.0, sleep=sleep))

    def work() -> None:
        for _ in range(50):
            waited.seconds = 0.0
            rate.wait("Action")
            delays.append(waited.seconds)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(delays) == 400
    assert most_in_a_second(delays) == 10
    assert max(delays) < 42


def test_each_action_has_a_budget_of_its_own() -> None:
    clock = SimulatedClock()
    start = clock.seconds
    rate = RateLimit(2, clock.started(random.Random(0), lambda: None))
    for action in ("Submit", "List", "Submit", "List"):
        rate.wait(action)
    assert clock.seconds == start
    rate.wait("Submit")
    assert clock.seconds > start + 1


def test_a_thread_that_waits_holds_up_no_other_action() -> None:
    waits, go = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        waits.set()
        assert go.wait(10)

    rate = RateLimit(1, replace(Clock(), sleep=sleep))
    rate.wait("Submit")
    waiting = threading.Thread(target=rate.wait, args=("Submit",))
    waiting.start()
    assert waits.wait(10)
    rate.wait("List")
    assert waiting.is_alive()
    go.set()
    waiting.join(10)
