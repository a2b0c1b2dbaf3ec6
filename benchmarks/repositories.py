"""The repositories that are measured: definitions in a hundred folders, one of them changed, then all."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROJECT = "1470547050521227264"
_FOLDERS = 100
_FIRST_ID = 20250227112817430
_AUTHOR = {f"GIT_{who}_{what}": "bench@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_NO_CONFIG = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


@dataclass(frozen=True, slots=True)
class Push:
    """Two commits of a repository, and the ids of the tasks that differ between them."""

    folder: Path
    base: str
    head: str
    task_ids: frozenset[str]


def build(folder: Path, size: int) -> tuple[Push, Push]:
    """Makes a repository of `size` definitions: a push that changes one of them, and then one that changes all."""
    folder.mkdir()
    _git(folder, "init", "--quiet", "--initial-branch=main")
    changed = size // 2
    for number in range(size):
        _write(folder, number, "first")
    first = _commit(folder, "Add the definitions")
    _write(folder, changed, "second")
    second = _commit(folder, "Change one definition")
    for number in range(size):
        _write(folder, number, "third")
    third = _commit(folder, "Change all definitions")
    _git(folder, "repack", "-a", "-d", "--quiet")
    one = Push(folder, first, second, frozenset({_task_id(changed)}))
    return one, Push(folder, second, third, frozenset(_task_id(number) for number in range(size)))


def check_out(push: Push) -> None:
    """Puts the work tree at the push's head, as actions/checkout does, and the default branch at its base."""
    _git(push.folder, "update-ref", "refs/remotes/origin/main", push.base)
    _git(push.folder, "checkout", "--quiet", push.head)


def _write(folder: Path, number: int, remark: str) -> None:
    path = folder / "wedata" / f"team-{number % _FOLDERS:02}" / f"task-{number:05}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"""# Loads the orders of shop {number} into the warehouse.
task_id: "{_task_id(number)}"
name: load_orders_{number:05}
project_id: "{PROJECT}"
version_remark: {remark} version of the loader for shop {number}
auto_run: true
alarm_ways: email,sms
alarm_recipient_types: "1,2"
""",
        encoding="utf-8",
    )


def _task_id(number: int) -> str:
    return str(_FIRST_ID + number)


def _commit(folder: Path, message: str) -> str:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", message)
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    # Nothing in the background: it would run beside what is measured.
    command = ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *arguments]
    environ = {**os.environ, **_AUTHOR, **_NO_CONFIG}
    return subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True, text=True).stdout
