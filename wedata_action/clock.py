"""Time and chance, given to whoever needs them, so that a history of runs can be simulated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` in Unix seconds, `monotonic` and `sleep` in seconds; `workers` bounds the calls under way at once."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: random.Random = field(default_factory=random.SystemRandom)
    workers: int = 16
