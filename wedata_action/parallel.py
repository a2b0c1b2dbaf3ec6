"""Work side by side, in threads."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
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

    The first exception ends it: no further item is begun, and the exception is raised here once the items under way
    have ended. `Cancelled`, which only the main thread gets, leaves them `grace` seconds and no more: their threads
    may outlive this call, and the process ends without them. In both cases `on_stop` is called first, so that a long
    item can end early.
    """
    if workers <= 1:
        for item in items:
            work(item)
        return
    waiting, under_way = deque(items), set[object]()

    def take() -> None:
        thread = object()
        under_way.add(thread)  # before it takes an item, so that none is in neither of the two
        try:
            while waiting:
                try:
                    item = waiting.popleft()
                except IndexError:  # another thread was faster
                    return
                work(item)
        finally:
            under_way.discard(thread)

    def stop(reason: Reason) -> None:
        waiting.clear()
        on_stop(reason)

    pool = ThreadPoolExecutor(workers)
    try:
        threads = [pool.submit(take) for _ in range(min(workers, len(waiting)))]
        ended = wait(threads, return_when=FIRST_EXCEPTION).done
        failure = next(filter(None, (thread.exception() for thread in ended)), None)
        if failure:
            stop(Reason.INTERNAL)
            wait(threads)
            raise failure
    except Cancelled:
        # The signal may have struck anywhere in the lines above, so their futures and locks are not relied on.
        stop(Reason.CANCELLED)
        end = time.monotonic() + grace
        while under_way and time.monotonic() < end:
            time.sleep(0.01)
        raise
    finally:
        pool.shutdown(wait=False)
