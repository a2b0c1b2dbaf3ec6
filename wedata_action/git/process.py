"""One git command, and what it says when it fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class GitError(Exception):
    """git did not do what was asked; the text is its own first line of complaint."""


ISOLATED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def run_git(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> bytes:
    """What the command prints. Raises `GitError` when it ends with anything but 0."""
    try:
        done = subprocess.run(
            ["git", *arguments], env=environ, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    if done.returncode != 0:
        complaint = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise GitError(complaint or f"git ended with {done.returncode}")
    return done.stdout
