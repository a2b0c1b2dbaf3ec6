"""The documented limit of calls a second, kept for each API action on its own, across all threads."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from wedata_action.clock import Clock

_WINDOW = 1.05  # seconds: calls that leave a second apart may arrive closer together


class RateLimit:
    """At most `per_second` calls of one action in any second, whoever makes them."""

    def __init__(self, per_second: int, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._starts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=per_second))

    def wait(self, action: str) -> None:
        """Returns when the next call of `action` may start. Calls of other actions are never held up."""
        with self._lock:
            starts, now = self._starts[action], self._clock.monotonic()
            start = max(now, starts[0] + _WINDOW) if len(starts) == starts.maxlen else now
            starts.append(start)
        delay = start - self._clock.monotonic()
        if delay > 0:
            self._clock.sleep(delay)
