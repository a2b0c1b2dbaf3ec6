"""Batches become JobIds, rejections and open answers.

A request is sent again only if it surely was not executed: the service has no idempotency token, and each success
creates versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason
from wedata_action.parallel import for_each
from wedata_action.result import Batch, BatchStatus, State
from wedata_action.submission.ledger import Ledger
from wedata_action.tencent.verdicts import ApiError

BACKOFF = Backoff(tries=5)
GRACE = 3.0  # seconds that calls under way have to answer after a cancellation

Submit = Callable[[Batch], tuple[int, str]]


@dataclass(slots=True)
class Submission:
    """Sends the ledger's batches through `submit` (JobId and RequestId, or `ApiError`), and notes what happens there.

    In a project where WeData checks that parents are submitted, the order matters, and a batch is sent when the ones
    before it have ended. So the caller repeats, while there is a layer: send it, wait for its outcomes.
    """

    submit: Submit
    ledger: Ledger
    clock: Clock
    log: Callable[[str], None]
    _stopped: tuple[Reason, str] | None = field(default=None, init=False)

    def layer(self) -> list[Batch]:
        """The batches that may be sent next, side by side."""
        layer: dict[str, Batch] = {}
        ordered = self._ordered()
        for batch in self.ledger.batches:
            if batch.status is BatchStatus.PLANNED:
                layer.setdefault(batch.project_id if batch.project_id in ordered else f"#{batch.number}", batch)
        return list(layer.values())

    def send(self, layer: Sequence[Batch]) -> None:
        """Sends batches, at most `clock.workers` at once; with one worker in this thread.

        Raises `Cancelled`, after the calls under way had three seconds to answer.
        """
        for_each(self._send, layer, self.clock.workers, grace=GRACE, on_stop=self._stop)

    def _stop(self, reason: Reason) -> None:
        self._stopped = self._stopped or (reason, f"not sent, because the run ended first ({reason})")

    def _send(self, batch: Batch) -> None:
        delays = BACKOFF.delays(self.clock)
        while (held := self._stopped or self._held(batch)) is None:
            self.ledger.sending(batch.number)
            try:
                job_id, request_id = self.submit(batch)
            except ApiError as error:
                delay = next(delays, None) if error.retryable else None
                if delay is None:
                    self._failed(batch, error)
                    return
                self.ledger.waiting(batch.number)
                self.clock.sleep(delay)
            else:
                self.ledger.accepted(batch.number, job_id, request_id)
                return
        self.ledger.unsent(batch.number, *held)

    def _failed(self, batch: Batch, error: ApiError) -> None:
        if error.too_large and batch.size > 1:
            self.log(f"Batch {batch.number} of {batch.size} tasks is too large for one call, so it is split: {error}")
            halves = self.ledger.split(batch.number)
            if batch.project_id not in self._ordered():
                for half in halves:
                    self._send(half)
            return
        self.ledger.failed(batch.number, error)
        if error.code.startswith("AuthFailure") or error.retryable:
            # Each of the batches that are left would meet the same fate.
            message = f"not sent, because batch {batch.number} ended with {error.code}"
            self._stopped = self._stopped or (error.reason, message)

    def _ordered(self) -> set[str]:
        """The projects whose batches are sent one after another."""
        return {batch.project_id for batch in self.ledger.batches if batch.options.need_check_parent_submitted}

    def _held(self, batch: Batch) -> tuple[Reason, str] | None:
        """Why a batch may not follow the ones before it: the job of one of them may still be running."""
        if batch.project_id not in self._ordered():
            return None
        for before in self.ledger.batches:
            if before.number == batch.number:
                break
            if before.project_id != batch.project_id:
                continue
            for outcome in before.outcomes:
                if outcome.state is State.UNKNOWN and outcome.failure_reason:
                    message = (
                        "not sent, because its project checks that parents are submitted, and it is not known whether "
                        f"batch {before.number}, which comes first, has ended"
                    )
                    return outcome.failure_reason, message
        return None
