"""The sentences that annotations and the job summary share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wedata_action.result import Result, State, TaskOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable

ORDER = (State.FAILED, State.UNKNOWN, State.PENDING, State.UNSENT, State.LIVE)
"""End states, those that need a person first."""

_RESULTS = {
    "success": "Every changed task was seen live.",
    "noop": "No task changed, so nothing was submitted.",
    "submitted": "WeData took the submissions; this run did not wait for what becomes of them.",
    "planned": "This is a plan: nothing was sent to WeData.",
    "valid": "The definitions are valid; nothing was sent to WeData.",
    "adopted": "This commit is the base of later runs; nothing was submitted.",
    "failure": "Not every changed task is known to be live.",
    "pending-approval": "Some submissions wait for approval in WeData.",
    "unknown": "What became of some tasks is not known.",
    "cancelled": "The run was cancelled before its end.",
}

_EXITS = {
    0: "the step is green",
    1: "WeData turned down or failed tasks",
    2: "the inputs, the definitions or the base have to be mended first",
    3: "Tencent Cloud refused the credentials",
    4: "WeData could not be asked, or did not answer in time",
    5: "an approval is missing",
    70: "a fault of the action itself; please report it",
    130: "interrupted",
    143: "terminated",
}

_OUTCOMES = {
    State.LIVE: "is live",
    State.FAILED: "failed",
    State.PENDING: "awaits approval",
    State.UNKNOWN: "has an unknown outcome",
    State.UNSENT: "was not submitted",
}

_ADVICE = {
    State.FAILED: "Mend the task, then run this workflow again: a change whose run failed is submitted again.",
    State.PENDING: "Approve or refuse the submission in WeData, then run this workflow again.",
    State.UNKNOWN: (
        "Look at the versions of the task in WeData. A later run looks there too before it sends the task again."
    ),
    State.UNSENT: "Nothing was sent for this task: a later run submits it.",
}


def sentence(result: Result) -> str:
    """What the word of `result` says about the run."""
    return _RESULTS.get(result.result, "")


def exit_meaning(result: Result) -> str:
    """What the exit code says."""
    return _EXITS.get(result.exit_code, "the step failed")


def by_urgency(outcomes: Iterable[TaskOutcome]) -> list[TaskOutcome]:
    """The tasks in the order of `ORDER`, each state in the order of the plan."""
    return sorted(outcomes, key=lambda outcome: ORDER.index(outcome.state))


def task_outcome(outcome: TaskOutcome) -> str:
    """What became of a task, what WeData said, which request that was, and what to do; LF between the lines."""
    task = outcome.task
    name = f" ({task.name})" if task.name and task.name != task.task_id else ""
    project = f" of project {task.project_id}" if task.project_id else ""
    request = [f"batch {outcome.batch}"] if outcome.batch else []
    request += [f"JobId {outcome.job_id}"] if outcome.job_id is not None else []
    request += [f"RequestId {outcome.request_id}"] if outcome.request_id else []
    became = "was accepted, and its outcome was not awaited" if outcome.accepted else _OUTCOMES[outcome.state]
    lines = (
        f"WeData task {task.task_id}{name}{project} {became}.",
        outcome.message,
        outcome.warning,
        f"Sent in {', '.join(request)}." if request and outcome.state is not State.UNSENT else "",
        _ADVICE.get(outcome.state, ""),
    )
    return "\n".join(line for line in lines if line)


def count(number: int, one: str, many: str = "") -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def verdict(result: Result) -> str:
    """How the run ended, in one sentence."""
    return sentence(result) if result.failure_reason is None else f"{sentence(result)} ({result.failure_reason})"
