"""Workflows under act, the other runner, with the built image: one repository with GitHub and WeData on loopback.

act reads the workflow files, evaluates expressions, starts containers and hands outputs to the next step and job. It
copies the work tree in place of actions/checkout, ignores `concurrency:` and `environment:`, and keeps no history of
runs: `tests.support.github` does, with what each run recorded.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.container import docker
from tests.container.docker import ROOT
from tests.support import git_http
from tests.support.action import Repository
from tests.support.github import REPOSITORY, Annotation, GitHub, WorkflowRun
from tests.support.json_http import Reply, serve_json
from tests.support.repositories import OriginAncestry
from wedata_sandbox.server import Sandbox

ACT = Path(sys.executable).with_name("act")
JOB_IMAGE = "wedata-action:act-job"
TOKEN = "token-of-the-job"
ACTION = "OWNER/wedata-action@COMMIT"
NOWHERE = "/dev/null"  # files of settings that act would look for
FILES = [f"--{name}-file={NOWHERE}" for name in ("env", "secret", "var", "input")]


def build_job_image() -> None:
    """The image in which the jobs run."""
    dockerfile = (ROOT / "tests" / "container" / "job.Dockerfile").read_text(encoding="utf-8")
    docker.build_from(dockerfile, JOB_IMAGE, BASE=docker.base())


@dataclass(frozen=True)
class Ended:
    """What act said of a run, one object a line."""

    code: int
    lines: Sequence[dict[str, Any]]

    @property
    def jobs(self) -> dict[str, str]:
        """The result of each job that began, by its name."""
        return {line["job"].rstrip(): line["jobResult"] for line in self.lines if "jobResult" in line}

    @property
    def log(self) -> str:
        return "\n".join(f"{line.get('job', '')}: {line['msg'].rstrip()}" for line in self.lines)

    @property
    def printed(self) -> list[str]:
        """What the steps wrote to their log."""
        return [line["msg"].rstrip("\n") for line in self.lines if line.get("raw_output")]

    def outputs(self, step: str) -> dict[str, str]:
        """Those of the step with this id; of several jobs the last to end."""
        told = [line for line in self.lines if line.get("command") == "set-output" and step in line["stepID"]]
        return {line["name"]: line["arg"] for line in told}

    @property
    def annotations(self) -> list[Annotation]:
        levels = {"error": "failure", "warning": "warning", "notice": "notice"}
        told = [line for line in self.lines if line.get("command") in levels]
        return [Annotation(levels[line["command"]], line["kvPairs"].get("title", ""), line["arg"]) for line in told]


@dataclass
class Forge:
    """A repository on a stand-in for GitHub, and a WeData for its runs; `secrets` and `environ` reach each of them."""

    folder: Path
    repository: Repository
    sandbox: Sandbox
    github: GitHub
    served: git_http.GitServer
    api: str
    image: str
    secrets: dict[str, str]
    environ: dict[str, str] = field(default_factory=dict)
    local: dict[str, Path] = field(default_factory=dict)

    def commit(self, files: Mapping[str, str]) -> str:
        return self.repository.commit(files)

    def push(self, workflow: str, files: Mapping[str, str], **payload: Any) -> Ended:
        """Commits `files` and runs the workflow for the push of them."""
        before = self.repository.git("rev-parse", "HEAD")
        after = self.commit(files)
        return self.run(workflow, "push", {"ref": "refs/heads/main", "before": before, "after": after, **payload})

    def run(self, workflow: str, event: str, payload: Mapping[str, Any], branch: str = "main") -> Ended:
        """Runs the workflow in `.github/workflows` for the commit that is checked out, as a job's checkout has it."""
        number = len(self.github.runs) + 1
        head = self.repository.git("rev-parse", "HEAD")
        self.repository.git("push", "--quiet", "--force", str(self._origin), f"HEAD:refs/heads/{branch}")
        workspace = self.folder / f"workspace-{number}"
        source = f"file://{self._origin}"
        self.repository.git("clone", "--quiet", "--depth=1", "--branch", branch, source, str(workspace))
        self.repository.git("-C", str(workspace), "remote", "set-url", "origin", f"{self.served.url}/{REPOSITORY}")
        _make_readable(workspace / ".github" / "workflows")
        run = WorkflowRun(4000 + number, number, head, event=event, workflow=workflow, created=self.github.now())
        self.github.runs.append(run)
        job = self.github.start(run)
        event_file = self.folder / f"event-{number}.json"
        repository = {"full_name": REPOSITORY, "default_branch": "main"}
        event_file.write_text(json.dumps({"repository": repository, **payload}), encoding="utf-8")
        ended = self._act(workspace, [event, "-W", f".github/workflows/{workflow}", "-e", str(event_file)], run)
        self.github.end(job, "success" if ended.code == 0 else "failure", ended.annotations)
        run.conclusion, run.updated = job.conclusion, self.github.now() - 3600
        return ended

    @property
    def _origin(self) -> Path:
        return self.folder / "served" / f"{REPOSITORY}.git"

    def _act(self, workspace: Path, arguments: Sequence[str], run: WorkflowRun) -> Ended:
        label = f"wedata-act={run.id}-{time.time_ns()}"
        environ = {
            "ACT_IMAGE": self.image,
            "ACT_JOB": label,
            "GITHUB_API_URL": self.api,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(run.id),
            "GITHUB_SERVER_URL": self.served.url,
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/{run.workflow}@refs/heads/main",
            **self.environ,
        }
        secrets = {"GITHUB_TOKEN": TOKEN, **self.secrets}
        local = {ACTION: _product(self.folder / "product", self.image), **self.local}
        command = [
            str(ACT), *arguments, *FILES, "--json", "--rm", "--pull=false", "--no-cache-server",
            "--action-cache-path", str(self.folder / "cache"), "-P", f"ubuntu-latest={JOB_IMAGE}",
            "--container-options", f"--label {label}",
            *(f"--env={name}={value}" for name, value in environ.items()),
            *(f"--secret={name}={value}" for name, value in secrets.items()),
            *(f"--local-repository={name}={folder}" for name, folder in local.items()),
        ]  # fmt: skip
        done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False, timeout=300)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return Ended(done.returncode, lines)


