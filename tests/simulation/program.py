"""The program as the command line starts it, with the world's clock, network and clone."""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from unittest.mock import patch

import requests
from requests.structures import CaseInsensitiveDict

from tests.simulation.origin import Clone, Origin
from tests.simulation.transport import GITHUB_URL, WEDATA_URL, Transport
from tests.simulation.workflow import REGION, Identity
from tests.support.github import REPOSITORY, Annotation, WorkflowRun
from tests.support.runner import replay
from wedata_action.clock import Clock
from wedata_action.commands.run import Outside
from wedata_action.commands.run import run as run_step
from wedata_action.net import exchange
from wedata_action.report.console import ActionsConsole
from wedata_sandbox.gateway import Credentials

if TYPE_CHECKING:
    from wedata_action.git import Repository

CREDENTIALS = Credentials("AKIDsimulated0000", "simulated0000secret")
_INPUTS = {"batch-size": "2", "endpoint": WEDATA_URL, "region": REGION, "wait-timeout": "60"}
_LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}


class Given(NamedTuple):
    """What a step gets from the runner: `payload` is the event's, `inputs` are the action's.

    A run with the id 0 is a command in a shell, whose options these inputs are.
    """

    origin: Origin
    run: WorkflowRun
    payload: Mapping[str, Any]
    inputs: Mapping[str, str]
    shallow: bool


class Ended(NamedTuple):
    """How a step ended, in the words of the outputs. `states` are the ends of the tasks of its plan, `reasons` why."""

    result: str
    reason: str
    exit_code: int
    base: str
    base_source: str
    message: str
    states: Mapping[Identity, str]
    annotations: list[Annotation]
    reasons: Mapping[Identity, str]


def run_program(given: Given, transport: Transport, clock: Clock) -> Ended:
    """One step, from the runner's variables to the annotations; a `BaseException` of the world passes through."""
    run, stream = given.run, io.StringIO()
    folder = _folder()
    (folder / "event.json").write_text(json.dumps(given.payload))
    (folder / "output").write_bytes(b"")
    environ = {
        "GITHUB_OUTPUT": str(folder / "output"),
        "TENCENTCLOUD_SECRET_ID": CREDENTIALS.secret_id,
        "TENCENTCLOUD_SECRET_KEY": CREDENTIALS.secret_key,
        **(_of_the_runner(given, folder) if run.id else {}),
    }
    clone = cast("Repository", Clone(given.origin, run.head, shallow=given.shallow))
    outside = Outside(
        clock, lambda: _Session(transport), lambda *_: clone, lambda _: ActionsConsole(stream), contextlib.nullcontext
    )
    with patch.object(exchange, "threading", _Inline):
        result = run_step({} if run.id else {**_INPUTS, **given.inputs}, environ, outside=outside)
    return Ended(
        str(result.result),
        str(result.failure_reason or ""),
        result.exit_code,
        result.base,
        str(result.base_source),
        result.message,
        {outcome.task.identity: str(outcome.state) for outcome in result.outcomes},
        _annotations(stream),
        {outcome.task.identity: str(outcome.failure_reason or "") for outcome in result.outcomes},
    )


def _of_the_runner(given: Given, folder: Path) -> dict[str, str]:
    run = given.run
    inputs = {"github-token": "simulated-token", **_INPUTS, **given.inputs}
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": GITHUB_URL,
        "GITHUB_EVENT_NAME": run.event,
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REF": f"refs/heads/{run.branch}",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ATTEMPT": str(run.attempt),
        "GITHUB_RUN_ID": str(run.id),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": run.head,
        "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/{run.workflow}@refs/heads/{run.branch}",
        "GITHUB_WORKSPACE": str(folder),
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }


@functools.cache
def _folder() -> Path:
    """The runner's files; in memory where the system has such a place."""
    place = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    atexit.register(place.cleanup)
    return Path(place.name)


class _Inline:
    """In place of `threading`: an exchange in memory needs no deadline, and threads take half the time of a history."""

    Lock = threading.Lock

    @dataclass
    class Thread:
        target: Callable[[], None]
        daemon: bool

        def start(self) -> None:
            self.target()


class _Session(requests.Session):
    """Prepares a request only as far as the transport reads it: all of `requests` takes half the time of a history."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = request.method, request.url, request.data
        prepared.headers = CaseInsensitiveDict(request.headers)
        return request.auth(prepared)  # type: ignore[no-any-return] # the program gives a callable

    def merge_environment_settings(self, *_: object, **__: object) -> dict[str, Any]:  # type: ignore[override]
        return {}

    def get_adapter(self, _: str) -> Transport:
        return self._transport


def _annotations(stream: io.StringIO) -> list[Annotation]:
    """What the runner makes of the log: ten of a level at most."""
    found = [issue for issue in replay(stream.getvalue()).annotations if issue.level != "debug"]
    return [
        Annotation(_LEVELS[issue.level], issue.title or "", issue.message, issue.file or ".github")
        for level in _LEVELS
        for issue in [issue for issue in found if issue.level == level][:10]
    ]
