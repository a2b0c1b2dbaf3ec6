"""Work side by side, in threads: pieces of work that add others, each when it is due."""

from __future__ import annotations

import functools
import heapq
import itertools
import queue
import time
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from wedata_action.clock import Clock
from wedata_action.errors import Cancelled, Reason

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
Work = Callable[[], None]


class _Item(NamedTuple):
    """Work that is due at a moment of the monotonic clock; `number` keeps the order of items due at once."""

    due: float
    number: int
    lane: str
    work: Work


class Flow:
    """Runs what is added, by lane: a lane that waits for its API's rate holds up no other.

    At most `clock.workers` pieces of work of a lane are under way at once. With one worker everything runs in the
    thread that calls `run`, in the order in which it is due.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Only the thread in `run` takes from the inbox: a signal may strike there at any instant, so it holds no lock.
        self._inbox: queue.SimpleQueue[_Item | BaseException | None] = queue.SimpleQueue()
        self._items: list[_Item] = []
        self._numbers = itertools.count()
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._open = 0
        self._under_way: dict[int, str] = {}
        self._stopped = False

    def add(self, lane: str, work: Work, after: float = 0.0) -> None:
        """`work` is due in `after` seconds. May be called from any thread."""
        self._inbox.put(_Item(self._clock.monotonic() + after, next(self._numbers), lane, work))

    def run(
        self,
        *,
        grace: float = 0.0,
        lanes: Collection[str] = (),
        on_stop: Callable[[Reason], None] = lambda _: None,
    ) -> None:
        """Returns when all work has ended, that which was added meanwhile included.

        The first exception ends it: nothing else is begun, and the exception is raised here once the work under way
        has ended. `Cancelled`, which only the main thread gets, leaves the work of these `lanes` `grace` seconds and no
        more: threads may outlive this call, and the process ends without them. In both cases `on_stop` is called
        first, so that long work can end early.
        """
        try:
            self._receive(0)
            while self._open:
                if self._clock.workers > 1:
                    self._start_due()
                else:
                    self._run_next()
        except BaseException as error:
            self._stopped = True
            cancelled = isinstance(error, Cancelled)
            on_stop(Reason.CANCELLED if cancelled else Reason.INTERNAL)
            end = time.monotonic() + grace
            while any(not cancelled or lane in lanes for lane in list(self._under_way.values())):
                if cancelled and time.monotonic() >= end:
                    break
                time.sleep(0.01)
            raise
        finally:
            for pool in self._pools.values():
                pool.shutdown(wait=False)

    def _start_due(self) -> None:
        now = self._clock.monotonic()
        while self._items and self._items[0].due <= now:
            item = heapq.heappop(self._items)
            pool = self._pools.get(item.lane)
            if pool is None:
                from concurrent.futures import ThreadPoolExecutor  # here, since most plans ask nobody: it loads logging

                pool = self._pools[item.lane] = ThreadPoolExecutor(self._clock.workers)
            pool.submit(self._in_thread, item)
        self._receive(self._items[0].due - now if self._items else None)

    def _run_next(self) -> None:
        item = heapq.heappop(self._items)
        early = item.due - self._clock.monotonic()
        if early > 0:
            self._clock.sleep(early)
        item.work()
        self._open -= 1
        self._receive(0)

    def _in_thread(self, item: _Item) -> None:
        self._under_way[item.number] = item.lane  # before the look at `_stopped`, so that `run` misses none
        ended: BaseException | None = None
        try:
            if not self._stopped:
                item.work()
        except BaseException as error:  # noqa: BLE001 - raised in `run`
            ended = error
        finally:
            del self._under_way[item.number]
            self._inbox.put(ended)

    def _receive(self, seconds: float | None) -> None:
        """Takes everything from the inbox, after waiting so long for the first of it; `None` is as long as it takes."""
        try:
            message = self._inbox.get(timeout=seconds) if seconds != 0 else self._inbox.get_nowait()
            while True:
                if isinstance(message, _Item):
                    self._open += 1
                    heapq.heappush(self._items, message)
                else:
                    self._open -= 1
                    if message is not None:
                        raise message
                message = self._inbox.get_nowait()
        except queue.Empty:
            return


def for_each(work: Callable[[T], None], items: Iterable[T], workers: int) -> None:
    """Calls `work` with each item, at most `workers` at once; with one worker in this thread.

    The first exception ends it, as in `Flow.run`.
    """
    flow = Flow(Clock(workers=workers))
    for item in items:
        flow.add("", functools.partial(work, item))
    flow.run()
