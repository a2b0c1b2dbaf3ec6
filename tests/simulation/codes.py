"""The codes of tasks: what people do to drafts in WeData Studio, and what a step may do to them and say about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.branch import TASKS, Definition
from tests.simulation.program import Ended
from tests.simulation.sight import Sight
from tests.simulation.transport import PROVE, READ
from tests.simulation.workflow import PROJECTS, Identity, Step
from wedata_sandbox.behaviour import APPROVALS_PENDING
from wedata_sandbox.versions import API_USER

if TYPE_CHECKING:
    from tests.simulation.world import World


def same(one: str | None, other: str | None) -> bool:
    """Whether two codes are equal by the rules of the contract; one that is null is empty."""
    return _comparable(one or "") == _comparable(other or "")


def _comparable(code: str) -> str:
    return code.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n")


class Studio:
    """Those who work in WeData Studio, and don't look at git."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance
        self._typed = 0

    def begin(self) -> None:
        """Tasks were edited and submitted before git had any code."""
        for _ in range(self.chance.choice((0, 0, 1, 3))):
            self.act()

    def act(self, identity: Identity | None = None) -> None:
        """Somebody does something to a task."""
        identity = identity or (self.chance.choice(PROJECTS), self.chance.choice(TASKS))
        if identity in self.world.deleted:
            return
        what = self.chance.random()
        if what < 0.4 or not self.world.branch.codes:
            self._submit(identity)
        else:
            self._save(identity)
            if self.chance.random() < 0.3:
                self._submit(identity)

    def meanwhile(self) -> Callable[[int], None]:
        """People at work at some steps of a run, as a rule at the task that the run is at work at, too."""
        last = self.chance.choice((15, 40))
        at = {self.chance.randint(0, last) for _ in range(self.chance.choice((1, 1, 3)))}

        def work(step: int) -> None:
            if step in at:
                seen = list(self.world.sights[-1].drafts) if self.world.sights else []
                self.act(seen[-1] if seen and self.chance.random() < 0.7 else None)

        return work

    def delete(self) -> None:
        """Somebody deletes a task for good."""
        identity = self.chance.choice(PROJECTS), self.chance.choice(TASKS)
        self.world.wedata.delete_task(*identity)
        self.world.deleted.add(identity)
        self.world.trace.append(f"{identity} is deleted")

    def save_files(self, step: Step) -> None:
        """Somebody makes the drafts equal to the files at the tip, as `code: verify` asks for."""
        for identity, found in step.defines(self.world.branch.tasks).items():
            if found.code is not None and identity not in self.world.deleted:
                self.world.wedata.save(*identity, found.code)

    def draft(self, identity: Identity) -> str | None:
        """The code of the draft."""
        saved = self.world.wedata.saved(*identity)
        return saved[-1].content.code if saved else None

    def _submit(self, identity: Identity) -> None:
        status = self.chance.choice(APPROVALS_PENDING) if self.chance.random() < 0.15 else "无需审批"
        self.world.wedata.add_by_hand(*identity, self.chance.choice(("", "by hand")), status)
        self.world.trace.append(f"a version of {identity} by hand: {self.draft(identity)!r}")

    def _save(self, identity: Identity) -> None:
        what, former = self.chance.random(), self.world.branch.codes_of(identity[1])
        if what < 0.35 and former:
            code: str | None = self.chance.choice(former)
        elif what < 0.42:
            code = self.chance.choice(("", None))
        else:
            self._typed += 1
            code = f"select 'typed {self._typed}';" + self.chance.choice(("", "\n", "\r\n"))
        self.world.wedata.save(*identity, code)
        self.world.trace.append(f"the draft of {identity} is now {code!r}")


