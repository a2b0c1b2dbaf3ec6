"""One step of a job: the action started as the runner starts it, and what the runner gets of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast
from urllib.parse import unquote

from wedata_action.errors import Location
from wedata_action.inputs import INPUTS
from wedata_action.report.annotations import Annotation, Level

REPOSITORY = "example/warehouse"
WORKFLOW = "wedata.yml"
_LEVELS = ("error", "warning")
_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)")


class Notice(NamedTuple):
    """What a step said with `::notice::`."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step that ended. `stderr` is empty unless the program itself broke."""

    exit_code: int
    log: list[str]
    annotations: list[Annotation]
    notices: tuple[Notice, ...]
    outputs: dict[str, str]
    summary: str
    stderr: str


def run_step(  # the step, the event, and the time that it may take, in seconds
    files: Path,
    workspace: Path,
    number: int,
    variables: Mapping[str, str],
    before: str,
    after: str,
    *,
    timeout: float = 60,
) -> Step:
    """Runs the action in `workspace` on the push of `after`, in run `number`; `files` is a folder for its files.

    `variables` are those of the step's `with:`, as `INPUT_...`, and of its `env:`.
    """
    event = {"ref": "refs/heads/main", "before": before, "after": after, "repository": {"default_branch": "main"}}
    files.mkdir()
    for name, text in (("event.json", json.dumps(event)), ("output", ""), ("summary.md", "")):
        (files / name).write_text(text, encoding="utf-8")
    environ = {f"INPUT_{entry.name.upper()}": "" for entry in INPUTS} | {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(Path(__file__).parents[2]),  # where the package lies need not be where Python looks
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(files / "event.json"),
        "GITHUB_OUTPUT": str(files / "output"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": str(number),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_SHA": after,
        "GITHUB_STEP_SUMMARY": str(files / "summary.md"),
        "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/{WORKFLOW}@refs/heads/main",
        "GITHUB_WORKSPACE": str(workspace),
    }
    # -P keeps modules that lie in the repository out of the program.
    command = [sys.executable, "-P", "-B", "-X", "utf8", "-m", "wedata_action"]
    ended = subprocess.run(
        command, cwd=workspace, env={**environ, **variables}, capture_output=True, encoding="utf-8", timeout=timeout,
        check=False,
    )  # fmt: skip
    log, commands = _read_log(ended.stdout)
    annotations = [_annotation(command) for command in commands if command["name"] in _LEVELS]
    notices = tuple(_notice(command) for command in commands if command["name"] == "notice")
    outputs = dict(line.split("=", 1) for line in (files / "output").read_text(encoding="utf-8").splitlines())
    summary = (files / "summary.md").read_text(encoding="utf-8")
    return Step(ended.returncode, log, annotations, notices, outputs, summary, ended.stderr)


def _read_log(text: str) -> tuple[list[str], list[re.Match[str]]]:
    """The lines that GitHub shows in the log, groups unfolded, and the commands among them."""
    log: list[str] = []
    commands: list[re.Match[str]] = []
    for line in text.splitlines():
        command = _COMMAND.fullmatch(line)
        if command is None:
            log.append(line)
        elif command["name"] == "group":
            log.append(unquote(command["data"]))
        else:
            commands.append(command)
    return log, commands


def _annotation(command: re.Match[str]) -> Annotation:
    found = _properties(command)
    location = Location(found["file"], int(found.get("line", 1)), int(found.get("col", 1))) if "file" in found else None
    return Annotation(cast("Level", command["name"]), unquote(command["data"]), location)


def _notice(command: re.Match[str]) -> Notice:
    return Notice(_properties(command).get("title", ""), unquote(command["data"]))


def _properties(command: re.Match[str]) -> dict[str, str]:
    settings = dict(part.split("=", 1) for part in (command["properties"] or "").split(",") if part)
    return {name: unquote(value) for name, value in settings.items()}
