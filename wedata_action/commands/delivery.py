"""Takes the batches of a run through the stages: each to its end, side by side, parents before children.

The stages don't know one another. What one of them finds is handed to the next here.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence

from wedata_action.clock import Clock
from wedata_action.code.drafts import Drafts
from wedata_action.errors import Reason
from wedata_action.outcome.polling import Polling
from wedata_action.outcome.waiting import Waiting
from wedata_action.parallel import Flow
from wedata_action.result import BatchStatus, End, State, TaskOutcome
from wedata_action.submission.sending import GRACE, Submission
from wedata_action.task import Identity, Task

Parents = Mapping[Identity, frozenset[Identity]]
"""For each task the tasks of the plan that come before it."""


class Delivery:
    """Batches on their way. A batch is sent when the parents of its tasks have ended."""

    def __init__(  # one argument for each stage, and who is told
        self,
        drafts: Drafts,
        submission: Submission,
        waiting: Waiting,
        clock: Clock,
        progress: Callable[[str], None],
        parents: Parents,
    ) -> None:
        """`progress` is told now and then what is open."""
        self._drafts, self._submission, self._waiting, self._parents = drafts, submission, waiting, parents
        self._ledger = submission.ledger
        self._flow = Flow(clock)
        self._polling = Polling(self._flow, clock, self._settle, progress)
        self._ends: dict[Identity, TaskOutcome] = {}
        self._held = [batch.number for batch in self._ledger.batches]
        self._unready: dict[str, int] = {}
        self._unrestored: dict[Identity, End] = {}
        self._lock = threading.RLock()

    def run(self, restore: Sequence[Task] = ()) -> None:
        """Returns when every task has its end. The drafts of `restore` are written back. Raises `Cancelled`."""
        for task in restore:
            self._flow.add("code", functools.partial(self._restore, task))
        for outcome in self._ledger.settled:
            self._settle([outcome], [outcome.end])
        self._begin_ready()
        self._flow.run(grace=GRACE, lanes=("code", "send"), on_stop=self._submission.stop)

    def _restore(self, task: Task) -> None:
        if end := self._drafts.restore(task):
            self._unrestored[task.identity] = end
            self._ledger.settle([TaskOutcome(task)], [end])

    def _settle(self, tasks: Sequence[TaskOutcome], ends: Sequence[End]) -> None:
        """What became of tasks of one batch. Those with a code are live when that is proved."""
        pairs = [(task, self._unrestored.get(task.task.identity, end)) for task, end in zip(tasks, ends, strict=True)]
        proofs = [pair for pair in pairs if pair[1].state is State.LIVE and pair[0].task.code and not pair[1].proved]
        for outcome, end in proofs:
            if not outcome.batch:
                self._ledger.settle([outcome], [_unproved(end)])
        self._polling.add([self._waiting.proof(outcome, end) for outcome, end in proofs])
        known = [pair for pair in pairs if pair not in proofs]
        if not known:
            return
        self._ledger.settle(*zip(*known, strict=True))
        self._end([outcome.ended(end) for outcome, end in known])

    def _end(self, outcomes: Sequence[TaskOutcome]) -> None:
        with self._lock:
            self._ends.update((outcome.task.identity, outcome) for outcome in outcomes)
        self._begin_ready()

    def _begin_ready(self) -> None:
        """Begins the batches whose tasks wait for no parent any more."""
        with self._lock:
            while ready := next(filter(self._is_ready, self._held), None):
                self._held.remove(ready)
                self._begin(self._ledger.batch(ready).outcomes)

    def _begin(self, outcomes: Sequence[TaskOutcome]) -> None:
        kept = []
        for outcome in outcomes:
            if end := self._without_parent(outcome):
                self._ledger.leave(outcome, end)
                self._ends[outcome.task.identity] = outcome.ended(end)
            else:
                kept.append(outcome)
        codes = [outcome for outcome in kept if outcome.task.code]
        if kept:
            # Numbered down to 0 by the code stage, and the last one sends the batch.
            self._unready[kept[0].batch] = len(codes)
            for outcome in codes:
                self._flow.add("code", functools.partial(self._prepare, outcome))
            if not codes:
                self._flow.add("send", functools.partial(self._send, kept[0].batch))

    def _prepare(self, outcome: TaskOutcome) -> None:
        number = outcome.batch
        if end := self._drafts.prepare(outcome.task):
            self._ledger.leave(outcome, end)
            self._end([outcome.ended(end)])
        with self._lock:
            self._unready[number] -= 1
            ready = not self._unready[number] and any(batch.number == number for batch in self._ledger.batches)
        if ready:
            self._flow.add("send", functools.partial(self._send, number))

    def _is_ready(self, number: str) -> bool:
        parents = (self._parents.get(found.task.identity, ()) for found in self._ledger.batch(number).outcomes)
        return all(parent in self._ends for group in parents for parent in group)

    def _without_parent(self, outcome: TaskOutcome) -> End | None:
        for identity in sorted(self._parents.get(outcome.task.identity, ())):
            parent = self._ends[identity]
            if parent.state is not State.LIVE and not parent.accepted:
                reason = parent.failure_reason or Reason.REJECTED
                message = f"not sent, because its parent {parent.task.task_id} is not live ({parent.state})"
                return End(State.UNSENT, reason, message)
        return None

    def _send(self, number: str) -> None:
        halves = self._submission.send(number)
        for half in halves:
            self._flow.add("send", functools.partial(self._send, half))
        if not halves:
            self._flow.add("ask", functools.partial(self._ask, number))

    def _ask(self, number: str) -> None:
        batch = self._ledger.batch(number)
        questions = self._waiting.questions(batch)
        if isinstance(questions, float):
            self._flow.add("ask", functools.partial(self._ask, number), questions)
            return
        self._polling.add(questions, led=batch.status is BatchStatus.ACCEPTED)
        if not questions:
            self._end(batch.outcomes)


def _unproved(end: End) -> End:
    """What is known of a live task until its code is proved."""
    message = "the task is live, but the run ended before its production code was read"
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message, end.version)
