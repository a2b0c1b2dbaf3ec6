"""What in WeData is not as git has it: the words of the mode `drift`, from what WeData shows of each task.

Only what git owns is compared: the code that a definition names, and the content that the newest stamp names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wedata_action.code_text import code_digest, difference
from wedata_action.errors import Reason
from wedata_action.outcome.conclusion import failed
from wedata_action.outcome.versions import UnclearOrderError, is_void, judge_version, newest_stamped, stamped
from wedata_action.result import Drift, End, Result, ResultWord, State
from wedata_action.task import Task
from wedata_action.tencent.tasks import at, saved_by
from wedata_action.tencent.versions import Version, newest

_NAMED = 5  # drifted tasks that the message names

Finding = tuple[Drift, str]
"""A word, and the sentence that says why, without a full stop."""


class Seen(NamedTuple):
    """What WeData has of a task.

    `base` are the fields of its TaskBaseAttribute, `edit` is the code of its draft where that is not the file at head,
    `versions` are the submitted ones, and `production` is the code in production, `None` where it has no such task.
    """

    base: Mapping[str, Any]
    edit: bytes | None = None
    versions: Sequence[Version] = ()
    production: bytes | None = None


def judge_drift(task: Task, seen: Seen, file: bytes | None) -> End:
    """The word of one task, with all that was found. `file` is its code at head, `None` without `code`."""
    version = newest(seen.versions)
    try:
        findings = sorted(_findings(task, seen, file), key=lambda finding: list(Drift).index(finding[0]))
    except UnclearOrderError as error:
        findings = [(Drift.UNKNOWN, str(error))]
    end = drift_end(*(findings[0] if findings else (Drift.IN_SYNC, "")))
    runs_the_file = file is not None and seen.production is not None and _same(seen.production, file)
    return end._replace(
        message="; ".join(dict.fromkeys(sentence for _, sentence in findings)),
        version=version.number if version else "",
        proved=task.code.digest if task.code and runs_the_file else "",
        difference=_difference(findings, seen, file),
    )


def drift_end(word: Drift, message: str = "", reason: Reason | None = None) -> End:
    """The end of a task; `reason` is why one could not be read."""
    reasons = {State.FAILED: Reason.DRIFTED, State.UNKNOWN: reason or Reason.AMBIGUOUS}
    return End(word.state, reasons.get(word.state), message, drift=word)


def conclude_drift(result: Result) -> Result:
    """The end of the run: a task that could not be read counts before one that drifted."""
    outcomes = result.outcomes
    drifted = [found.task.name or found.task.task_id for found in outcomes if found.failure_reason is Reason.DRIFTED]
    unread = sum(outcome.drift is Drift.UNKNOWN for outcome in outcomes)
    names = ", ".join(drifted[:_NAMED]) + (f" and {len(drifted) - _NAMED} more" if len(drifted) > _NAMED else "")
    total = f"{len(outcomes)} task{'' if len(outcomes) == 1 else 's'}"
    said = [f"{len(drifted)} of {total} drifted: {names}"] if drifted else []
    said += [f"{unread} of {total} could not be read"] if unread else []
    reasons = {outcome.failure_reason for outcome in outcomes}
    for reason in Reason:
        if reason in reasons:
            return failed(result, reason, "; ".join(said))
    return result._replace(result=ResultWord.IN_SYNC, failure_reason=None, exit_code=0)


def _findings(task: Task, seen: Seen, file: bytes | None) -> Iterator[Finding]:
    candidates = stamped(seen.versions)
    last = newest_stamped(candidates)
    standing = newest_stamped(found for found in candidates if not is_void(found.version))
    of_head = [found.version for found in (standing, last) if found and found.stamp.is_of(task.fingerprint)]
    end = judge_version(of_head[0]) if of_head else None
    if end and end.state is State.PENDING:
        yield Drift.AWAITS_APPROVAL, end.message
        return
    if file is None and not candidates:
        yield Drift.UNPROVEN, "" if seen.versions else "it was never submitted"
        return
    if not seen.versions and seen.production is None:
        yield Drift.NEVER_SUBMITTED, ""
    elif file is not None and (seen.production is None or not _same(seen.production, file)):
        yield Drift.CODE_DIFFERS, "; ".join(_of_production(seen))
    if end and end.state is not State.LIVE:
        word = Drift.UNKNOWN if end.state is State.UNKNOWN else Drift.NOT_SUBMITTED
        yield word, f"version {end.version}, which has the content of head: {end.message}"
    elif last and not end:
        yield Drift.NOT_SUBMITTED, f"its newest stamp, of version {last.version.number}, is of commit {last.stamp.head}"
    if standing:
        yield from _newer_than(standing.version, seen)
    if _has_unsubmitted_edit(seen):
        said = f"WeData's draft, saved {saved_by(seen.base)}, is neither in production nor the file"
        yield Drift.DRAFT_DIFFERS, said


def _of_production(seen: Seen) -> Iterator[str]:
    if seen.production is None:
        yield "production does not have the task"
    if version := newest(seen.versions):
        yield f"the last submission is {_submitted(version, seen)}"


def _newer_than(ours: Version, seen: Seen) -> Iterator[Finding]:
    for version in seen.versions:
        if version == ours or ours.is_newer_than(version) or judge_version(version).state is not State.LIVE:
            continue
        if not version.is_newer_than(ours):
            raise UnclearOrderError(f"whether version {version.number or version.id} is newer than ours cannot be told")
        yield Drift.CHANGED_IN_WEDATA, f"somebody submitted {_submitted(version, seen)}, after ours, {ours.number}"


def _submitted(version: Version, seen: Seen) -> str:
    """A version with who submitted it and when, as far as WeData tells."""
    is_last_editor = seen.base.get("UpdateUserUin") == version.creator
    name = seen.base.get("LastUpdateUserName") if is_last_editor else None
    who = f"{name} ({version.creator})" if name else version.creator or "somebody"
    return f"version {version.number or version.id} by {who}{at(version.created)}"


def _has_unsubmitted_edit(seen: Seen) -> bool:
    """Whether the draft is neither the file nor what production runs. A new task's empty draft is not an edit."""
    if seen.edit is None or not (seen.edit or seen.versions):
        return False
    return seen.production is None or not _same(seen.production, seen.edit)


def _difference(findings: Sequence[Finding], seen: Seen, file: bytes | None) -> str:
    words = {word for word, _ in findings}
    if file is None or not words & {Drift.CODE_DIFFERS, Drift.DRAFT_DIFFERS}:
        return ""
    shown = seen.production if Drift.CODE_DIFFERS in words else seen.edit
    return difference(file, shown or b"")


def _same(code: bytes, file: bytes) -> bool:
    return code_digest(code) == code_digest(file)
