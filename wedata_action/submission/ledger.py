"""What is known of every batch and task at this instant: the one mutable thing of a run, behind a lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from wedata_action.errors import Reason
from wedata_action.result import Batch, BatchStatus, End, State, TaskOutcome
from wedata_action.tencent.verdicts import ApiError, Verdict

Publish = Callable[[tuple[TaskOutcome, ...], tuple[Batch, ...], Batch | None], None]


class LedgerClosedError(Exception):
    """The run has ended, and its last state is being reported."""


class Ledger:
    """Written while batches are sent and waited for, read by the report."""

    def __init__(
        self, batches: Sequence[Batch], publish: Publish = lambda *_: None, settled: Sequence[TaskOutcome] = ()
    ) -> None:
        """`settled` need no call. After each change `publish` gets them, all batches, and the one that changed."""
        self._publish = publish
        self._lock = threading.RLock()
        self._batches = {batch.number: batch for batch in batches}
        self._settled = {outcome.task.identity: outcome for outcome in settled}
        self._closed = False

    @property
    def batches(self) -> tuple[Batch, ...]:
        """The batches as they are known now, in the order of their numbers."""
        with self._lock:
            return tuple(sorted(self._batches.values(), key=_place))

    def batch(self, number: str) -> Batch:
        """One of them."""
        with self._lock:
            return self._batches[number]

    @property
    def settled(self) -> tuple[TaskOutcome, ...]:
        """The tasks that need no call."""
        with self._lock:
            return tuple(self._settled.values())

    def leave(self, outcome: TaskOutcome, end: End) -> None:
        """A task ends before its batch is sent: it needs no call any more."""
        with self._lock:
            if self._closed:
                return
            batch = self._batches.pop(outcome.batch)
            kept = tuple(found for found in batch.outcomes if found.task.identity != outcome.task.identity)
            self._settled[outcome.task.identity] = outcome.ended(end)._replace(batch="")
            if kept:
                self._batches[batch.number] = batch._replace(outcomes=kept)
            self._publish(self.settled, self.batches, None)

    def close(self) -> tuple[Batch, ...]:
        """The last state: what a thread learns later is not written down."""
        with self._lock:
            self._closed = True
            return self.batches

    def sending(self, number: str) -> None:
        """A call is about to leave: from here on its tasks may be submitted.

        Raises `LedgerClosedError` when the run has ended: what cannot be written down must not be sent.
        """
        end = End(State.UNKNOWN, Reason.AMBIGUOUS, "the call was under way when the run ended")
        with self._lock:
            if self._closed:
                raise LedgerClosedError
            self._change(number, end, status=BatchStatus.SENDING)

    def waiting(self, number: str) -> None:
        """The call was surely not executed and will be sent again."""
        self._change(number, End(State.UNSENT), status=BatchStatus.PLANNED)

    def accepted(self, number: str, job_id: int, request_id: str) -> None:
        """WeData has a job for the batch; nothing is known of its tasks."""
        self._change(number, End(State.UNKNOWN), status=BatchStatus.ACCEPTED, job_id=job_id, request_id=request_id)

    def failed(self, number: str, error: ApiError) -> None:
        """The call ended without a JobId. A doubtful refusal is one only when no version is found."""
        reason = error.reason
        if error.verdict is Verdict.OPEN:
            status, state = BatchStatus.OPEN, State.UNKNOWN
        elif error.retryable:
            status, state = BatchStatus.UNSENT, State.UNSENT
        elif error.doubtful:
            status, state, reason = BatchStatus.REJECTED, State.UNKNOWN, Reason.AMBIGUOUS
        else:
            status, state = BatchStatus.REJECTED, State.FAILED
        end = End(state, reason, str(error))
        self._change(number, end, status=status, request_id=error.request_id, code=error.code, message=end.message)

    def unsent(self, number: str, reason: Reason, message: str) -> None:
        """The batch is not sent, because of what happened to another one."""
        self._change(number, End(State.UNSENT, reason, message), status=BatchStatus.UNSENT, message=message)

    def split(self, number: str) -> tuple[Batch, Batch]:
        """Puts the halves of a batch in its place."""
        with self._lock:
            halves = self._batches[number].halves()
            if not self._closed:
                self._batches = {
                    part.number: part
                    for batch in self._batches.values()
                    for part in (halves if batch.number == number else (batch,))
                }
                self._publish(self.settled, self.batches, halves[0])
            return halves

    def settle(self, tasks: Sequence[TaskOutcome], ends: Sequence[End]) -> None:
        """What became of some tasks of one batch, or of one that needs no call; the others stay as they are."""
        found = {outcome.task.task_id: end for outcome, end in zip(tasks, ends, strict=True)}
        with self._lock:
            if not tasks[0].batch:
                if not self._closed:
                    self._settled |= {tasks[0].task.identity: tasks[0].ended(ends[0])}
                    self._publish(self.settled, self.batches, None)
                return
            batch = self._batches[tasks[0].batch]
            outcomes = tuple(
                outcome.ended(end) if (end := found.get(outcome.task.task_id)) else outcome
                for outcome in batch.outcomes
            )
            self._put(batch._replace(outcomes=outcomes))

    def _change(self, number: str, end: End, **call: object) -> None:
        """All tasks of a batch have the same end; `call` are fields of the batch."""
        with self._lock:
            batch = self._batches[number]._replace(**call)  # type: ignore[arg-type] # the names are Batch's
            outcomes = tuple(
                outcome.ended(end)._replace(job_id=batch.job_id, request_id=batch.request_id)
                for outcome in batch.outcomes
            )
            self._put(batch._replace(outcomes=outcomes))

    def _put(self, batch: Batch) -> None:
        if not self._closed:
            self._batches[batch.number] = batch
            self._publish(self.settled, self.batches, batch)


def _place(batch: Batch) -> list[int]:
    return [int(part) for part in batch.number.split(".")]
