"""Asks WeData the same questions again and again, side by side, until each is answered or its time is up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason
from wedata_action.parallel import for_each
from wedata_action.result import End, State, TaskOutcome
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call

PAUSES = Backoff(first=0.8, growth=1.5, longest=15)  # between rounds
_A_MINUTE = Backoff(first=0.5, seconds=60)
DOUBT = 60.0  # seconds in which a better answer may follow one that proves nothing
_LATE = 1.0  # seconds: the last look is at the deadline, and may be a little late
_TELL = 10.0  # seconds between two words of progress within a round
_BAR = 20  # characters
_SHOWN = 3  # reasons that a word of progress names, and tasks of each

Settle = Callable[[Sequence[TaskOutcome], Sequence[End]], None]
"""Takes tasks of one batch, and the end of each."""


Answer = str | Sequence[End]
"""What became of the tasks, in their order; or, as a text, why that is still open.

Ends that prove nothing, such as those of an answer that does not add up, are unknown for a reason: then the question is
asked again for a minute, and after that they stand.
"""


@dataclass(slots=True)
class Question:
    """What became of some tasks of one batch.

    `ask` may raise `ApiError`. When the time is up, `expire` gives all tasks their end, and is told
    why the question was still open. `until` is in monotonic seconds.
    """

    tasks: Sequence[TaskOutcome]
    ask: Callable[[], Answer]
    expire: Callable[[str], End]
    until: float
    seen: str = "it could not be asked about in time"
    doubt: Sequence[End] = ()
    doubted: float = math.inf
    answered: bool = False

    @property
    def deadline(self) -> float:
        """When it is given up, in monotonic seconds."""
        return min(self.until, self.doubted + DOUBT)

    def look(self, now: float) -> Sequence[End] | None:
        """Asks once, unless it is too late: the ends of the tasks, or `None` while the question is open."""
        if now > self.deadline + _LATE:
            return None
        try:
            answer = self.ask()
        except ApiError as error:
            if error.reason is Reason.AUTH or error.not_offered:
                reason = Reason.AUTH if error.reason is Reason.AUTH else Reason.AMBIGUOUS
                message = f"its outcome cannot be read: {error}"
                return [End(State.UNKNOWN, reason, message)] * len(self.tasks)
            self.seen = f"the last answer was: {error}"
            return None
        if isinstance(answer, str):
            self.seen, self.doubt, self.doubted = answer, (), math.inf
            return None
        doubts = [end.message for end in answer if end.state is State.UNKNOWN and end.failure_reason]
        if doubts:
            self.seen, self.doubt, self.doubted = doubts[0], answer, min(self.doubted, now)
            return None
        return answer

    def give_up(self) -> Sequence[End]:
        """The ends of the tasks when the time is up."""
        return self.doubt or [self.expire(self.seen)] * len(self.tasks)


def patiently(call: Call, clock: Clock, backoff: Backoff = _A_MINUTE) -> Call:
    """`call` for reads that must succeed: what may go through later is tried again, as a rule for a minute."""

    def read(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return backoff.retry(
            lambda: call(action, version, payload),
            clock,
            lambda error: isinstance(error, ApiError) and (error.retryable or error.verdict is Verdict.OPEN),
        )

    return read


def poll(questions: Iterable[Question], clock: Clock, settle: Settle, progress: Callable[[str], None]) -> None:
    """Settles the tasks of each question.

    The first round begins at once; after each round the pause grows. A round that takes long ends at the deadline too.
    """
    remaining = list(questions)
    total = sum(len(question.tasks) for question in remaining)
    started = told = clock.monotonic()

    def ask(question: Question) -> None:
        ends = question.look(clock.monotonic())
        if ends is not None:
            end(question, ends)
        if clock.monotonic() - told >= _TELL:
            tell()

    def end(question: Question, ends: Sequence[End]) -> None:
        question.answered = True
        settle(question.tasks, list(map(_said, question.tasks, ends)))

    def tell() -> None:
        nonlocal told
        told = clock.monotonic()
        progress(progress_text(_open(remaining), total, started, clock))

    pauses = PAUSES.delays(clock)
    while remaining:
        for_each(ask, remaining, clock.workers)
        now = clock.monotonic()
        for question in remaining:
            if not question.answered and now >= question.deadline:
                end(question, question.give_up())
        remaining = _open(remaining)
        tell()
        if remaining:
            left = min(question.deadline for question in remaining) - clock.monotonic()
            clock.sleep(max(0.0, min(next(pauses), left)))


def _open(questions: Iterable[Question]) -> list[Question]:
    return [question for question in questions if not question.answered]


def _said(outcome: TaskOutcome, end: End) -> End:
    """An unknown end also says what the submission was answered with."""
    if end.state is not State.UNKNOWN or not outcome.message or not end.message:
        return end
    return end._replace(message=f"{outcome.message}; {end.message}")


def progress_text(remaining: Sequence[Question], total: int, started: float, clock: Clock) -> str:
    """How far it is, and what is open, why and until when.

    `[#####---------------] 25 of 100 tasks have ended after 35 s. Open until 14:05:09 UTC: 1003, 1004, 1005 and 72 more
    (job 7 is RUNNING)`. `started` is in monotonic seconds.
    """
    now = clock.monotonic()
    ended = total - sum(len(question.tasks) for question in remaining)
    full = _BAR * ended // total if total else _BAR
    text = f"[{'#' * full}{'-' * (_BAR - full)}] {ended} of {total} tasks have ended after {now - started:.0f} s"
    if not remaining:
        return text
    why: dict[str, list[str]] = {}
    for question in remaining:
        why.setdefault(question.seen, []).extend(outcome.task.task_id for outcome in question.tasks)
    shown = [f"{_some(tasks)} ({seen})" for seen, tasks in why.items()]
    latest = max(question.deadline for question in remaining)
    return f"{text}. Open until {utc(clock, latest)}: {_some(shown, '; ')}"


def utc(clock: Clock, moment: float) -> str:
    """A moment of the monotonic clock as people read it: `14:05:09 UTC`."""
    return time.strftime("%H:%M:%S UTC", time.gmtime(clock.now() + moment - clock.monotonic()))


def _some(items: Sequence[str], separator: str = ", ") -> str:
    more = len(items) - _SHOWN
    return separator.join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
