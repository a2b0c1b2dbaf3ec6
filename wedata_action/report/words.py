"""The words that the log, the annotations and the job summary share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from wedata_action.result import Result, ResultWord, State, TaskOutcome
from wedata_action.task import Task

ORDER = (State.FAILED, State.UNKNOWN, State.PENDING, State.UNSENT, State.LIVE)
"""End states, those that need a person first."""

_SENTENCES = {
    ResultWord.SUCCESS: "Every changed task is live.",
    ResultWord.NOOP: "No task changed, so nothing was submitted.",
    ResultWord.SUBMITTED: "WeData accepted every submission. This run did not wait for the outcome.",
    ResultWord.PLANNED: "This is a plan: nothing was sent to WeData.",
    ResultWord.VALID: "The definitions are valid. Nothing was sent to WeData.",
    ResultWord.ADOPTED: "Later runs compare with this commit. Nothing was submitted.",
    ResultWord.IN_SYNC: "Whatever git owns is in WeData as git has it.",
    ResultWord.DRIFTED: "WeData is not as git has it.",
    ResultWord.FAILURE: "Not every changed task is known to be live.",
    ResultWord.PENDING: "Some submissions await approval in WeData.",
    ResultWord.UNKNOWN: "The outcome of some tasks is not known.",
    ResultWord.CANCELLED: "The run was cancelled.",
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


def sentence(result: Result) -> str:
    """What the word of `result` says about the run."""
    if result.mode == "drift" and result.result in {ResultWord.FAILURE, ResultWord.UNKNOWN}:
        return "Not every task could be compared with git."
    said = _SENTENCES.get(result.result, "")
    return f"{said} {proved(result.outcomes)}" if result.result is ResultWord.SUCCESS else said


def proved(outcomes: Sequence[TaskOutcome]) -> str:
    """Of how many tasks the code was read back from production, in one sentence."""
    with_code = sum(bool(outcome.task.code) for outcome in outcomes)
    if not with_code:
        return "No code was compared with git."
    found = sum(bool(outcome.proved) for outcome in outcomes)
    return (
        f"The code of {found} of {count(len(outcomes), 'task')} was read back from production and is the file at head."
    )


def verdict(result: Result) -> str:
    """How the run ended, in one sentence."""
    return sentence(result) if result.failure_reason is None else f"{sentence(result)} ({result.failure_reason})"


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
    shown = ", ".join(label(task) for task in tasks[:most])
    return f"{shown} and {len(tasks) - most} more" if len(tasks) > most else shown


def state(outcome: TaskOutcome) -> str:
    """The end state in a word. A task that WeData accepted and nobody waited for is `accepted`."""
    if outcome.drift:
        return outcome.drift.value
    return "accepted" if outcome.accepted else outcome.state.value


def became(outcome: TaskOutcome, tasks: int = 1) -> str:
    """The end state as a verb, for one task or for several that ended alike."""
    words = _ACCEPTED if outcome.accepted else _BECAME[outcome.state]
    return words[tasks != 1]


def counts(outcomes: Iterable[TaskOutcome]) -> str:
    """How many tasks ended how: `1 failed, 4 live`."""
    found = Counter(state(outcome) for outcome in by_urgency(outcomes))
    return ", ".join(f"{number} {word}" for word, number in found.items())


def by_urgency(outcomes: Iterable[TaskOutcome]) -> list[TaskOutcome]:
    """The tasks in the order of `ORDER`, each state in the order of the plan."""
    return sorted(outcomes, key=lambda outcome: ORDER.index(outcome.state))
