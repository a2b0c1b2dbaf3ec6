"""Asks WeData the same questions again and again, side by side, until each is answered or its time is up."""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from wedata_action.clock import Backoff, Clock
from wedata_action.errors import Reason
from wedata_action.parallel import Flow
from wedata_action.result import End, State, TaskOutcome
from wedata_action.task import Identity
from wedata_action.tencent.verdicts import ApiError

PAUSES = Backoff(first=0.8, growth=1.5, longest=15)  # between rounds
DOUBT = 60.0  # seconds in which a better answer may follow one that proves nothing
_LATE = 1.0  # seconds: the last look is at the deadline, and may be a little late
_TELL = 2.0  # seconds between two words of progress
_LEAD = 5.0  # seconds for which a first question goes ahead
_BAR = 20  # characters
_SHOWN = 3  # reasons that a word of progress names, and tasks of each

Settle = Callable[[Sequence[TaskOutcome], Sequence[End]], None]
"""Takes tasks of one batch, and the end of each."""


Answer = str | Sequence[End]
"""What became of the tasks, in their order; or, as a text, why that is still open.

Ends that prove nothing, such as those of an answer that does not add up, are unknown for a reason: then the question is
asked again for a minute, and after that they stand.
"""


@dataclass(slots=True, eq=False)
class Question:
    """What became of some tasks of one batch.

    `ask` may raise `ApiError`. When the time is up, `expire` gives all tasks their end, and is told
    why the question was still open. `until` is in monotonic seconds, and `lane` that of the flow. `throttled` is
    whether the last answer was that of a rate limit.
    """

    tasks: Sequence[TaskOutcome]
    ask: Callable[[], Answer]
    expire: Callable[[str], End]
    until: float
    seen: str = ""
    doubt: Sequence[End] = ()
    doubted: float = math.inf
    lane: str = "ask"
    throttled: bool = False

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
            self.seen, self.throttled = f"the last answer was: {error}", error.throttled
            return None
        self.throttled = False
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
        return self.doubt or [self.expire(self.seen or "it could not be asked about in time")] * len(self.tasks)


class Polling:
    """Asks questions side by side in a `Flow`, again and again, until each is answered or its time is up.

    `settle` is told what became of the tasks of a question, and may add others.
    """

    def __init__(self, flow: Flow, clock: Clock, settle: Settle, progress: Callable[[str], None]) -> None:
        self._flow, self._clock, self._settle, self._progress = flow, clock, settle, progress
        self._open: dict[Question, None] = {}
        self._unasked: set[Question] = set()
        self._led: dict[Question, tuple[float, Sequence[Question]]] = {}
        self._tasks: set[Identity] = set()
        self._started = self._told = clock.monotonic()
        self._telling = threading.Lock()  # a count that was made earlier is also said earlier

    def add(self, questions: Sequence[Question], *, led: bool = False) -> None:
        """Asks at once. Where they are `led`, the first goes ahead: until it is answered, the others would be too."""
        for question in questions:
            self._open[question] = None
            self._tasks.update(outcome.task.identity for outcome in question.tasks)
        if led and len(questions) > 1:
            self._led[questions[0]] = self._clock.monotonic(), questions[1:]
            questions = questions[:1]
        self._begin(questions)

    def _begin(self, questions: Sequence[Question]) -> None:
        self._unasked.update(questions)
        for question in questions:
            self._flow.add(question.lane, functools.partial(self._ask, question, PAUSES.delays(self._clock)))

    def _ask(self, question: Question, pauses: Iterator[float]) -> None:
        now = self._clock.monotonic()
        ends = question.look(now)
        left = question.deadline - self._clock.monotonic()
        if ends is None and left <= 0:
            ends = question.give_up()
        since, led = self._led.get(question, (math.inf, ()))
        if led and (ends is not None or now >= since + _LEAD):
            del self._led[question]
            self._begin(led)
        if ends is None:
            self._flow.add(question.lane, functools.partial(self._ask, question, pauses), min(next(pauses), left))
        else:
            self._settle(question.tasks, list(map(_said, question.tasks, ends)))
            self._open.pop(question)
        self._tell(question)

    def _tell(self, question: Question) -> None:
        """Says how far it is: when all have been asked, now and then, and at the end."""
        with self._telling:
            first = question in self._unasked
            self._unasked.discard(question)
            now = self._clock.monotonic()
            if (first and not self._unasked) or not self._open or now - self._told >= _TELL:
                self._told = now
                remaining = list(self._open)
                self._progress(progress_text(remaining, len(self._tasks), self._started, self._clock))


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
    ended = total - len({outcome.task.identity for question in remaining for outcome in question.tasks})
    full = _BAR * ended // total if total else _BAR
    text = f"[{'#' * full}{'-' * (_BAR - full)}] {ended} of {_have(total, 'task')} ended after {now - started:.0f} s"
    if not remaining:
        return text
    why: dict[str, list[str]] = {}
    for question in remaining:
        names = [outcome.task.name or outcome.task.task_id for outcome in question.tasks]
        seen = "held up by WeData's rate limit" if question.throttled else question.seen or "not asked yet"
        why.setdefault(seen, []).extend(names)
    shown = [f"{_some(tasks)} ({seen})" for seen, tasks in why.items()]
    latest = max(question.deadline for question in remaining)
    return f"{text}. Open until {utc(clock, latest)}: {_some(shown, '; ')}"


def utc(clock: Clock, moment: float) -> str:
    """A moment of the monotonic clock as people read it: `14:05:09 UTC`."""
    return time.strftime("%H:%M:%S UTC", time.gmtime(clock.now() + moment - clock.monotonic()))


def _have(total: int, what: str) -> str:
    return f"1 {what} has" if total == 1 else f"{total} {what}s have"


def _some(items: Sequence[str], separator: str = ", ") -> str:
    more = len(items) - _SHOWN
    return separator.join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
