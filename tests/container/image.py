"""The built image, run as the runner runs it. Not collected with the other tests: `make container` names this file."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container import docker
from tests.container.docker import Step
from tests.support import git_http
from wedata_sandbox.behaviour import NEVER, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import SUBMIT, Fault
from wedata_sandbox.server import Sandbox

IMAGE = "wedata-action:container-test"
MOST_ADDED = 30_000_000  # bytes on top of the base image
TOKEN = "token-of-the-job"
PROJECT = "1460947878944567296"
STATES = ("live", "failed", "pending", "unknown", "unsent")
UNTIL_KILLED = 7.5  # seconds between the runner's SIGINT and its SIGTERM

Files = Mapping[str, str]


@dataclass(frozen=True)
class Clock:
    """A runner's job: a push of `after` onto `before`, checked out in `workspace`, GitHub and WeData at hand."""

    folder: Path
    workspace: Path
    github: git_http.GitServer
    sandbox: Sandbox
    before: str
    after: str

    def start(self, inputs: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Step:
        given = {
            "project-id": PROJECT,
            "endpoint": self.sandbox.endpoint,
            "base": "event",
            "github-token": TOKEN,
            **inputs,
        }
        variables = {**self._environment(), **(environment or {})}
        return docker.start(IMAGE, self.workspace, self.folder / "step", given, variables, self._event())

    def _environment(self) -> dict[str, str]:
        return {
            "TENCENTCLOUD_SECRET_ID": self.sandbox.secret_id,
            "TENCENTCLOUD_SECRET_KEY": self.sandbox.secret_key,
            "TENCENTCLOUD_REGION": "ap-singapore",
            "GITHUB_ACTION": "__acme_wedata-action",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_API_URL": f"{self.github.url}/api/v3",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_JOB": "submit",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REPOSITORY": "acme/tasks",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_NUMBER": "7",
            "GITHUB_SERVER_URL": self.github.url,
            "GITHUB_SHA": self.after,
            "GITHUB_WORKFLOW": "deploy",
            "GITHUB_WORKFLOW_REF": "acme/tasks/.github/workflows/deploy.yml@refs/heads/main",
        }

    def _event(self) -> dict[str, object]:
        return {
            "ref": "refs/heads/main",
            "before": self.before,
            "after": self.after,
            "repository": {"full_name": "acme/tasks", "default_branch": "main"},
        }


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    docker.build(IMAGE)


@pytest.fixture
def push(tmp_path: Path) -> Iterator[Callable[[Files, Files], Clock]]:
    """Pushes `before`, then `after` over it, and checks the second commit out at depth 1."""
    served = tmp_path / "served"
    served.mkdir()
    with git_http.serve(served, TOKEN) as github, Sandbox() as sandbox:

        def make(before: Files, after: Files) -> Clock:
            author = tmp_path / "author"
            git("init", "-q", "-b", "main", author)
            first, second = commit(author, before), commit(author, after)
            bare = served / "acme" / "tasks.git"
            git("clone", "-q", "--bare", author, bare)
            workspace = tmp_path / "workspace"
            git("clone", "-q", "--depth=1", f"file://{bare}", workspace)
            git("-C", workspace, "remote", "set-url", "origin", f"{github.url}/acme/tasks")
            docker.give_to_runner(workspace)
            return Clock(tmp_path, workspace, github, sandbox, first, second)

        yield make


def git(*arguments: str | Path) -> str:
    done = subprocess.run(["git", *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def commit(author: Path, files: Files) -> str:
    for path, text in files.items():
        (author / path).parent.mkdir(parents=True, exist_ok=True)
        (author / path).write_text(text, encoding="utf-8")
    git("-C", author, "add", ".")
    git("-C", author, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "Change the tasks")
    return git("-C", author, "rev-parse", "HEAD")


def definitions(numbers: range, remark: str) -> dict[str, str]:
    return {f"wedata/{n:04}.yml": f'task_id: "{n:04}"\nversion_remark: {remark}\n' for n in numbers}


def content(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Owner, mode and hash of every file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (
            path.stat().st_uid,
            path.stat().st_mode,
            hashlib.sha256(data).hexdigest(),
        )
    return found


def submitted(sandbox: Sandbox) -> list[list[str]]:
    """The task ids of each call, in the order of the calls."""
    return [[task["TaskId"] for task in submission.body["Tasks"]] for submission in sandbox.wedata.submissions]


def by_state(step: Step) -> dict[str, list[str]]:
    return {state: step.listed(f"{state}-task-ids") for state in STATES}


def test_three_changed_definitions_of_a_push_go_live(push: Callable[[Files, Files], Clock]) -> None:
    clock = push(definitions(range(5), "old"), definitions(range(1, 4), "new"))
    before = content(clock.workspace)
    step = clock.start({})
    assert step.wait() == 0, step.log
    assert submitted(clock.sandbox) == [["0001", "0002", "0003"]]
    job_ids = [submission.job_id for submission in clock.sandbox.wedata.submissions]
    assert step.outputs["result"] == "success"
    assert step.listed("live-task-ids") == ["0001", "0002", "0003"]
    assert (step.outputs["base"], step.outputs["head"]) == (clock.before, clock.after)
    assert json.loads(step.outputs["job-ids"]) == job_ids
    assert {file.stat().st_uid for file in step.files.values()} == {clock.workspace.stat().st_uid}
    assert step.outputs["job-id"] == str(job_ids[0])
    assert step.listed("task-ids") == ["0001", "0002", "0003"]
    assert "0002" in (step.summary or "")
    assert content(clock.workspace) == before
    assert {request.status for request in clock.github.requests if "tasks" in request.path} >= {200}


def test_250_changes_among_2000_definitions_go_through_in_three_calls(push: Callable[[Files, Files], Clock]) -> None:
    clock = push(definitions(range(2000), "old"), definitions(range(500, 750), "new"))
    step = clock.start({"max-tasks": "0", "wait": "false"})
    assert step.wait() == 0, step.log
    changed = [f"{n:04}" for n in range(500, 750)]
    # The calls may overtake one another.
    assert sorted(submitted(clock.sandbox)) == [changed[:100], changed[100:200], changed[200:]]
    assert step.listed("task-ids") == changed
    assert (step.outputs["batch-count"], step.outputs["task-count"]) == ("3", "250")
    assert sorted(json.loads(step.outputs["job-ids"])) == [one.job_id for one in clock.sandbox.wedata.submissions]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancelled_step_leaves_outputs_that_are_true(
    push: Callable[[Files, Files], Clock], number: signal.Signals, code: int
) -> None:
    clock = push(definitions(range(4), "old"), definitions(range(4), "new"))
    for child in range(1, 4):
        clock.sandbox.wedata.create_task(PROJECT, NewTask(f"{child:04}", upstream=(f"{child - 1:04}",)))
    clock.sandbox.fail_next(SUBMIT, Fault.drop(after=True), every=2)
    step = clock.start({"batch-size": "1", "need-check-parent-submitted": "true", "wait": "false"})
    wait_until(lambda: len(submitted(clock.sandbox)) == 2, step)
    step.process.send_signal(number)
    assert step.wait(UNTIL_KILLED) == code, step.log
    assert step.outputs["result"] == step.outputs["failure-reason"] == "cancelled"
    assert json.loads(step.outputs["job-ids"]) == [clock.sandbox.wedata.submissions[0].job_id]
    assert by_state(step) == {
        "live": [],
        "failed": [],
        "pending": [],
        "unknown": ["0000", "0001"],
        "unsent": ["0002", "0003"],
    }
    assert "cancelled" in (step.summary or "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_step_that_is_cancelled_while_it_waits_names_the_jobs_that_go_on(
    push: Callable[[Files, Files], Clock], number: signal.Signals, code: int
) -> None:
    clock = push(definitions(range(3), "old"), definitions(range(3), "new"))
    clock.sandbox.wedata.set_task("0001", TaskBehaviour(version_delay=NEVER))
    step = clock.start({})
    wait_until(lambda: sum(call.action == "ListTaskVersions" for call in clock.sandbox.gateway.calls) > 4, step)
    step.process.send_signal(number)
    assert step.wait(UNTIL_KILLED) == code, step.log
    assert step.outputs["result"] == "cancelled"
    assert by_state(step) == {"live": ["0000", "0002"], "failed": [], "pending": [], "unknown": ["0001"], "unsent": []}
    assert f"these jobs keep running: {step.outputs['job-id']}" in step.log


def test_modules_in_the_workspace_are_not_imported(push: Callable[[Files, Files], Clock]) -> None:
    trap = "raise SystemExit('imported from the workspace')\n"
    traps = dict.fromkeys(("json.py", "yaml.py", "wedata_action.py"), trap)
    clock = push(definitions(range(1), "old") | traps, definitions(range(1), "new"))
    step = clock.start({"mode": "validate"}, {"PYTHONPATH": "/github/workspace"})
    assert step.wait() == 0, step.log
    assert step.outputs["result"] == "valid"


def test_the_image_adds_at_most_30_megabytes() -> None:
    size, base = (docker.inspect(image)["Size"] for image in (IMAGE, docker.base()))
    assert isinstance(size, int)
    assert isinstance(base, int)
    assert size - base <= MOST_ADDED


def test_the_sandbox_is_not_in_the_image() -> None:
    done = subprocess.run([docker.DOCKER, "run", "--rm", IMAGE, "sandbox"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install wedata-action" in done.stderr


def test_git_speaks_https_and_knows_the_authorities() -> None:
    command = "git ls-remote https://127.0.0.1:1/; test -s /etc/ssl/certs/ca-certificates.crt && echo authorities"
    run = [docker.DOCKER, "run", "--rm", "--network", "host", "--entrypoint", "sh", IMAGE, "-c", command]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    # That nothing listens there is what git finds out only once its transport is loaded.
    assert "Failed to connect to 127.0.0.1 port 1" in done.stderr
    assert done.stdout == "authorities\n"


def test_the_program_is_process_1() -> None:
    config = docker.inspect(IMAGE)["Config"]
    assert isinstance(config, dict)
    assert config["Entrypoint"] == ["/opt/wedata-action/bin/wedata-action"]
    assert not config.get("Cmd")


def wait_until(condition: Callable[[], bool], step: Step, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert step.process.poll() is None, step.log
        assert time.monotonic() < deadline, step.log
        time.sleep(0.02)
