"""Work side by side, in threads that nobody has to wait for."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from wedata_action.errors import Cancelled, Reason
from wedata_action.world import World

T = TypeVar("T")


def for_each(
    work: Callable[[T], None],
    items: Iterable[T],
    workers: int,
    world: World,
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
    pool = _Pool(work, list(items), workers, on_stop)
    try:
        pool.run()
    except Cancelled:
        pool.stop(Reason.CANCELLED)
        deadline = world.monotonic() + grace
        for thread in pool.threads:
            thread.join(max(0.0, deadline - world.monotonic()))
        raise


class _Pool:
    def __init__(
        self, work: Callable[[T], None], items: Sequence[T], workers: int, on_stop: Callable[[Reason], None]
    ) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        for item in items:
            self._waiting.put(functools.partial(work, item))
        self._ended: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._on_stop = on_stop
        self._size = min(workers, len(items))
        self.threads: list[threading.Thread] = []

    def run(self) -> None:
        """Raises what some `work` raised, after all threads have ended."""
        for _ in range(self._size):
            thread = threading.Thread(target=self._take, daemon=True)
            thread.start()
            self.threads.append(thread)
        errors = [self._ended.get() for _ in self.threads]
        for error in filter(None, errors):
            raise error

    def stop(self, reason: Reason) -> None:
        self._stopped.set()
        self._on_stop(reason)

    def _take(self) -> None:
        failure: Exception | None = None
        try:
            while not self._stopped.is_set():
                self._waiting.get_nowait()()
        except queue.Empty:
            pass
        except Exception as error:  # noqa: BLE001 - raised again by `run`, in the thread that asked
            failure = error
            self.stop(Reason.INTERNAL)
        finally:
            self._ended.put(failure)
