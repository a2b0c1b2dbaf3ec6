"""Outcomes by version: ListTaskVersions, by the stamp of this run. International sites have nothing else.

This API knows no failure, only absence: a version that never appears may be slow, or its job may have failed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from wedata_action.errors import Reason
from wedata_action.outcome.polling import Answer, Question
from wedata_action.outcome.versions import UnclearOrderError, judge_version, newest_stamped, stamped
from wedata_action.result import Batch, End, State, TaskOutcome
from wedata_action.stamps import is_beginning, is_cut, read_stamp
from wedata_action.tencent.versions import Version, list_task_versions, newest
from wedata_action.tencent.wedata import Call

ABSENT = "no version of this run yet"
_CUTS = "this site cuts remarks, so shorten version-remark"


class ByVersion:
    """Asks for the versions of each task, with the same interface as `ByJob`."""

    timeout = 600
    about = "The site has no ListBatchDetail: it is asked for the version of each task, and reports no failures"

    def __init__(self, call: Call) -> None:
        self._call = call

    def questions(self, batch: Batch, until: float) -> list[Question]:
        """One for each task."""
        return [
            Question((outcome,), functools.partial(find_version, self._call, outcome), _expired, until)
            for outcome in batch.outcomes
        ]


def find_version(call: Call, outcome: TaskOutcome, judge: Callable[[Version], End] = judge_version) -> Answer:
    """What became of the version that this run made of a task; or why there is none yet. Raises `ApiError`."""
    versions = list_task_versions(call, *outcome.task.identity)
    sent = read_stamp(outcome.remark)
    try:
        ours = newest_stamped(found for found in stamped(versions) if found.stamp == sent)
    except UnclearOrderError as error:
        return str(error)
    if ours:
        return [judge(ours.version)]
    for version in versions:
        if is_cut(version.remark, outcome.remark):
            message = f"version {version.number} has only a part of its stamp: {_CUTS}"
            return [End(State.UNKNOWN, Reason.AMBIGUOUS, message, version.number)]
    last = newest(versions)
    if last and is_beginning(last.remark, outcome.remark):
        # It may be older, or made by hand: so this settles nothing.
        return f"version {last.number} has the beginning of the remark that was sent: perhaps {_CUTS}"
    return ABSENT


def _expired(seen: str) -> End:
    message = "no version of this run appeared in time; this site reports no failures, so look at the task in WeData"
    return End(State.UNKNOWN, Reason.TIMEOUT, message if seen == ABSENT else f"{message}; {seen}")
