"""What is shown at the lines of the definitions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from wedata_action.report.words import by_urgency, task_outcome
from wedata_action.result import Result, State

if TYPE_CHECKING:
    from wedata_action.errors import Location

Level = Literal["error", "warning"]


class Annotation(NamedTuple):
    """One message of a level, at a place if it has one."""

    level: Level
    message: str
    location: Location | None = None
    title: str = ""


def annotations_of(result: Result, *, limit: int | None = 10) -> list[Annotation]:
    """The annotations of a run, the most urgent of each level first.

    GitHub shows 10 of a level for a step: of more than `limit` the last says how many are in the job summary instead.
    `None` gives them all. The texts are as they came: whoever writes them makes them inert.
    """
    found = [*_of_the_run(result), *_of_the_tasks(result)]
    return found if limit is None else _limited(found, limit)


def _of_the_run(result: Result) -> list[Annotation]:
    found = []
    if result.message and result.exit_code:
        found.append(Annotation("error", result.message, title=f"wedata-action: {result.failure_reason or 'failure'}"))
    found += [Annotation("error", diagnostic.message, diagnostic.location) for diagnostic in result.diagnostics]
    found += [Annotation("warning", warning.message, warning.location) for warning in result.warnings]
    return found


def _of_the_tasks(result: Result) -> list[Annotation]:
    found = []
    for outcome in by_urgency(result.outcomes):
        bad = outcome.state is not State.LIVE
        if bad and result.exit_code:
            level: Level = "error"
        elif outcome.warning or outcome.state is State.PENDING:
            level = "warning"
        else:
            # In a green run a task is unsent or unknown because that was asked for: a plan, `wait: false`.
            continue
        title = f"WeData task {outcome.task.task_id}: {outcome.state}"
        found.append(Annotation(level, task_outcome(outcome), outcome.location, title))
    return found


def _limited(found: list[Annotation], limit: int) -> list[Annotation]:
    totals = Counter(annotation.level for annotation in found)
    shown: Counter[Level] = Counter()
    kept = []
    for annotation in found:
        level = annotation.level
        shown[level] += 1
        if totals[level] <= limit or shown[level] < limit:
            kept.append(annotation)
        elif shown[level] == limit:
            more = totals[level] - limit + 1
            kept.append(Annotation(level, f"{more} more {level}s of this kind are in the job summary."))
    return kept
