"""How a task and a job are to behave, as values that a test can read aloud.

The texts of ApproveStatus are Chinese words, not an enumeration (documentation page 1174/73869 and the approval pages).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

NO_APPROVAL_NEEDED: Final = "无需审批"
APPROVALS_PENDING: Final = ("未审批", "审批中")
APPROVALS_PASSED: Final = ("通过", "已通过")
APPROVALS_REFUSED: Final = ("驳回", "已驳回", "撤销", "已撤销", "异常", "已失效")
"""Refused, withdrawn, faulty and void."""

DERIVED: Final = "derived from the tasks"
"""Stands for a value of a job that follows from what becomes of its tasks."""

NEVER: Final = math.inf
"""A delay, in seconds, that never ends."""


@dataclass(frozen=True, slots=True)
class TaskBehaviour:
    """What becomes of a task that is submitted; without arguments it goes live at once.

    With a `refusal`, its job fails the task with this error log, and no version is created. With a `call_refusal`,
    every submission that names the task is answered with FailedOperation and this text, and has no effect.

    A job takes at least `seconds`. A version appears `version_delay` seconds after the job's end, with
    `approve_status` and `status` (a letter such as Y, or null); a pending approval is given after `approved_after`
    seconds (None: never). Production runs the version `production_delay` seconds after it appeared, or was approved.

    `alarm` makes the job end with an alarm. While its approval is pending, `listed_while_pending=False` keeps the
    version out of ListTaskVersions: no page says whether it is listed. `reported=False` keeps the task out of both
    lists of its job.
    """

    refusal: str | None = None
    call_refusal: str | None = None
    seconds: float = 0.0
    version_delay: float = 0.0
    approve_status: str | None = NO_APPROVAL_NEEDED
    status: str | None = "Y"
    approved_after: float | None = None
    production_delay: float = 0.0
    alarm: bool = False
    listed_while_pending: bool = True
    reported: bool = True


@dataclass(frozen=True, slots=True)
class JobBehaviour:
    """How a job lives: INIT and RUNNING for at least `seconds`, and then what its tasks make of it.

    `refusal` refuses every task with this error log. `status` (None is null), `need_approve` and `total` (the
    TotalResource) replace what would follow from the tasks; `null_lists` answers null for both lists.
    """

    seconds: float = 0.0
    refusal: str | None = None
    status: str | None = DERIVED
    need_approve: bool | str | None = DERIVED
    total: int | str | None = DERIVED
    null_lists: bool = False


def outcome_of(tasks: tuple[TaskBehaviour, ...]) -> str:
    """The JobStatus in which a job of these tasks ends."""
    accepted = [task for task in tasks if task.refusal is None]
    if not accepted:
        return "FAIL"
    word = "SUCCESS" if len(accepted) == len(tasks) else "PART_SUCCESS"
    return f"{word}_WITH_ALARM" if any(task.alarm for task in accepted) else word


def needs_approval(tasks: tuple[TaskBehaviour, ...]) -> bool:
    """Whether a version of these tasks awaits, or went through, an approval."""
    return any(task.refusal is None and task.approve_status not in (NO_APPROVAL_NEEDED, None) for task in tasks)
