"""The tables of the job summary and of the comment: tasks, their differences, batches, and what was left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wedata_action.errors import Diagnostic, Location
from wedata_action.report import words
from wedata_action.report.markdown import code, link, preformatted, prose, row, text, url_path
from wedata_action.result import Batch, BatchStatus, Result, State, TaskOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wedata_action.task import Task

_LONGEST_URL = 2000
_OPEN = 3  # differences
_UNFOLDED = 20  # tasks that ended well, or of a plan
_SPACE = "&nbsp;"  # where a line should not break
_STATES = {
    State.LIVE: f"✅{_SPACE}live",
    State.FAILED: f"❌{_SPACE}failed",
    State.PENDING: f"⏳{_SPACE}awaits{_SPACE}approval",
    State.UNKNOWN: f"❓{_SPACE}unknown",
    State.UNSENT: f"➖{_SPACE}not{_SPACE}submitted",
}


class Links(NamedTuple):
    """Where commits and files can be seen: `repository` is `owner/name`, or None outside GitHub."""

    server_url: str = "https://github.com"
    repository: str | None = None

    def to(self, location: Location, commit: str) -> str:
        """The URL of `location` at `commit`, or an empty text."""
        return self._url("blob", commit, f"/{url_path(location.path)}#L{location.line}")

    def commit(self, commit: str) -> str:
        """The URL of a commit, or an empty text."""
        return self._url("commit", commit)

    def compare(self, base: str, head: str) -> str:
        """The URL of what changed from one commit to another, or an empty text."""
        return self._url("compare", base, f"...{url_path(head)}")

    def _url(self, what: str, commit: str, rest: str = "") -> str:
        if not self.repository or not commit:
            return ""
        url = f"{self.server_url.rstrip('/')}/{url_path(self.repository)}/{what}/{url_path(commit)}{rest}"
        return url if len(url) <= _LONGEST_URL else ""


class Section(NamedTuple):
    """A table of `size` rows, the most important first; without columns, rows of Markdown.

    `title` is Markdown, and may be empty where the section is not folded. Rows without room are never made.
    """

    title: str
    columns: Sequence[str]
    size: int
    rows: Iterable[str]
    folded: bool = True


def tasks(result: Result, links: Links, told: str = "") -> Iterator[Section]:
    """One line a task, those that need a person first; many that ended well are folded.

    `told` is a message that stands above the table already.
    """
    outcomes = words.by_urgency(result.outcomes)
    well = [found for found in outcomes if _is_fine(found) or result.mode == "plan"]
    fold = len(well) > _UNFOLDED
    columns = {title: cell for title, cell in _columns(result, links, told) if any(map(cell, outcomes))}

    def section(title: str, shown: Sequence[TaskOutcome], *, folded: bool) -> Section:
        rows = (row(*(cell(found) for cell in columns.values())) for found in shown)
        return Section(title, tuple(columns), len(shown), rows, folded)

    yield section("", outcomes[: len(outcomes) - len(well)] if fold else outcomes, folded=False)
    if fold:
        yield section(f"{len(well)} tasks{'' if result.mode == 'plan' else ' live'}", well, folded=True)


def _columns(result: Result, links: Links, told: str) -> Iterator[tuple[str, Callable[[TaskOutcome], str]]]:
    yield "Task", lambda found: _named(found.task, links, result.head)
    if result.mode != "plan":
        yield "Outcome", _outcome
    yield "What happened", lambda found: _said(found, told)
    if result.mode != "drift":
        yield "Change", lambda found: text(found.task.why or (found.task.change if found.location else ""), 500)
    yield "Code", lambda found: _code(found, links, result.head)
    yield "Version", lambda found: text(found.version)
    if len({found.task.project_id for found in result.outcomes}) > 1:
        yield "Project", lambda found: code(found.task.project_id)
    if len(result.batches) > 1:
        yield "Batch", lambda found: text(found.batch)
    yield "Task id", lambda found: code(found.task.task_id) if found.task.name else ""


def _is_fine(found: TaskOutcome) -> bool:
    return found.state is State.LIVE and not words.is_warned(found)


def _outcome(found: TaskOutcome) -> str:
    if found.drift:
        icon = "⚠️" if found.drift in words.WARNINGS else _STATES[found.state][0]
        return f"{icon}{_SPACE}{found.drift}"
    if found.accepted:
        return f"📨{_SPACE}accepted"
    return f"⚠️{_SPACE}live" if found.warning and found.state is State.LIVE else _STATES[found.state]


def _said(found: TaskOutcome, told: str) -> str:
    texts = ("" if found.message == told else found.message, found.warning)
    return "<br>".join(prose(words.capital(said), 1000) for said in texts if said)


def _code(found: TaskOutcome, links: Links, commit: str) -> str:
    file = found.task.code
    if not file:
        return ""
    return link(f"same{_SPACE}as{_SPACE}git" if found.proved else "file", links.to(Location(file.path), commit))


def _named(task: Task, links: Links, commit: str) -> str:
    label = text(task.name, 200) or code(task.task_id)
    return link(label, links.to(task.location, commit)) if task.location.path else label


def differences(outcomes: Sequence[TaskOutcome]) -> Section:
    """How WeData's code differs from the file, of each task where that was found."""
    differing = [outcome for outcome in words.by_urgency(outcomes) if outcome.difference]
    opened = " open" if len(differing) <= _OPEN else ""
    rows = (
        f"<details{opened}><summary>{text(words.label(outcome.task))}</summary>\n\n"
        f"{preformatted(outcome.difference)}\n\n</details>\n\n"
        for outcome in differing
    )
    return Section("How WeData's code differs from the file in git", (), len(differing), rows, folded=False)


