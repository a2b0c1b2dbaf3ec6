"""Batches become JobIds, rejections and open answers.

A request is sent again only if it surely was not executed: the service has no idempotency token, and each success
creates versions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason
from wedata_action.result import Batch
from wedata_action.submission.ledger import Ledger
from wedata_action.tencent.verdicts import ApiError

BACKOFF = Backoff(tries=5)
GRACE = 3.0  # seconds that calls under way have to answer after a cancellation

Submit = Callable[[Batch], tuple[int, str]]


@dataclass(slots=True)
class Submission:
    """Sends the ledger's batches through `submit` (JobId and RequestId, or `ApiError`), and notes what happens there.

    Safe to share between threads.
    """

    submit: Submit
    ledger: Ledger
    clock: Clock
    log: Callable[[str], None]
    _stopped: tuple[Reason, str] | None = field(default=None, init=False)

    def stop(self, reason: Reason, message: str = "") -> None:
        """From here on nothing is sent any more. The first reason stands."""
        self._stopped = self._stopped or (reason, message or f"not sent, because the run ended first ({reason})")

    def send(self, number: str) -> tuple[str, ...]:
        """Sends a batch. One that is too large for a call is split: gives the numbers of its halves, to be sent too."""
        delays = BACKOFF.delays(self.clock)
        while not self._stopped:
            self.ledger.sending(number)
            try:
                job_id, request_id = self.submit(self.ledger.batch(number))
            except ApiError as error:
                delay = next(delays, None) if error.retryable else None
                if delay is None:
                    return self._failed(self.ledger.batch(number), error)
                self.ledger.waiting(number)
                self.clock.sleep(delay)
            else:
                self.ledger.accepted(number, job_id, request_id)
                return ()
        self.ledger.unsent(number, *self._stopped)
        return ()

    def _failed(self, batch: Batch, error: ApiError) -> tuple[str, ...]:
        if error.too_large and batch.size > 1:
            self.log(f"Batch {batch.number} of {batch.size} tasks is too large for one call, so it is split: {error}")
            return tuple(half.number for half in self.ledger.split(batch.number))
        self.ledger.failed(batch.number, error)
        if error.code.startswith("AuthFailure") or error.retryable:
            # Each of the batches that are left would meet the same fate.
            self.stop(error.reason, f"not sent, because batch {batch.number} ended with {error.code}")
        return ()
