"""Time that passes only when somebody sleeps."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from wedata_action.clock import Clock


@dataclass(slots=True)
class SimulatedClock:
    """`seconds` since the epoch; also what `monotonic` shows."""

    seconds: float = 1_800_000_000.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def started(self, chance: random.Random, on_sleep: Callable[[], None]) -> Clock:
        """A world for one run; `on_sleep` is called before each sleep, and may end the run."""

        def sleep(seconds: float) -> None:
            on_sleep()
            self.sleep(seconds)

        return Clock(self.now, self.now, sleep, chance, workers=1)
