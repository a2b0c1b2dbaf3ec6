"""The whole program in this process: real stages, real files for the runner, GitHub and WeData without a socket.

What the program means to say is recorded where it enters the console; what the runner makes of it is read back by
`tests.support.runner`.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

from tests.simulation.clock import SimulatedClock
from tests.simulation.repository import MemoryRepository
from tests.simulation.transport import GITHUB_URL, WEDATA_URL, Transport
from tests.support.github import REPOSITORY, WORKFLOW, GitHub, WorkflowRun
from wedata_action.commands.run import Outside, run
from wedata_action.report.annotations import Annotation
from wedata_action.report.console import ActionsConsole
from wedata_action.result import Result
from wedata_sandbox.gateway import Credentials, Gateway
from wedata_sandbox.service import WeData

PROJECT = "9000"
KEYS = Credentials("AKIDsimulated0000", "simulated0000secret")
RUN_ID = 5001


class Recorded(ActionsConsole):
    """Keeps what it is told, beside writing it."""

    def __init__(self, stream: io.StringIO, *, debug: bool) -> None:
        super().__init__(stream, debug=debug)
        self.lines: list[str] = []
        self.debugs: list[str] = []
        self.groups: list[str] = []
        self.masks: list[str] = []
        self.annotations: list[Annotation] = []
        self.records: list[str] = []

    def line(self, text: str, **style: Any) -> None:
        self.lines.append(text)
        super().line(text, **style)

    def debug(self, text: str) -> None:
        self.debugs.append(text)
        super().debug(text)

    def annotate(self, annotation: Annotation) -> None:
        self.annotations.append(annotation)
        super().annotate(annotation)

    def record(self, verdict: str, record: str) -> None:
        self.records.append(record)
        super().record(verdict, record)

    def mask(self, value: str) -> None:
        self.masks.append(value)
        super().mask(value)

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        self.groups.append(title)
        with super().group(title):
            yield


@dataclass
class Ended:
    """A run and everything that came out of it. `published` are the outputs as they stood at each call."""

    result: Result
    console: Recorded
    stream: str
    output_file: Path
    summary: str
    report: str
    published: list[str]

    @property
    def everything(self) -> list[str]:
        return [self.stream, self.output_file.read_text("utf-8"), self.summary, self.report, *self.published]


@dataclass
class Program:
    """One step that is about to run on the newest commit of `repository`; change what is to be hostile."""

    folder: Path
    repository: MemoryRepository = field(default_factory=MemoryRepository)
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    keys: Credentials = KEYS
    environ: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    event: dict[str, Any] = field(default_factory=dict)
    debug: bool = True
    new_id: Callable[[], str] = lambda: "r-1"
    strike: Callable[[requests.PreparedRequest], requests.Response | None] = lambda _: None
    wedata: WeData = field(init=False)
    gateway: Gateway = field(init=False)
    github: GitHub = field(default_factory=GitHub)
    later: list[WorkflowRun] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wedata = WeData(site="domestic", now=self.clock.now)
        self.gateway = Gateway(self.wedata, self.keys, rate=None, new_id=self.new_id)

    def run(self, head: str, before: str = "0" * 40) -> Ended:
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in (*files.values(), self.folder / "report.json"):
            path.unlink(missing_ok=True)
        self.github.runs = [WorkflowRun(RUN_ID, 1, head), *self.later]
        environ = {
            "INPUT_PROJECT-ID": PROJECT,
            "INPUT_REGION": "ap-singapore",
            "INPUT_ENDPOINT": WEDATA_URL,
            "INPUT_WAIT-TIMEOUT": "30",
            "INPUT_REPORT-FILE": "report.json",
            "TENCENTCLOUD_SECRET_ID": self.keys.secret_id,
            "TENCENTCLOUD_SECRET_KEY": self.keys.secret_key,
            "GITHUB_WORKSPACE": str(self.folder),
            **self._event(head, {"before": before, "repository": {"default_branch": "main"}} | self.event),
            **{f"INPUT_{name.upper()}": value for name, value in self.inputs.items()},
            **{name: str(path) for name, path in files.items()},
            **self.environ,
        }
        stream: io.StringIO = io.StringIO()
        published: list[str] = []
        console = Recorded(stream, debug=self.debug)

        def look() -> None:
            published.append(files["GITHUB_OUTPUT"].read_text("utf-8"))

        transport = Transport(self.gateway, self.github, random.Random(1), 0.0, look, self.clock.sleep)
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", _Striking(transport, self.strike))
        outside = Outside(
            clock=self.clock.started(random.Random(1), lambda: None),
            session=lambda: session,
            repository=lambda *_: self.repository,  # type: ignore[arg-type] # the same shape, in memory
            console=lambda _: console,
            signals=contextlib.nullcontext,
        )
        result = run({}, environ, outside=outside)
        summary, report = files["GITHUB_STEP_SUMMARY"], self.folder / "report.json"
        return Ended(
            result,
            console,
            stream.getvalue(),
            files["GITHUB_OUTPUT"],
            summary.read_text("utf-8"),
            report.read_text("utf-8") if report.exists() else "",
            published,
        )

    def _event(self, head: str, event: Mapping[str, Any]) -> dict[str, str]:
        path = self.folder / "event.json"
        path.write_text(json.dumps(event), "utf-8")
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_SHA": head,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": GITHUB_URL,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": str(RUN_ID),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/{WORKFLOW}@refs/heads/main",
        }


class _Striking(BaseAdapter):
    def __init__(
        self, transport: Transport, strike: Callable[[requests.PreparedRequest], requests.Response | None]
    ) -> None:
        super().__init__()
        self._transport = transport
        self._strike = strike

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self._transport.on_call()
        struck = self._strike(request)
        return self._transport.send(request) if struck is None else struck  # an error is false

    def close(self) -> None: ...
