"""The whole program in this process: real stages, real files for the runner, GitHub and WeData without a socket.

What the program means to say is recorded where it enters the console; what the runner makes of it is read back by
`tests.support.runner`.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

from tests.simulation.clock import SimulatedClock
from tests.simulation.github import REPOSITORY, GitHub, WorkflowRun
from tests.simulation.repository import MemoryRepository
from tests.simulation.transport import GITHUB_URL, WEDATA_URL, Transport
from wedata_action.commands.run import Run
from wedata_action.errors import RunError
from wedata_action.github.context import Context, refuse_submission, warn_of_keys
from wedata_action.outcome import conclusion
from wedata_action.report.annotations import Annotation
from wedata_action.report.console import ActionsConsole
from wedata_action.report.reporter import Reporter
from wedata_action.report.summary import Links
from wedata_action.result import Result
from wedata_action.settings import read_settings
from wedata_action.tencent.credentials import secrets_of
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

    def line(self, text: str) -> None:
        self.lines.append(text)
        super().line(text)

    def debug(self, text: str) -> None:
        self.debugs.append(text)
        super().debug(text)

    def annotate(self, annotation: Annotation) -> None:
        self.annotations.append(annotation)
        super().annotate(annotation)

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
    context: dict[str, Any] = field(default_factory=dict)
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
        event = {"before": before, "repository": {"default_branch": "main"}}
        self.github.runs = [WorkflowRun(RUN_ID, 1, head, event, [None]), *self.later]
        environ = {
            "INPUT_PROJECT-ID": PROJECT,
            "INPUT_REGION": "ap-singapore",
            "INPUT_ENDPOINT": WEDATA_URL,
            "INPUT_WAIT-TIMEOUT": "30",
            "INPUT_REPORT-FILE": "report.json",
            "TENCENTCLOUD_SECRET_ID": self.keys.secret_id,
            "TENCENTCLOUD_SECRET_KEY": self.keys.secret_key,
            "GITHUB_WORKSPACE": str(self.folder),
            **{f"INPUT_{name.upper()}": value for name, value in self.inputs.items()},
            **{name: str(path) for name, path in files.items()},
            **self.environ,
        }
        stream, published = io.StringIO(), []
        console = Recorded(stream, debug=self.debug)
        context = Context(**(self._context(head, event) | self.context))
        reporter = Reporter(console, environ, in_actions=True, links=Links(context.server_url, context.repository))

        def look() -> None:
            published.append(files["GITHUB_OUTPUT"].read_text("utf-8"))

        try:
            result = self._run(context, environ, console, reporter, look)
        except RunError as error:
            known = Result(mode=self.inputs.get("mode", "submit"), result="failure", diagnostics=error.diagnostics)
            result = conclusion.failed(known, error.reason, error.message)
        reporter.finish(result)
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

    def _run(
        self,
        context: Context,
        environ: Mapping[str, str],
        console: Recorded,
        reporter: Reporter,
        look: Callable[[], None],
    ) -> Result:
        for secret in secrets_of(environ):
            console.mask(secret)
        settings = read_settings({}, environ)
        reporter.report_to("report.json")
        if settings.mode == "submit":
            refuse_submission(context)
        transport = Transport(self.gateway, self.github, random.Random(1), 0.0, look, self.clock.sleep)
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", _Striking(transport, self.strike))
        run = Run(
            settings,
            context,
            environ,
            console,
            reporter,
            self.clock.started(random.Random(1), lambda: None),
            lambda: session,
            Result(mode=settings.mode, result="failure", warnings=warn_of_keys(context, environ)),
            open_repository=lambda _: self.repository,  # type: ignore[arg-type, return-value] # the same shape, in memory
        )
        return run.result()

    def _context(self, head: str, event: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "event_name": "push",
            "event": event,
            "sha": head,
            "ref": "refs/heads/main",
            "repository": REPOSITORY,
            "server_url": "https://github.com",
            "api_url": GITHUB_URL,
            "run_id": str(RUN_ID),
            "run_attempt": 1,
            "workspace": self.folder,
            "runner_name": f"runner-{RUN_ID}",
            "action": "owner/wedata-action",
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
