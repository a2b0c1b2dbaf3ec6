"""Batches become JobIds, refusals and open answers: the fourth stage.

Sent again is only what surely was not executed. An answer that leaves it open is never sent again: the service has no
idempotency token, and each success creates versions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.parallel import for_each
from wedata_action.submission.batches import Batch
from wedata_action.submission.ledger import Ledger
from wedata_action.tencent.verdicts import ApiError

TRIES = 5
FIRST_DELAY = 1.0  # seconds; doubled with each try, and a random part of it waited
GRACE = 3.0  # seconds that calls under way have to answer after a cancellation

Submit = Callable[[Batch], tuple[int, str]]


@dataclass(slots=True)
class Submission:
    """Sends batches through `submit` (JobId and RequestId, or `ApiError`) and writes what happens into the ledger.

    `settle` waits for a batch's job and says whether all went well; without it the next batch of a lane only waits
    for the JobId.
    """

    submit: Submit
    ledger: Ledger
    clock: Clock
    stop_on_rejection: bool
    log: Callable[[str], None]
    settle: Callable[[Batch], bool] | None = None
    _stopped: tuple[Reason, str] | None = field(default=None, init=False)

    def run(self, batches: Sequence[Batch], workers: int) -> None:
        """Sends every batch, lanes side by side in at most `workers` threads; with one in none.

        Raises `Cancelled`, after calls that are under way had three seconds to answer.
        """
        lanes = _lanes(batches, one_after_another=self.stop_on_rejection)
        for_each(self._send_lane, lanes, workers, grace=GRACE, on_stop=self._stop)

    @property
    def stopped(self) -> bool:
        """Whether nothing more is sent."""
        return self._stopped is not None

    def _stop(self, reason: Reason) -> None:
        self._stopped = self._stopped or (reason, f"not sent, because the run ended before: {reason}")

    def _send_lane(self, lane: Sequence[Batch]) -> None:
        for position, batch in enumerate(lane, start=1):
            self._send(batch)
            if self.settle is None or position == len(lane) or self._stopped:
                continue
            if not self.settle(batch) and self.stop_on_rejection:
                message = f"not sent, because a task of batch {batch.number} is not live and on-error is stop"
                self._stopped = self._stopped or (Reason.JOB_FAILED, message)

    def _send(self, batch: Batch) -> None:
        for attempt in itertools.count(1):
            if self._stopped:
                self.ledger.unsent(batch, *self._stopped)
                return
            self.ledger.sending(batch)
            try:
                job_id, request_id = self.submit(batch)
            except ApiError as error:
                if not error.retryable or attempt == TRIES:
                    self._failed(batch, error)
                    return
                self.ledger.waiting(batch)
                self.clock.sleep(self.clock.random.uniform(0, FIRST_DELAY * 2 ** (attempt - 1)))
            else:
                self.ledger.accepted(batch, job_id, request_id)
                return

    def _failed(self, batch: Batch, error: ApiError) -> None:
        if error.too_large and len(batch.tasks) > 1:
            halves = batch.halves()
            self.log(
                f"Batch {batch.number} of {len(batch.tasks)} tasks is too large for one call, so it is split: {error}"
            )
            self.ledger.split(batch, halves)
            self._send_lane(halves)
        else:
            self.ledger.failed(batch, error)
            self._stopped = self._stopped or self._stop_after(batch, error)

    def _stop_after(self, batch: Batch, error: ApiError) -> tuple[Reason, str] | None:
        """Why the batches that are left are not sent, if they are not: each would meet the same fate."""
        if error.code.startswith("AuthFailure") or error.retryable:
            return error.reason, f"not sent, because batch {batch.number} ended with {error.code}"
        if self.stop_on_rejection:
            return error.reason, f"not sent, because batch {batch.number} failed and on-error is stop"
        return None


def _lanes(batches: Sequence[Batch], *, one_after_another: bool) -> list[list[Batch]]:
    """Batches of a lane are sent one after another, lanes side by side.

    A project in which WeData checks that parents are submitted is one lane: its order matters.
    """
    if one_after_another:
        return [list(batches)]
    ordered = {batch.project_id for batch in batches if batch.options.need_check_parent_submitted}
    lanes: dict[str, list[Batch]] = {}
    for batch in batches:
        lanes.setdefault(batch.project_id if batch.project_id in ordered else f"#{batch.number}", []).append(batch)
    return list(lanes.values())
