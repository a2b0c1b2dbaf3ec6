"""One git command, and what it says when it fails."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class GitError(Exception):
    """git did not do what was asked; the text is its own complaint, in one line."""


ISOLATED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def run_git(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    stdin: bytes = b"",
    *,
    may_find_nothing: bool = False,
) -> bytes:
    """What the command prints. Raises `GitError` when it ends with anything but 0.

    A command that `may_find_nothing` says so with 1; it fails if it names an error, since it goes on after one.
    """
    try:
        done = subprocess.run(
            ["git", *arguments], env=environ, cwd=folder, capture_output=True, input=stdin, check=False
        )
    except OSError as error:
        raise GitError(f"git cannot be started: {error.strerror}") from error
    failed = done.returncode != 0
    if may_find_nothing:
        failed = done.returncode > 1 or re.search(rb"^(error|fatal): ", done.stderr, re.MULTILINE) is not None
    if failed:
        raise GitError(_complaint(done.stderr.decode("utf-8", "replace")) or f"git ended with {done.returncode}")
    return done.stdout


def _complaint(stderr: str) -> str:
    """The line that says why: warnings, hints and what the other side tells stand around it."""
    lines = stderr.strip().split("\n")
    return next((line for word in ("fatal: ", "error: ") for line in lines if line.startswith(word)), lines[0])
