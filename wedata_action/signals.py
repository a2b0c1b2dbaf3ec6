"""SIGINT and SIGTERM, by which the runner and a person end a run: none is lost, and only the first counts.

Next to nothing is imported here at first, because signals are blocked before anything else happens.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def block_signals() -> None:
    """Holds the signals back until `cancellable`: before it, a run could not say how it ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def unblock_signals() -> None:
    """Lets them in again; those that came meanwhile arrive at once."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


@contextlib.contextmanager
def cancellable() -> Iterator[None]:
    """The first signal inside is raised as `Cancelled`; later ones, and all after the block, are ignored."""
    from wedata_action.errors import Cancelled

    cancelled: list[int] = []

    def cancel(number: int, _frame: object) -> None:
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        cancelled.append(number)
        raise Cancelled(number)

    def again(_number: int, _frame: object) -> None:
        raise Cancelled(cancelled[0])

    def unraisable(lost: sys.UnraisableHookArgs) -> None:
        # In a `__del__` or a callback of a weak reference an exception leads nowhere. Once more, a little later.
        if isinstance(lost.exc_value, Cancelled):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        else:
            sys.__unraisablehook__(lost)

    before = sys.unraisablehook
    sys.unraisablehook = unraisable
    signal.signal(signal.SIGALRM, again)
    for number in _SIGNALS:
        signal.signal(number, cancel)
    unblock_signals()
    try:
        yield
    finally:
        for number in (*_SIGNALS, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        sys.unraisablehook = before
