"""Asks WeData, again and again until the deadline, what became of batches and tasks.

Which of the two ways there is, the site's first answer tells: by job (ListBatchDetail) or by version
(ListTaskVersions, by stamp). A failed read is tried again: it changes nothing in WeData.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wedata_action.errors import Reason
from wedata_action.ledger import End, Ledger
from wedata_action.outcome.jobs import judge_job
from wedata_action.outcome.lookup import Identity, read_versions
from wedata_action.outcome.versions import judge_version
from wedata_action.parallel import for_each
from wedata_action.plan import Batch
from wedata_action.result import BatchResult, State, TaskResult
from wedata_action.stamp import is_cut, read_stamp
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, Version, error_log, list_batch_detail, list_task_versions
from wedata_action.world import World

JOB_TIMEOUT, VERSION_TIMEOUT = 1800, 600  # seconds, the defaults of wait-timeout
OPEN_TIMEOUT, REFUSED_TIMEOUT = 60, 15  # seconds that an open answer, or a refusal that may be none, is looked up
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.8, 15.0, 1.5  # seconds between rounds

_NO_JOB = 1  # a JobId that need not exist: whether the site knows the action shows all the same
_LOG_TIMEOUT = 15  # seconds for the error log of a task, whatever the deadline

_WAYS = {
    True: "The site has ListBatchDetail: outcomes are asked for by job",
    False: "The site has no ListBatchDetail: outcomes are asked for by version, which shows no failure, only absence",
}


@dataclass(slots=True)
class Watch:
    """One thing to ask about: the job of a batch, a task by its versions, or the error log of a failed task.

    `deadline` is in monotonic seconds, and `expired` what the tasks end as then; `seen` is what the last look saw.
    """

    ask: Callable[[Watch], None]
    batch: BatchResult
    task: TaskResult | None
    deadline: float
    expired: End | None
    seen: str = ""
    done: bool = False


@dataclass(slots=True)
class Waiting:
    """Settles in the ledger what became of batches.

    With `only_look_up` a version that is found counts as submitted, whatever its state. `snapshot` has the ids of the
    versions that were there before the submission: without stamps it is all that tells a new one.
    """

    call: Call
    ledger: Ledger
    world: World
    workers: int
    timeout: int | None
    stamped: bool
    only_look_up: bool
    log: Callable[[str], None]
    progress: Callable[[str], None]
    snapshot: Mapping[Identity, frozenset[str]] = field(default_factory=dict)
    _by_job: bool | None = field(default=None, init=False)
    _started: float | None = field(default=None, init=False)
    _more: list[Watch] = field(default_factory=list, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def wait(self, batches: Iterable[BatchResult]) -> None:
        """Waits until every task of `batches` that was, or may have been, submitted has its end, or time is up."""
        with self._lock:
            started = self._started = self.world.monotonic() if self._started is None else self._started
        watches = [watch for batch in batches for watch in self._watches(batch, started)]
        total, pause = len(watches), _FIRST_PAUSE
        while watches:
            for_each(self._look, watches, self.workers, self.world)
            now = self.world.monotonic()
            for watch in watches:
                if not watch.done and now >= watch.deadline:
                    self._expire(watch)
            watches = [watch for watch in watches if not watch.done] + self._take_more()
            if watches:
                self.progress(f"{_waited(now - started)}: {total - len(watches)} of {total} ends known")
                until = min(watch.deadline for watch in watches) - now
                self.world.sleep(max(0.0, min(pause * self.world.random.uniform(0.5, 1), until)))
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    def settle(self, batch: Batch) -> bool:
        """Waits for the end of one batch, or of what it was split into, and says whether all of it went well."""
        self.wait(self._parts(batch))
        return all(task.state in {State.LIVE, State.PENDING} for part in self._parts(batch) for task in part.tasks)

    def take_snapshot(self, batches: Sequence[BatchResult]) -> None:
        """Notes which versions there are, if the site tells outcomes by version only. Raises `RunError`."""
        if not batches or self.offers_jobs(batches[0].project_id, _NO_JOB):
            return
        why = "stamp-remark is false, so the versions that exist have to be read before anything is submitted"
        tasks = [(task.project_id, task.task_id) for batch in batches for task in batch.tasks]
        found = read_versions(self.call, tasks, self.workers, self.world, why)
        self.snapshot = {
            identity: frozenset(version.id for version in versions) for identity, versions in found.items()
        }

    def _parts(self, batch: Batch) -> list[BatchResult]:
        return [
            found
            for found in self.ledger.snapshot().batches
            if found.number == batch.number or found.number.startswith(f"{batch.number}.")
        ]

    def offers_jobs(self, project_id: str, job_id: int) -> bool:
        """Whether the site has ListBatchDetail. Asked until an answer tells, once; `False` if none does in time."""
        with self._lock:
            if self._by_job is not None:
                return self._by_job
            deadline = self.world.monotonic() + (self.timeout or VERSION_TIMEOUT)
            pause = _FIRST_PAUSE
            while True:
                try:
                    list_batch_detail(self.call, project_id, job_id)
                    self._by_job = True
                except ApiError as error:
                    if error.verdict is not Verdict.OPEN and not error.retryable:
                        self._by_job = not error.not_offered
                if self._by_job is not None:
                    self.log(_WAYS[self._by_job])
                    return self._by_job
                if self.world.monotonic() >= deadline:
                    return False
                self.world.sleep(pause * self.world.random.uniform(0.5, 1))
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    def _watches(self, batch: BatchResult, start: float) -> list[Watch]:
        """What is to be asked about a batch, by how its submission ended."""
        if batch.status == "accepted" and batch.job_id is not None and not self.only_look_up:
            by_job = self.offers_jobs(batch.project_id, batch.job_id)
            deadline = start + (self.timeout or (JOB_TIMEOUT if by_job else VERSION_TIMEOUT))
            if by_job:
                return [Watch(self._ask_job, batch, None, deadline, None)]
            return [Watch(self._ask_versions, batch, task, deadline, None) for task in batch.tasks]
        if batch.status == "open":
            patience = OPEN_TIMEOUT if self.only_look_up else self.timeout or VERSION_TIMEOUT
            return [
                Watch(self._ask_versions, batch, task, start + patience, _not_found(task, patience))
                for task in batch.tasks
            ]
        if batch.status == "rejected" and batch.code.split(".")[0] == "FailedOperation":
            now = self.world.monotonic()
            return [
                Watch(
                    self._ask_versions,
                    batch,
                    task,
                    now + REFUSED_TIMEOUT,
                    End(task.state, task.failure_reason, task.message),
                )
                for task in batch.tasks
            ]
        return []

    def _look(self, watch: Watch) -> None:
        try:
            watch.ask(watch)
        except ApiError as error:
            watch.seen = f"the last answer was {error.code}: {error.message}"
            if error.reason is Reason.AUTH or error.not_offered:
                reason = Reason.AUTH if error.reason is Reason.AUTH else Reason.AMBIGUOUS
                message = (
                    f"submitted, but what became of it cannot be read: WeData answered {error.code}: {error.message}"
                )
                self._settle(watch, End(State.UNKNOWN, reason, message))

    def _ask_job(self, watch: Watch) -> None:
        batch = watch.batch
        if batch.job_id is None:
            raise ValueError(f"batch {batch.number} has no job")
        detail = list_batch_detail(self.call, batch.project_id, batch.job_id)
        ends = judge_job(detail, [task.task_id for task in batch.tasks])
        watch.seen = f"its JobStatus was {detail.status}"
        if ends is None:
            return
        self.ledger.settle(batch.number, ends)
        watch.done = True
        deadline = self.world.monotonic() + _LOG_TIMEOUT
        failed = [task for task in batch.tasks if ends[task.task_id].failure_reason is Reason.JOB_FAILED]
        logs = [Watch(self._ask_log, batch, task, deadline, ends[task.task_id]) for task in failed]
        with self._lock:
            self._more += logs

    def _ask_log(self, watch: Watch) -> None:
        batch, task = watch.batch, watch.task
        if task is None or batch.job_id is None:
            raise ValueError(f"batch {batch.number} has no such log")
        words = error_log(self.call, batch.project_id, batch.job_id, task.task_id)
        message = (
            f"WeData says: {words}" if words else "WeData could not create the version, and its error log is empty"
        )
        self._settle(watch, End(State.FAILED, Reason.JOB_FAILED, message))

    def _ask_versions(self, watch: Watch) -> None:
        task = watch.task
        if task is None:
            raise ValueError("a look-up of versions is about one task")
        before = self.snapshot.get((task.project_id, task.task_id))
        if not self.stamped and before is None:
            message = "it cannot be told from other versions: stamp-remark is false"
            self._settle(watch, End(State.UNKNOWN, Reason.AMBIGUOUS, message))
            return
        for version in list_task_versions(self.call, task.project_id, task.task_id):
            if self._is_ours(version, task, before):
                end = judge_version(version)
                self._settle(watch, End(State.UNKNOWN, version=end.version) if self.only_look_up else end)
                return
            if self.stamped and is_cut(version.remark, task.remark):
                message = (
                    f"version {version.number} carries only a part of the remark that was sent: this site cuts "
                    "remarks, so shorten version-remark"
                )
                self._settle(watch, End(State.UNKNOWN, Reason.AMBIGUOUS, message, version.number))
                return

    def _is_ours(self, version: Version, task: TaskResult, before: frozenset[str] | None) -> bool:
        if self.stamped:
            stamp = read_stamp(version.remark)
            return stamp is not None and stamp == read_stamp(task.remark)
        return before is not None and version.id not in before and version.remark == task.remark

    def _settle(self, watch: Watch, end: End) -> None:
        tasks = [watch.task] if watch.task else watch.batch.tasks
        self.ledger.settle(watch.batch.number, {task.task_id: end for task in tasks})
        watch.done = True

    def _expire(self, watch: Watch) -> None:
        seen = f"; {watch.seen}" if watch.seen else ""
        if watch.expired is not None:
            self._settle(watch, dataclasses.replace(watch.expired, message=watch.expired.message + seen))
            return
        waited = _waited(self.world.monotonic() - (self._started or 0.0))
        what = (
            f"job {watch.batch.job_id} had not ended"
            if watch.task is None
            else "no version of this run appeared; this site reports no failures, so look at the task in WeData"
        )
        self._settle(watch, End(State.UNKNOWN, Reason.TIMEOUT, f"{waited}: {what}{seen}"))

    def _take_more(self) -> list[Watch]:
        with self._lock:
            more, self._more = self._more, []
        return more


def _not_found(task: TaskResult, patience: int) -> End:
    message = f"{task.message}; no version of this run was found within {patience} s, so whether it exists is not known"
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message)


def _waited(seconds: float) -> str:
    return f"after {seconds:.0f} s"
