"""The words that the log, the annotations, the job summary and the comment share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from wedata_action.result import Drift, Result, ResultWord, State, TaskOutcome
from wedata_action.task import Task

ORDER = (State.FAILED, State.UNKNOWN, State.PENDING, State.UNSENT, State.LIVE)
"""End states, those that need a person first."""

_NAMED = 3  # tasks that a verdict names

# Of runs that no single task tells about.
_VERDICTS = {
    ResultWord.NOOP: "No task changed, so there is nothing to submit",
    ResultWord.VALID: "The definitions are valid",
    ResultWord.ADOPTED: "Adopted: later runs compare with this commit. Nothing was submitted",
    ResultWord.CANCELLED: "Cancelled; nothing was sent",
}
_ICONS = {
    ResultWord.PLANNED: "📝",
    ResultWord.PENDING: "⏳",
    ResultWord.UNKNOWN: "❓",
    ResultWord.CANCELLED: "🚫",
    ResultWord.DRIFTED: "❌",
    ResultWord.FAILURE: "❌",
}
_BECAME = {
    State.LIVE: ("is live", "are live"),
    State.FAILED: ("failed", "failed"),
    State.PENDING: ("awaits approval", "await approval"),
    State.UNKNOWN: ("has an unknown outcome", "have an unknown outcome"),
    State.UNSENT: ("was not submitted", "were not submitted"),
}
_ACCEPTED = (
    "was accepted by WeData, and its outcome was not awaited",
    "were accepted by WeData, and their outcome was not awaited",
)
WARNINGS = {Drift.NEVER_SUBMITTED, Drift.CHANGED_IN_WEDATA, Drift.DRAFT_DIFFERS}
"""What `drift` warns of."""

_FOUND = {
    Drift.UNKNOWN: ("could not be compared with git", "could not be compared with git"),
    Drift.AWAITS_APPROVAL: _BECAME[State.PENDING],
    Drift.NEVER_SUBMITTED: ("was never submitted", "were never submitted"),
    Drift.CHANGED_IN_WEDATA: ("was submitted in WeData since", "were submitted in WeData since"),
    Drift.DRAFT_DIFFERS: ("has an edit that was not submitted", "have edits that were not submitted"),
    Drift.UNPROVEN: ("has nothing to compare", "have nothing to compare"),
    Drift.IN_SYNC: ("is in sync", "are in sync"),
}
_DRIFTED = ("drifted", "drifted")


def icon(result: Result) -> str:
    """The verdict as a picture; a green run in which something needs a look has its own."""
    if result.result is ResultWord.IN_SYNC and any(found.drift is not Drift.IN_SYNC for found in result.outcomes):
        return "⚠️"
    return _ICONS.get(result.result, "✅")


def verdict(result: Result) -> str:
    """How the run ended, with counts and names, in one line: `1 of 6 tasks failed: dwd_orders; 1 was not submitted`."""
    outcomes = by_urgency(result.outcomes)
    if result.diagnostics:
        unsent = "" if result.mode == "validate" else "; nothing was sent"
        return f"{count(len(result.diagnostics), 'mistake')} in the definitions{unsent}"
    if not outcomes:
        reason = result.failure_reason
        return _VERDICTS.get(result.result) or (reason.meaning if reason else result.result)
    if result.result is ResultWord.PLANNED:
        return f"{count(len(outcomes), 'task')} to submit: {_names(outcomes)}"
    alike: dict[str, list[TaskOutcome]] = {}
    for outcome in outcomes:
        alike.setdefault(became(outcome, 2), []).append(outcome)
    first, *others = alike.values()
    whole = {1: "1 task", 2: "Both tasks"}.get(len(first), f"All {len(first)} tasks")
    tasks = f"{len(first)} of {count(len(outcomes), 'task')}" if others else whole
    names = "" if (_is_well(first[0]) or first[0].accepted) and len(first) > 1 else f": {_names(first)}"
    # What is well goes without saying, but in a comparison that found only warnings.
    told = [found for found in others if result.result is ResultWord.IN_SYNC or not _is_well(found[0])]
    more = [f"{len(found)} {became(found[0], len(found))}" for found in told]
    said = "; ".join([f"{tasks} {became(first[0], len(first))}{names}", *more])
    return f"Cancelled. {said}" if result.result is ResultWord.CANCELLED else said


def proved(outcomes: Sequence[TaskOutcome]) -> str:
    """Of how many tasks the code was read back from production, in one sentence."""
    with_code = sum(bool(outcome.task.code) for outcome in outcomes)
    if not with_code:
        return "No code was compared with git."
    found = sum(bool(outcome.proved) for outcome in outcomes)
    total = count(len(outcomes), "task")
    return f"The code of {found} of {total} was read back from production and equals the file in git."


def capital(said: str) -> str:
    """The beginning of a sentence."""
    return said[:1].upper() + said[1:]


def count(number: int, one: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def label(task: Task) -> str:
    """A task as a person knows it: its name, if it has one, and its id."""
    return f"{task.name} ({task.task_id})" if task.name and task.name != task.task_id else task.task_id


def code(task: Task) -> str:
    """Which code goes live with the task."""
    return f"code: {task.code.path}" if task.code else "code: WeData's saved draft, not compared with git"


def labels(tasks: Sequence[Task], most: int = 5) -> str:
    """Several tasks in one sentence, at most `most` of them by name."""
    return _listed([label(task) for task in tasks[:most]], len(tasks))


def state(outcome: TaskOutcome) -> str:
    """The end state in a word. A task that WeData accepted and nobody waited for is `accepted`."""
    if outcome.drift:
        return outcome.drift.value
    return "accepted" if outcome.accepted else outcome.state.value


def became(outcome: TaskOutcome, tasks: int = 1) -> str:
    """The end state as a verb, for one task or for several that ended alike."""
    if outcome.drift:
        return _FOUND.get(outcome.drift, _DRIFTED)[tasks != 1]
    words = _ACCEPTED if outcome.accepted else _BECAME[outcome.state]
    return words[tasks != 1]


def counts(outcomes: Iterable[TaskOutcome]) -> str:
    """How many tasks ended how: `1 failed, 4 live`."""
    found = Counter(state(outcome) for outcome in by_urgency(outcomes))
    return ", ".join(f"{number} {word}" for word, number in found.items())


def by_urgency(outcomes: Iterable[TaskOutcome]) -> list[TaskOutcome]:
    """The tasks in the order of `ORDER`, in each state those with a warning first, then in the order of the plan."""
    return sorted(outcomes, key=lambda outcome: (ORDER.index(outcome.state), not is_warned(outcome)))


def is_warned(outcome: TaskOutcome) -> bool:
    """Whether somebody should look at a task, however well it ended."""
    return bool(outcome.warning) or outcome.drift in WARNINGS


def _is_well(outcome: TaskOutcome) -> bool:
    return outcome.drift in {Drift.IN_SYNC, Drift.UNPROVEN} if outcome.drift else outcome.state is State.LIVE


def _names(outcomes: Sequence[TaskOutcome]) -> str:
    return _listed([found.task.name or found.task.task_id for found in outcomes[:_NAMED]], len(outcomes))


def _listed(shown: Sequence[str], total: int) -> str:
    more = total - len(shown)
    return f"{', '.join(shown)} and {more} more" if more else ", ".join(shown)
