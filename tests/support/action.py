"""The action as the runner starts it: a process with the runner's variables and files, read back as the runner does."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import act, command_files, runner
from wedata_sandbox.server import Sandbox

ROOT = Path(__file__).parent.parent.parent
TOKEN = "ghs_token-of-the-job"
PROJECT = "1470547050521227264"
LIMIT = 40  # seconds after which a run hangs


@dataclass
class Repository:
    """A git repository in a folder of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Repository:
        folder.mkdir()
        repository = cls(folder)
        repository.git("init", "--quiet", "--initial-branch", "main")
        return repository

    def git(self, *arguments: str) -> str:
        identity = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        silent = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.folder)}
        done = subprocess.run(
            ["git", "-C", self.folder, *arguments],
            env=os.environ | identity | silent,
            check=True,
            capture_output=True,
            timeout=20,
        )
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[str, str], subject: str = "Change the tasks") -> str:
        """Writes `files` and commits them; gives the commit's id."""
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")


@dataclass(frozen=True)
class Ended:
    """What a run left behind."""

    code: int
    stdout: str
    stderr: str
    output_file: Path
    summary: str | None

    @property
    def outputs(self) -> dict[str, str]:
        found = command_files.read_outputs(self.output_file)
        assert found == act.read_outputs(self.output_file)
        return found

    @property
    def seen(self) -> runner.Replay:
        return runner.replay(self.stdout)

    @property
    def end(self) -> tuple[int, str, str]:
        """Exit code, result and failure reason."""
        return self.code, self.outputs["result"], self.outputs["failure-reason"]

    def ids(self, output: str) -> list[Any]:
        """A list; an empty one where the run was killed before it wrote its lists."""
        found: list[Any] = json.loads(self.outputs.get(output, "[]"))
        return found

    def messages(self, level: str = "error") -> str:
        return "\n".join(issue.message for issue in self.seen.annotations if issue.level == level)


@dataclass
class Action:
    """A job of a workflow: a checked-out repository, the runner's files, and a sandbox instead of WeData."""

    folder: Path
    repository: Repository
    sandbox: Sandbox
    environment: dict[str, str] = field(default_factory=dict)

    def push(self, before: str, after: str, **inputs: str) -> Ended:
        """Runs `submit`, or the mode that the inputs name, for a push."""
        return self.start("push", self._push_event(before, after), after, inputs)()

    def event(self, name: str, payload: Mapping[str, Any], sha: str, **inputs: str) -> Ended:
        return self.start(name, payload, sha, inputs)()

    def push_and_signal(
        self, before: str, after: str, number: signal.Signals, ready: Callable[[int], bool], **inputs: str
    ) -> Ended:
        """The same, and sends a signal as soon as `ready`."""
        return self.start("push", self._push_event(before, after), after, inputs)(number, ready)

    def start(self, name: str, payload: Mapping[str, Any], sha: str, inputs: Mapping[str, str]) -> Callable[..., Ended]:
        files = {
            key: self.folder / key.lower() for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")
        }
        for path in files.values():
            path.write_text("")
        files["GITHUB_EVENT_PATH"].write_text(json.dumps(payload), encoding="utf-8")
        given = {
            "project-id": PROJECT,
            "region": "ap-singapore",
            "endpoint": self.sandbox.endpoint,
            "base": "event",
            "wait": "false",
            "github-token": TOKEN,
        } | {key.replace("_", "-"): value for key, value in inputs.items()}
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_SHA": sha,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REPOSITORY": "octocat/warehouse",
            "GITHUB_SERVER_URL": "http://127.0.0.1:9",
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_RUN_ID": "7100",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(self.repository.folder),
            "TENCENTCLOUD_SECRET_ID": self.sandbox.secret_id,
            "TENCENTCLOUD_SECRET_KEY": self.sandbox.secret_key,
            **{key: str(path) for key, path in files.items()},
            **{f"INPUT_{key.upper()}": value for key, value in given.items()},
            **self.environment,
        }
        return lambda number=None, ready=None: self._run(
            {k: v for k, v in environ.items() if v != "UNSET"}, number, ready
        )

    def _run(
        self, environ: dict[str, str], number: signal.Signals | None, ready: Callable[[int], bool] | None
    ) -> Ended:
        with subprocess.Popen(
            [sys.executable, "-m", "wedata_action"],
            cwd=self.repository.folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                if number and ready:
                    self._signal(process, number, ready)
                stdout, stderr = process.communicate(timeout=LIMIT)
            finally:
                process.kill()
        return Ended(
            process.returncode,
            stdout.decode(),
            stderr.decode(),
            Path(environ.get("GITHUB_OUTPUT", os.devnull)),
            command_files.read_summary(self.folder / "github_step_summary"),
        )

    def _signal(self, process: subprocess.Popen[bytes], number: signal.Signals, ready: Callable[[int], bool]) -> None:
        deadline = time.monotonic() + 20
        while not ready(process.pid):
            assert process.poll() is None, "the run ended before it could be stopped"
            assert time.monotonic() < deadline, "the run never came to where it was to be stopped"
            time.sleep(0.01)
        process.send_signal(number)

    def _push_event(self, before: str, after: str) -> dict[str, Any]:
        return {"before": before, "after": after, "repository": {"default_branch": "main"}}


def holds_signals(pid: int) -> bool:
    """Whether a process blocks or catches SIGTERM: before that it would die of it, as any that is just starting."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    masks = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("SigBlk", "SigCgt")))
    return any(int(mask, 16) >> (signal.SIGTERM - 1) & 1 for mask in masks.values())


def leaks(text: str, secret: str) -> list[str]:
    """The forms in which a secret stands in a text, besides the commands that have the runner hide it."""
    shown = "\n".join(line for line in runner.split_lines(text) if not line.startswith("::add-mask::"))
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    inner = [base64.b64encode(b"x" * skip + secret.encode()).decode()[4:-4] for skip in (1, 2)]
    return [form for form in (secret, encoded, *inner) if form in shown]
