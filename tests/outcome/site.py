"""The sandbox without a socket, in time that passes only when somebody sleeps: what a run asks, and when."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.clock import SimulatedClock
from tests.support.batches import make_batch
from wedata_action.code.drafts import Drafts
from wedata_action.code_text import code_digest
from wedata_action.commands.delivery import Delivery, Parents
from wedata_action.outcome import conclusion
from wedata_action.outcome.waiting import Waiting
from wedata_action.result import Batch, Result, ResultWord, State, TaskOutcome
from wedata_action.stamps import make_remark, make_stamp
from wedata_action.submission.ledger import Ledger
from wedata_action.submission.sending import Submission
from wedata_action.tencent.client import RateLimit
from wedata_action.tencent.verdicts import ApiError, Verdict, remedy_of, verdict_of
from wedata_action.tencent.wedata import submit
from wedata_sandbox import fields
from wedata_sandbox.service import WeData

HEAD = "0123456789abcdef0123456789abcdef01234567"
SUBMIT, DETAIL, LOG, VERSIONS = (
    "BatchCreateTaskVersionAsync",
    "ListBatchDetail",
    "GetBatchDetailErrorLog",
    "ListTaskVersions",
)


def answered(code: str, message: str = "says the test", action: str = "") -> ApiError:
    """An error that WeData answered a call of `action` with."""
    return ApiError(verdict_of(code), code, message, "r-1", answered=True, remedy=remedy_of(code, action, None))


def unanswered(code: str = "NoAnswer", message: str = "the request was sent, and no whole answer came") -> ApiError:
    """No answer of WeData's: a reset, a 502, a page."""
    return ApiError(Verdict.OPEN, code, message)


NOT_CONNECTED = ApiError(Verdict.NOT_EXECUTED, "NoConnection", "no connection", connected=False)
PASSING = (
    NOT_CONNECTED,
    unanswered(),
    unanswered("HTTP 502"),
    unanswered("MalformedAnswer"),
    answered("RequestLimitExceeded"),
    answered("InternalError"),
)


def stamped(number: str, *task_ids: str, project: str = "p1", check: bool | None = None, text: str = "tune") -> Batch:
    """A batch whose remarks carry the stamp of run 7.1."""
    batch = make_batch(number, *task_ids, project=project, check=check)
    outcomes = tuple(
        outcome._replace(remark=make_remark(text, make_stamp(HEAD, outcome.task.fingerprint, "7.1")))
        for outcome in batch.outcomes
    )
    return batch._replace(outcomes=outcomes)


@dataclass
class Contents:
    """What git has, by blob ids that the test gives; `known` are other codes that the repository has."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    known: set[bytes] = field(default_factory=set)

    def read(self, blob: str) -> bytes:
        return self.blobs[blob]

    def digest(self, blob: str) -> bytes:
        return code_digest(self.blobs[blob])

    def knows(self, code: bytes) -> bool:
        return code in self.known or code in self.blobs.values()


@dataclass
class Site:
    """A WeData, a clock and what is asked of them.

    `before` and `after` may raise for a call that they are told of; `instead` are other answers of an action.
    """

    wedata: WeData
    clock: SimulatedClock
    before: Callable[[str, Mapping[str, Any]], None] = lambda *_: None
    after: Callable[[str, Mapping[str, Any]], None] = lambda *_: None
    instead: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    progress: list[tuple[float, str]] = field(default_factory=list)
    started: float = 0.0
    files: Contents = field(default_factory=Contents)
    code: str = "push"

    def call(self, action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((self.clock.seconds - self.started, action))
        self.before(action, payload)
        try:
            found = self.wedata.call(action, version, payload)
        except fields.ApiError as error:
            raise answered(error.code, error.message) from error
        self.after(action, payload)
        return {**self.instead.get(action, found), "RequestId": f"r-{len(self.asked)}"}

    def times(self, action: str) -> list[float]:
        return [time for time, asked in self.asked if asked == action]

    def counts(self) -> Counter[str]:
        return Counter(action for _, action in self.asked)

    def run(
        self,
        *batches: Batch,
        wait: bool = True,
        timeout: int | None = None,
        pass_pending: bool = False,
        rate: int = 20,
        parents: Parents | None = None,
        settled: Sequence[TaskOutcome] = (),
        on_sleep: Callable[[], None] = lambda: None,
    ) -> Result:
        """Submits and waits, as the mode `submit` does."""
        self.started = self.clock.seconds
        clock = self.clock.started(random.Random(1), on_sleep)
        limit = RateLimit(rate, clock)

        def call(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
            limit.wait(action)
            return self.call(action, version, payload)

        def progress(text: str) -> None:
            self.progress.append((self.clock.seconds - self.started, text))

        ledger = Ledger(batches, settled=settled)
        submission = Submission(lambda batch: submit(call, batch), ledger, clock, lambda _: None)
        drafts = Drafts(call, clock, self.files, self.code, submission.stop, self.log.append)
        waiting = Waiting(call, clock, self.files, timeout, self.log.append, progress, for_outcomes=wait)
        Delivery(drafts, submission, waiting, clock, progress, parents or {}).run()
        result = Result("submit", ResultWord.UNKNOWN, batches=ledger.close(), settled=ledger.settled)
        result = result._replace(warnings=tuple(drafts.dropped.values()))
        return conclusion.conclude(result, wait=wait, pass_pending=pass_pending)


def make_site(kind: str = "domestic", **options: Any) -> Site:
    """`kind` is `domestic`, which has the API of jobs, or `intl`."""
    clock = SimulatedClock()
    return Site(WeData(site=kind, now=clock.now, **options), clock)


def striking(action: str, *errors: ApiError) -> Callable[[str, Mapping[str, Any]], None]:
    """Raises one error for each of the first calls of an action."""
    left = list(errors)

    def strike(asked: str, _: Mapping[str, Any]) -> None:
        if asked == action and left:
            raise left.pop(0)

    return strike


def always(action: str, error: ApiError) -> Callable[[str, Mapping[str, Any]], None]:
    def strike(asked: str, _: Mapping[str, Any]) -> None:
        if asked == action:
            raise error

    return strike


def states(result: Result) -> dict[str, State]:
    return {outcome.task.task_id: outcome.state for outcome in result.outcomes}


def outcome_of(result: Result, task_id: str) -> TaskOutcome:
    return next(outcome for outcome in result.outcomes if outcome.task.task_id == task_id)


def verdict(result: Result) -> tuple[str, str, int]:
    return result.result, str(result.failure_reason or ""), result.exit_code


def most_in_a_second(times: Sequence[float]) -> int:
    """The most of `times` that lie within one second."""
    times = sorted(times)
    most = start = 0
    for end, time in enumerate(times):
        while times[start] <= time - 1:
            start += 1
        most = max(most, end - start + 1)
    return most
