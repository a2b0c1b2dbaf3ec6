"""The submissions and their batch jobs (ListBatchDetail and its answer: documentation page 1267/118491)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wedata_sandbox.behaviour import DERIVED, JobBehaviour, TaskBehaviour, needs_approval, outcome_of

FIRST_PROCESS_ID: Final = 190394


@dataclass(frozen=True, slots=True)
class Submission:
    """A call of BatchCreateTaskVersionAsync that arrived: its body as JSON text, and when, in Unix seconds.

    `executed` says whether it took effect, `job_id` names its job, and `error` the code of a refusal.
    """

    text: str
    time: float
    job_id: int | None
    executed: bool
    error: str = ""

    @classmethod
    def of(cls, params: Mapping[str, Any], time: float, job_id: int | None, error: str) -> Submission:
        """A submission with these request fields; with a JobId it was executed."""
        return cls(json.dumps(params, ensure_ascii=False), time, job_id, job_id is not None, error)

    @property
    def body(self) -> dict[str, Any]:
        """The request body, a fresh copy at each call."""
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed


@dataclass(frozen=True, slots=True)
class Job:
    """A job that began at `created` (Unix seconds); `behaviours` has one element for each of `task_ids`."""

    job_id: int
    project_id: str
    task_ids: tuple[str, ...]
    behaviours: tuple[TaskBehaviour, ...]
    behaviour: JobBehaviour
    created: float
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def end(self) -> float:
        """When it ends, in Unix seconds; infinite if never."""
        return self.created + self.seconds

    @property
    def seconds(self) -> float:
        """How long it runs: as long as its slowest task."""
        return max(self.behaviour.seconds, *(task.seconds for task in self.behaviours))

    def status(self, now: float) -> str | None:
        """The JobStatus: INIT in the first half of its life, but for a second at most, then RUNNING, then its end."""
        if now < self.end:
            return "INIT" if now - self.created < min(1.0, self.seconds / 2) else "RUNNING"
        if self.behaviour.status == DERIVED:
            return outcome_of(self.behaviours)
        return self.behaviour.status

    def detail(self, now: float) -> dict[str, Any]:
        """What ListBatchDetail answers at `now`."""
        approval, total = self.behaviour.need_approve, self.behaviour.total
        return {
            "FailResource": self._resources(now, refused=True),
            "JobId": self.job_id,
            "JobStatus": self.status(now),
            "JobType": "BATCH_CREATE_VERSION",
            "NeedApprove": needs_approval(self.behaviours) if approval == DERIVED else approval,
            "RunType": "ASYNC",
            "SuccessResource": self._resources(now, refused=False),
            "TotalResource": len(self.task_ids) if total == DERIVED else total,
        }

    def error_log(self, task_id: str, now: float) -> str | None:
        """The error log of a task that this job refused; None for any other, and before the job's end."""
        if now < self.end:
            return None
        return dict(zip(self.task_ids, self.behaviours, strict=True)).get(task_id, TaskBehaviour()).refusal

    def _resources(self, now: float, *, refused: bool) -> list[dict[str, Any]] | None:
        if self.behaviour.null_lists:
            return None
        if now < self.end:
            return []
        return [
            {
                "ExtraInfo": None,
                "ProcessId": FIRST_PROCESS_ID + position,
                "ResourceId": task_id,
                "ResourceName": self.names.get(task_id),
            }
            for position, (task_id, task) in enumerate(zip(self.task_ids, self.behaviours, strict=True))
            if task.reported and (task.refusal is not None) is refused
        ]
