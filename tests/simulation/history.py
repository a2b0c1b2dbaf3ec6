"""One random history: commits, pushes, runs that fail, are killed, skipped, re-run or raced, and people in Studio."""

from __future__ import annotations

import dataclasses
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.simulation.clock import SimulatedClock
from tests.simulation.github import REPOSITORY, GitHub, WorkflowRun
from tests.simulation.repository import MemoryRepository
from tests.simulation.transport import GITHUB_URL, WEDATA_URL, Transport
from wedata_action.changes.fingerprint import fingerprint
from wedata_action.commands.run import Run
from wedata_action.definitions import parse
from wedata_action.errors import Cancelled
from wedata_action.github.context import Context
from wedata_action.report.console import TerminalConsole
from wedata_action.report.reporter import Reporter
from wedata_action.report.summary import Links
from wedata_action.result import Result
from wedata_action.settings import read_settings
from wedata_action.stamps import read_stamp
from wedata_sandbox.behaviour import APPROVALS_PENDING, APPROVALS_REFUSED, JobBehaviour, TaskBehaviour
from wedata_sandbox.gateway import Credentials, Gateway
from wedata_sandbox.service import WeData
from wedata_sandbox.versions import Version

PROJECT = "9000"
TASKS = ("1001", "1002", "1003", "1004")
FILES = ("wedata/a.yml", "wedata/b.yml")
CREDENTIALS = Credentials("AKIDsimulated0000", "simulated0000secret")


class KilledError(BaseException):
    """The machine went away."""


@dataclass(slots=True)
class Definition:
    """A task as the branch defines it: the file it stands in, and which of its contents it has."""

    file: str
    content: int


