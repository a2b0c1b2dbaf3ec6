"""WeData itself, in memory: projects, tasks, jobs and versions, and the actions on them. No HTTP, no signature.

Every lookup first does what is due by the clock that the constructor was given, so simulated time needs no thread.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from wedata_sandbox import fields
from wedata_sandbox.behaviour import APPROVALS_PASSED, NO_APPROVAL_NEEDED, JobBehaviour, TaskBehaviour
from wedata_sandbox.fields import ApiError
from wedata_sandbox.jobs import Job, Submission
from wedata_sandbox.versions import Task, Version

V2021: Final = "2021-08-20"
V2025: Final = "2025-08-06"
VERSIONS: Final = (V2021, V2025)


class WeData:
    """The state and the actions. Thread-safe.

    `site` is `intl` or `domestic`; `now` gives Unix seconds. `tasks` maps each project that exists to its tasks;
    without it every project and task exists. More tasks than `max_batch` in one call answer `max_batch_code`.
    `remark_limit` is the length, in characters, to which the site cuts remarks.
    """

    def __init__(
        self,
        *,
        site: str = "intl",
        now: Callable[[], float] = time.time,
        tasks: Mapping[str, Collection[str]] | None = None,
        first_job_id: int = 1,
        max_batch: int | None = None,
        max_batch_code: str = "InvalidParameter.MaxLimitExceeded",
        remark_limit: int | None = None,
    ) -> None:
        if site not in {"intl", "domestic"}:
            raise ValueError(f"site is {site!r}; it must be intl or domestic")
        self.site = site
        self.now = now
        self._known = None if tasks is None else {project: frozenset(ids) for project, ids in tasks.items()}
        self._next_job_id = first_job_id
        self._max_batch = max_batch
        self._max_batch_code = max_batch_code
        self._remark_limit = remark_limit
        self._lock = threading.RLock()
        self._tasks: dict[tuple[str, str], Task] = {}
        self._jobs: dict[int, Job] = {}
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = 0
        self._submissions: list[Submission] = []
        self._task_behaviours: dict[str, TaskBehaviour] = {}
        self._default_task = TaskBehaviour()
        self._default_job = JobBehaviour()
        self._next_jobs: deque[JobBehaviour] = deque()
        self._actions = self._offered()

    def set_task(self, task_id: str, behaviour: TaskBehaviour) -> None:
        """From the next submission on this task behaves so, in whatever project."""
        with self._lock:
            self._task_behaviours[task_id] = behaviour

    def set_default_task(self, behaviour: TaskBehaviour) -> None:
        """From the next submission on every task without a behaviour of its own behaves so."""
        with self._lock:
            self._default_task = behaviour

    def set_jobs(self, behaviour: JobBehaviour) -> None:
        """From the next submission on every job behaves so."""
        with self._lock:
            self._default_job = behaviour

    def queue_job(self, behaviour: JobBehaviour) -> None:
        """The next job for which none is queued yet behaves so, and only that one."""
        with self._lock:
            self._next_jobs.append(behaviour)

    def add_by_hand(
        self,
        project_id: str,
        task_id: str,
        remark: str,
        approve_status: str | None = NO_APPROVAL_NEEDED,
        status: str | None = "Y",
    ) -> Version:
        """A version that somebody submits in Studio now."""
        with self._lock:
            self._settle()
            task = self._task(project_id, task_id)
            return task.add(Version("", "", remark, self.now(), approve_status, status))

    def set_approval(
        self, project_id: str, task_id: str, approve_status: str | None, status: str | None = "Y", version: str = ""
    ) -> Version:
        """Decide on a version of a task, such as `V3`, or on the newest; the version as it is then.

        LookupError where there is none.
        """
        with self._lock:
            self._settle()
            return self._task(project_id, task_id).decide(version, approve_status, status)

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """The submissions that arrived, oldest first."""
        with self._lock:
            return tuple(self._submissions)

    def versions(self, project_id: str, task_id: str) -> tuple[Version, ...]:
        """The submitted versions of a task, oldest first, those included that the API does not show yet."""
        with self._lock:
            self._settle()
            task = self._tasks.get((project_id, task_id))
            return tuple(task.versions) if task else ()

    def offers(self, action: str, version: str) -> bool:
        """Whether this site has the action in this API version."""
        return (action, version) in self._actions

    def call(self, action: str, version: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Execute an action: what stands under `Response`, without the RequestId. `ApiError` for an error answer."""
        if not self.offers(action, version):
            raise ApiError("InvalidAction", f"The action {action} does not exist in version {version}.")
        with self._lock:
            self._settle()
            return self._actions[action, version](params)

    def lose(self, action: str, params: Mapping[str, Any]) -> None:
        """Note a request that arrived and never took effect."""
        if action == "BatchCreateTaskVersionAsync":
            self._record(params, job_id=None)

    def _offered(self) -> dict[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]]:
        offered: dict[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            ("BatchCreateTaskVersionAsync", V2021): self._create,
            ("ListTaskVersions", V2025): self._list_versions,
            ("GetTaskVersion", V2025): self._get_version,
        }
        if self.site == "domestic":
            offered["ListBatchDetail", V2021] = self._job_detail
            offered["GetBatchDetailErrorLog", V2021] = self._job_error_log
        return offered

    def _create(self, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            fields.check(params, fields.CREATE_DOMESTIC if self.site == "domestic" else fields.CREATE)
            self._check_size(params["Tasks"])
            tasks = [self._task(params["ProjectId"], entry["TaskId"]) for entry in params["Tasks"]]
            self._check_rejections(tasks)
        except ApiError as error:
            self._record(params, job_id=None, error=error.code)
            raise
        job = self._new_job(params["ProjectId"], tuple(task.task_id for task in tasks))
        for task, behaviour, entry in zip(tasks, job.behaviours, params["Tasks"], strict=True):
            self._schedule(job, task, behaviour, entry.get("VersionRemark", ""))
        self._record(params, job_id=job.job_id)
        return {"Data": {"JobId": job.job_id}}

    def _check_size(self, tasks: list[object]) -> None:
        if self._max_batch is not None and len(tasks) > self._max_batch:
            raise ApiError(self._max_batch_code, f"Tasks has more than {self._max_batch} elements.")

    def _check_rejections(self, tasks: list[Task]) -> None:
        for task in tasks:
            if text := self._behaviour(task.task_id).rejection:
                raise ApiError("FailedOperation", text)

    def _behaviour(self, task_id: str) -> TaskBehaviour:
        return self._task_behaviours.get(task_id, self._default_task)

    def _new_job(self, project_id: str, task_ids: tuple[str, ...]) -> Job:
        behaviour = self._next_jobs.popleft() if self._next_jobs else self._default_job
        behaviours = tuple(map(self._behaviour, task_ids))
        if behaviour.refusal is not None:
            behaviours = tuple(replace(task, refusal=behaviour.refusal) for task in behaviours)
        job = Job(self._next_job_id, project_id, task_ids, behaviours, behaviour, self.now())
        self._jobs[job.job_id] = job
        self._next_job_id += 1
        return job

    def _schedule(self, job: Job, task: Task, behaviour: TaskBehaviour, remark: str) -> None:
        if behaviour.refusal is not None:
            return
        version = Version(
            version_num="",
            version_id="",
            remark=remark[: self._remark_limit],
            created=job.end + behaviour.version_delay,
            approve_status=behaviour.approve_status,
            status=behaviour.status,
            job_id=job.job_id,
            listed_while_pending=behaviour.listed_while_pending,
        )
        self._at(version.created, lambda: self._add(task, version, behaviour.approved_after))

    def _add(self, task: Task, version: Version, approved_after: float | None) -> None:
        number = task.add(version).version_num
        if approved_after is not None:
            self._at(version.created + approved_after, lambda: task.decide(number, APPROVALS_PASSED[-1], "Y"))

    def _at(self, time: float, act: Callable[[], object]) -> None:
        self._order += 1
        heapq.heappush(self._due, (time, self._order, act))

    def _job_detail(self, params: Mapping[str, Any]) -> dict[str, Any]:
        fields.check(params, fields.JOB_DETAIL)
        return self._job(params).detail(self.now())

    def _job_error_log(self, params: Mapping[str, Any]) -> dict[str, Any]:
        fields.check(params, fields.JOB_ERROR_LOG)
        return {"Data": self._job(params).error_log(params["ResourceId"], self.now())}

    def _list_versions(self, params: Mapping[str, Any]) -> dict[str, Any]:
        fields.check(params, fields.LIST_VERSIONS)
        number = fields.between(params, "PageNumber", 1, 1, 2**31)
        size = fields.between(params, "PageSize", 10, 10, 200)
        task = self._task(params["ProjectId"], params["TaskId"])
        submitted = params.get("TaskVersionType") == "SUBMIT"
        return {"Data": task.page(submitted=submitted, used=params.get("UsedVersion"), number=number, size=size)}

    def _get_version(self, params: Mapping[str, Any]) -> dict[str, Any]:
        fields.check(params, fields.GET_VERSION)
        task = self._task(params["ProjectId"], params["TaskId"])
        wanted = params.get("VersionId")
        listed = [v for v in task.versions if v.listed and wanted in (None, v.version_id)]
        if wanted is not None and not listed:
            raise ApiError("ResourceNotFound", f"The task {task.task_id} has no version {wanted}.")
        return {"Data": listed[-1].detail(task.task_id) if listed else None}

    def _task(self, project_id: str, task_id: str) -> Task:
        if self._known is not None and project_id not in self._known:
            raise ApiError("ResourceNotFound", f"The project {project_id} does not exist.")
        if self._known is not None and task_id not in self._known[project_id]:
            raise ApiError("ResourceNotFound", f"The project {project_id} has no task {task_id}.")
        key = (project_id, task_id)
        if key not in self._tasks:
            self._tasks[key] = Task(task_id, self.now())
        return self._tasks[key]

    def _job(self, params: Mapping[str, Any]) -> Job:
        job = self._jobs.get(params["JobId"])
        if job is None or job.project_id != params["ProjectId"]:
            raise ApiError("ResourceNotFound", f"The project has no job {params['JobId']}.")
        return job

    def _settle(self) -> None:
        now = self.now()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()

    def _record(self, params: Mapping[str, Any], job_id: int | None, error: str = "") -> None:
        with self._lock:
            self._submissions.append(Submission.of(params, self.now(), job_id, error))
