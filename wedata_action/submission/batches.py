"""Changed tasks become batches, each with its request options and its remarks: the third stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.inputs import ALARM_RECIPIENT_TYPES, ALARM_WAYS
from wedata_action.result import Batch, TaskOutcome
from wedata_action.settings import Settings, unlisted
from wedata_action.stamps import make_remark, make_stamp
from wedata_action.task import Options, Task


def check_size(tasks: int, max_tasks: int) -> None:
    """Raises `RunError` if more tasks are to be sent, after the look-up, than `max-tasks`. 0 lifts the limit."""
    if max_tasks and tasks > max_tasks:
        raise RunError(
            Reason.TOO_MANY_TASKS,
            f"{tasks} tasks are to be sent, and max-tasks allows {max_tasks}; nothing was sent. If you mean to send "
            "them all, raise max-tasks, or set it to 0 for no limit",
        )


def make_batches(
    layers: Iterable[Sequence[Task]], settings: Settings, *, default_text: str, head: str, run: str
) -> tuple[Batch, ...]:
    """Groups each layer by project and options, in the order of path and position, at most `batch-size` to a batch.

    `default_text` is the remark of definitions that have none, `run` is `<run id>.<attempt>`.
    """
    groups: dict[tuple[int, str, Options], list[TaskOutcome]] = {}
    for number, layer in enumerate(layers):
        for task in layer:
            text = task.version_remark
            remark = make_remark(default_text if text is None else text, make_stamp(head, task.fingerprint, run))
            group = groups.setdefault((number, task.project_id, options_of(task, settings)), [])
            group.append(TaskOutcome(task, remark))
    cuts = [
        (project_id, options, outcomes[start : start + settings.batch_size])
        for (_, project_id, options), outcomes in groups.items()
        for start in range(0, len(outcomes), settings.batch_size)
    ]
    return tuple(
        Batch(str(number), project_id, options, tuple(outcome._replace(batch=str(number)) for outcome in outcomes))
        for number, (project_id, options, outcomes) in enumerate(cuts, start=1)
    )


def default_text(message: str) -> str:
    """The text for remarks from a commit's message: its subject, or the title of the pull request that it merged."""
    subject, _, body = message.replace("\r\n", "\n").strip().partition("\n\n")
    if subject.startswith("Merge pull request ") and body.strip():
        return body.strip().split("\n")[0]
    return " ".join(subject.split("\n"))


def option_warnings(changed: Sequence[Task]) -> list[Diagnostic]:
    """Definitions whose alarms use words that the documentation does not list: sent as given."""
    warnings = {}
    for task in changed:
        for key, value, known in (
            ("alarm_ways", task.options.alarm_ways, ALARM_WAYS),
            ("alarm_recipient_types", task.options.alarm_recipient_types, ALARM_RECIPIENT_TYPES),
        ):
            for word in unlisted(value, known):
                message = f"{key}: {word!r} is not documented ({', '.join(known)} are); it is sent as given"
                warnings[task.location.path, message] = Diagnostic(message, task.location)
    return list(warnings.values())


def options_of(task: Task, settings: Settings) -> Options:
    """What the request says of a task: its definition's word, else the input's."""
    inputs = (getattr(settings, field) for field in Options._fields)
    return Options._make(given if own is None else own for own, given in zip(task.options, inputs, strict=True))
