"""What head is compared with, as the first half of the changes stage finds it."""

from __future__ import annotations

from typing import NamedTuple

from wedata_action.github.context import Context


class Base(NamedTuple):
    """What head is compared with, and how much of it is uncertain.

    `commits` are one or more; an empty text is the empty tree. `source` is the word of the output `base-source`.
    `unsettled` are the commits of runs that may have submitted something nobody recorded. With `everything` one of
    those cannot be read, or they are not known, so every definition is looked up. `first_use` says that no earlier run
    recorded anything.
    """

    commits: tuple[str, ...]
    source: str
    explanation: str
    unsettled: tuple[str, ...] = ()
    everything: bool = False
    first_use: bool = False

    @property
    def commit(self) -> str:
        """The base that the outputs and the record name."""
        return self.commits[0]

    def look_first_because(self, context: Context | None) -> str:
        """Why tasks are looked up in WeData before they are sent; empty where no run can have sent them."""
        if context is None:
            return "no run history tells what was submitted before"
        if context.run_attempt > 1:
            return "this is a re-run"
        if self.first_use:
            return "this is the first run of its kind"
        if self.unsettled or self.everything:
            return "an earlier run may have submitted some of them"
        if context.event_name != "push":
            return f"the run was started by {context.event_name}"
        # What was there before this push is known only after a recorded success: `base: event` reads no history, and a
        # run that never started may have been on that commit. On a new branch nothing was.
        settled = self.source == "last-success" and self.commits == (context.before,)
        new = self.source in {"event", "merge-base", "empty"} and not context.before
        return "" if settled or new else "the base is not a recorded success on the commit before this push"
