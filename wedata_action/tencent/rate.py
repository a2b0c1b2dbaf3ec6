"""The documented limit of calls a second, kept across all threads."""

from __future__ import annotations

import threading
from collections import deque

from wedata_action.clock import Clock

_WINDOW = 1.05  # seconds: calls that leave a second apart may arrive closer together


class RateLimit:
    """At most `per_second` calls in any second, whoever makes them."""

    def __init__(self, per_second: int, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._starts: deque[float] = deque(maxlen=per_second)

    def wait(self) -> None:
        """Returns when the next call may start."""
        with self._lock:
            start = self._clock.monotonic()
            if len(self._starts) == self._starts.maxlen:
                start = max(start, self._starts[0] + _WINDOW)
            self._starts.append(start)
        delay = start - self._clock.monotonic()
        if delay > 0:
            self._clock.sleep(delay)
