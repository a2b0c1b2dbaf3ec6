"""The jobs of docs/how-to/other-ci.md, in the image as GitLab starts it. `make container` names this file."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.container import docker
from tests.support.action import Repository
from wedata_sandbox.server import Sandbox

IMAGE = "wedata-action:container-test"
PAGE = docker.ROOT / "docs" / "how-to" / "other-ci.md"
DEFINITION = 'task_id: "0001"\nproject_id: "1460947878944567296"\ncode: a.sql\n'


def test_the_jobs_for_gitlab_submit_once_and_send_nothing_the_second_time(tmp_path: Path) -> None:
    docker.build(IMAGE)
    [text] = re.findall(
        r"^```yaml\n(# \.gitlab-ci\.yml\n.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    file = yaml.safe_load(text)
    repository = Repository.make(tmp_path / "clone")
    base = repository.commit({"README.md": "tasks\n"})
    repository.commit({"wedata/a.yml": DEFINITION, "wedata/a.sql": "SELECT 1;\n"})
    docker.give_to_runner(repository.folder)
    with Sandbox() as sandbox:
        environ = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
            "WEDATA_ENDPOINT": sandbox.endpoint,
            "TENCENTCLOUD_SECRET_ID": sandbox.secret_id,
            "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key,
            **{name: str(value) for name, value in file["variables"].items()},
        }
        assert "Result: planned" in run(file["wedata-plan"], repository.folder, environ)
        assert sandbox.gateway.calls == ()
        for _ in range(2):
            assert "Result: success" in run(file["wedata-submit"], repository.folder, environ)
        assert len(sandbox.wedata.submissions) == 1


def run(job: Mapping[str, Any], clone: Path, environ: Mapping[str, str]) -> str:
    """What the job's script prints."""
    command = [docker.DOCKER, "run", "--rm", "--network", "host", "--entrypoint", ""]
    command += [word for name, value in environ.items() for word in ("--env", f"{name}={value}")]
    command += ["--volume", f"{clone}:/builds/tasks", "--workdir", "/builds/tasks", IMAGE, "sh", "-ec"]
    done = subprocess.run([*command, "\n".join(job["script"])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout
