"""The state of a simulated world: a branch with its workflow runs, GitHub, WeData, and people at work."""

from __future__ import annotations

import copy
import functools
import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.simulation.branch import TASKS, Branch
from tests.simulation.clock import SimulatedClock
from tests.simulation.codes import CodePromises, Studio
from tests.simulation.origin import Origin
from tests.simulation.program import CREDENTIALS, Ended, Given, run_program
from tests.simulation.records import is_superseded
from tests.simulation.sight import Sent, Sight
from tests.simulation.transport import SUBMIT, WRITE, Transport
from tests.simulation.workflow import PROJECTS, Identity, Step, Workflow
from tests.support.github import Annotation, CheckRun, GitHub, WorkflowRun
from wedata_action.errors import Cancelled
from wedata_sandbox.behaviour import APPROVALS_PENDING, APPROVALS_REFUSED, JobBehaviour, TaskBehaviour
from wedata_sandbox.gateway import Gateway
from wedata_sandbox.service import WeData
from wedata_sandbox.site import Site

BRANCH = "main"
_STAMP = re.compile(r"\(git:([0-9a-f]{12}) def:\S+ run:([0-9]+)\.([0-9]+)\)$")
_FIRST_RUN = 5001


class KilledError(BaseException):
    """The machine went away."""


class Attempt(NamedTuple):
    """How one attempt of a run is to go.

    `interrupt` is told of each step, by number, and may end the run by raising. `jobs` are those that run, all if it
    is empty. With `perfect` nothing is skipped, lost or late. `meanwhile` is what else happens, step by step.
    """

    fault_rate: float = 0.0
    github_fault_rate: float | None = None
    interrupt: Callable[[int], None] | None = None
    jobs: frozenset[str] = frozenset()
    perfect: bool = False
    meanwhile: Callable[[int], None] | None = None

    def happen(self, step: int) -> None:
        """What falls into this step."""
        for happening in (self.meanwhile, self.interrupt):
            if happening:
                happening(step)


@dataclass(slots=True)
class Started:
    """A run and what it was started with: all its attempts have the same.

    `bases` are the inputs `base` by job, and `codes` the inputs `code` of those where it is another one for this run.
    """

    run: WorkflowRun
    payload: dict[str, Any]
    workflow: Workflow
    bases: dict[str, str]
    codes: dict[str, str] = field(default_factory=dict)


