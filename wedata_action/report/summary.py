"""The job summary: the run on one page, for a person who did not follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wedata_action.report import tables, words
from wedata_action.report.advice import steps
from wedata_action.report.markdown import code, heading_row, link, prose, text
from wedata_action.report.tables import Links, Section
from wedata_action.result import ResultWord, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wedata_action.result import Result

LIMIT = 900 * 1024
"""Bytes. GitHub drops a summary over 1 MiB, and an earlier command of the step may have written some already."""

_ROW = 1000  # bytes that are kept for each row of later sections, up to half of the room
_ADVICE = 5  # different ones
_NAMED = 3  # tasks of each


def summary(result: Result, links: Links, limit: int = LIMIT) -> str:
    """The summary as Markdown, at most `limit` bytes.

    Where it would be longer, the last rows of a section are left out and counted: of tasks first the live ones.
    """
    cause = _one_cause(result)
    parts = ["\n\n".join(_head(result, links, cause)) + "\n"]
    room = limit - len(parts[0].encode())
    sections = (
        tables.diagnostics(result.diagnostics, "", result, links),
        *tables.tasks(result, links, cause),
        tables.differences(result.outcomes),
        tables.diagnostics(result.warnings, "Warnings", result, links),
        tables.untouched(result.removed, "Removed from git, and still in WeData", links, result.base),
        tables.untouched(result.skipped, "Skipped", links, result.head),
        tables.batches(result.batches),
        tables.details(result),
    )
    for at, section in enumerate(sections):
        after = _ROW * sum(one.size for one in sections[at + 1 :])
        parts.append(_fitted(section, room - min(after, room // 2)))
        room -= len(parts[-1].encode())
    return "".join(parts)


def _fitted(section: Section, room: int) -> str:
    if not section.size:
        return ""
    opening, closing = (f"\n### {section.title}\n\n" if section.title else "\n"), ""
    if section.folded:
        opening, closing = f"\n<details><summary>{section.title}</summary>\n\n", "\n</details>\n"
    opening += heading_row(section.columns) if section.columns else ""
    room -= len(opening.encode()) + len(closing) + 200
    kept = []
    for line in section.rows:
        room -= len(line.encode())
        if room < 0:
            break
        kept.append(line)
    more = section.size - len(kept)
    note = f"\n{more} more of {section.size} are left out here.\n" if more else ""
    return f"{opening}{''.join(kept)}{note}{closing}"


def _head(result: Result, links: Links, cause: str) -> Iterator[str]:
    """The verdict, why, what to do, what is known of the code, and what was compared."""
    target = f" (target {text(result.target)})" if result.target else ""
    yield f"## {words.icon(result)} {prose(words.verdict(result), 1000)}{target}"
    if result.failure_reason and result.outcomes and result.result is not ResultWord.CANCELLED:
        yield prose(words.capital(cause), 1000) if cause else f"{text(result.failure_reason.meaning)}."
    if result.result is ResultWord.PLANNED:
        yield "This is a plan: nothing was sent to WeData."
    yield from _what_to_do(result, in_shell=links.repository is None)
    if result.message and not result.diagnostics and result.mode != "drift":
        yield prose(words.capital(result.message))
    if result.mode != "drift" and any(outcome.proved for outcome in result.outcomes):
        yield text(words.proved(result.outcomes))
    drafts = sum(bool(outcome.location and not outcome.task.code) for outcome in result.outcomes)
    if drafts and result.mode != "drift":
        of = f"{drafts} of {words.count(len(result.outcomes), 'task')} {'names' if drafts == 1 else 'name'}"
        yield f"{of} no code: what goes live is the draft that is saved in WeData, not compared with git."
    if result.head:
        yield _compared(result, links)


def _one_cause(result: Result) -> str:
    """The one cause of all tasks that are not live, which says more than what such causes have in common."""
    if not result.failure_reason:
        return ""
    said = {found.message for found in result.outcomes if found.failure_reason or found.state is State.PENDING}
    return said.pop() if len(said) == 1 else ""


def _what_to_do(result: Result, *, in_shell: bool) -> Iterator[str]:
    found = list(steps(result, in_shell=in_shell))
    if len(found) == 1:
        yield f"**What to do:** {prose(found[0][0])}"
    elif found:
        items = [
            f"- {text(words.labels([one.task for one in about], _NAMED), 300)}: {prose(what)}"
            for what, about in found[:_ADVICE]
        ]
        yield "**What to do:**\n\n" + "\n".join(items)


def _compared(result: Result, links: Links) -> str:
    head, why = code(result.head[:7]), f" ({text(result.base_explanation)})" if result.base_explanation else ""
    if result.base:
        return f"Compared: {link(f'{code(result.base[:7])}…{head}', links.compare(result.base, result.head))}{why}"
    return f"Commit: {link(head, links.commit(result.head))}{why}"
