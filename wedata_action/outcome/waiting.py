"""Waits until it is known what became of every batch and task, or time is up. A failed read is tried again.

There are two ways to ask about what WeData accepted, and the site's first clear answer tells which of them it offers.
A submission whose answer leaves open whether it was executed is looked up by its stamp, and never sent again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.by_job import ByJob
from wedata_action.outcome.by_version import ABSENT, ByVersion, find_version
from wedata_action.outcome.polling import PAUSES, Question, Settle, poll, utc
from wedata_action.outcome.versions import judge_version
from wedata_action.result import Batch, BatchStatus, End, State
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call, list_batch_detail

_OPEN_SECONDS = 120
_REFUSED_SECONDS = 15  # for FailedOperation, a refusal that may be none

Strategy: TypeAlias = ByJob | ByVersion
"""How to ask about batches that WeData accepted."""


@dataclass(slots=True)
class Waiting:
    """Asks about batches through `call`, and hands the ends of their tasks to `settle`.

    `timeout` is in seconds, for all outcomes together, from the first `wait` on; `None` is the strategy's default.
    Unless `for_outcomes`, only open answers are looked up, and a version that is found counts as accepted.
    """

    call: Call
    clock: Clock
    settle: Settle
    timeout: int | None
    log: Callable[[str], None]
    progress: Callable[[str], None]
    for_outcomes: bool = True
    strategy: Strategy | None = field(default=None, init=False)
    _started: float | None = field(default=None, init=False)
    _asked: set[str] = field(default_factory=set, init=False)

    def wait(self, batches: Sequence[Batch]) -> None:
        """Waits until every task that was, or may have been, submitted has its end.

        A batch that an earlier wait was about is not asked about again.
        """
        if self._started is None:
            self._started = self.clock.monotonic()
        called = {BatchStatus.ACCEPTED, BatchStatus.OPEN, BatchStatus.REJECTED}
        batches = [batch for batch in batches if batch.status in called and batch.number not in self._asked]
        self._asked.update(batch.number for batch in batches)
        accepted = [batch for batch in batches if batch.status is BatchStatus.ACCEPTED and self.for_outcomes]
        if accepted and self.strategy is None:
            self._choose(accepted)
        questions = [question for batch in batches for question in self._open_questions(batch)]
        if self.strategy:
            until = self._deadline()
            questions += [question for batch in accepted for question in self.strategy.questions(batch, until)]
        poll(questions, self.clock, self.settle, self.progress)

    def _deadline(self) -> float:
        timeout = (self.strategy or ByVersion).timeout
        return (self._started or 0.0) + (timeout if self.timeout is None else self.timeout)

    def _choose(self, accepted: Sequence[Batch]) -> None:
        chosen = choose(self.call, self.clock, accepted[0], self._deadline(), self.progress)
        if not isinstance(chosen, str):
            self.strategy = chosen
            self.log(chosen.about)
            return
        for batch in accepted:
            self.settle(batch.outcomes, [End(State.UNKNOWN, Reason.TIMEOUT, chosen)] * batch.size)

    def _open_questions(self, batch: Batch) -> list[Question]:
        """One for each task of a batch, none where the answer was clear.

        Within the deadline of all, but at least as long as a refusal that may be none is looked up.
        """
        seconds: int
        expire: Callable[[str], End]
        if batch.status is BatchStatus.OPEN:
            seconds, expire = _OPEN_SECONDS, _never_found
        elif batch.status is BatchStatus.REJECTED and batch.code.split(".")[0] == "FailedOperation":
            seconds, expire = _REFUSED_SECONDS, functools.partial(_rejected, batch.message)
        else:
            return []
        now = self.clock.monotonic()
        until = min(now + seconds, max(self._deadline(), now + _REFUSED_SECONDS))
        judge = judge_version if self.for_outcomes else _accepted
        return [
            Question((outcome,), functools.partial(find_version, self.call, outcome, judge), expire, until)
            for outcome in batch.outcomes
        ]


def choose(call: Call, clock: Clock, batch: Batch, until: float, progress: Callable[[str], None]) -> Strategy | str:
    """The site's first clear answer decides, to a question about an accepted `batch`.

    If there is none until then, in monotonic seconds, a text says what the site answered instead.
    """
    pauses = PAUSES.delays(clock)
    while True:
        try:
            list_batch_detail(call, batch.project_id, batch.job_id or 0)
        except ApiError as error:
            if error.not_offered:
                return ByVersion(call)
            if error.verdict is not Verdict.OPEN and not error.retryable:
                return ByJob(call, clock)
            seen = f"WeData did not tell whether it has ListBatchDetail; the last answer was: {error}"
        else:
            return ByJob(call, clock)
        left = until - clock.monotonic()
        if left <= 0:
            return seen
        progress(f"{seen}. Asking again until {utc(clock, until)}")
        clock.sleep(min(next(pauses), left))


def _accepted(version: Version) -> End:
    """Accepted, whatever becomes of it."""
    return End(State.UNKNOWN, version=version.number)


def _never_found(seen: str) -> End:
    message = "no version of this run was found, so it is not known whether the task was submitted"
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message if seen == ABSENT else f"{message}; {seen}")


def _rejected(answer: str, seen: str) -> End:
    """Looked for and not found: so the refusal was one. Not if the look-up failed."""
    return End(State.FAILED, Reason.REJECTED, answer) if seen == ABSENT else _never_found(seen)
