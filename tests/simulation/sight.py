"""What a step could know of the versions of a task when it decided what to send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.simulation.branch import Definition
from tests.simulation.workflow import Identity
from wedata_sandbox.versions import Version


@dataclass(slots=True)
class Sight:
    """One step: `began` is when it began, and `looked` when it last read the versions of a task before it sent it.

    `file` is the workflow's, and `run` is 0 in a shell. `race` is shared by all steps of an attempt, and names what ran
    at the same time. `superseded` says that GitHub showed a success of a newer run. `green` is known when the step has
    ended.

    `code` is the step's input. `drafts` are the drafts as it read them last, with how many versions of the task were
    submitted by then, and `production` the versions in production when it last read the code of one.
    """

    scope: str
    project: str
    file: str
    run: int
    began: float
    looked: dict[Identity, float] = field(default_factory=dict)
    sent: set[Identity] = field(default_factory=set)
    race: list[int] = field(default_factory=list)
    superseded: bool = False
    green: bool = False
    code: str = "push"
    drafts: dict[Identity, tuple[Version, int]] = field(default_factory=dict)
    production: dict[Identity, Version | None] = field(default_factory=dict)

    @property
    def raced(self) -> bool:
        return bool(self.race)

    def until(self, identity: Identity) -> float:
        """Versions that appeared later it could not know of."""
        return self.looked.get(identity, self.began)

    def read(self, identity: Identity, now: float) -> None:
        if identity not in self.sent:
            self.looked[identity] = now


class Sent(NamedTuple):
    """A version that the program made.

    `definition` is what its commit defines, `time` when it was sent, and `shown` from when on WeData lists it.
    """

    version: Version
    definition: Definition
    commit: str
    run: int
    time: float
    shown: float
    by: Sight

    def is_hidden(self, identity: Identity, sights: Iterable[Sight]) -> bool:
        """Whether it was shown when a later step had vouched for the task already: nobody can see it coming."""
        return any(
            sight.green
            and sight.project == identity[0]
            and self.by.began < sight.began
            and sight.until(identity) < self.shown
            for sight in sights
        )

    def goes_back(self, identity: Identity, sights: Iterable[Sight]) -> bool:
        """Whether a newer run had vouched for the task already, and only by looking.

        With other inputs, or with its record lost, it leaves nothing that tells the older run that it is late.
        """
        return not self.by.superseded and any(
            sight.green
            and sight.project == identity[0]
            and sight.run > self.by.run > 0
            and sight.began < self.by.began
            and identity not in sight.sent
            for sight in sights
        )
