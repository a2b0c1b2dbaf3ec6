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
from typing import cast
from urllib.parse import unquote

from wedata_action.errors import Location
from wedata_action.inputs import INPUTS
from wedata_action.report.annotations import Annotation, Level

_LEVELS = ("error", "warning", "notice")
_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)")


@dataclass(frozen=True, slots=True)
class Step:
    """A step that ended. `stderr` is empty unless the program itself broke."""

    exit_code: int
    log: list[str]
    annotations: list[Annotation]
    outputs: dict[str, str]
    summary: str
    stderr: str


def run_step(files: Path, workspace: Path, number: int, variables: Mapping[str, str], before: str, after: str) -> Step:
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
        "GITHUB_REPOSITORY": "example/warehouse",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": str(number),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_SHA": after,
        "GITHUB_STEP_SUMMARY": str(files / "summary.md"),
        "GITHUB_WORKSPACE": str(workspace),
    }
    # -P keeps modules that lie in the repository out of the program.
    command = [sys.executable, "-P", "-B", "-X", "utf8", "-m", "wedata_action"]
    ended = subprocess.run(
        command, cwd=workspace, env={**environ, **variables}, capture_output=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    log, annotations = _read_log(ended.stdout)
    outputs = dict(line.split("=", 1) for line in (files / "output").read_text(encoding="utf-8").splitlines())
    summary = (files / "summary.md").read_text(encoding="utf-8")
    return Step(ended.returncode, log, annotations, outputs, summary, ended.stderr)


def _read_log(text: str) -> tuple[list[str], list[Annotation]]:
    """The lines that GitHub shows in the log, groups unfolded, and the annotations among them."""
    log: list[str] = []
    annotations: list[Annotation] = []
    for line in text.splitlines():
        command = _COMMAND.fullmatch(line)
        if command is None:
            log.append(line)
        elif command["name"] == "group":
            log.append(unquote(command["data"]))
        elif command["name"] in _LEVELS:
            annotations.append(_annotation(command))
    return log, annotations


def _annotation(command: re.Match[str]) -> Annotation:
    settings = dict(part.split("=", 1) for part in (command["properties"] or "").split(",") if part)
    found = {name: unquote(value) for name, value in settings.items()}
    location = Location(found["file"], int(found.get("line", 1)), int(found.get("col", 1))) if "file" in found else None
    return Annotation(cast("Level", command["name"]), unquote(command["data"]), location)
