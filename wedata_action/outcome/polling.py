"""Asks about many things again and again, side by side, until each is settled or its time is up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wedata_action.clock import Clock
from wedata_action.parallel import for_each

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.8, 15.0, 1.5  # seconds between rounds, of which a random part is waited
_LATE = 1.0  # seconds: the last look is at the deadline, and may be a little late
_TELL = 10.0  # seconds between two words of progress within a round
_BAR = 20  # characters


@dataclass(slots=True)
class Watch:
    """One thing to ask about.

    `ask` says what it saw, or `None` once the thing is settled; `expire` settles it at the deadline, in monotonic
    seconds, and is told what the last look saw. `tasks` is for how many tasks it stands.
    """

    ask: Callable[[], str | None]
    expire: Callable[[str], None]
    deadline: float
    tasks: int = 1
    seen: str = "it could not be asked about in time"
    done: bool = False


def poll(
    watches: Iterable[Watch],
    workers: int,
    clock: Clock,
    progress: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Settles each watch; returns early, and leaves the rest unsettled, once `stopped` says so.

    The first round begins at once; after each the pause grows. A round that is long ends at the deadline too.
    """
    started = told = clock.monotonic()
    left = list(watches)
    total = sum(watch.tasks for watch in left)
    ended, pause = 0, FIRST_PAUSE

    def tell(now: float) -> None:
        nonlocal told
        told = now
        progress(progress_text(ended + sum(watch.tasks for watch in left if watch.done), total, now - started))

    def look(watch: Watch) -> None:
        if stopped() or clock.monotonic() > watch.deadline + _LATE:
            return
        seen = watch.ask()
        watch.done = seen is None
        watch.seen = seen or ""
        now = clock.monotonic()
        if now - told >= _TELL:
            tell(now)

    while left and not stopped():
        for_each(look, left, workers)
        now = clock.monotonic()
        for watch in left:
            if not watch.done and now >= watch.deadline:
                watch.expire(watch.seen)
                watch.done = True
        tell(now)
        ended += sum(watch.tasks for watch in left if watch.done)
        left = [watch for watch in left if not watch.done]
        if left:
            until = min(watch.deadline for watch in left) - now
            clock.sleep(max(0.0, min(pause * clock.random.uniform(0.5, 1), until)))
            pause = min(pause * GROWTH, LONGEST_PAUSE)


def progress_text(ended: int, total: int, seconds: float) -> str:
    """`[#####---------------] 25 of 100 after 35 s`."""
    full = _BAR * ended // total if total else _BAR
    return f"[{'#' * full}{'-' * (_BAR - full)}] {ended} of {total} after {seconds:.0f} s"
