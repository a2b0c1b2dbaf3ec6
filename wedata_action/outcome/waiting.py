"""What to ask WeData about the batches of a run, and until when.

There are two ways to ask about what WeData accepted, and the site's first clear answer tells which of them it offers.
A submission whose answer leaves open whether it was executed is looked up by its stamp, and never sent again.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from typing import TypeAlias

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.by_job import ByJob
from wedata_action.outcome.by_version import ABSENT, ByVersion, find_version
from wedata_action.outcome.polling import PAUSES, Question, utc
from wedata_action.outcome.proof import Files, Proof
from wedata_action.outcome.versions import judge_version
from wedata_action.result import Batch, BatchStatus, End, State, TaskOutcome
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call, list_batch_detail

_OPEN_SECONDS = 120
_REJECTED_SECONDS = 15  # for FailedOperation, a rejection that may be none
_PROOF_SECONDS = 15  # in which a code can be read that went live when time was up

Strategy: TypeAlias = ByJob | ByVersion
"""How to ask about batches that WeData accepted."""


class Waiting:
    """What to ask about each batch that was sent, in the way of the site, and about the code of each live task.

    `timeout` is in seconds, for all outcomes together, from the first batch on; `None` is the strategy's default.
    Unless `for_outcomes`, only open answers are looked up, and a version that is found counts as accepted.
    """

    def __init__(  # the outside world, what the run wants, and who is told
        self,
        call: Call,
        clock: Clock,
        files: Files,
        timeout: int | None,
        log: Callable[[str], None],
        progress: Callable[[str], None],
        *,
        for_outcomes: bool = True,
    ) -> None:
        """`files` has the codes at head."""
        self.strategy: Strategy | None = None
        self._call, self._clock, self._files, self._timeout = call, clock, files, timeout
        self._log, self._progress, self._for_outcomes = log, progress, for_outcomes
        self._started: float | None = None
        self._choosing = threading.Lock()
        self._choose_at, self._pauses = 0.0, PAUSES.delays(clock)
        self._unclear = ""

    @property
    def deadline(self) -> float:
        """When all outcomes must be known, in monotonic seconds."""
        default = (self.strategy or ByVersion).timeout if self._for_outcomes else _OPEN_SECONDS
        started = self._clock.monotonic() if self._started is None else self._started
        return started + (default if self._timeout is None else self._timeout)

    def questions(self, batch: Batch) -> list[Question] | float:
        """What to ask about a batch; nothing where its answer was clear, or where nobody waits.

        While the site does not tell what it offers, the seconds after which to ask for the questions again.
        """
        with self._choosing:
            if self._started is None:
                self._started = self._clock.monotonic()
            if batch.status is not BatchStatus.ACCEPTED or not self._for_outcomes:
                return self._open_questions(batch)
            if self.strategy is None and (undecided := self._choose(batch)):
                return undecided
        if self.strategy is None:
            end = End(State.UNKNOWN, Reason.TIMEOUT, self._unclear)
            return [Question(batch.outcomes, lambda: self._unclear, lambda _: end, self.deadline)]
        return self.strategy.questions(batch, self.deadline)

    def proof(self, outcome: TaskOutcome, end: End) -> Question:
        """What to ask about the code of a task that is live: within the deadline of all, or just after it."""
        until = max(self.deadline, self._clock.monotonic() + _PROOF_SECONDS)
        return Proof(self._call, self._files, outcome, end, of_version=bool(outcome.batch)).question(until)

    def _choose(self, batch: Batch) -> float:
        """Asks about an accepted batch; gives the seconds after which to ask again, 0 once it is decided or too late.

        The site's first clear answer decides.
        """
        now = self._clock.monotonic()
        if now < self._choose_at:
            return self._choose_at - now
        try:
            list_batch_detail(self._call, batch.project_id, batch.job_id or 0)
        except ApiError as error:
            if error.not_offered:
                self.strategy = ByVersion(self._call)
            elif error.verdict is not Verdict.OPEN and not error.retryable:
                self.strategy = ByJob(self._call, self._clock)
            else:
                self._unclear = f"WeData did not tell whether it has ListBatchDetail; the last answer was: {error}"
        else:
            self.strategy = ByJob(self._call, self._clock)
        if self.strategy:
            self._log(self.strategy.about)
            return 0.0
        now = self._clock.monotonic()
        if now >= self.deadline:
            return 0.0
        self._progress(f"{self._unclear}. Asking again until {utc(self._clock, self.deadline)}")
        self._choose_at = min(now + next(self._pauses), self.deadline)
        return self._choose_at - now

    def _open_questions(self, batch: Batch) -> list[Question]:
        """One for each task of a batch, none where the answer was clear.

        A rejection that may be none counts as one only after the whole look-up, and the deadline of all may cut it off.
        """
        now, deadline = self._clock.monotonic(), self.deadline if self._for_outcomes else math.inf
        expire: Callable[[str], End] = _never_found
        if batch.status is BatchStatus.OPEN:
            until = now + _OPEN_SECONDS
        elif batch.status is BatchStatus.REJECTED and batch.code.split(".")[0] == "FailedOperation":
            until = now + _REJECTED_SECONDS
            if until <= deadline:
                expire = functools.partial(_rejected, batch.message)
        else:
            return []
        until = min(until, max(deadline, now))
        self._log(
            f"Batch {batch.number}: {batch.code} leaves open whether WeData executed the call, so its tasks are looked "
            f"up until {utc(self._clock, until)}"
        )
        judge = judge_version if self._for_outcomes else _accepted
        return [
            Question((outcome,), functools.partial(find_version, self._call, outcome, judge), expire, until)
            for outcome in batch.outcomes
        ]


def _accepted(version: Version) -> End:
    """Accepted, whatever becomes of it."""
    return End(State.UNKNOWN, version=version.number)


def _never_found(seen: str) -> End:
    message = "no version of this run was found, so it is not known whether the task was submitted"
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message if seen == ABSENT else f"{message}; {seen}")


def _rejected(answer: str, seen: str) -> End:
    """Looked for and not found: so the rejection was one. Not if the look-up failed."""
    return End(State.FAILED, Reason.REJECTED, answer) if seen == ABSENT else _never_found(seen)
