"""What happens at random: pushes, runs by hand, on a schedule and in a shell, re-runs, noise, renames, and readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.simulation.branch import FILES, TASKS, Definition
from tests.simulation.program import Ended
from tests.simulation.workflow import GLOBS, PROJECTS, Identity, Step, Workflow
from tests.simulation.world import Attempt, Started, World, cancel_or_kill, forged_record
from tests.support.github import Annotation

_CODE = (*("push",) * 6, "overwrite", "verify")
_NAMES = ("deploy", "Deploy to WeData", "submit", "release", "production")


def begin(world: World) -> None:
    """The branch and the workflow as they are before the first run."""
    chance, workflow = world.chance, world.workflow
    what = chance.random()
    if what < 0.25:
        # No step can know what the other one does to a task that moves between them.
        workflow.steps = [Step("first", globs="wedata/a.yml"), Step("second", globs="wedata/b.yml")]
        world.branch.moves = False
    elif what < 0.5:
        workflow.steps = [Step("first", PROJECTS[0]), Step("second", PROJECTS[1])]
        if what < 0.37:
            workflow.steps[0].target, workflow.steps[1].target = "dev", "prod"
    world.gentle = chance.random() < 0.15
    for step in workflow.steps if world.gentle else ():
        step.passes_pending, step.waits = chance.random() < 0.7, chance.random() < 0.5
    workflow.one_job = len(workflow.steps) > 1 and chance.random() < 0.4
    if chance.random() < 0.15:
        world.default_branch = "trunk"
    if chance.random() < 0.2:
        world.studio.begin()
    for step in workflow.steps if world.branch.codes else ():
        step.code = chance.choice(_CODE)
    for _ in range(chance.choice((0, 0, 1, 2))):
        world.branch.commit()
    # What was committed until here has no targets, as in a repository that did without them.
    world.branch.projects = {step.target: step.project for step in workflow.steps if step.target}


class People:
    """Those who push, start runs, and read what runs say.

    `advised` is the `base` that a job is to be given next, and `conflicts` are the tasks whose drafts somebody edited.
    `killed` says that the last run was: then people rather take back what they did.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance
        self.advised: dict[str, str] = {}
        self.conflicts: set[Identity] = set()
        self.killed = False

    def act(self) -> None:
        """One thing happens, and time passes."""
        world, what = self.world, self.chance.random()
        world.behave(well=self.chance.random() < 0.5)
        if what < 0.08 or (world.branch.codes and what > 0.96):
            world.studio.act()
        elif world.branch.codes and 0.36 < what < 0.368 and not world.deleted:
            world.studio.delete()
        elif what < 0.12 and self._may_use_a_shell():
            world.in_shell(self.chance.choice(world.workflow.steps), self.chance.choice((0.0, 0.1)))
        elif what < 0.22 and world.runs:
            self.run(self.chance.choice(world.runs))
        elif what < 0.3:
            self._noise()
        elif what < 0.36:
            self._rename()
        elif what < 0.4:
            self._change_inputs()
        elif what < 0.6 and world.branch.tip:
            self.run(self.start_by_hand() if self.chance.random() < 0.6 else self._on_schedule())
        else:
            self.run(self.push(force=self.chance.random() < 0.2))
        world.clock.sleep(3600 if self.chance.random() < 0.75 else self.chance.choice((1, 8, 50)))
        if self.chance.random() < 0.4:
            world.decide_approvals(pass_all=False)

    def push(self, *, force: bool = False, well_defined: bool = False) -> Started:
        world, branch = self.world, self.world.branch
        before, force = branch.tip, force and branch.tip is not None
        if force:
            branch.reset(self.chance.choice(branch.tips))
            world.trace.append(f"a force push from {before}")
            dropped = set(world.origin.commits) - set(world.origin.lineage(world.tip))
            if self.chance.random() < 0.2:
                world.origin.gone |= {commit for commit in dropped if self.chance.random() < 0.5}
        if self.conflicts and self.chance.random() < 0.5:
            self._commit_drafts()
        if before and self.chance.random() < (0.4 if self.killed else 0.1):
            former = branch.defined[self.chance.choice(world.origin.lineage(before)[:4])]
            branch.commit({task: found for task, found in former.items() if task not in branch.gone})
            world.trace.append("a revert")
        elif not force or self.chance.random() < 0.7:
            for _ in range(self.chance.randint(1, 2)):
                branch.commit()
        if well_defined:
            self._define_everywhere()
        world.origin.gone -= set(world.origin.lineage(world.tip))
        return world.start("push", self._bases(0.1), before=before or "0" * 40, forced=force)

    def _define_everywhere(self) -> None:
        """Each step gets a task: a definition that matches nothing is an error of its own."""
        branch = self.world.branch
        for step in self.world.workflow.steps:
            if branch.tip and not step.defines(branch.tasks):
                file = GLOBS[step.globs][0]
                tasks = [task for task in TASKS if task not in branch.gone]
                task = self.chance.choice([task for task in tasks if branch.moves or FILES[int(task) % 2] == file])
                branch.commit({**branch.tasks, task: Definition(file, 0)})

    def _may_use_a_shell(self) -> bool:
        """No run knows what is submitted from a shell, so it must be what a run has tried already."""
        world = self.world
        last = world.runs[-1] if world.runs else None
        return (
            last is not None
            and (last.run.head, last.run.workflow) == (world.branch.tip, world.workflow.file)
            and {step.scope for step in last.workflow.steps} == {step.scope for step in world.workflow.steps}
            and {check.name for check in last.run.checks if check.started is not None}
            >= {step.job for step in world.workflow.steps}
        )

    def _commit_drafts(self) -> None:
        """What was typed in WeData becomes a commit; what git had, as a rule, another one on top."""
        branch = self.world.branch
        for identity in sorted(self.conflicts):
            found, typed = branch.tasks.get(identity[1]), self.world.studio.draft(identity)
            if found and found.code is not None and typed is not None:
                branch.commit({**branch.tasks, identity[1]: replace(found, code=typed)})
                if self.chance.random() < 0.7:
                    branch.commit({**branch.tasks, identity[1]: found})
                self.conflicts.discard(identity)
                self.world.trace.append(f"the draft of {identity} was committed")

    def give_up_deleted(self) -> None:
        """Nobody defines a task any more that WeData does not have."""
        branch = self.world.branch
        branch.gone |= {task for _, task in self.world.deleted}
        if any(task in branch.tasks for task in branch.gone):
            branch.commit({task: found for task, found in branch.tasks.items() if task not in branch.gone})

    def start_by_hand(self) -> Started:
        started = self.world.start("workflow_dispatch", self._bases(0.6), inputs={})
        if self.conflicts and self.chance.random() < 0.4:
            self._overwrite(started)
        return started

    def _overwrite(self, started: Started) -> None:
        started.codes = {step.job: "overwrite" for step in started.workflow.steps}
        self.world.trace.append(f"run {started.run.number} is to overwrite")

    def _on_schedule(self) -> Started:
        return self.world.start("schedule", self._bases(0.1), schedule="0 3 * * *")

    def run(self, started: Started) -> None:
        """An attempt of this run, with whatever befalls it."""
        what = self.chance.random()
        if what < 0.1 and not started.run.conclusion:
            self.world.never_start(started)
            return
        jobs = self._failed_jobs(started) if started.run.checks and self.chance.random() < 0.5 else frozenset()
        how = Attempt(self.chance.choice((0.0, 0.0, 0.1, 0.3)), jobs=jobs)
        if what < 0.13:
            how = how._replace(github_fault_rate=1.0)
        elif what < 0.3:
            how = how._replace(interrupt=cancel_or_kill(self.world))
        elif what < 0.34:
            how = how._replace(interrupt=self._overtaken(started, how.fault_rate))
        if self.world.branch.codes and self.chance.random() < 0.25:
            how = how._replace(meanwhile=self.world.studio.meanwhile())
        self._done(self.world.attempt(started, how))

    def run_perfectly(self) -> bool:
        """A run without any fault, started as the last messages advise; whether every job was green."""
        world = self.world
        jobs = {step.job for step in world.workflow.steps}
        self.advised = {job: base for job, base in self.advised.items() if job in jobs}
        overwrite = bool(self.conflicts) and self.chance.random() < 0.5
        if not overwrite:
            self._commit_drafts()
        if self.advised and all(step.defines(world.branch.tasks) for step in world.workflow.steps):
            started = world.start("workflow_dispatch", self.advised, inputs={})
        else:
            started = self.push(well_defined=True)
            started.bases.clear()
            started.bases.update(self.advised)
        if overwrite or self.conflicts:
            self._overwrite(started)
        for step in world.workflow.steps:
            if step.code == "verify":
                world.studio.save_files(step)
        ends = world.attempt(started, Attempt(perfect=True))
        self._done(ends)
        return all(ended is not None and ended.exit_code == 0 for ended in ends.values())

    def _done(self, ends: Mapping[str, Ended | None]) -> None:
        self.killed = any(ended is None or ended.result == "cancelled" for ended in ends.values())
        for job, ended in ends.items():
            self.advised.pop(job, None)
            if ended and ended.reason == "unresolved-base":
                self.advised[job] = self._choice()
            for identity, reason in ended.reasons.items() if ended else ():
                self.conflicts.discard(identity)
                if reason == "conflict":
                    self.conflicts.add(identity)

    def _choice(self) -> str:
        """One of the words that the message offers."""
        what = self.chance.random()
        return "adopt" if what < 0.2 else "empty" if what < 0.75 else self._revision()

    def _bases(self, rate: float) -> dict[str, str]:
        """The inputs `base` of a run: as advised, or now and then whatever comes to mind."""
        found = {}
        for step in self.world.workflow.steps:
            if step.job in self.advised and self.chance.random() < 0.8:
                found[step.job] = self.advised[step.job]
            elif self.chance.random() < rate:
                found[step.job] = self._word()
        return found

    def _word(self) -> str:
        what = self.chance.random()
        if what < 0.15:
            return "event"
        if what < 0.25:
            return "adopt"
        return "empty" if what < 0.55 else self._revision()

    def _revision(self) -> str:
        """A commit of the branch, recent or old, or one of another branch; its id whole, or cut."""
        world, what = self.world, self.chance.random()
        if what < 0.2:
            commit = world.branch.commit_elsewhere(self.chance.choice(list(world.branch.defined)))
        else:
            commit = self.chance.choice(world.origin.lineage(world.tip)[: 3 if what < 0.6 else None])
        return commit if self.chance.random() < 0.9 else commit[:10]

    def _failed_jobs(self, started: Started) -> frozenset[str]:
        latest = {check.name: check.conclusion for check in started.run.checks}
        return frozenset(job for job, conclusion in latest.items() if conclusion != "success")

    def _overtaken(self, started: Started, fault_rate: float) -> Callable[[int], None]:
        """Another push arrives, and is run whole, in the midst of this run."""
        at = self.chance.randint(0, 25)

        def interrupt(step: int) -> None:
            if step == at:
                other = self.push()
                self.world.trace.append(f"run {other.run.number} overtakes run {started.run.number}")
                self._done(self.world.attempt(other, Attempt(fault_rate)))

        return interrupt

    def _noise(self) -> None:
        """A run that must not count: of a fork's pull request, of a tag named like the branch, of another workflow."""
        world, scope = self.world, self.world.workflow.steps[0].scope
        if world.branch.tip is None:
            return
        what = self.chance.random()
        commit = world.tip if what < 0.5 else world.branch.commit_elsewhere(world.tip)
        if what < 0.35:
            run = world.new_run("pull_request", commit, world.workflow.file)
            run.repository = "stranger/fork"
        elif what < 0.7:
            run = world.new_run("push", world.branch.commit_elsewhere(world.tip), world.workflow.file)
        else:
            run = world.new_run("push", commit, "lint.yml")
            scope = "0123456789ab"
        check = world.github.start(run, self.chance.choice(_NAMES))
        title = "wedata-action" if self.chance.random() < 0.7 else "other"
        said: list[Annotation] = [forged_record(scope, run.head, title)] if self.chance.random() < 0.7 else []
        world.github.end(check, "success", said)
        run.conclusion = "success"
        world.trace.append(f"a run of {run.event} by {run.repository} in {run.workflow} at {commit[:6]}")

    def _rename(self) -> None:
        workflow, what = self.world.workflow, self.chance.random()
        if what < 0.5:
            workflow.file = f"deploy-{self.chance.randrange(3)}.yml"
        else:
            unused = [name for name in _NAMES if name not in {step.job for step in workflow.steps}]
            step = self.chance.choice(workflow.steps)
            new = self.chance.choice(unused)
            if step.job in self.advised:
                self.advised[new] = self.advised.pop(step.job)
            step.job = new
        self.world.trace.append(f"now {workflow.file} with {[step.job for step in workflow.steps]}")

    def _change_inputs(self) -> None:
        workflow: Workflow = self.world.workflow
        if self.world.branch.codes and self.chance.random() < 0.4:
            self.chance.choice(workflow.steps).code = self.chance.choice(_CODE)
        elif len(workflow.steps) > 1:
            workflow.one_job = not workflow.one_job
        elif self.chance.random() < 0.7:
            workflow.steps[0].globs = self.chance.choice(list(GLOBS))
        else:
            workflow.steps[0].project = self.chance.choice(PROJECTS)
        self.world.trace.append(f"the steps are now {workflow.steps}")
