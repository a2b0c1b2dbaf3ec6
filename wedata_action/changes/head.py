"""What is known of head while it is compared with several commits: its definition files, and its targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wedata_action.changes.reading import Scope, Side, find_definitions, parse_files, unknown_target
from wedata_action.changes.scan import Search, having_ids, search
from wedata_action.changes.trees import CommitTree, Contents
from wedata_action.errors import RunError
from wedata_action.git import Entry, Repository


class Head:
    """The definitions at head, listed once for all comparisons.

    `targets` are the names that are known: those of definitions that were read, and as many more as it takes.
    """

    def __init__(self, repository: Repository, commit: str, scope: Scope) -> None:
        self.tree = CommitTree(repository, commit)
        self.scope = scope
        self.definitions, self.warnings = find_definitions(self.tree, scope.files)
        self.contents = Contents()
        self.targets: set[str] = set()

    def learn_targets(self, after: Side, unread: Mapping[str, Entry]) -> None:
        """Learns whether there is the chosen target, and a second one for tasks that all targets would share."""
        self.targets |= after.targets
        chosen = self.scope.target
        if not chosen:
            return
        if chosen not in self.targets:
            self._read(unread, lambda: chosen in self.targets, having_ids([chosen]))
        if any(not task.target for tasks in after.tasks.values() for task in tasks):
            self._read(unread, lambda: len(self.targets) > 1)

    def refuse_without_target(self) -> None:
        """Raises `RunError` where definitions that were read have values by target, and no target is chosen."""
        if self.targets and not self.scope.target:
            raise self.unknown_target()

    def unknown_target(self) -> RunError:
        """Why the values by target cannot be told, with the names of all targets."""
        self._read(self.definitions, lambda: False)
        return unknown_target(self.scope, self.targets)

    def _read(self, files: Mapping[str, Entry], is_enough: Callable[[], bool], fits: Search = lambda *_: True) -> None:
        """Reads more and more of the files that fit until it is enough."""
        left, some = list(files.items()), 1
        while left and not is_enough():
            parsed = parse_files(self.tree, search(self.tree, dict(left[:some]), fits))
            self.targets.update(name for file in parsed for task in file.tasks for name in task.targets)
            left, some = left[some:], some * 8
