"""Checks the three promises against what the sandbox really holds, and records against what really happened."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from tests.simulation import codes
from tests.simulation.branch import TASKS, Definition
from tests.simulation.happenings import People, begin
from tests.simulation.program import Ended
from tests.simulation.records import is_success, read_record, shown_records
from tests.simulation.sight import Sent, Sight
from tests.simulation.workflow import PROJECTS, Identity, Step
from tests.simulation.world import Started, World
from wedata_sandbox.behaviour import APPROVALS_REFUSED
from wedata_sandbox.versions import Version

_GREEN = frozenset({"success", "noop", "adopted", "pending-approval"})
"""The words that say what WeData has now; `submitted` says what it has been sent."""


class Adopted(NamedTuple):
    """Contents that a person said are live, or that were there before the first use; `run` is the id of the run."""

    run: int
    definitions: Mapping[Identity, Definition]
    time: float


class Promises:
    """Looks at each step when it has ended, and at the whole history.

    Of a step that does not wait, only the end of a history shows whether what it sent arrived.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.adopted: dict[str, list[Adopted]] = {}
        self.last: dict[str, tuple[Started, Step, Ended]] = {}
        world.after_step = self.after_step

    def after_step(self, started: Started, step: Step, base: str, ended: Ended, sight: Sight) -> None:
        run, self.last[step.job] = started.run.id, (started, step, ended)
        self._check_record(started, step, base, ended)
        self.world.codes.check_ends(step, started.run.head, ended, sight)
        self._adopt_by_hand(started, step, ended, sight)
        self._adopt(started, step, base, ended, sight.began)
        if ended.result in _GREEN and ended.exit_code == 0:
            self._check_plan(started, step, ended, sight)
            if base != "event" and sight.superseded and not sight.raced:
                self._broken(started, step, f"ended as {ended.result}, though a newer run has succeeded")
            # A newer run can be ahead of an old one that cannot know it: its record is lost, or of other inputs.
            ahead = any(
                other.run > run > 0 and other.project == step.project and (other.green or other.file != sight.file)
                for other in self.world.sights
            )
            if base != "event" and step.waits and not sight.raced and not ahead:
                self._check_all(started, step, ended)
        elif (ended.exit_code == 0 and ended.result != "submitted") or ended.reason == "internal":
            self._broken(started, step, f"ended as {ended.result}, exit code {ended.exit_code}: {ended.message}")

    def _broken(self, started: Started, step: Step, what: str) -> None:
        self.world.broken.append(f"{step.job} of run {started.run.number}.{started.run.attempt} {what}")

    def _check_record(self, started: Started, step: Step, base: str, ended: Ended) -> None:
        notices = [said for said in ended.annotations if said.level == "notice"]
        failed_adoption = base == "adopt" and ended.result != "adopted"
        if base == "event" or not ended.base_source or failed_adoption or not started.run.id:
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

    def _adopt_by_hand(self, started: Started, step: Step, ended: Ended, sight: Sight) -> None:
        """What somebody submitted by hand counts as submitted where nothing else was and it has the code at head."""
        world, defined = self.world, step.defines(self.world.branch.defined[started.run.head])
        for identity, state in ended.states.items():
            if self._is_adopted_by_hand(identity, defined[identity], state, sight):
                adopted = Adopted(started.run.id, {identity: defined[identity]}, world.clock.now())
                self.adopted.setdefault(step.scope, []).append(adopted)

    def _check_plan(self, started: Started, step: Step, ended: Ended, sight: Sight) -> None:
        defined = step.defines(self.world.branch.defined[started.run.head])
        for identity, state in ended.states.items():
            if state not in {"live", "pending-approval"}:
                self._broken(started, step, f"is green, and {identity} is {state}")
            elif identity in self.world.deleted or self._is_adopted_by_hand(identity, defined[identity], state, sight):
                continue
            elif not self._is_sent(identity, defined[identity], state):
                self._broken(started, step, f"ended as {ended.result}, and {identity} has no such version")

    def _check_all(self, started: Started, step: Step, ended: Ended) -> None:
        for identity, definition in step.defines(self.world.branch.defined[started.run.head]).items():
            if identity in self.world.deleted:
                continue
            claims = [one for claims in self.adopted.values() for one in claims if identity in one.definitions]
            sight = self.world.sights[-1]
            self.world.codes.check_draft(sight, identity, definition, max((one.time for one in claims), default=0.0))
            if not self._is_sent(identity, definition) and not self._is_adopted(step, identity, definition):
                self._broken(started, step, f"ended as {ended.result}, and {identity} has no such version")

    def _is_adopted_by_hand(self, identity: Identity, definition: Definition, state: str, sight: Sight) -> bool:
        # Of runs at the same time, one may send between the other's look and its end, and no time passes.
        until = sight.until(identity)
        shown = [one.shown for one in self.world.sent(identity)]
        seen = any(time < until or (time == until and not sight.raced) for time in shown)
        return state == "live" and definition.code is not None and identity not in sight.sent and not seen

    def _is_sent(self, identity: Identity, definition: Definition, state: str = "") -> bool:
        """Whether the newest version has this content, or the newest of those that somebody could know of.

        Of steps that ran side by side, either may have been the last one.
        """
        sent = self.world.sent(identity)
        expected = self._expected(identity, sent)
        # Somebody may have submitted the code of the file by hand since.
        standing = (one for one in self.world.wedata.versions(*identity) if one.approve_status not in APPROVALS_REFUSED)
        newest = list(standing)[-1:]
        alone = max((one.time for one in expected if not one.by.raced), default=0.0)
        raced = [one for one in sent if one.time >= alone] if any(one.by.raced for one in sent) else []
        return any(
            one.definition.is_kept_by(definition)
            and any(self.world.codes.holds(found.content.code, definition) for found in (one.version, *newest))
            and (state != "live" or one.version.approved)
            for one in (*sent[-1:], *expected[-1:], *raced)
        )

    def _expected(self, identity: Identity, sent: list[Sent]) -> list[Sent]:
        sights = self.world.sights
        return [one for one in sent if not one.is_hidden(identity, sights) and not one.goes_back(identity, sights)]

    def _is_adopted(self, step: Step, identity: Identity, definition: Definition) -> bool:
        """Whether nothing was sent since somebody said that this content is live."""
        sent = self.world.sent(identity)
        expected = self._expected(identity, sent)
        # Of a task that was never submitted, nothing in WeData tells which of several claims holds.
        claims = sorted(self.adopted.get(step.scope, ()), key=lambda one: (one.run, one.time))[-1 if expected else 0 :]
        claimed = [before for adopted in claims if (before := adopted.definitions.get(identity))]
        sent_since = claims and any(one.time >= claims[-1].time for one in expected if not one.by.raced)
        return any(before.is_kept_by(definition) for before in claimed) and not sent_since

    def check_nothing_twice(self) -> None:
        for identity in ((project, task) for project in PROJECTS for task in TASKS):
            for pair in pairwise(self.world.sent(identity)):
                one, other = sorted(pair, key=lambda sent: sent.time)
                same = one.definition.fingerprint == other.definition.fingerprint
                if same and not self._excused(identity, one, other):
                    self.world.broken.append(f"{identity[1]} has one content twice: runs {one.run} and {other.run}")

    def _excused(self, identity: Identity, one: Sent, other: Sent) -> bool:
        """Whether the one that sent the other could not see the first, or it was refused in between.

        A run that need not look sends whatever differs from its base.
        """
        if one.shown > other.by.until(identity) or one.by.raced or other.by.raced:
            return True
        looked = identity in other.by.looked
        between = sorted((one.version.created, other.version.created))
        versions = [
            version
            for version in self.world.wedata.versions(*identity)
            if between[0] <= version.created <= between[1] and not (looked and self._was_void(version, identity, other))
        ]
        refused = any(version.approve_status in APPROVALS_REFUSED for version in versions)
        other_code = one.definition.code is not None and any(
            version.version_id != other.version.version_id and not codes.same(version.content.code, one.definition.code)
            for version in versions
        )
        if refused or other_code or looked:
            return refused or other_code
        other_claims = any(
            one.time < adopted.time < other.time and claimed.fingerprint != one.definition.fingerprint
            for claims in self.adopted.values()
            for adopted in claims
            if (claimed := adopted.definitions.get(identity))
        )
        replaced = any(
            one.time < sent.time < other.time and sent.definition.fingerprint != one.definition.fingerprint
            for sent in self.world.sent(identity)
        )
        first, last = sorted((one.run, other.run))
        between_them = [started for started in self.world.runs if first <= started.run.id <= last]
        defined = [
            step.defines(self.world.branch.defined[started.run.head]).get(identity)
            for started in between_them
            for step in started.workflow.steps
        ]
        released = one.definition.code is not None and any(found and found.code is None for found in defined)
        removed = released or any(
            not any(
                identity in step.defines(self.world.branch.defined[started.run.head]) for step in started.workflow.steps
            )
            for started in between_them
        )
        return other_claims or replaced or removed or one not in self._expected(identity, [one])

    def _was_void(self, version: Version, identity: Identity, sent: Sent) -> bool:
        """Whether a version was refused already when a step looked, which then sent another one."""
        decided = self.world.decided.get(version.version_id, math.inf)
        return version.approve_status in APPROVALS_REFUSED and decided < sent.by.until(identity)

    def settle(self, people: People) -> None:
        """Faults stop, approvals pass, people do as they are told: then a few runs make everything green."""
        world = self.world
        world.behave(well=True)
        world.clock.sleep(3600)
        world.decide_approvals(pass_all=True)
        world.trace.append("faults stop")
        people.give_up_deleted()
        for _ in range(6):
            self.last.clear()
            green = people.run_perfectly()
            world.clock.sleep(3600)
            world.decide_approvals(pass_all=True)
            if green:
                for started, step, ended in self.last.values():
                    self._check_all(started, step, ended)
                return
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
