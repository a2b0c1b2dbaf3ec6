from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import git, init


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A bare repository at `acme/tasks.git` below `tmp_path/server`, which serves parts as GitHub does."""
    folder = init(tmp_path / "server" / "acme" / "tasks.git", "--bare")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder
