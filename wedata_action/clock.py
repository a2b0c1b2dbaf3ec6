"""Time and chance, given to whoever needs them, so that a history of runs can be simulated.

And when to try again: exponential backoff with full jitter, until the tries or the time run out.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` in Unix seconds, `monotonic` and `sleep` in seconds; `workers` bounds the calls under way at once."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: random.Random = field(default_factory=random.SystemRandom)
    workers: int = 16


@dataclass(frozen=True, slots=True)
class Backoff:
    """How retries are spaced.

    `first` and `longest` in seconds are the upper bounds of the first and of the last delays; each bound is `growth`
    times the one before. `tries` counts the first try too. `seconds` are counted from the start of the first try: the
    last try begins when they are over. Without either limit the delays never end.

    `retry` repeats a call; a loop that does more takes the `delays`.
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
