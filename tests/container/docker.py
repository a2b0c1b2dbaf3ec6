"""A step of a Docker action as the runner starts it.

From the runner's source, release 2.336: `ContainerActionHandler.cs` (mounts, environment), `DockerCommandManager.cs`
(build, run). One thing differs: `--network host` stands in for the job's network, since the services that the tests
start listen on loopback, and the action speaks plain http to loopback only.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.command_files import read_outputs, read_summary

ROOT = Path(__file__).parents[2]
DOCKER = os.environ.get("DOCKER", "docker")
RUNNER_UID = 1001
FILE_COMMANDS = {
    "GITHUB_ENV": "set_env",
    "GITHUB_OUTPUT": "set_output",
    "GITHUB_PATH": "add_path",
    "GITHUB_STATE": "save_state",
    "GITHUB_STEP_SUMMARY": "step_summary",
}


def build(tag: str) -> None:
    """Builds the Dockerfile as the runner does."""
    command = [DOCKER, "build", "--network", "host", "-t", tag, "-f", f"{ROOT}/Dockerfile", str(ROOT)]
    subprocess.run(command, check=True)


def build_from(dockerfile: str, tag: str, **arguments: str) -> None:
    """Builds a Dockerfile that takes no files."""
    given = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    command = [DOCKER, "build", "--quiet", "--network", "host", *given, "-t", tag, "-"]
    subprocess.run(command, input=dockerfile.encode(), stdout=subprocess.DEVNULL, check=True)


def base() -> str:
    """The image that the Dockerfile starts from, brought here: a build leaves it in a store of its own."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    image: str = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)[-1]
    if subprocess.run([DOCKER, "image", "inspect", image], capture_output=True, check=False).returncode:
        subprocess.run([DOCKER, "pull", "--quiet", image], check=True)
    return image


def inspect(image: str) -> dict[str, object]:
    """What the engine knows of an image."""
    done = subprocess.run([DOCKER, "image", "inspect", image], capture_output=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)[0]
    return found


@dataclass(frozen=True)
class Step:
    """A step that runs, or ran: `files` are the runner's command files by the name of their variable."""

    process: subprocess.Popen[bytes]
    container: str
    files: Mapping[str, Path]
    log_file: Path

    @property
    def outputs(self) -> dict[str, str]:
        return read_outputs(self.files["GITHUB_OUTPUT"])

    @property
    def summary(self) -> str | None:
        return read_summary(self.files["GITHUB_STEP_SUMMARY"])

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def listed(self, output: str) -> list[str]:
        """An output that is a JSON list."""
        values: list[str] = json.loads(self.outputs[output])
        return values

    def wait(self, timeout: float = 60) -> int:
        """The exit code; kills the container when the time, in seconds, is over."""
        try:
            return self.process.wait(timeout)
        finally:
            if self.process.poll() is None:
                subprocess.run([DOCKER, "rm", "--force", self.container], capture_output=True, check=True)


def start(
    image: str,
    workspace: Path,
    folder: Path,
    inputs: Mapping[str, str],
    environment: Mapping[str, str],
    event: Mapping[str, object],
) -> Step:
    """Starts a step in the new folder `folder`, which takes the runner's temporary files; `inputs` is its `with:`."""
    temp = folder / "temp"
    home, workflow, commands = (temp / name for name in ("_github_home", "_github_workflow", "_runner_file_commands"))
    for made in (home, workflow, commands):
        made.mkdir(parents=True)
    (workflow / "event.json").write_text(json.dumps(event), encoding="utf-8")
    files = {variable: commands / f"{name}_{uuid.uuid4()}" for variable, name in FILE_COMMANDS.items()}
    for file in files.values():
        file.touch()
    give_to_runner(temp)
    variables = {
        **_inputs(inputs),
        **{variable: f"/github/file_commands/{file.name}" for variable, file in files.items()},
        "HOME": "/github/home",
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "RUNNER_TEMP": "/github/runner_temp",
        "RUNNER_OS": "Linux",
        "RUNNER_NAME": "runner-1",
        "ACTIONS_RUNTIME_URL": "https://runtime.invalid/",
        "ACTIONS_RUNTIME_TOKEN": "runtime-token",
        **environment,
    }
    mounts = {
        Path("/var/run/docker.sock"): "/var/run/docker.sock",
        temp: "/github/runner_temp",
        home: "/github/home",
        workflow: "/github/workflow",
        commands: "/github/file_commands",
        workspace: "/github/workspace",
    }
    container = f"wedataaction_{uuid.uuid4().hex[:6]}"
    command = [DOCKER, "run", "--name", container, "--label", "wedata", "--workdir", "/github/workspace", "--rm"]
    for name in variables:
        command += ["-e", name]
    command += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true", "--network", "host"]
    for source, target in mounts.items():
        command += ["-v", f"{source}:{target}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, image],
            # HOME is the container's: the client would look for its own settings there, as on a runner.
            env={"PATH": os.environ["PATH"], **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Step(process, container, files, folder / "log")


def give_to_runner(folder: Path) -> None:
    """Makes everything in `folder` the runner's, who is another user than the container's root.

    A test that is no root itself is such a user already.
    """
    if os.getuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, RUNNER_UID, RUNNER_UID)


def _inputs(given: Mapping[str, str]) -> dict[str, str]:
    """Each input that action.yml declares, the unset ones empty."""
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    unknown = given.keys() - declared.keys()
    assert not unknown, f"action.yml declares no {unknown}"
    return {f"INPUT_{name.upper()}": given.get(name, "") for name in declared}