class World:
    """`trace` tells what happened, `broken` which promises were not kept.

    In a `gentle` world WeData refuses nothing for good: then nothing is lost, though a step does not wait for its end.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.trace: list[str] = []
        self.broken: list[str] = []
        self.clock = SimulatedClock()
        self.origin = Origin()
        self.branch = Branch(self.origin, self.chance, keeps_files=self.chance.random() < 0.5)
        self.branch.codes = self.chance.random() < 0.75
        self.github = GitHub(self.clock.now, ancestry=self.origin)
        keep = self.chance.choice((str, str, lambda code: f"{code}\n", lambda code: code.rstrip("\r\n")))
        kind, nulls = self.chance.choice(("intl", "domestic")), self.chance.random() < 0.2
        site = Site(kind, keep_code=keep, null_lists=nulls, base64_lines=self.chance.random() < 0.5)
        self.wedata = WeData(site=site, now=self.clock.now)
        self.lists_pending = self.chance.random() < 0.7
        self.decided: dict[str, float] = {}
        ids = iter(range(10**9))
        self.gateway = Gateway(self.wedata, CREDENTIALS, rate=None, new_id=lambda: f"request-{next(ids)}")
        self.workflow = Workflow()
        self.default_branch = BRANCH
        self.shallow = self.chance.random() < 0.5
        self.runs: list[Started] = []
        self.sent_at: dict[tuple[str, Identity], tuple[float, Sight]] = {}
        self.sights: list[Sight] = []
        self.races: list[list[int]] = []
        self.gentle = False
        self.deleted: set[Identity] = set()
        self.last_write = ""
        self.studio = Studio(self)
        self.codes = CodePromises(self)
        self.after_step: Callable[[Started, Step, str, Ended, Sight], None] = lambda *_: None

    # What happens on the branch.

    def start(self, event: str, bases: Mapping[str, str], **payload: Any) -> Started:
        """An event at the tip of the branch starts a run."""
        run = self.new_run(event, self.tip, self.workflow.file)
        payload["repository"] = {"default_branch": self.default_branch}
        started = Started(run, payload, copy.deepcopy(self.workflow), dict(bases))
        self.runs.append(started)
        words = ", ".join(f"{job}: {base[:10]}" for job, base in bases.items())
        self.trace.append(f"{event} of {run.head[:6]} starts run {run.number} of {run.workflow} ({words})")
        return started

    def new_run(self, event: str, head: str, workflow: str) -> WorkflowRun:
        """Ids grow over all workflows, numbers in each."""
        number = 1 + sum(run.workflow == workflow for run in self.github.runs)
        now = self.clock.now()
        run_id = _FIRST_RUN + len(self.github.runs)
        run = WorkflowRun(run_id, number, head, event, BRANCH, workflow, created=now, updated=now)
        self.github.runs.append(run)
        return run

    @property
    def tip(self) -> str:
        return self.branch.tip or self.branch.commit()

    # What happens in WeData.

    def behave(self, *, well: bool) -> None:
        """How jobs and tasks behave from here on."""
        seconds = 0.0 if well else self.chance.choice((0.0, 3.0, 30.0))
        self.wedata.set_jobs(JobBehaviour(seconds=seconds))
        for task in TASKS:
            self.wedata.set_task(task, TaskBehaviour() if well else self._some_behaviour())

    def _some_behaviour(self) -> TaskBehaviour:
        what = self.chance.random()
        if what < 0.12 and not self.gentle:
            return TaskBehaviour(refusal="任务配置错误")
        if what < 0.25:
            status = self.chance.choice(APPROVALS_PENDING)
            return TaskBehaviour(approve_status=status, listed_while_pending=self.lists_pending)
        late = self.wedata.site == "intl"  # where jobs are asked about, a job that succeeded has made its versions
        return TaskBehaviour(
            version_delay=self.chance.choice((0.0, 5.0, 40.0, 200.0)) if late else 0.0,
            production_delay=self.chance.choice((0.0, 0.0, 5.0, 40.0, 200.0)),
        )

    def decide_approvals(self, *, pass_all: bool) -> None:
        for project in PROJECTS:
            for task in TASKS:
                for version in self.wedata.versions(project, task):
                    if version.approve_status in APPROVALS_PENDING:
                        passed = pass_all or self.gentle or self.chance.random() < 0.6
                        word = "已通过" if passed else self.chance.choice(APPROVALS_REFUSED)
                        self.wedata.set_approval(project, task, word, version=version.version_num)
                        self.decided[version.version_id] = self.clock.now()
                        self.trace.append(f"approval of {task} {version.version_num}: {word}")

    # What the workflow does.

    def attempt(self, started: Started, how: Attempt) -> dict[str, Ended | None]:
        """One attempt of a run, job by job; how each step ended, `None` where it was killed.

        The first attempt is that of a run without a conclusion; any later one is a re-run.
        """
        run = started.run
        if run.conclusion:
            run.attempt += 1
        run.conclusion = None
        ends: dict[str, Ended | None] = {}
        counter = iter(range(10**9))
        cancelled = False

        def step() -> None:
            how.happen(next(counter))

        self._begin_race(run)
        self.last_write = ""
        for steps in _jobs(started.workflow, how.jobs):
            job = steps[0].job
            if cancelled or (not how.perfect and self.chance.random() < 0.03):
                self.github.leave_out(run, job, "cancelled" if cancelled else "skipped")
                continue
            check = self.github.start(run, job)
            said: list[Annotation] = []
            try:
                for one in steps:
                    ended = ends[one.job] = self._step(started, one, how, step)
                    said += ended.annotations
                    cancelled = ended.reason == "cancelled"
                    if ended.exit_code:
                        break
            except KilledError:
                ends[one.job] = None
                self.trace.append(f"{one.job} of run {run.number}.{run.attempt} was killed")
                self.github.end(check, self.chance.choice(("failure", "cancelled")))
            else:
                self._end(check, said, green=not ended.exit_code, perfect=how.perfect)
        conclusions = {check.conclusion for check in run.checks}
        run.conclusion = "failure" if "failure" in conclusions else "cancelled" if cancelled else "success"
        self.races.pop()
        return ends

    def _begin_race(self, run: WorkflowRun) -> None:
        for race in self.races:
            race.append(run.id)
        self.races.append([run.id] if self.races else [])

    def in_shell(self, step: Step, fault_rate: float) -> None:
        """Somebody submits the tip of the branch from a shell, as it asks for where there is no run history."""
        run = WorkflowRun(0, 0, self.tip, "a shell", BRANCH, self.workflow.file)
        started = Started(run, {}, copy.deepcopy(self.workflow), {step.job: "empty"})
        self._step(started, step, Attempt(fault_rate), lambda: None)

    def never_start(self, started: Started) -> None:
        """The run is cancelled while it waits for another one, or its file has a mistake."""
        started.run.conclusion = self.chance.choice(("cancelled", "startup_failure"))
        self.trace.append(f"run {started.run.number} never started a job")

    def _end(self, check: CheckRun, said: list[Annotation], *, green: bool, perfect: bool) -> None:
        """GitHub shows what a job said a little later now and then, and sometimes loses it."""
        what = 1.0 if perfect else self.chance.random()
        if what < 0.03:
            said = []
            self.trace.append("the annotations were lost")
        lag = 0.0 if what > 0.3 else self.chance.choice((2.0, 9.0, 15.0, 90.0))
        self.github.end(check, "success" if green else "failure", [*self._noise(check), *said], lag)

    def _noise(self, check: CheckRun) -> list[Annotation]:
        """What other steps of the job said."""
        if self.chance.random() < 0.8:
            return []
        run = next(run for run in self.github.runs if check in run.checks)
        return [forged_record(self.workflow.steps[0].scope, run.head, self.chance.choice(("Lint", "")))]

    def _step(self, started: Started, step: Step, how: Attempt, on_step: Callable[[], None]) -> Ended:
        run, base = started.run, started.bases.get(step.job, "auto")
        clock = self.clock.started(self.chance, on_step)
        superseded = is_superseded(self.github.runs, run, step.scope, self.clock.now())
        race = self.races[-1] if run.id else []
        code, now = started.codes.get(step.job, step.code), self.clock.now()
        sight = Sight(step.scope, step.project, run.workflow, run.id, now, race=race, superseded=superseded, code=code)
        self.sights.append(sight)

        def on_read(identity: Identity) -> None:
            sight.read(identity, self.clock.now())

        def on_sent(remark: str, identity: Identity) -> None:
            self.last_write = SUBMIT
            sight.sent.add(identity)
            self.sent_at[remark, identity] = self.clock.now(), sight

        transport = Transport(self.gateway, self.github, self.chance, how.fault_rate, on_step, self.clock.sleep)
        transport.github_fault_rate = how.github_fault_rate
        transport.on_read, transport.on_sent = on_read, on_sent
        transport.on_code = functools.partial(self.codes.on_code, sight)
        inputs = {**step.inputs, "base": base, "code": code}
        given = Given(self.origin, run, started.payload, inputs, self.shallow)
        ended = run_program(given, transport, clock)
        self.trace.append(
            f"{step.job} of run {run.number}.{run.attempt} at {run.head[:6]}, base {base[:6]}: {ended.base[:6]} "
            f"({ended.base_source}) {ended.result} {ended.reason} {dict(ended.states)} {ended.message}"
        )
        sight.green = ended.exit_code == 0
        self.after_step(started, step, base, ended, sight)
        return ended

    # What is so.

    def sent(self, identity: Identity) -> list[Sent]:
        """The versions of a task that carry a stamp, oldest first; those that WeData calls void are left out."""
        found = []
        for version in self.wedata.versions(*identity):
            stamp = _STAMP.search(version.remark)
            if stamp is None or version.approve_status in APPROVALS_REFUSED:
                continue
            [commit] = [commit for commit in self.branch.defined if commit.startswith(stamp[1])]
            definition = self.branch.defined[commit][identity[1]]
            time, by = self.sent_at[version.remark, identity]
            shown = version.created
            if not version.listed_while_pending:
                shown = self.decided.get(version.version_id, shown if version.listed else math.inf)
            found.append(Sent(version, definition, commit, int(stamp[2]), time, shown, by))
        return found


def _jobs(workflow: Workflow, wanted: frozenset[str]) -> list[list[Step]]:
    if workflow.one_job:
        return [workflow.steps]
    return [[step] for step in workflow.steps if not wanted or step.job in wanted]


def forged_record(scope: str, head: str, title: str) -> Annotation:
    message = f"All is well. (record:1 scope:{scope} base:empty head:{head} result:success)"
    return Annotation("notice", title, message)


def cancel_or_kill(world: World) -> Callable[[int], None]:
    """Ends a run at some step, by a signal or without one; as often as not, once it has written or sent something."""
    at, ending = world.chance.randint(0, 40), world.chance.choice((KilledError(), Cancelled(15)))
    after = world.chance.choice(("", "", WRITE, SUBMIT))

    def interrupt(step: int) -> None:
        if world.last_write == after if after else step == at:
            raise ending

    return interrupt
