"""What a branch defines, commit by commit, and how people edit it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.simulation.origin import Origin

TASKS = ("1001", "1002", "1003", "1004")
FILES = ("wedata/a.yml", "wedata/b.yml")
CONTENTS = 3


@dataclass(frozen=True, slots=True)
class Definition:
    """A task as one commit defines it: the file it stands in, which of its contents it has, its code if git has it."""

    file: str
    content: int
    code: str | None = None

    @property
    def fingerprint(self) -> tuple[int, str | None]:
        """What a fingerprint is taken of: where line endings and a byte order mark differ, nothing changed."""
        return self.content, None if self.code is None else self.code.removeprefix("\ufeff").replace("\r\n", "\n")

    def is_kept_by(self, other: Definition) -> bool:
        """Whether the other one submits nothing where this one was submitted: it may have let go of its code."""
        return self.fingerprint == (
            other.fingerprint if other.code is not None else (other.content, self.fingerprint[1])
        )


Definitions = Mapping[str, Definition]
"""Definitions by task id."""


@dataclass(slots=True)
class Branch:
    """A branch and its commits.

    A file without a task stays behind as a comment, or goes, as `keeps_files` says. Each task stays in one file unless
    it `moves`. `tips` are the commits that the branch ever had; `defined` has those of other branches, too. With
    `codes` some tasks have their code in git. Nobody defines those of `gone` any more. With `projects`,
    by target, each file names them.
    """

    origin: Origin
    chance: random.Random
    keeps_files: bool = True
    moves: bool = True
    codes: bool = False
    gone: set[str] = field(default_factory=set)
    projects: Mapping[str, str] = field(default_factory=dict)
    tip: str | None = None
    tasks: dict[str, Definition] = field(default_factory=dict)
    tips: list[str] = field(default_factory=list)
    defined: dict[str, Definitions] = field(default_factory=dict)

    def commit(self, tasks: Definitions | None = None) -> str:
        """These tasks, or what some random edits make of those at the tip."""
        if tasks is None:
            for _ in range(self.chance.randint(1, 3)):
                self._edit()
        else:
            self.tasks = dict(tasks)
        self.tip = self._make_commit(self.tip, self.tasks)
        self.tips.append(self.tip)
        return self.tip

    def reset(self, commit: str) -> None:
        self.tip, self.tasks = commit, dict(self.defined[commit])

    def commit_elsewhere(self, parent: str) -> str:
        """A commit on another branch, with tasks as nobody reviewed them."""
        tasks = dict(self.defined[parent])
        task = self.chance.choice(TASKS)
        tasks[task] = Definition(self._file(task), self.chance.randrange(CONTENTS), self._code(task))
        return self._make_commit(parent, tasks)

    def _make_commit(self, parent: str | None, tasks: Definitions) -> str:
        files = {"README.md": b"%d" % len(self.defined)}
        for file in FILES:
            text = self._render(file, tasks)
            if text or self.keeps_files:
                files[file] = f"# {self.chance.randrange(10)}\n{text}".encode()
        files |= {f"wedata/{task}.sql": found.code.encode() for task, found in tasks.items() if found.code is not None}
        commit = self.origin.make_commit(files, parent, f"edit {len(self.defined)}")
        self.defined[commit] = dict(tasks)
        return commit

    def codes_of(self, task: str) -> list[str]:
        """The codes that the task had in any commit, oldest first."""
        found = (tasks[task].code for tasks in self.defined.values() if task in tasks)
        return list(dict.fromkeys(code for code in found if code is not None))

    def _edit(self) -> None:
        task = self.chance.choice([task for task in TASKS if task not in self.gone])
        what = self.chance.random()
        if task not in self.tasks:
            self.tasks[task] = Definition(self._file(task), self.chance.randrange(CONTENTS), self._code(task))
        elif what < 0.3 and self.codes:
            self.tasks[task] = replace(self.tasks[task], code=self._code(task))
        elif what < 0.6:
            file, content = self._file(task), self.chance.randrange(CONTENTS)
            self.tasks[task] = replace(self.tasks[task], file=file, content=content)
        elif what < 0.75:
            self.tasks[task] = replace(self.tasks[task], file=self._file(task))
        elif len(self.tasks) > 1 and what < 0.85:
            del self.tasks[task]

    def _code(self, task: str) -> str | None:
        """Now and then none, or one that the task had before."""
        what = self.chance.random()
        if not self.codes or what < 0.25:
            return None
        former = self.codes_of(task)
        return self.chance.choice(former) if former and what < 0.45 else self._text()

    def _text(self) -> str:
        text = f"select {self.chance.randrange(5)};\nselect 0;\n"
        styles = (text.replace("\n", "\r\n"), text.rstrip("\n"), f"{text}\n", f"\ufeff{text}")
        return self.chance.choice(styles) if self.chance.random() < 0.25 else text

    def _file(self, task: str) -> str:
        return self.chance.choice(FILES) if self.moves else FILES[int(task) % len(FILES)]

    def _render(self, file: str, tasks: Definitions) -> str:
        entries = [
            f'- task_id: "{task}"\n  version_remark: content {found.content}\n'
            + ("" if found.code is None else f"  code: {task}.sql\n")
            for task, found in sorted(tasks.items())
            if found.file == file
        ]
        shared = f"project_id: {json.dumps(self.projects)}\n" if self.projects else ""
        return f"{shared}tasks:\n{''.join(entries)}" if entries else ""
