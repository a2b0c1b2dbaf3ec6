"""When to try again: exponential backoff with full jitter, until the tries or the time run out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from wedata_action.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How retries are spaced.

    `first` and `longest` in seconds are the upper bounds of the first and of the last delays; each bound is `growth`
    times the one before. `tries` counts the first try too. `seconds` are counted from the start of the first try: the
    last try begins when they are over. Without either limit the delays never end.

    Retry a call:

        READS = Backoff(first=0.5, seconds=60)
        value = READS.retry(lambda: call(action, version, payload), clock, lambda error: error.retryable)

    Or take the delays where a loop does more than that:

        delays = Backoff(tries=5).delays(clock)
        while (outcome := send()) is None and (delay := next(delays, None)) is not None:
            clock.sleep(delay)
    """

    first: float = 1.0
    longest: float = 8.0
    growth: float = 2.0
    tries: int | None = None
    seconds: float | None = None

    def delays(self, clock: Clock) -> Iterator[float]:
        """The seconds to wait before each further try. The time runs from this call on."""
        return self._delays(clock, clock.monotonic())

    def _delays(self, clock: Clock, start: float) -> Iterator[float]:
        bound = min(self.first, self.longest)
        for further in itertools.count(1):
            left = float("inf") if self.seconds is None else start + self.seconds - clock.monotonic()
            if left <= 0 or further == self.tries:
                return
            yield min(clock.random.uniform(0, bound), left)
            bound = min(bound * self.growth, self.longest)

    def retry(self, call: Callable[[], T], clock: Clock, may_pass: Callable[[Exception], bool]) -> T:
        """What `call` returns. Raises its error once `may_pass` says no, or no try is left."""
        delays = self.delays(clock)
        while True:
            try:
                return call()
            except Exception as error:
                if not may_pass(error) or (delay := next(delays, None)) is None:
                    raise
            clock.sleep(delay)
