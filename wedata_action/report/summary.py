"""The job summary: the run on one page, for a person who did not follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wedata_action.errors import Diagnostic, Location
from wedata_action.report import words
from wedata_action.report.markdown import code, heading_row, lines, link, preformatted, row, text, url_path
from wedata_action.result import Batch, Result, TaskOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wedata_action.task import Task

LIMIT = 900 * 1024
"""Bytes. GitHub drops a summary over 1 MiB, and an earlier command of the step may have written some already."""

_LONGEST_URL = 2000


class Links(NamedTuple):
    """Where files can be seen: `repository` is `owner/name`, or None outside GitHub."""

    server_url: str = "https://github.com"
    repository: str | None = None

    def to(self, location: Location, commit: str) -> str:
        """The URL of `location` at `commit`, or an empty text."""
        if not self.repository or not commit:
            return ""
        path = f"{url_path(self.repository)}/blob/{url_path(commit)}/{url_path(location.path)}"
        url = f"{self.server_url.rstrip('/')}/{path}#L{location.line}"
        return url if len(url) <= _LONGEST_URL else ""


def summary(result: Result, links: Links) -> str:
    """The summary as Markdown, at most `LIMIT` bytes.

    Where it would be longer, the last rows of a section are left out and counted: of tasks first the live ones.
    """
    parts = [_head(result)]
    room = LIMIT - len(parts[0].encode())
    for section in (
        _diagnostics(result.diagnostics, "Mistakes", result, links),
        _compared(result, links) if result.mode == "drift" else _tasks(result, links),
        _codes(result.outcomes),
        _diagnostics(result.warnings, "Warnings", result, links),
        _batches(result.batches),
        _untouched(result.removed, "Removed, never submitted", links, result.base),
        _untouched(result.skipped, "Skipped", links, result.head),
    ):
        parts.append(_fitted(section, room // 2))  # the other half is for the sections after it
        room -= len(parts[-1].encode())
    return "".join(parts)


class _Section(NamedTuple):
    """A table of `size` rows, the most important first; without columns, rows of Markdown.

    Rows without room are never made.
    """

    title: str
    columns: Sequence[str]
    size: int
    rows: Iterable[str]
    folded: bool = False


def _fitted(section: _Section, room: int) -> str:
    if not section.size:
        return ""
    title = f"{section.title} ({section.size})"
    opening = f"\n<details><summary>{title}</summary>\n\n" if section.folded else f"\n### {title}\n\n"
    opening += heading_row(section.columns) if section.columns else ""
    closing = "\n</details>\n" if section.folded else ""
    room -= len(opening) + len(closing) + 200
    kept = []
    for line in section.rows:
        room -= len(line.encode())
        if room < 0:
            break
        kept.append(line)
    more = section.size - len(kept)
    note = f"\n{more} more of {section.size} are left out here.\n" if more else ""
    return f"{opening}{''.join(kept)}{note}{closing}"


def _head(result: Result) -> str:
    shown = [
        f"## WeData: {text(result.result)}" + (f" (target {text(result.target)})" if result.target else ""),
        f"{words.sentence(result)} Exit code {result.exit_code}.",
    ]
    if result.failure_reason:
        shown.append(f"Reason {code(result.failure_reason)}: {text(result.failure_reason.meaning)}.")
    if result.message:
        shown.append(lines(result.message))
    if result.outcomes:
        shown.append(f"Tasks: {words.counts(result.outcomes)}.")
    drafts = [outcome.task for outcome in result.outcomes if outcome.location and not outcome.task.code]
    if drafts:
        shown.append(f"{len(drafts)} of {words.count(len(result.outcomes), 'task')}: {words.code(drafts[0])}.")
    if result.base or result.base_source:
        source = f" ({text(result.base_source)})" if result.base_source else ""
        why = f": {lines(result.base_explanation)}" if result.base_explanation else ""
        shown.append(f"Base {code(result.base) or 'none'}{source}{why}")
    if result.head:
        shown.append(f"Head {code(result.head)}")
    return "\n\n".join(shown) + "\n"


def _tasks(result: Result, links: Links) -> _Section:
    outcomes = words.by_urgency(result.outcomes)
    coded = any(outcome.task.code for outcome in outcomes)
    rows = (_outcome(outcome, result.head, links, coded=coded) for outcome in outcomes)
    code_column = ("Code",) if coded else ()
    columns = ("Task", "Definition", *code_column, "Change", "Batch", "JobId", "Outcome", "Version", "Reason")
    return _Section("Tasks", columns, len(outcomes), rows)


def _compared(result: Result, links: Links) -> _Section:
    outcomes = words.by_urgency(result.outcomes)
    rows = (
        row(
            _identity(outcome.task),
            _where(outcome.task.location, links, result.head),
            _code(outcome, result.head, links),
            words.state(outcome),
            code(outcome.version),
            "<br>".join(lines(said, 1000) for said in (outcome.message, outcome.warning) if said),
        )
        for outcome in outcomes
    )
    return _Section("Tasks", ("Task", "Definition", "Code", "Found", "Version", "Why"), len(outcomes), rows)


def _codes(outcomes: Sequence[TaskOutcome]) -> _Section:
    """How WeData's code differs from the file, of each task where that was found."""
    differing = [outcome for outcome in words.by_urgency(outcomes) if outcome.difference]
    rows = (
        f"<details><summary>{text(words.label(outcome.task))}: {words.state(outcome)}</summary>\n\n"
        f"{preformatted(outcome.difference)}\n\n</details>\n\n"
        for outcome in differing
    )
    return _Section("Differences", (), len(differing), rows)


