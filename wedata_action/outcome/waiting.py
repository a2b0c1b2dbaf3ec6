"""Waits until it is known what became of every batch and task, or time is up. A failed read is tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.by_version import ByVersion
from wedata_action.outcome.open_answers import OPEN_SECONDS, REFUSED_SECONDS, open_questions
from wedata_action.outcome.polling import Question, Settle, poll
from wedata_action.outcome.strategy import Strategy, choose
from wedata_action.outcome.versions import judge_version
from wedata_action.parallel import for_each
from wedata_action.result import Batch, BatchStatus, End, State, TaskOutcome
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call

_ANSWERED = {BatchStatus.ACCEPTED, BatchStatus.OPEN, BatchStatus.REJECTED}


class Unawaited:
    """`wait: false`: what WeData accepted is not asked about, and a version that is found counts as accepted."""

    timeout = OPEN_SECONDS
    about = ""

    def questions(self, batch: Batch, until: float) -> list[Question]:  # noqa: ARG002 - the interface
        """None."""
        return []

    def judge(self, version: Version) -> End:
        """Accepted, whatever becomes of it."""
        return End(State.UNKNOWN, version=version.number)

    def explain(self, outcome: TaskOutcome, end: End) -> End:  # noqa: ARG002 - the interface
        """Nothing to add."""
        return end


@dataclass(slots=True)
class Waiting:
    """Asks about batches through `call`, and hands the ends of their tasks to `settle`.

    `timeout` is in seconds, for all outcomes together, from the first `wait` on; `None` is the strategy's default.
    Without a `strategy` the site's first answer chooses one.
    """

    call: Call
    clock: Clock
    settle: Settle
    timeout: int | None
    log: Callable[[str], None]
    progress: Callable[[str], None]
    strategy: Strategy | None = None
    _started: float | None = field(default=None, init=False)
    _asked: set[str] = field(default_factory=set, init=False)

    def wait(self, batches: Sequence[Batch]) -> None:
        """Waits until every task that was, or may have been, submitted has its end.

        A batch that an earlier wait was about is not asked about again.
        """
        if self._started is None:
            self._started = self.clock.monotonic()
        batches = [batch for batch in batches if batch.status in _ANSWERED and batch.number not in self._asked]
        self._asked.update(batch.number for batch in batches)
        accepted = [batch for batch in batches if batch.status is BatchStatus.ACCEPTED]
        if accepted and self.strategy is None:
            self._choose(accepted)
        questions = self._open(batches)
        if self.strategy:
            deadline = self._deadline()
            questions += [question for batch in accepted for question in self.strategy.questions(batch, deadline)]
        failed = poll(questions, self.clock, self.settle, self.progress)
        for_each(self._explain, failed, self.clock.workers)

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

    def _open(self, batches: Sequence[Batch]) -> list[Question]:
        """Within the deadline of all, but at least as long as a refusal that may be none is looked up."""
        now = self.clock.monotonic()
        latest = max(self._deadline(), now + REFUSED_SECONDS)
        judge = self.strategy.judge if self.strategy else judge_version
        questions = [question for batch in batches for question in open_questions(self.call, batch, judge, now)]
        for question in questions:
            question.until = min(question.until, latest)
        return questions

    def _explain(self, failed: tuple[TaskOutcome, End]) -> None:
        outcome, end = failed
        if self.strategy and (explained := self.strategy.explain(outcome, end)) != end:
            self.settle([outcome], [explained])
