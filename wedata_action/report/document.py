"""The machine-readable report, and the only place where the action writes a file that the user named."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Any

from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.github.commands import RECORD, replace_surrogates
from wedata_action.report.words import verdict

if TYPE_CHECKING:
    from pathlib import Path

    from wedata_action.result import Batch, Result, TaskOutcome
    from wedata_action.task import Task

_OF_A_BATCH = ("number", "project_id", "size", "status", "job_id", "request_id", "code", "message")


def document(result: Result) -> str:
    """The whole of `result` as JSON, format version 1; keys keep their order, a line break ends it."""
    content: dict[str, Any] = {
        "version": 1,
        "mode": result.mode,
        "result": result.result,
        "meaning": verdict(result),
        "failure_reason": result.failure_reason or "",
        "exit_code": result.exit_code,
        "message": result.message,
        "base": {"commit": result.base, "source": result.base_source, "explanation": result.base_explanation},
        "head": result.head,
        "target": result.target,
        "tasks": [_outcome(outcome) for outcome in result.outcomes],
        "batches": [_fields(batch, *_OF_A_BATCH) for batch in result.batches],
        "skipped": [{**_named(task), "reason": task.why} for task in result.skipped],
        "removed": [{**_named(task), "reason": task.why} for task in result.removed],
        "diagnostics": [_problem(diagnostic) for diagnostic in result.diagnostics],
        "warnings": [_problem(diagnostic) for diagnostic in result.warnings],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2).replace(RECORD, RECORD[:-1] + "\\u003a")
    return replace_surrogates(text) + "\n"


def check_report_path(workspace: Path, name: str, written: str = "report-file") -> Path:
    """The path of a report named `name`, relative to `workspace` or below it. Touches nothing.

    `written` is how the user wrote the input.

    Raises RunError (`invalid-input`) for a path that is outside the workspace or in a `.git`, symbolic links followed,
    and for a folder or a symbolic link.
    """
    asked = workspace / name
    try:
        target = asked.parent.resolve() / asked.name
        # For a name with a NUL, pathlib would answer that there is no such file.
        is_a_name = b"\0" not in os.fsencode(name) and asked.name not in {"", ".."} and not name.endswith(("/", "/."))
        why = _objection(workspace.resolve(), target) if is_a_name else "is not a file name"
    except (OSError, RuntimeError, ValueError) as error:
        why = f"cannot be looked up ({getattr(error, 'strerror', None) or error})"
    if why:
        remedy = "Name a file below the workspace, such as 'wedata-report.json'."
        raise RunError(Reason.INVALID_INPUT, f"{written}: {name!r} {why}. {remedy}")
    return target


def _objection(root: Path, target: Path) -> str:
    if target == root or not target.is_relative_to(root):
        return "is outside the workspace"
    if any(part.lower() == ".git" for part in target.relative_to(root).parts):
        return "is in a .git folder"
    if target.is_symlink():
        return "is a symbolic link"
    if target.is_dir():
        return "is a folder"
    ancestor = next(parent for parent in target.parents if parent.exists())
    return "" if ancestor.is_dir() else f"is below {str(ancestor.relative_to(root))!r}, which is a file"


def write_report(workspace: Path, name: str, text: str) -> None:
    """Writes `text` to the report file in one step: a reader sees the old file or the new one.

    Missing folders are created. Raises RunError as `check_report_path` does, and OSError.
    """
    target = check_report_path(workspace, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Checked again now that the folders exist: something in the workspace may still be running.
    target = check_report_path(workspace, name)
    draft = target.with_name(f".{secrets.token_hex(8)}.tmp")
    # Readable by everyone: in the container this is root, and the workflow's next steps are not.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(replace_surrogates(text).encode())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _outcome(outcome: TaskOutcome) -> dict[str, Any]:
    code = outcome.task.code
    return {
        **_named(outcome.task),
        **_fields(outcome.task, "change", "why", "fingerprint"),
        "code": {"path": code.path, "digest": code.digest, "proved": outcome.proved} if code else None,
        **_fields(outcome, "remark", "batch", "state"),
        "drift": outcome.drift or "",
        "failure_reason": outcome.failure_reason or "",
        **_fields(outcome, "job_id", "request_id", "version", "message", "warning", "difference"),
    }


def _named(task: Task) -> dict[str, Any]:
    place = task.location._asdict() if task.location.path else None
    return {**_fields(task, "project_id", "task_id", "name"), "location": place}


def _problem(diagnostic: Diagnostic) -> dict[str, Any]:
    location = diagnostic.location
    return {"message": diagnostic.message, "location": location._asdict() if location else None}


def _fields(value: Task | TaskOutcome | Batch, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}