def _outcome(outcome: TaskOutcome, head: str, links: Links, *, coded: bool) -> str:
    request = f"RequestId {code(outcome.request_id)}" if outcome.request_id else ""
    said = (lines(outcome.message, 1000), lines(outcome.warning, 1000), request)
    location = outcome.location
    return row(
        _identity(outcome.task),
        _where(location, links, head) if location else "",
        *([_code(outcome, head, links)] if coded else []),
        text(outcome.task.why or outcome.task.change, 500) if location else "",
        text(outcome.batch),
        "" if outcome.job_id is None else code(str(outcome.job_id)),
        words.state(outcome),
        code(outcome.version),
        "<br>".join(part for part in said if part),
    )


def _code(outcome: TaskOutcome, head: str, links: Links) -> str:
    file = outcome.task.code
    if not file:
        return "saved draft" if outcome.location else ""
    proof = ", read back from production" if outcome.proved else ""
    return f"{_where(Location(file.path), links, head, file.path)}{proof}"


def _identity(task: Task) -> str:
    project = f" in {code(task.project_id)}" if task.project_id else ""
    name = f"<br>{text(task.name, 200)}" if task.name else ""
    return f"{code(task.task_id)}{project}{name}"


def _diagnostics(diagnostics: Sequence[Diagnostic], title: str, result: Result, links: Links) -> _Section:
    rows = (
        row(_where(location, links, result.head, str(location)) if location else "", lines(message, 1000))
        for message, location in diagnostics
    )
    return _Section(title, ("Where", "What"), len(diagnostics), rows)


def _where(location: Location, links: Links, commit: str, label: str = "") -> str:
    return link(code(label or f"{location.path}:{location.line}", 500), links.to(location, commit))


def _batches(batches: Sequence[Batch]) -> _Section:
    rows = (
        row(
            text(batch.number),
            code(batch.project_id),
            str(batch.size),
            text(batch.status),
            "" if batch.job_id is None else code(str(batch.job_id)),
            code(batch.request_id),
            lines(batch.message, 1000),
        )
        for batch in sorted(batches, key=lambda batch: batch.status in {"accepted", "planned"})
    )
    columns = ("Batch", "Project", "Tasks", "Status", "JobId", "RequestId", "Answer")
    return _Section("Batches", columns, len(batches), rows)


def _untouched(tasks: Sequence[Task], title: str, links: Links, commit: str) -> _Section:
    rows = (row(_identity(task), _where(task.location, links, commit), lines(task.why, 500)) for task in tasks)
    return _Section(title, ("Task", "Definition", "Why"), len(tasks), rows, folded=True)
