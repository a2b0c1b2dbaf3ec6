"""What is known of every batch and task at this instant: the one mutable thing of a run, behind a lock.

Each change is published at once, so that the outputs are true whenever the process dies.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wedata_action.errors import Reason
from wedata_action.result import BatchResult, Result, State, TaskResult
from wedata_action.submission.batches import Batch
from wedata_action.tencent.verdicts import ApiError, Verdict

Publish = Callable[[Result, BatchResult], None]


@dataclass(frozen=True, slots=True)
class End:
    """What became of one task, as `BatchResult` and `TaskResult` have it."""

    state: State
    failure_reason: Reason | None = None
    message: str = ""
    version: str = ""
    warning: str = ""


class LedgerClosedError(Exception):
    """The run has ended, and its last state is being reported."""


class Ledger:
    """Written by the submission and the outcome, read by the report."""

    def __init__(self, seed: Result, batches: Sequence[Batch], publish: Publish) -> None:
        """`seed` says what is known before the first call; `publish` gets each new state, and the batch it is about."""
        self._seed = seed
        self._publish = publish
        self._lock = threading.RLock()
        self._batches = {batch.number: _planned(batch) for batch in batches}
        self._closed = False

    def snapshot(self) -> Result:
        """The run as it is known now; its words are those of the seed."""
        with self._lock:
            return dataclasses.replace(self._seed, batches=tuple(self._batches.values()))

    def close(self) -> Result:
        """The last state: what a thread learns later is not written down."""
        with self._lock:
            self._closed = True
            return self.snapshot()

    def sending(self, batch: Batch) -> None:
        """A call is about to leave: from here on its tasks may be submitted.

        Raises `LedgerClosedError` when the run has ended: what cannot be written down must not be sent.
        """
        end = End(State.UNKNOWN, Reason.AMBIGUOUS, "the call was under way when the run ended")
        with self._lock:
            if self._closed:
                raise LedgerClosedError
            self._change(batch, "sending", end)

    def waiting(self, batch: Batch) -> None:
        """The call was surely not executed and will be sent again."""
        self._change(batch, "planned", End(State.UNSENT))

    def accepted(self, batch: Batch, job_id: int, request_id: str) -> None:
        """WeData has a job for the batch; nothing is known of its tasks."""
        self._change(batch, "accepted", End(State.UNKNOWN), job_id=job_id, request_id=request_id)

    def failed(self, batch: Batch, error: ApiError) -> None:
        """The call ended without a JobId. A doubtful refusal is one only when no version is found."""
        message = str(error)
        reason = error.reason
        if error.verdict is Verdict.OPEN:
            status, state = "open", State.UNKNOWN
        elif error.retryable:
            status, state = "unsent", State.UNSENT
        elif error.doubtful:
            status, state, reason = "rejected", State.UNKNOWN, Reason.AMBIGUOUS
        else:
            status, state = "rejected", State.FAILED
        self._change(
            batch,
            status,
            End(state, reason, message),
            request_id=error.request_id,
            code=error.code,
            message=message,
        )

    def unsent(self, batch: Batch, reason: Reason, message: str) -> None:
        """The batch is not sent, because of what happened to another one."""
        self._change(batch, "unsent", End(State.UNSENT, reason, message), message=message)

    def split(self, batch: Batch, halves: Sequence[Batch]) -> None:
        """Puts the halves in the batch's place."""
        with self._lock:
            if self._closed:
                return
            self._batches = {
                number: result
                for key, kept in self._batches.items()
                for number, result in (
                    [(half.number, _planned(half)) for half in halves] if key == batch.number else [(key, kept)]
                )
            }
            self._publish(self.snapshot(), self._batches[halves[0].number])

    def settle(self, number: str, ends: Mapping[str, End]) -> None:
        """What became of tasks of a batch, by task id; the others stay as they are."""
        with self._lock:
            found = self._batches[number]
            tasks = tuple(_ended(task, ends[task.task_id]) if task.task_id in ends else task for task in found.tasks)
            self._put(dataclasses.replace(found, tasks=tasks))

    def _change(
        self,
        batch: Batch,
        status: str,
        end: End,
        *,
        job_id: int | None = None,
        request_id: str = "",
        code: str = "",
        message: str = "",
    ) -> None:
        with self._lock:
            found = self._batches[batch.number]
            tasks = tuple(_ended(task, end, job_id=job_id, request_id=request_id) for task in found.tasks)
            self._put(BatchResult(found.number, found.project_id, tasks, status, job_id, request_id, code, message))

    def _put(self, batch: BatchResult) -> None:
        if not self._closed:
            self._batches[batch.number] = batch
            self._publish(self.snapshot(), batch)


def _planned(batch: Batch) -> BatchResult:
    tasks = tuple(
        TaskResult(
            project_id=batch.project_id,
            task_id=planned.task.task_id,
            name=planned.task.name,
            location=planned.task.location,
            change=planned.task.change,
            fingerprint=planned.task.fingerprint,
            remark=planned.remark,
            batch=batch.number,
            state=State.UNSENT,
        )
        for planned in batch.tasks
    )
    return BatchResult(batch.number, batch.project_id, tasks, "planned")


def _ended(task: TaskResult, end: End, **call: Any) -> TaskResult:
    return task._replace(
        state=end.state,
        failure_reason=end.failure_reason,
        message=end.message,
        version=end.version or task.version,
        warning=end.warning,
        **call,
    )
