"""One task, from its definition to the report: the value that every stage takes and returns."""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from wedata_action.errors import Location

MAX_TASK_ID = 64

TASK_ID_PATTERN = rf"[A-Za-z0-9_.:-]{{1,{MAX_TASK_ID}}}"
is_task_id = re.compile(TASK_ID_PATTERN).fullmatch
"""Whether a text has the form of a task id. Ids reach outputs, hence shells, so no other text may pass for one."""


Identity = tuple[str, str]
"""Project and task id. Two definitions with the same ones define the same task."""


OTHERS_CHANGED = "only other tasks of the file changed"
"""Why a task is skipped whose file differs: in a large file nearly every one has this reason."""


class Change(enum.StrEnum):
    """How the task at head differs from the commits it is compared with.

    `RELEASED` differs only in that its definition no longer names its code, which submits nothing.
    """

    ADDED = "added"
    CHANGED = "changed"
    REVERTED = "reverted"
    RELEASED = "released"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


class Options(NamedTuple):
    """What one submission says about all its tasks. `None` is not set, and the request leaves it out."""

    auto_run: bool | None = None
    need_check_parent_submitted: bool | None = None
    alarm_ways: str | None = None
    alarm_recipient_types: str | None = None


class Source(NamedTuple):
    """One glob of `sources`, relative to the folder of the definition."""

    glob: str
    location: Location


class Code(NamedTuple):
    """The file that holds a task's code. `changes` resolves `path` and fills in the rest.

    `file` is what the definition says, relative to its folder, and `location` the place where it says so. `path` is
    relative to the repository's root. `blob` is the id of the file's content at head, `base_blob` of the task's code at
    the base, empty where it had none. `digest` is that of the content, as in the fingerprint.
    """

    file: str
    location: Location
    path: str = ""
    blob: str = ""
    digest: str = ""
    base_blob: str = ""


class Task(NamedTuple):
    """One task. The stages fill it in from left to right.

    The definition gives everything up to `code`; `location` is that of the task id, and what the definition leaves
    out has its default here. `changes` resolves `code` and `project_id` (the definition's, else the input's) and adds
    `fingerprint`, `change` and `why`: for a changed task the key or file that changed, for an unchanged one why it is
    skipped. The fingerprint is empty where it cannot be told.

    An entry of a definition that names `targets` gives one task for each, its `target`, and where the id is not by
    target, one with an empty `target` for all others. `changes` picks those of the run; no later stage knows targets.
    """

    task_id: str
    location: Location
    name: str = ""
    project_id: str = ""
    version_remark: str | None = None
    folder_id: str | None = None
    options: Options = Options()
    sources: tuple[Source, ...] = ()
    code: Code | None = None
    fingerprint: str = ""
    change: Change = Change.UNCHANGED
    why: str = ""
    target: str = ""
    targets: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """Which task of which project it is."""
        return self.project_id, self.task_id