@contextlib.contextmanager
def forge(folder: Path, image: str, example: Mapping[str, str]) -> Iterator[Forge]:
    """A repository that holds the files of `example`, and all that its workflows talk to."""
    served = folder / "served"
    repository = Repository.make(folder / "author")
    repository.commit(example)
    repository.git("init", "--quiet", "--bare", str(served / f"{REPOSITORY}.git"))
    github = GitHub(time.time, ancestry=OriginAncestry(served / f"{REPOSITORY}.git"))
    with (
        git_http.serve(served, TOKEN) as server,
        serve_json(lambda path: _reply(*github.answer(path)), lambda *write: _reply(*github.write(*write))) as api,
        Sandbox() as sandbox,
    ):
        secrets = {"TENCENTCLOUD_SECRET_ID": sandbox.secret_id, "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key}
        environ = {"WEDATA_ENDPOINT": sandbox.endpoint}
        yield Forge(folder, repository, sandbox, github, server, api.url, image, secrets, environ)


def _reply(status: int, body: Any) -> Reply:
    return Reply(body, status)


def _product(folder: Path, image: str) -> Path:
    """The action as a release has it: action.yml names the image."""
    folder.mkdir(exist_ok=True)
    (folder / "action.yml").write_text(pinned(image), encoding="utf-8")
    return folder


def pinned(image: str) -> str:
    """action.yml with the image in place of the Dockerfile."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    found, times = re.subn(r"^  image: Dockerfile$", f"  image: docker://{image}", text, flags=re.MULTILINE)
    assert times == 1
    return found


def _make_readable(workflows: Path) -> None:
    """act 0.2.89 refuses the newer keys `queue` of `concurrency:` and `deployment` of `environment:`."""
    for file in workflows.glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^ +(queue|deployment): .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
