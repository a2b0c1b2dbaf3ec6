"""Work side by side: every item once, no more at once than asked for, and an end that nobody waits for."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from wedata_action.errors import Cancelled, Reason
from wedata_action.parallel import for_each


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
        for_each(work, range(10_000), workers, on_stop=stops.append)
    assert len(begun) < 200
    assert stops == ([Reason.INTERNAL] if workers > 1 else [])


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
        for_each(work, range(100), 4, grace=5, on_stop=stops.append)
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
        for_each(work, range(100), 4, grace=0.2)
    assert time.monotonic() - started < 3
    release.set()
