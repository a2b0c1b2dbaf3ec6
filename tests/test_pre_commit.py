"""The hook in `.pre-commit-hooks.yaml`, installed and run by pre-commit itself in a repository of its own.

pip installs the hook without network: it builds with the packages of this environment and finds the dependencies there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.action import Repository
from tests.support.project import project_files

WITHOUT_NETWORK = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # pip reads the 0 as: no isolation
    "PYTHONPATH": sysconfig.get_path("purelib"),
}


def test_the_hook_finds_a_mistake_in_the_work_tree_that_is_about_to_be_committed(tmp_path: Path) -> None:
    product = Repository.make(tmp_path / "product")
    commit = product.commit(project_files())
    hooks = f"repos: [{{repo: {product.folder}, rev: {commit}, hooks: [{{id: wedata-validate}}]}}]\n"
    repository = Repository.make(tmp_path / "repository")
    definition = "task_id: '1'\nproject_id: '1'\ncode: a.sql\n"
    repository.commit({".pre-commit-config.yaml": hooks, "wedata/a.yml": definition, "wedata/a.sql": "SELECT 1;\n"})
    clean = pre_commit(repository.folder, tmp_path)
    assert clean.returncode == 0, clean.stdout
    assert "Passed" in clean.stdout
    repository.git("rm", "--quiet", "wedata/a.sql")
    spoilt = pre_commit(repository.folder, tmp_path)
    assert spoilt.returncode == 1
    assert "wedata/a.yml:3:7" in spoilt.stdout, spoilt.stdout


def pre_commit(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PIP_", "CI"))}
    environ |= WITHOUT_NETWORK | {"PRE_COMMIT_HOME": str(home / "pre-commit")}
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose", "--color=never"]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120)
