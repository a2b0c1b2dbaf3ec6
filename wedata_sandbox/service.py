"""WeData itself, in memory: projects, tasks, jobs and versions, and the actions on them. No HTTP, no signature.

Everything first does what is due by the clock that the constructor was given, so simulated time needs no thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from wedata_sandbox import studio
from wedata_sandbox.behaviour import NO_APPROVAL_NEEDED, JobBehaviour, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.fields import ApiError
from wedata_sandbox.jobs import Submission
from wedata_sandbox.site import Site, nulled
from wedata_sandbox.submitting import Limits, Submitting
from wedata_sandbox.tasks import Task, Tasks
from wedata_sandbox.versions import COLLEAGUE, Person, Version

V2021: Final = "2021-08-20"
V2025: Final = "2025-08-06"
VERSIONS: Final = (V2021, V2025)
_OF_TASKS: Final = {
    "GetTask": studio.get_task,
    "GetTaskCode": studio.get_task_code,
    "GetOpsTaskCode": studio.get_ops_task_code,
    "GetTaskVersion": studio.get_task_version,
    "ListTaskVersions": studio.list_task_versions,
    "ListTasks": studio.list_tasks,
    "UpdateTaskPartially": studio.update_task_partially,
}


class WeData:
    """The state, the actions, and what people do in Studio. Thread-safe.

    `site` is `intl`, `domestic` or a `Site`; `now` gives Unix seconds. `tasks` maps each project that exists to its
    tasks, ids or `NewTask`s; without it every project and every task exists, like `default` but for its id. More tasks
    than `max_batch` in one call answer `max_batch_code`. `remark_limit` is the length, in characters, to which the site
    cuts remarks.
    """

    def __init__(
        self,
        *,
        site: str | Site = "intl",
        now: Callable[[], float] = time.time,
        tasks: Mapping[str, Collection[str | NewTask]] | None = None,
        default: NewTask | None = None,
        first_job_id: int = 1,
        max_batch: int | None = None,
        max_batch_code: str = "InvalidParameter.MaxLimitExceeded",
        remark_limit: int | None = None,
    ) -> None:
        self.now = now
        self._site = Site(site) if isinstance(site, str) else site
        self._lock = threading.RLock()
        self._tasks = Tasks(now, tasks, default or NewTask(""))
        limits = Limits(max_batch, max_batch_code, remark_limit)
        self._submitting = Submitting(self._tasks, self._site, limits, first_job_id)
        self._of_jobs = {"BatchCreateTaskVersionAsync": self._submitting.create}
        if self._site.domestic:
            self._of_jobs |= {
                "ListBatchDetail": self._submitting.detail,
                "GetBatchDetailErrorLog": self._submitting.error_log,
            }

    @property
    def site(self) -> str:
        """`intl` or `domestic`."""
        return self._site.name

    # The API.

    def offers(self, action: str, version: str) -> bool:
        """Whether this site has the action in this API version."""
        return action in (self._of_jobs if version == V2021 else _OF_TASKS if version == V2025 else ())

    def call(self, action: str, version: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Execute an action: what stands under `Response`, without the RequestId. `ApiError` for an error answer."""
        if not self.offers(action, version):
            raise ApiError("InvalidAction", f"The action {action} does not exist in version {version}.")
        with self._lock:
            self._tasks.settle()
            if version == V2021:
                answer = self._of_jobs[action](params)
            else:
                answer = _OF_TASKS[action](self._tasks, self._site, params)
            self._tasks.settle()
        return {name: nulled(value) for name, value in answer.items()} if self._site.null_lists else answer

    def lose(self, action: str, params: Mapping[str, Any]) -> None:
        """Note a request that arrived and never took effect."""
        if action == "BatchCreateTaskVersionAsync":
            with self._lock:
                self._submitting.record(params)

    # How it behaves.

    def set_task(self, task_id: str, behaviour: TaskBehaviour) -> None:
        """From the next submission on this task behaves so, in whatever project."""
        with self._lock:
            self._submitting.behaviours[task_id] = behaviour

    def set_default_task(self, behaviour: TaskBehaviour) -> None:
        """From the next submission on every task without a behaviour of its own behaves so."""
        with self._lock:
            self._submitting.default_task = behaviour

    def set_jobs(self, behaviour: JobBehaviour) -> None:
        """From the next submission on every job behaves so."""
        with self._lock:
            self._submitting.default_job = behaviour

    def queue_job(self, behaviour: JobBehaviour) -> None:
        """The next job for which none is queued yet behaves so, and only that one."""
        with self._lock:
            self._submitting.next_jobs.append(behaviour)

    # What people do in Studio.

    def create_task(self, project_id: str, task: NewTask) -> None:
        """Somebody creates a task; it replaces one of the same id."""
        with self._lock:
            self._tasks.settle()
            self._tasks.create(project_id, task, self.now())

    def delete_task(self, project_id: str, task_id: str) -> None:
        """Somebody deletes a task: from now on it does not exist."""
        with self._lock:
            self._tasks.settle()
            self._tasks.delete(project_id, task_id)

    def save(self, project_id: str, task_id: str, code: str | None, by: Person = COLLEAGUE) -> Version:
        """Somebody types a code and saves the draft."""
        with self._lock:
            self._tasks.settle()
            task = self._tasks.get(project_id, task_id)
            return task.save(replace(task.draft.content, code=code), self.now(), by)

    def add_by_hand(
        self,
        project_id: str,
        task_id: str,
        remark: str,
        approve_status: str | None = NO_APPROVAL_NEEDED,
        status: str | None = "Y",
    ) -> Version:
        """Somebody submits the draft."""
        with self._lock:
            self._tasks.settle()
            task = self._tasks.get(project_id, task_id)
            version = self._tasks.snapshot(task, by=COLLEAGUE, approve_status=approve_status, status=status)
            return self._tasks.submit(task, replace(version, remark=remark), self._production_delay(task_id))

    def set_approval(
        self, project_id: str, task_id: str, approve_status: str | None, status: str | None = "Y", version: str = ""
    ) -> Version:
        """Somebody decides on a version of a task, such as `V3`, or on the newest; the version as it is then.

        LookupError where there is none.
        """
        with self._lock:
            self._tasks.settle()
            task = self._tasks.get(project_id, task_id)
            return self._tasks.decide(task, version, approve_status, status, self._production_delay(task_id))

    def _production_delay(self, task_id: str) -> float:
        return self._submitting.behaviour(task_id).production_delay

    # What is so.

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """The submissions that arrived, oldest first."""
        with self._lock:
            return tuple(self._submitting.submissions)

    def versions(self, project_id: str, task_id: str) -> tuple[Version, ...]:
        """The submitted versions of a task, oldest first, those included that the API does not show yet."""
        task = self._find(project_id, task_id)
        return tuple(task.submitted) if task else ()

    def saved(self, project_id: str, task_id: str) -> tuple[Version, ...]:
        """The saved versions of a task, oldest first; the last is the draft."""
        task = self._find(project_id, task_id)
        return tuple(task.saved) if task else ()

    def production(self, project_id: str, task_id: str) -> Version | None:
        """The version that production runs."""
        task = self._find(project_id, task_id)
        return task.production if task else None

    def _find(self, project_id: str, task_id: str) -> Task | None:
        with self._lock:
            self._tasks.settle()
            return self._tasks.find(project_id, task_id)
