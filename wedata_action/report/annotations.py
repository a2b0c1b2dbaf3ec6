"""What is shown at the lines of the definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, get_args

from wedata_action.errors import Location, Reason
from wedata_action.report import words
from wedata_action.report.advice import advice
from wedata_action.result import Batch, BatchStatus, Result, State, TaskOutcome

Level = Literal["error", "warning"]
LIMIT = 9
"""Annotations of a level. GitHub shows 10 for a step, and one says how many more there are."""

# No task is to blame, so each of these is said once, and not at a definition.
_OF_THE_ACCOUNT = {Reason.AUTH, Reason.UNREACHABLE, Reason.THROTTLED, Reason.CANCELLED}

_SHORT = 8  # lines of a difference; the job summary has more


class Annotation(NamedTuple):
    """One message of a level, at a place if it has one."""

    level: Level
    message: str
    location: Location | None = None
    title: str = ""


def annotations_of(result: Result, *, limit: int | None = LIMIT, in_shell: bool = False) -> list[Annotation]:
    """The annotations of a run, the most urgent of each level first.

    `limit` is for each level; `None` gives them all. `in_shell` names options in place of inputs. The texts are as they
    came: whoever writes them makes them inert.
    """
    found = [*_of_the_run(result), *_of_the_tasks(result, in_shell=in_shell)]
    shown: list[Annotation] = []
    for level in get_args(Level):
        of_level = [annotation for annotation in found if annotation.level == level]
        shown += of_level[:limit]
        more = len(of_level) - len(of_level[:limit])
        if more:
            verb = "is" if more == 1 else "are"
            shown.append(Annotation(level, f"{words.count(more, f'more {level}')} {verb} in the job summary."))
    return shown


def _of_the_run(result: Result) -> Iterator[Annotation]:
    if result.message and result.exit_code:
        yield Annotation("error", result.message, title=f"wedata-action: {result.failure_reason or 'failure'}")
    for diagnostic in result.diagnostics:
        yield Annotation("error", diagnostic.message, diagnostic.location)
    for warning in result.warnings:
        yield Annotation("warning", warning.message, warning.location)


def _of_the_tasks(result: Result, *, in_shell: bool) -> Iterator[Annotation]:
    batches = {batch.number: batch for batch in result.batches}
    bad: dict[object, list[TaskOutcome]] = {}
    for number, outcome in enumerate(words.by_urgency(result.outcomes)):
        if outcome.failure_reason if outcome.drift else outcome.state is not State.LIVE and result.exit_code:
            # Tasks that ended for the same cause are one annotation, any other task is one of its own.
            cause = (outcome.state, outcome.failure_reason, outcome.message) if _is_shared(outcome) else number
            bad.setdefault(cause, []).append(outcome)
        elif words.is_warned(outcome) or outcome.state is State.PENDING:
            # In a green run a task is unsent or unknown because that was asked for: a plan, `wait: false`.
            yield _annotation("warning", [outcome], batches.get(outcome.batch), result.target, in_shell=in_shell)
    for alike in bad.values():
        yield _annotation("error", alike, batches.get(alike[0].batch), result.target, in_shell=in_shell)


def _is_shared(outcome: TaskOutcome) -> bool:
    return outcome.accepted or outcome.state is State.UNSENT or outcome.failure_reason in _OF_THE_ACCOUNT


def _annotation(
    level: Level, alike: Sequence[TaskOutcome], batch: Batch | None, target: str, *, in_shell: bool
) -> Annotation:
    """One task, or several that ended for the same cause. `batch` is the call that the first of them was part of."""
    first = alike[0]
    tasks = [outcome.task for outcome in alike]
    if len(alike) == 1:
        what, title = f"{words.label(first.task)} {words.became(first)}", words.label(first.task)
    else:
        what = f"{words.count(len(alike), 'task')} {words.became(first, len(alike))}: {words.labels(tasks)}"
        title = words.count(len(alike), "task")
    if first.drift:
        what = f"{title if len(alike) == 1 else f'{title} ({words.labels(tasks)})'}: {first.drift.meaning}"
    alone = len(alike) == 1 and first.failure_reason not in _OF_THE_ACCOUNT
    whole = ""
    if batch and batch.status is BatchStatus.REJECTED and batch.size > 1 and first.failure_reason is Reason.REJECTED:
        # A task may be rejected for another one: WeData takes a call as a whole, or not at all.
        whole = f"WeData rejected the call with all of its {batch.size} tasks, so another one may be the cause."
    lines = (
        first.message,
        first.warning,
        whole if alone else "",
        _call(alike),
        advice(alike, batch.code if batch else "", target=target, in_shell=in_shell),
        "\n".join(first.difference.split("\n")[:_SHORT]) if first.failure_reason is not Reason.REJECTED else "",
    )
    return Annotation(
        level,
        "\n".join([f"{what}.", *(line[:1].upper() + line[1:] for line in lines if line)]),
        first.location if alone else None,
        f"WeData: {title}: {words.state(first)}",
    )


def _call(alike: Sequence[TaskOutcome]) -> str:
    """Where the tasks were sent, for whoever asks Tencent Cloud's support."""
    said = [
        f"{name} {', '.join(found)}"
        for name, values in (
            ("project", (outcome.task.project_id for outcome in alike)),
            ("batch", (outcome.batch for outcome in alike)),
            ("JobId", (str(outcome.job_id or "") for outcome in alike)),
            ("RequestId", (outcome.request_id for outcome in alike)),
        )
        if (found := [value for value in dict.fromkeys(values) if value][:5])
    ]
    return f"{', '.join(said)}." if said else ""