def diagnostics(found: Sequence[Diagnostic], title: str, result: Result, links: Links) -> Section:
    """Mistakes or warnings, each at its place if it has one."""
    columns = ("Where", "What") if any(location for _, location in found) else ("What",)
    rows = (
        row(*([_where(location, links, result.head)] if len(columns) > 1 else []), prose(message))
        for message, location in found
    )
    return Section(title, columns, len(found), rows, folded=False)


def _where(location: Location | None, links: Links, commit: str) -> str:
    return link(code(f"{location.path}:{location.line}", 500), links.to(location, commit)) if location else ""


def batches(found: Sequence[Batch]) -> Section:
    """The calls, for whoever asks Tencent Cloud's support; those that were not accepted first."""
    fine = {BatchStatus.ACCEPTED, BatchStatus.PLANNED}
    rows = (
        row(
            text(batch.number),
            code(batch.project_id),
            str(batch.size),
            text(batch.status),
            "" if batch.job_id is None else code(str(batch.job_id)),
            code(batch.request_id),
            prose(batch.message, 1000),
        )
        for batch in sorted(found, key=lambda batch: batch.status in fine)
    )
    columns = ("Batch", "Project", "Tasks", "Status", "JobId", "RequestId", "Answer")
    return Section(f"Batches ({len(found)})", columns, len(found), rows)


def untouched(found: Sequence[Task], title: str, links: Links, commit: str) -> Section:
    """Tasks that this run left alone, and why."""
    rows = (row(_named(task, links, commit), text(task.why, 500), code(task.task_id)) for task in found)
    return Section(f"{title} ({len(found)})", ("Task", "Why", "Task id"), len(found), rows)


def details(result: Result) -> Section:
    """The outputs that tell how the run ended, in full."""
    values = {
        "result": result.result,
        "failure-reason": result.failure_reason or "",
        "exit code": str(result.exit_code),
        "base": result.base,
        "base-source": result.base_source,
        "head": result.head,
    }
    rows = [row(name, code(value)) for name, value in values.items() if value]
    return Section("Outputs", ("Output", "Value"), len(rows), rows)
