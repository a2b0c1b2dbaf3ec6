"""The server that stands for GitHub's: what the tests that rely on it take for granted."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from tests.support import git_http


def git(*arguments: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *map(str, arguments)],
        cwd=cwd, env={"PATH": "/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def commits(tmp_path: Path) -> tuple[str, str]:
    """Two commits of `acme/tasks` below `tmp_path`."""
    repository = tmp_path / "acme" / "tasks.git"
    git("init", "-q", "--bare", "-b", "main", repository)
    tree = git("--git-dir", repository, "write-tree")
    first = git("--git-dir", repository, "commit-tree", tree, "-m", "first")
    second = git("--git-dir", repository, "commit-tree", tree, "-m", "second", "-p", first)
    git("--git-dir", repository, "update-ref", "refs/heads/main", second)
    return first, second


@pytest.mark.parametrize("address", ["acme/tasks", "acme/tasks.git"])
def test_a_commit_is_fetched_by_its_exact_id_with_the_token(
    tmp_path: Path, commits: tuple[str, str], address: str
) -> None:
    header = "Authorization: Basic " + base64.b64encode(b"x-access-token:secret").decode()
    clone = tmp_path / "clone"
    with git_http.serve(tmp_path, "secret") as server:
        git("init", "-q", clone)
        git(
            "-c",
            f"http.extraHeader={header}",
            "fetch",
            "-q",
            "--depth=1",
            f"{server.url}/{address}",
            commits[0],
            cwd=clone,
        )
    assert git("rev-parse", "FETCH_HEAD", cwd=clone) == commits[0]
    assert {request.status for request in server.requests} == {200}


@pytest.mark.usefixtures("commits")
def test_without_the_token_nothing_is_served(tmp_path: Path) -> None:
    with git_http.serve(tmp_path, "secret") as server, pytest.raises(subprocess.CalledProcessError):
        git("ls-remote", f"{server.url}/acme/tasks")
    assert {(request.status, request.authorization) for request in server.requests} == {(401, None)}


def test_a_public_repository_needs_no_token(tmp_path: Path, commits: tuple[str, str]) -> None:
    with git_http.serve(tmp_path) as server:
        assert git("ls-remote", f"{server.url}/acme/tasks", "refs/heads/main").split()[0] == commits[1]


def test_a_repository_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    with git_http.serve(tmp_path) as server, pytest.raises(subprocess.CalledProcessError):
        git("ls-remote", f"{server.url}/acme/other")
    assert {request.status for request in server.requests} == {404}