class CodePromises:
    """What must be so of drafts and of production code; `broken` is told what is not."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._wrote: dict[Identity, Sight] = {}

    def on_code(self, sight: Sight, action: str, identity: Identity) -> None:
        """A step is about to read or write."""
        wedata = self.world.wedata
        if identity in self.world.deleted:
            return
        if action == READ:
            wedata.call(READ, "2025-08-06", {"ProjectId": identity[0], "TaskId": identity[1]})  # so that it exists
            sight.drafts[identity] = wedata.saved(*identity)[-1], len(wedata.versions(*identity))
        elif action == PROVE:
            sight.production[identity] = wedata.production(*identity)
        else:
            self.world.last_write, self._wrote[identity] = action, sight
            self._check_write(sight, identity)

    def _check_write(self, sight: Sight, identity: Identity) -> None:
        draft = self.world.wedata.saved(*identity)[-1]
        if sight.code == "verify":
            self._broken(sight, identity, "is written with `code: verify`")
        if identity not in sight.drafts:
            self._broken(sight, identity, "is written without being read")
            return
        read, submitted = sight.drafts[identity]
        never_used = not draft.content.code and not submitted
        if sight.code == "overwrite" or read.version_id != draft.version_id or draft.by == API_USER or never_used:
            return
        if not self.is_known(draft.content.code):
            self._broken(sight, identity, f"is overwritten, though somebody typed {draft.content.code!r}")

    def check_ends(self, step: Step, head: str, ended: Ended, sight: Sight) -> None:
        """What a step said about the tasks that have a code."""
        definitions = step.defines(self.world.branch.defined[head])
        for identity, state in ended.states.items():
            definition = definitions[identity]
            if definition.code is None or identity in self.world.deleted:
                continue
            if state == "live":
                self._check_live(sight, identity, definition.code)
                self.check_draft(sight, identity, definition, 0.0)
            if identity in sight.sent and (state == "unsent" or ended.reasons[identity] == "conflict"):
                self._broken(sight, identity, f"was sent, and is {state} ({ended.reasons[identity]})")
            if ended.reasons[identity] == "conflict" and sight.code == "push" and sight.run and not sight.raced:
                typed = sight.drafts[identity][0].content.code
                if typed and self._is_recognised(typed):
                    self._broken(sight, identity, f"is a conflict, though git knows {typed!r}")

    def _check_live(self, sight: Sight, identity: Identity, file: str) -> None:
        """Production runs the file; or it did when the step looked, and something newer was submitted since."""
        runs = self.world.wedata.production(*identity)
        if runs and same(runs.content.code, file):
            return
        seen = sight.production.get(identity)
        newest = self.world.wedata.versions(*identity)[-1:]
        if seen is None or not same(seen.content.code, file) or newest[0].version_id == seen.version_id:
            self._broken(sight, identity, f"is live, and production runs {runs and runs.content.code!r}, not {file!r}")

    def check_draft(self, sight: Sight, identity: Identity, definition: Definition, since: float) -> None:
        """No run has left another code in the draft since then: the next submission by hand would take it live."""
        draft = self.world.wedata.saved(*identity)[-1:]
        if not draft or draft[0].by != API_USER or draft[0].created <= since or sight.code == "verify":
            return
        if sight.raced or self._wrote[identity].raced:
            return
        if definition.code is not None and not same(draft[0].content.code, definition.code):
            self._broken(sight, identity, f"is settled, and a run left {draft[0].content.code!r} in its draft")

    def is_known(self, code: str | None) -> bool:
        """Whether any commit has this code."""
        return any(same(code, blob.decode()) for blob in self.world.origin.blobs.values())

    def _is_recognised(self, code: str) -> bool:
        """Whether a commit has it as it is, or with one newline at its end or none, and with LF or CRLF."""
        blobs = {blob.decode().removeprefix("\ufeff") for blob in self.world.origin.blobs.values()}
        lines = _comparable(code)
        texts = (code.removeprefix("\ufeff"), lines, f"{lines}\n")
        return any(text in blobs or text.replace("\r\n", "\n").replace("\n", "\r\n") in blobs for text in texts)

    def holds(self, code: str | None, definition: Definition) -> bool:
        """Whether a version with this code is what the definition says, as far as somebody waited for it."""
        return self.world.gentle or definition.code is None or same(code, definition.code)

    def _broken(self, sight: Sight, identity: Identity, what: str) -> None:
        self.world.broken.append(f"code of {identity} {what} (run {sight.run})")
