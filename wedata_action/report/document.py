"""The machine-readable report, and the only place where the action writes a file that the user named."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Any

from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.github.commands import RECORD, cut, replace_surrogates
from wedata_action.report.words import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from wedata_action.result import Batch, Result, TaskOutcome
    from wedata_action.task import Task


def document(result: Result) -> str:
    """The whole of `result` as JSON, format version 1; keys keep their order, a line break ends it."""
    content: dict[str, Any] = {
        "version": 1,
        "mode": result.mode,
        "result": result.result,
        "meaning": sentence(result),
        "failure_reason": result.failure_reason or "",
        "exit_code": result.exit_code,
        "message": result.message,
        "base": {"commit": result.base, "source": result.base_source, "explanation": result.base_explanation},
        "head": result.head,
        "tasks": [_outcome(outcome) for outcome in result.outcomes],
        "batches": [_batch(batch) for batch in result.batches],
        "skipped": [_untouched(task) for task in result.skipped],
        "removed": [_untouched(task) for task in result.removed],
        "diagnostics": [_problem(diagnostic) for diagnostic in result.diagnostics],
        "warnings": [_problem(diagnostic) for diagnostic in result.warnings],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2).replace(RECORD, RECORD[:-1] + "\\u003a")
    return replace_surrogates(text) + "\n"


def check_report_path(workspace: Path, name: str) -> Path:
    """The path of a report named `name`, relative to `workspace` or below it. Touches nothing.

    Raises RunError (`invalid-input`) for a path that is outside the workspace or in a `.git`, symbolic links followed,
    and for a folder or a symbolic link.
    """
    try:
        target = _target(workspace, name)
        why = _objection(workspace.resolve(), target)
    except (OSError, RuntimeError, ValueError) as error:
        raise _refused(name, f"cannot be looked up ({getattr(error, 'strerror', None) or error})") from error
    if why:
        raise _refused(name, why)
    return target


def _target(workspace: Path, name: str) -> Path:
    asked = workspace / name
    # For names that the system cannot have, pathlib would answer that there is no such file.
    if b"\0" in os.fsencode(name) or asked.name in {"", ".."} or name.endswith(("/", "/.")):
        raise ValueError("not a file name")
    return asked.parent.resolve() / asked.name


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


def _refused(name: str, why: str) -> RunError:
    return RunError(
        Reason.INVALID_INPUT,
        f"report-file: {cut(repr(name), 200)} {why}. Name a file below the workspace, such as 'wedata-report.json'.",
    )


def _outcome(outcome: TaskOutcome) -> dict[str, Any]:
    task = outcome.task
    return {
        "project_id": task.project_id,
        "task_id": task.task_id,
        "name": task.name,
        "location": _location(outcome.location),
        "change": task.change,
        "why": task.why,
        "fingerprint": task.fingerprint,
        "remark": outcome.remark,
        "batch": outcome.batch,
        "state": outcome.state,
        "failure_reason": outcome.failure_reason or "",
        "job_id": outcome.job_id,
        "request_id": outcome.request_id,
        "version": outcome.version,
        "message": outcome.message,
        "warning": outcome.warning,
    }


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "project_id": batch.project_id,
        "size": batch.size,
        "status": batch.status,
        "job_id": batch.job_id,
        "request_id": batch.request_id,
        "code": batch.code,
        "message": batch.message,
    }


def _untouched(task: Task) -> dict[str, Any]:
    return {
        "project_id": task.project_id,
        "task_id": task.task_id,
        "name": task.name,
        "location": _location(task.location),
        "reason": task.why,
    }


def _problem(diagnostic: Diagnostic) -> dict[str, Any]:
    return {"message": diagnostic.message, "location": _location(diagnostic.location)}


def _location(location: Location | None) -> dict[str, Any] | None:
    return None if location is None else {"path": location.path, "line": location.line, "column": location.column}
