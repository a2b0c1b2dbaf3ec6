"""Work side by side, in threads that nobody has to wait for."""

from __future__ import annotations

import functools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from wedata_action.errors import Cancelled, Reason

T = TypeVar("T")


def for_each(
    work: Callable[[T], None],
    items: Iterable[T],
    workers: int,
    *,
    grace: float = 0.0,
    on_stop: Callable[[Reason], None] = lambda _: None,
) -> None:
    """Calls `work` with each item, at most `workers` at once; with one worker in this thread.

    The first exception ends it: no further item is begun, and the exception is raised here. `Cancelled`, which only
    the main thread gets, leaves `grace` seconds to what is under way, and no longer than that. `on_stop` is called at
    once in both cases, so that an item which is long can end early.
    """
    if workers <= 1:
        for item in items:
            work(item)
        return
    pool = _Pool([functools.partial(work, item) for item in items], on_stop)
    try:
        pool.run(workers)
    except Cancelled:
        pool.stop(Reason.CANCELLED)
        pool.wait_for_those_under_way(grace)
        raise


class _Pool:
    def __init__(self, calls: Iterable[Callable[[], None]], on_stop: Callable[[Reason], None]) -> None:
        self._waiting = deque(calls)
        self._on_stop = on_stop
        self._under_way = 0
        # Held for an instant only, and by the main thread only once it was cancelled: a signal cannot find it taken.
        self._changed = threading.Condition()
        self._ended: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def run(self, workers: int) -> None:
        """Raises what some call raised, after all threads have ended."""
        size = min(workers, len(self._waiting))
        for _ in range(size):
            threading.Thread(target=self._take, daemon=True).start()
        errors = [self._ended.get() for _ in range(size)]
        for error in filter(None, errors):
            raise error

    def stop(self, reason: Reason) -> None:
        """Lets nothing more begin."""
        with self._changed:
            self._waiting.clear()
        self._on_stop(reason)

    def wait_for_those_under_way(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, seconds)

    def _take(self) -> None:
        failure: Exception | None = None
        try:
            while call := self._begin():
                try:
                    call()
                finally:
                    self._end()
        except Exception as error:  # noqa: BLE001 - raised again by `run`, in the thread that asked
            failure = error
            self.stop(Reason.INTERNAL)
        finally:
            self._ended.put(failure)

    def _begin(self) -> Callable[[], None] | None:
        with self._changed:
            if not self._waiting:
                return None
            self._under_way += 1
            return self._waiting.popleft()

    def _end(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()
