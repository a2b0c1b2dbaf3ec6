"""Work side by side: every item once, no more at once than asked for, and an end that nobody waits for."""

import functools
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.simulation.clock import SimulatedClock
from wedata_action.clock import Clock
from wedata_action.errors import Cancelled, Reason
from wedata_action.parallel import Flow, for_each


def run_all(work: Callable[[int], None], items: int, workers: int, **options: Any) -> None:
    flow = Flow(Clock(workers=workers))
    for item in range(items):
        flow.add("lane", functools.partial(work, item))
    flow.run(**options)


@pytest.mark.parametrize("workers", [0, 1, 2, 7, 100])
def test_every_item_is_worked_on_once(workers: int) -> None:
    done: list[int] = []
    for_each(done.append, range(50), workers)
    assert sorted(done) == list(range(50))
    for_each(done.append, [], workers)
    assert len(done) == 50


def test_no_more_are_under_way_at_once_than_asked_for_and_no_fewer() -> None:
    under_way: set[int] = set()
    most = 0
    meeting = threading.Barrier(3, timeout=10)

    def work(item: int) -> None:
        nonlocal most
        under_way.add(item)
        most = max(most, len(under_way))
        meeting.wait()
        under_way.discard(item)

    for_each(work, range(9), 3)
    assert most == 3


def test_one_worker_works_in_this_thread() -> None:
    threads: set[threading.Thread] = set()
    for_each(lambda _: threads.add(threading.current_thread()), range(3), 1)
    assert threads == {threading.current_thread()}


@pytest.mark.parametrize("workers", [1, 4])
def test_the_first_failure_ends_it_and_is_raised_here(workers: int) -> None:
    begun: list[int] = []
    stops: list[Reason] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 5:
            raise ValueError("five")
        time.sleep(0.001)

    with pytest.raises(ValueError, match="five"):
        run_all(work, 10_000, workers, on_stop=stops.append)
    assert len(begun) < 200
    assert stops == [Reason.INTERNAL]


@pytest.fixture
def cancelled_soon() -> Iterator[threading.Event]:
    """Raises `Cancelled` in the main thread once the event is set."""
    go, end = threading.Event(), threading.Event()

    def cancel(number: int, _frame: object) -> None:
        raise Cancelled(number)

    def send() -> None:
        if go.wait(10) and not end.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, cancel)
    sender = threading.Thread(target=send)
    sender.start()
    yield go
    end.set()
    go.set()
    sender.join()
    signal.signal(signal.SIGTERM, before)


def test_after_a_signal_nothing_is_begun_and_what_is_under_way_has_its_grace(cancelled_soon: threading.Event) -> None:
    begun: list[int] = []
    ended: list[int] = []
    stops: list[Reason] = []

    def work(item: int) -> None:
        begun.append(item)
        cancelled_soon.set()
        time.sleep(0.3)
        ended.append(item)

    with pytest.raises(Cancelled):
        run_all(work, 100, 4, grace=5, lanes=("lane",), on_stop=stops.append)
    assert len(begun) <= 8
    assert sorted(ended) == sorted(begun)
    assert stops == [Reason.CANCELLED]


def test_after_the_grace_nobody_is_waited_for(cancelled_soon: threading.Event) -> None:
    release = threading.Event()

    def work(_: int) -> None:
        cancelled_soon.set()
        release.wait(20)

    started = time.monotonic()
    with pytest.raises(Cancelled):
        run_all(work, 100, 4, grace=0.2, lanes=("lane",))
    assert time.monotonic() - started < 3
    release.set()


@pytest.mark.parametrize("workers", [1, 4])
def test_work_may_add_work_and_waits_until_it_is_due(workers: int) -> None:
    flow = Flow(Clock(workers=workers))
    done: list[tuple[str, float]] = []
    started = time.monotonic()

    def note(name: str) -> None:
        done.append((name, time.monotonic() - started))

    def first() -> None:
        flow.add("b", functools.partial(note, "late"), 0.2)
        flow.add("a", functools.partial(note, "soon"))

    flow.add("a", first)
    flow.run()
    assert [name for name, _ in done] == ["soon", "late"]
    assert done[0][1] < 0.15
    assert 0.2 <= done[1][1] < 1


def test_a_lane_that_is_held_up_holds_up_no_other() -> None:
    flow = Flow(Clock(workers=2))
    release = threading.Event()

    def wait() -> None:
        assert release.wait(10)

    for _ in range(5):
        flow.add("held", wait)
    flow.add("free", release.set)
    flow.run()
    assert release.is_set()


def test_one_worker_passes_the_time_of_its_clock() -> None:
    clock = SimulatedClock()
    flow = Flow(clock.started(random.Random(0), lambda: None))
    times: list[float] = []
    start = clock.seconds
    for after in (300.0, 5.0, 0.0):
        flow.add("a", lambda: times.append(clock.seconds - start), after)
    flow.run()
    assert times == [0, 5, 300]
