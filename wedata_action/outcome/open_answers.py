"""Submissions whose answer leaves open whether they were executed: looked up by their stamps, never sent again."""

from __future__ import annotations

import functools
from collections.abc import Callable

from wedata_action.errors import Reason
from wedata_action.outcome.by_version import ABSENT, find_version
from wedata_action.outcome.polling import Answer, Doubt, Question
from wedata_action.result import Batch, BatchStatus, End, State, TaskOutcome
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call

OPEN_SECONDS = 120
REFUSED_SECONDS = 15  # for FailedOperation, a refusal that may be none

Judge = Callable[[Version], End]


def open_questions(call: Call, batch: Batch, judge: Judge, now: float) -> list[Question]:
    """What to ask about a batch, one question for each task; none where the answer was clear.

    A version that is found counts as submitted, and `judge` says what became of it. `now` is in monotonic seconds.
    """
    if batch.status is BatchStatus.OPEN:
        seconds, expire = OPEN_SECONDS, _never_found
    elif batch.status is BatchStatus.REJECTED and batch.code.split(".")[0] == "FailedOperation":
        seconds, expire = REFUSED_SECONDS, functools.partial(_rejected, batch.message)
    else:
        return []
    return [
        Question((outcome,), functools.partial(_ask, call, outcome, judge), expire, now + seconds)
        for outcome in batch.outcomes
    ]


def _ask(call: Call, outcome: TaskOutcome, judge: Judge) -> Answer:
    found = find_version(call, outcome)
    if not isinstance(found, Version):
        return found
    end = judge(found)
    return Doubt([end]) if end.state is State.UNKNOWN and end.failure_reason else [end]


def _never_found(seen: str) -> End:
    message = "no version of this run was found, so it is not known whether the task was submitted"
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message if seen == ABSENT else f"{message}; {seen}")


def _rejected(answer: str, seen: str) -> End:
    """Looked for and not found: so the refusal was one. Not if the look-up failed."""
    return End(State.FAILED, Reason.REJECTED, answer) if seen == ABSENT else _never_found(seen)
