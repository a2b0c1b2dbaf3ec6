"""SIGINT and SIGTERM, with which the runner or a person ends a run: none is lost, and only the first counts.

Imports as little as possible, because signals are blocked before anything else happens.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def block_signals() -> None:
    """Holds signals back until `cancellable`: a run that they ended before could not say so."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def unblock_signals() -> None:
    """Lets signals in again; those held back arrive at once."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


@contextlib.contextmanager
def cancellable() -> Iterator[None]:
    """Raises the first signal inside as `Cancelled`; later ones, and all after the block, are ignored."""
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
        # An exception in a `__del__` or a weak reference's callback is dropped: raise it again a little later.
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
