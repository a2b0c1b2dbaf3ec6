"""The calls of API version 2021-08-20: submitting a batch of tasks, and what became of its job."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wedata_sandbox import fields
from wedata_sandbox.behaviour import APPROVALS_PASSED, APPROVALS_PENDING, JobBehaviour, TaskBehaviour
from wedata_sandbox.fields import ApiError
from wedata_sandbox.jobs import Job, Submission
from wedata_sandbox.site import Site
from wedata_sandbox.tasks import Task, Tasks
from wedata_sandbox.versions import API_USER, Version

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What no page says: more tasks than `max_batch` answer `max_batch_code`; remarks are cut to `remark_limit`."""

    max_batch: int | None = None
    max_batch_code: str = "InvalidParameter.MaxLimitExceeded"
    remark_limit: int | None = None


@dataclass(slots=True)
class Submitting:
    """The jobs so far, and how tasks and jobs will behave. Not thread-safe."""

    tasks: Tasks
    site: Site
    limits: Limits
    next_job_id: int
    default_task: TaskBehaviour = field(default_factory=TaskBehaviour)
    default_job: JobBehaviour = field(default_factory=JobBehaviour)
    behaviours: dict[str, TaskBehaviour] = field(default_factory=dict)
    next_jobs: deque[JobBehaviour] = field(default_factory=deque)
    jobs: dict[int, Job] = field(default_factory=dict)
    submissions: list[Submission] = field(default_factory=list)

    def create(self, params: Params) -> dict[str, Any]:
        """BatchCreateTaskVersionAsync."""
        try:
            fields.check(params, fields.CREATE_DOMESTIC if self.site.domestic else fields.CREATE)
            self._check_size(params["Tasks"])
            tasks = [self.tasks.get(params["ProjectId"], entry["TaskId"]) for entry in params["Tasks"]]
            self._check_refusals(tasks)
        except ApiError as error:
            self.record(params, error=error.code)
            raise
        job = self._new_job(params, tasks)
        for task, behaviour, entry in zip(tasks, job.behaviours, params["Tasks"], strict=True):
            if behaviour.refusal is None:
                self._schedule(job, task, behaviour, entry.get("VersionRemark", ""))
        self.record(params, job.job_id)
        return {"Data": {"JobId": job.job_id}}

    def detail(self, params: Params) -> dict[str, Any]:
        """ListBatchDetail."""
        fields.check(params, fields.JOB_DETAIL)
        return self._job(params).detail(self.tasks.now())

    def error_log(self, params: Params) -> dict[str, Any]:
        """GetBatchDetailErrorLog."""
        fields.check(params, fields.JOB_ERROR_LOG)
        return {"Data": self._job(params).error_log(params["ResourceId"], self.tasks.now())}

    def record(self, params: Params, job_id: int | None = None, error: str = "") -> None:
        """Note a submission that arrived; without a JobId it had no effect."""
        self.submissions.append(Submission.of(params, self.tasks.now(), job_id, error))

    def behaviour(self, task_id: str) -> TaskBehaviour:
        """How a task behaves from now on."""
        return self.behaviours.get(task_id, self.default_task)

    def _check_size(self, tasks: list[object]) -> None:
        if self.limits.max_batch is not None and len(tasks) > self.limits.max_batch:
            raise ApiError(self.limits.max_batch_code, f"Tasks has more than {self.limits.max_batch} elements.")

    def _check_refusals(self, tasks: list[Task]) -> None:
        for task in tasks:
            if text := self.behaviour(task.task_id).call_refusal:
                raise ApiError("FailedOperation", text)

    def _new_job(self, params: Params, tasks: list[Task]) -> Job:
        job_behaviour = self.next_jobs.popleft() if self.next_jobs else self.default_job
        behaviours = [self.behaviour(task.task_id) for task in tasks]
        if job_behaviour.refusal is not None:
            behaviours = [replace(behaviour, refusal=job_behaviour.refusal) for behaviour in behaviours]
        if params.get("NeedCheckParentSubmitted"):
            behaviours = [self._checked(params["ProjectId"], *pair) for pair in zip(tasks, behaviours, strict=True)]
        job = Job(
            self.next_job_id,
            params["ProjectId"],
            tuple(task.task_id for task in tasks),
            tuple(behaviours),
            job_behaviour,
            self.tasks.now(),
            {task.task_id: task.draft.content.base["TaskName"] for task in tasks},
        )
        self.jobs[job.job_id] = job
        self.next_job_id += 1
        return job

    def _checked(self, project_id: str, task: Task, behaviour: TaskBehaviour) -> TaskBehaviour:
        """A parent must have been submitted before this call: no page says that one in the same call counts."""
        for link in task.draft.content.schedule["UpstreamDependencyConfigList"] or ():
            parent = self.tasks.find(project_id, link["TaskId"])
            if parent is None or not parent.submitted:
                return replace(behaviour, refusal=f"父任务 {link['TaskId']} 未提交")
        return behaviour

    def _schedule(self, job: Job, task: Task, behaviour: TaskBehaviour, remark: str) -> None:
        def snapshot() -> None:
            # No page says when WeData reads the draft: at the end of the job is the latest, and the worst for a client.
            version = replace(
                self.tasks.snapshot(
                    task, by=API_USER, approve_status=behaviour.approve_status, status=behaviour.status
                ),
                created=job.end + behaviour.version_delay,
                remark=remark[: self.limits.remark_limit],
                job_id=job.job_id,
                listed_while_pending=behaviour.listed_while_pending,
            )
            self.tasks.at(version.created, lambda: appear(version))

        def appear(version: Version) -> None:
            added = self.tasks.submit(task, version, behaviour.production_delay)
            if behaviour.approved_after is not None:
                self.tasks.at(added.created + behaviour.approved_after, lambda: approve(added.version_num))

        def approve(version_num: str) -> None:
            if task.submitted[task.index(version_num)].approve_status not in APPROVALS_PENDING:
                return  # somebody decided earlier
            self.tasks.decide(task, version_num, APPROVALS_PASSED[-1], "Y", behaviour.production_delay)

        self.tasks.at(job.end, snapshot)

    def _job(self, params: Params) -> Job:
        job = self.jobs.get(params["JobId"])
        if job is None or job.project_id != params["ProjectId"]:
            raise ApiError("ResourceNotFound", f"The project has no job {params['JobId']}.")
        return job
