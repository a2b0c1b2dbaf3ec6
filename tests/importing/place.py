"""A repository in a folder, a sandbox beside it, and the commands that a person runs there."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import requests

from tests.simulation.transport import Transport
from tests.support.action import Repository
from tests.support.github import GitHub
from wedata_action.clock import Clock
from wedata_action.commands.import_tasks import Wanted, import_tasks
from wedata_action.commands.run import Outside, run
from wedata_action.git import Repository as Clone
from wedata_action.net import new_session
from wedata_action.report.console import Console
from wedata_action.result import Result
from wedata_sandbox.content import NewTask
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

PROJECT = "1470547050521227264"


@dataclass
class Place:
    """`said` is what the last command wrote. `without_sockets` is for many calls."""

    repository: Repository
    sandbox: Sandbox
    said: str = field(default="", init=False)
    without_sockets: bool = field(default=False, init=False)

    @property
    def wedata(self) -> WeData:
        return self.sandbox.wedata

    def create(self, *tasks: NewTask) -> None:
        for task in tasks:
            self.wedata.create_task(PROJECT, task)

    def import_(self, *, project: str = PROJECT, definitions: str = "", target: str = "", **wanted: object) -> Result:
        """`wedata-action import`; `wanted` are its own options."""
        options = {"project-id": project, "definitions": definitions, "target": target}
        return self._run(options, Wanted(**wanted))  # type: ignore[arg-type] # the test says which

    def run(self, mode: str, **options: str) -> Result:
        return self._run({"mode": mode, "project-id": PROJECT, **options}, None)

    def _run(self, options: Mapping[str, str], wanted: Wanted | None) -> Result:
        stream = io.StringIO()
        environ = {"TENCENTCLOUD_SECRET_ID": self.sandbox.secret_id, "TENCENTCLOUD_SECRET_KEY": self.sandbox.secret_key}
        site = {"endpoint": self.sandbox.endpoint, "region": "ap-singapore", "requests-per-second": "2000"}
        if options.get("mode") == "validate":
            site = {}
        folder = self.repository.folder
        outside = Outside(
            clock=Clock(workers=4),
            session=self._session,
            repository=lambda _, __, environ: Clone(folder, environ),
            console=lambda _: Console(stream),
            signals=nullcontext,
        )
        command = None if wanted is None else lambda step: import_tasks(step, wanted)
        result = run({**site, **options}, {"CI": "true", **environ}, None, outside, command)
        self.said = stream.getvalue()
        return result

    def _session(self) -> requests.Session:
        if not self.without_sockets:
            return new_session()
        session = requests.Session()
        session.trust_env = False
        nobody = GitHub(time.time)
        session.mount("http://", Transport(self.sandbox.gateway, nobody, Random(1), 0.0, lambda: None, time.sleep))
        return session

    def files(self) -> dict[str, bytes]:
        """Every file of the work tree."""
        folder = self.repository.folder
        paths = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    def commit(self, subject: str = "Import") -> str:
        return self.repository.commit({}, subject)

    def write(self, path: str, text: str) -> None:
        file = self.repository.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def make(folder: Path, sandbox: Sandbox) -> Place:
    return Place(Repository.make(folder), sandbox)