class History:
    """The state of the world, and what happened to it in words."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.trace: list[str] = []
        self.broken: list[str] = []
        self.clock = SimulatedClock()
        self.repository = MemoryRepository()
        self.github = GitHub()
        self.wedata = WeData(site=self.chance.choice(("intl", "domestic")), now=self.clock.now)
        self.gateway = Gateway(self.wedata, CREDENTIALS, rate=None)
        self.tasks: dict[str, Definition] = {}
        self.commits: list[tuple[str, dict[str, Definition]]] = []
        self.tip: str | None = None
        self.base = "auto"
        self.inputs: dict[str, str] = {}
        self.adopted: dict[str, str] = {}
        self.overlapped = False

    # What happens on the branch.

    def commit(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self._edit()
        files = {file: self._render(file) for file in FILES}
        self.tip = self.repository.make_commit(files, self.tip, f"edit {len(self.commits)}")
        self.commits.append((self.tip, {task: dataclasses.replace(found) for task, found in self.tasks.items()}))

    def push(self, *, force: bool = False) -> WorkflowRun:
        before = self.tip or "0" * 40
        if force and self.commits:
            self.tip, tasks = self.chance.choice(self.commits)
            self.tasks = {task: dataclasses.replace(found) for task, found in tasks.items()}
        for _ in range(self.chance.randint(1, 2)):
            self.commit()
        event = {"before": before, "repository": {"default_branch": "main"}}
        number = len(self.github.runs) + 1
        run = WorkflowRun(5000 + number, number, str(self.tip), event, [None])
        self.github.runs.append(run)
        self.trace.append(f"push {'by force ' if force else ''}{before[:6]}..{run.head[:6]}: run {number}")
        return run

    def _edit(self) -> None:
        task = self.chance.choice(TASKS)
        what = self.chance.random()
        if task not in self.tasks or what < 0.6:
            self.tasks[task] = Definition(self.chance.choice(FILES), self.chance.randint(0, 2))
        elif what < 0.75:
            self.tasks[task].file = self.chance.choice(FILES)
        elif len(self.tasks) > 1 and what < 0.85:
            del self.tasks[task]

    def _render(self, file: str) -> bytes:
        entries = [
            f'- task_id: "{task}"\n  version_remark: content {found.content}\n'
            for task, found in sorted(self.tasks.items())
            if found.file == file
        ]
        comment = f"# {self.chance.randint(0, 9)}\n"
        return (comment + (f"project_id: '{PROJECT}'\ntasks:\n" + "".join(entries) if entries else "")).encode()

    # What happens in WeData.

    def somebody_in_studio(self) -> None:
        task = self.chance.choice(TASKS)
        self.wedata.add_by_hand(PROJECT, task, self.chance.choice(("", "by hand")))
        self.trace.append(f"a version of {task} by hand")

    def behave(self, *, well: bool) -> None:
        """How jobs and tasks behave from here on."""
        seconds = 0.0 if well else self.chance.choice((0.0, 3.0, 30.0))
        self.wedata.set_jobs(JobBehaviour(seconds=seconds))
        for task in TASKS:
            self.wedata.set_task(task, TaskBehaviour() if well else self._some_behaviour())

    def _some_behaviour(self) -> TaskBehaviour:
        what = self.chance.random()
        if what < 0.08:
            return TaskBehaviour(refusal="任务配置错误")
        if what < 0.2:
            return TaskBehaviour(approve_status=self.chance.choice(APPROVALS_PENDING))
        late = self.wedata.site == "intl"  # where jobs are asked about, a job that succeeded has made its versions
        return TaskBehaviour(version_delay=self.chance.choice((0.0, 5.0, 40.0, 200.0)) if late else 0.0)

    def decide_approvals(self, *, pass_all: bool) -> None:
        for task in TASKS:
            for version in self.wedata.versions(PROJECT, task):
                if version.approve_status in APPROVALS_PENDING:
                    passed = pass_all or self.chance.random() < 0.6
                    word = "已通过" if passed else self.chance.choice(APPROVALS_REFUSED)
                    self.wedata.set_approval(PROJECT, task, word, version=version.version_num)
                    self.trace.append(f"approval of {task} {version.version_num}: {word}")

    # What the action does.

    def execute(
        self, run: WorkflowRun, fault_rate: float, interrupt: Callable[[int], None] | None = None
    ) -> Result | None:
        """One attempt of a run; `interrupt` is told of each step, by number, and may end the run by raising."""
        steps = iter(range(1_000_000))

        def step() -> None:
            if interrupt:
                interrupt(next(steps))

        transport = Transport(self.gateway, self.github, self.chance, fault_rate, step, self.clock.sleep)
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", transport)
        action = self._action(run, session, step)
        try:
            result = action.result()
        except KilledError:
            run.attempts[-1] = self.chance.choice(("failure", "cancelled"))
            run.workflow_conclusion = run.attempts[-1]
            self.trace.append(f"run {run.number}.{len(run.attempts)} on {run.head[:6]} was killed")
            return None
        run.attempts[-1] = "success" if result.exit_code == 0 else "failure"
        run.workflow_conclusion = self.chance.choice((run.attempts[-1], "failure"))
        ends = ", ".join(f"{task.task_id} {task.state}" for task in result.tasks)
        self.trace.append(
            f"run {run.number}.{len(run.attempts)} on {run.head[:6]} from {result.base[:6]} ({result.base_source}): "
            f"{result.result} {result.failure_reason or ''} [{ends}] {result.message}"
        )
        return result

    def _action(self, run: WorkflowRun, session: requests.Session, step: Callable[[], None]) -> Run:
        environ = {
            "WEDATA_ENDPOINT": WEDATA_URL,
            "WEDATA_REGION": "ap-singapore",
            "WEDATA_BASE": self.base,
            "WEDATA_WAIT_TIMEOUT": "60",
            "WEDATA_BATCH_SIZE": "2",
            "TENCENTCLOUD_SECRET_ID": CREDENTIALS.secret_id,
            "TENCENTCLOUD_SECRET_KEY": CREDENTIALS.secret_key,
            **self.inputs,
        }
        settings = read_settings({"mode": "submit"}, environ)
        context = Context(
            event_name="push",
            event=run.event,
            sha=run.head,
            ref="refs/heads/main",
            repository=REPOSITORY,
            server_url="https://github.com",
            api_url=GITHUB_URL,
            run_id=str(run.id),
            run_attempt=len(run.attempts),
            workspace=Path(),
            runner_name=f"runner-{run.id}",
            action="owner/wedata-action",
        )
        console = TerminalConsole(io.StringIO(), color=False)
        return Run(
            settings,
            context,
            environ,
            console,
            Reporter(console, {}, in_actions=False, links=Links()),
            self.clock.started(self.chance, step),
            lambda: session,
            Result(mode="submit", result="failure"),
            open_repository=lambda _: self.repository,  # type: ignore[arg-type, return-value] # the same shape, in memory
        )

    # What is so.

    def fingerprints(self, commit: str) -> dict[str, str]:
        """Of every task that a commit defines."""
        return {
            definition.task_id: fingerprint(definition)
            for path, content in self.repository.files(commit).items()
            for definition in parse(path, content)[0]
        }

    def stamped(self, task: str) -> list[Version]:
        """The versions of a task that carry a stamp and are not void, oldest first."""
        return [
            version
            for version in self.wedata.versions(PROJECT, task)
            if read_stamp(version.remark) and version.approve_status not in APPROVALS_REFUSED
        ]


def cancel_or_kill(chance: random.Random) -> Callable[[int], None]:
    """Ends a run at some step, by a signal or without one."""
    at, ending = chance.randint(0, 25), chance.choice((KilledError(), Cancelled(15)))

    def interrupt(step: int) -> None:
        if step == at:
            raise ending

    return interrupt
