"""The two ways in which a site tells what became of a submission, and which of them this site offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from wedata_action.clock import Clock
from wedata_action.outcome.by_job import ByJob
from wedata_action.outcome.by_version import ByVersion
from wedata_action.outcome.polling import PAUSES, Question, utc
from wedata_action.result import Batch, End, TaskOutcome
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call, list_batch_detail


class Strategy(Protocol):
    """How to ask about batches that WeData accepted.

    `timeout` is the default of `wait-timeout`, in seconds; `about` is one sentence for the log.
    """

    timeout: int
    about: str

    def questions(self, batch: Batch, until: float) -> list[Question]:
        """What to ask about the tasks of an accepted batch. `until` is in monotonic seconds."""

    def judge(self, version: Version) -> End:
        """What became of a task whose submission was answered with nothing clear, and whose version was found."""

    def explain(self, outcome: TaskOutcome, end: End) -> End:
        """The end of a failed task, with what WeData says about the failure."""


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
