"""Checks the three promises against what the sandbox really holds, and records against what really happened."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from tests.simulation.branch import Definition
from tests.simulation.happenings import People, begin
from tests.simulation.program import Ended
from tests.simulation.records import is_success, read_record, shown_records
from tests.simulation.workflow import Identity, Step
from tests.simulation.world import Sent, Started, World
from wedata_sandbox.behaviour import APPROVALS_REFUSED

_GREEN = frozenset({"success", "noop", "adopted", "pending-approval"})
"""The words that say what WeData has now; `submitted` says what it has been sent."""


class Adopted(NamedTuple):
    """Contents that a person said are live, or that were there before the first use; `run` is the id of the run."""

    run: int
    definitions: Mapping[Identity, Definition]
    time: float


class Promises:
    """Looks at each step when it has ended, and at the whole history.

    Of a step that does not wait, only the end of a history shows whether what it sent arrived: then it is `settling`.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.adopted: dict[str, list[Adopted]] = {}
        self.settling = False
        world.after_step = self.after_step

    def after_step(self, started: Started, step: Step, base: str, ended: Ended, began: float) -> None:
        self._check_record(started, step, base, ended)
        self._adopt(started, step, base, ended, began)
        if ended.result in _GREEN and ended.exit_code == 0:
            self._check_plan(started, step, ended)
            known_end = step.waits or self.settling
            if base != "event" and known_end and not any(other.run.checks for other in self._later(started)):
                self._check_all(started, step, ended)
        elif (ended.exit_code == 0 and ended.result != "submitted") or ended.reason == "internal":
            self._broken(started, step, f"ended as {ended.result}, exit code {ended.exit_code}: {ended.message}")

    def _later(self, started: Started) -> list[Started]:
        return [other for other in self.world.runs if other.run.id > started.run.id]

    def _broken(self, started: Started, step: Step, what: str) -> None:
        self.world.broken.append(f"{step.job} of run {started.run.number}.{started.run.attempt} {what}")

    def _check_record(self, started: Started, step: Step, base: str, ended: Ended) -> None:
        notices = [said for said in ended.annotations if said.level == "notice"]
        failed_adoption = base == "adopt" and ended.result != "adopted"
        if base == "event" or not ended.base_source or failed_adoption:
            expected = []
        else:
            expected = [(step.scope, ended.base or "empty", started.run.head, ended.result)]
        if [read_record(said) for said in notices] != expected:
            self._broken(started, step, f"wrote down {notices}")

    def _adopt(self, started: Started, step: Step, base: str, ended: Ended, began: float) -> None:
        """What a person says is live is taken for so, where no record of the step says anything else."""
        world, run = self.world, started.run
        records, now_shown = (
            [found for found in shown_records(world.origin, world.github.runs, run, time) if found[0] == step.scope]
            for time in (began, world.clock.now())
        )
        if ended.result == "adopted" and any(map(is_success, records)):
            self._broken(started, step, "adopted, though there is a success")
        first_use = base == "auto" and ended.base_source in {"event", "empty"} and not now_shown
        if first_use and any(
            check.started is not None
            for other in world.runs
            if other.run.id < run.id and other.run.workflow == run.workflow
            for check in other.run.checks
        ):
            self._broken(started, step, "takes itself for the first run")
        if ended.result == "adopted" or first_use or (ended.base_source == "input" and not records):
            adopted = Adopted(run.id, step.defines(world.branch.defined.get(ended.base, {})), world.clock.now())
            self.adopted.setdefault(step.scope, []).append(adopted)

    def _check_plan(self, started: Started, step: Step, ended: Ended) -> None:
        defined = step.defines(self.world.branch.defined[started.run.head])
        for identity, state in ended.states.items():
            if state not in {"live", "pending-approval"}:
                self._broken(started, step, f"is green, and {identity} is {state}")
            elif not self._is_sent(identity, defined[identity]):
                adopted = not self.world.sent(identity) and self.world.wedata.versions(*identity)
                if not adopted:
                    self._broken(started, step, f"ended as {ended.result}, and {identity} has no such version")

    def _check_all(self, started: Started, step: Step, ended: Ended) -> None:
        for identity, definition in step.defines(self.world.branch.defined[started.run.head]).items():
            if not self._is_sent(identity, definition) and not self._is_adopted(step, identity, definition):
                self._broken(started, step, f"ended as {ended.result}, and {identity} has no such version")

    def _is_sent(self, identity: Identity, definition: Definition) -> bool:
        """Whether the newest version has this content; where runs overlapped, some version.

        A version that appears when a later step has begun already may hide what that one did: nobody can see it coming.
        """
        sent = self.world.sent(identity)
        expected = self._expected(sent)
        if sent and not expected:
            return True
        last = sent if self.world.overlapped else [*sent[-1:], *expected[-1:]]
        return any(one.definition.content == definition.content for one in last)

    def _expected(self, sent: list[Sent]) -> list[Sent]:
        """Those that appeared before the next step began."""
        return [one for one in sent if not any(one.time < began < one.version.created for began in self.world.began)]

    def _is_adopted(self, step: Step, identity: Identity, definition: Definition) -> bool:
        """Whether nothing was sent since somebody said that this content is live."""
        sent = self.world.sent(identity)
        if step.scope not in self.adopted:
            return False
        if not sent and self.world.wedata.versions(*identity):
            return True
        # Of a task that was never submitted, nothing in WeData tells which of several claims holds.
        claims = sorted(self.adopted[step.scope], key=lambda one: (one.run, one.time))[-1 if sent else 0 :]
        claimed = [before.content for adopted in claims if (before := adopted.definitions.get(identity))]
        unsent_since = not any(one.time >= claims[-1].time for one in self._expected(sent))
        return definition.content in claimed and (self.world.overlapped or unsent_since)

    def check_nothing_twice(self) -> None:
        if self.world.overlapped:
            return
        for project in ("9000", "9001"):
            for task in {task for definitions in self.world.branch.defined.values() for task in definitions}:
                sent = self.world.sent((project, task))
                expected = self._expected(sent)
                for one, other in pairwise(sent):
                    if one not in expected or other not in expected:
                        continue
                    if one.definition.content == other.definition.content and not self._excused(
                        (project, task), one, other
                    ):
                        self.world.broken.append(f"{task} has one content twice: runs {one.run} and {other.run}")

    def _excused(self, identity: Identity, one: Sent, other: Sent) -> bool:
        """Whether WeData did not show the first, or it was refused or removed before the other was sent."""
        if one.version.created > other.began:
            return True
        refused = any(
            one.version.created <= version.created <= other.version.created
            and version.approve_status in APPROVALS_REFUSED
            for version in self.world.wedata.versions(*identity)
        )
        other_claims = any(
            one.time < adopted.time < other.time and claimed.content != one.definition.content
            for claims in self.adopted.values()
            for adopted in claims
            if (claimed := adopted.definitions.get(identity))
        )
        replaced = any(
            one.time < sent.time < other.time and sent.definition.content != one.definition.content
            for sent in self.world.sent(identity)
        )
        first, last = sorted((one.run, other.run))
        removed = any(
            not any(
                identity in step.defines(self.world.branch.defined[started.run.head]) for step in started.workflow.steps
            )
            for started in self.world.runs
            if first <= started.run.id <= last
        )
        return refused or other_claims or replaced or removed

    def settle(self, people: People) -> None:
        """Faults stop, approvals pass, people do as they are told: then a few runs make everything green."""
        world, self.settling = self.world, True
        world.behave(well=True)
        world.clock.sleep(3600)
        world.decide_approvals(pass_all=True)
        world.trace.append("faults stop")
        for _ in range(4):
            if people.run_perfectly():
                return
            world.clock.sleep(3600)
        world.broken.append("without faults, no run ended green")


def play(seed: int) -> World:
    """One whole history; what it broke is in `broken`."""
    world = World(seed)
    begin(world)
    people, promises = People(world), Promises(world)
    for _ in range(world.chance.randint(4, 12)):
        people.act()
    promises.settle(people)
    promises.check_nothing_twice()
    return world
