"""Asks WeData, again and again until the deadline, what became of batches and tasks.

Which of the two ways there is, the site's first answer tells: by job (ListBatchDetail) or by version
(ListTaskVersions, by stamp). A failed read is tried again: it changes nothing in WeData.
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wedata_action.clock import Clock
from wedata_action.errors import Reason
from wedata_action.outcome.jobs import judge_job
from wedata_action.outcome.logs import read_logs, remedy
from wedata_action.outcome.lookup import Identity, read_versions
from wedata_action.outcome.polling import FIRST_PAUSE, GROWTH, LONGEST_PAUSE, Watch, poll
from wedata_action.outcome.versions import judge_version
from wedata_action.result import BatchResult, State, TaskResult
from wedata_action.stamps import is_beginning, is_cut, read_stamp
from wedata_action.submission.batches import Batch
from wedata_action.submission.ledger import End, Ledger
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, Version, list_batch_detail, list_task_versions

JOB_TIMEOUT, VERSION_TIMEOUT = 1800, 600  # seconds, the defaults of wait-timeout
OPEN_TIMEOUT, REFUSED_TIMEOUT = 60, 15  # seconds that an open answer, or a refusal that may be none, is looked up

_NO_JOB = 1  # a JobId that need not exist: whether the site knows the action shows all the same
_PROBE_TIMEOUT = 60  # seconds to learn the way before anything is submitted
_WAYS = {
    True: "The site has ListBatchDetail: outcomes are asked for by job",
    False: "The site has no ListBatchDetail: outcomes are asked for by version, which shows no failure, only absence",
}


@dataclass(slots=True)
class Waiting:
    """Settles in the ledger what became of batches.

    With `only_look_up` a version that is found counts as submitted, whatever its state. `snapshot` has the ids of the
    versions that were there before the submission: without stamps it is all that tells a new one. Once `stopped` says
    that nothing more is submitted, `settle` waits no longer.
    """

    call: Call
    ledger: Ledger
    clock: Clock
    workers: int
    timeout: int | None
    stamped: bool
    only_look_up: bool
    log: Callable[[str], None]
    progress: Callable[[str], None]
    stopped: Callable[[], bool] = lambda: False
    snapshot: Mapping[Identity, frozenset[str]] = field(default_factory=dict)
    by_job: bool | None = field(default=None, init=False)
    _undecided: str = field(default="", init=False)
    _started: float | None = field(default=None, init=False)
    _settled: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def wait(self, batches: Iterable[BatchResult], stopped: Callable[[], bool] = lambda: False) -> None:
        """Waits until every task of `batches` that was, or may have been, submitted has its end, or time is up.

        The first wait sets the deadline of all. What an earlier one settled is not asked about again.
        """
        with self._lock:
            self._started = self.clock.monotonic() if self._started is None else self._started
        batches = [batch for batch in batches if batch.number not in self._settled]
        accepted = [batch for batch in batches if batch.status == "accepted" and batch.job_id is not None]
        if accepted and not self.only_look_up:
            self._finds_way(accepted[0].project_id, accepted[0].job_id or _NO_JOB, self._deadline())
        poll(
            [watch for batch in batches for watch in self._watches(batch)],
            self.workers,
            self.clock,
            lambda text: self.progress(f"Tasks whose end is known: {text}"),
            stopped,
        )
        if stopped():
            return
        if self.by_job and not self.only_look_up:
            numbers = {batch.number for batch in accepted}
            parts = [batch for batch in self.ledger.snapshot().batches if batch.number in numbers]
            read_logs(self.call, self.ledger, parts, self.workers, self.clock, self._deadline(), self.progress)
        self._settled.update(batch.number for batch in batches)

    def settle(self, batch: Batch) -> bool:
        """Waits for the end of one batch, or of what it was split into, and says whether all of it went well."""
        self.wait(self._parts(batch), self.stopped)
        return all(task.state in {State.LIVE, State.PENDING} for part in self._parts(batch) for task in part.tasks)

    def take_snapshot(self, batches: Sequence[BatchResult]) -> None:
        """Notes which versions there are, unless the site tells outcomes by job. Raises `RunError`."""
        if not batches or self._finds_way(batches[0].project_id, _NO_JOB, self.clock.monotonic() + _PROBE_TIMEOUT):
            return
        why = "stamp-remark is false, so the versions that exist have to be read before anything is submitted"
        tasks = [(task.project_id, task.task_id) for batch in batches for task in batch.tasks]
        found = read_versions(self.call, tasks, self.workers, self.clock, why)
        self.snapshot = {
            identity: frozenset(version.id for version in versions) for identity, versions in found.items()
        }

    def _parts(self, batch: Batch) -> list[BatchResult]:
        return [
            found
            for found in self.ledger.snapshot().batches
            if found.number == batch.number or found.number.startswith(f"{batch.number}.")
        ]

    def _finds_way(self, project_id: str, job_id: int, deadline: float) -> bool | None:
        """Whether the site has ListBatchDetail: asked until an answer tells, once. `None` if none does in time."""
        with self._lock:
            pause = FIRST_PAUSE
            while self.by_job is None:
                try:
                    list_batch_detail(self.call, project_id, job_id)
                    self.by_job = True
                except ApiError as error:
                    self._undecided = f"WeData did not tell whether it has ListBatchDetail: {error}"
                    if error.verdict is not Verdict.OPEN and not error.retryable:
                        self.by_job = not error.not_offered
                if self.by_job is not None:
                    self.log(_WAYS[self.by_job])
                    break
                left = deadline - self.clock.monotonic()
                if left <= 0:
                    break
                self.clock.sleep(min(pause * self.clock.random.uniform(0.5, 1), left))
                pause = min(pause * GROWTH, LONGEST_PAUSE)
            return self.by_job

    def _deadline(self) -> float:
        return (self._started or 0.0) + (self.timeout or (JOB_TIMEOUT if self.by_job else VERSION_TIMEOUT))

    def _watches(self, batch: BatchResult) -> list[Watch]:
        """What is to be asked about a batch, by how its submission ended."""
        if batch.status == "accepted" and batch.job_id is not None and not self.only_look_up:
            deadline = self._deadline()
            if self.by_job:
                ask = functools.partial(self._ask_job, batch, batch.job_id)
                return [self._watch("ListBatchDetail", ask, batch, batch.tasks, deadline)]
            if self.by_job is None:
                self._expire(batch, batch.tasks, self._undecided)
                return []
        elif batch.status == "open":
            deadline = (self._started or 0.0) + OPEN_TIMEOUT if self.only_look_up else self._deadline()
        elif batch.status == "rejected" and batch.code.split(".")[0] == "FailedOperation":
            deadline = self.clock.monotonic() + REFUSED_TIMEOUT
        else:
            return []
        return [
            self._watch(
                "ListTaskVersions", functools.partial(self._ask_versions, batch, task), batch, (task,), deadline
            )
            for task in batch.tasks
        ]

    def _watch(
        self,
        action: str,
        ask: Callable[[], str | None],
        batch: BatchResult,
        tasks: Sequence[TaskResult],
        deadline: float,
    ) -> Watch:
        def look() -> str | None:
            try:
                return ask()
            except ApiError as error:
                if error.reason is not Reason.AUTH and not error.not_offered:
                    return f"the last look failed: {error}"
                reason = Reason.AUTH if error.reason is Reason.AUTH else Reason.AMBIGUOUS
                message = f"what became of it cannot be read: {error}{remedy(error, action)}"
                self._settle(batch, tasks, End(State.UNKNOWN, reason, message))
                return None

        return Watch(look, functools.partial(self._expire, batch, tasks), deadline, len(tasks))

    def _ask_job(self, batch: BatchResult, job_id: int) -> str | None:
        detail = list_batch_detail(self.call, batch.project_id, job_id)
        ends = judge_job(detail, [task.task_id for task in batch.tasks])
        if ends is None:
            return f"its JobStatus was {detail.status}"
        self.ledger.settle(batch.number, ends)
        return None

    def _ask_versions(self, batch: BatchResult, task: TaskResult) -> str | None:
        before = self.snapshot.get((task.project_id, task.task_id))
        if not self.stamped and (before is None or not task.remark):
            message = "its version cannot be told from others: stamp-remark is false"
            self._settle(batch, (task,), End(State.UNKNOWN, Reason.AMBIGUOUS, message))
            return None
        versions = list_task_versions(self.call, task.project_id, task.task_id)
        if not self.stamped:
            versions = [version for version in versions if version.id not in (before or ())]
        for version in versions:
            if self._is_ours(version, task):
                end = judge_version(version)
                self._settle(batch, (task,), End(State.UNKNOWN, version=end.version) if self.only_look_up else end)
                return None
            if self.stamped and is_cut(version.remark, task.remark):
                message = f"version {version.number} carries only a part of its stamp: {_CUTS}"
                self._settle(batch, (task,), End(State.UNKNOWN, Reason.AMBIGUOUS, message, version.number))
                return None
        if versions and is_beginning(versions[0].remark, task.remark):
            # It may be older, or made by hand: so this settles nothing.
            return f"version {versions[0].number} carries the beginning of the remark that was sent: perhaps {_CUTS}"
        return ""

    def _is_ours(self, version: Version, task: TaskResult) -> bool:
        if self.stamped:
            stamp = read_stamp(version.remark)
            return stamp is not None and stamp == read_stamp(task.remark)
        return version.remark == task.remark

    def _settle(self, batch: BatchResult, tasks: Iterable[TaskResult], end: End) -> None:
        """Gives tasks their end; that of an unknown one also says what its submission was answered with."""
        ends = {}
        for task in tasks:
            said = f"{task.message}; " if task.message and end.message and end.state is State.UNKNOWN else ""
            ends[task.task_id] = dataclasses.replace(end, message=said + end.message)
        self.ledger.settle(batch.number, ends)

    def _expire(self, batch: BatchResult, tasks: Sequence[TaskResult], seen: str) -> None:
        waited = f"after {self.clock.monotonic() - (self._started or 0.0):.0f} s"
        also = f"; {seen}" if seen else ""
        if batch.status == "rejected" and not seen:
            # Looked for and not found: so it is what WeData said it is.
            self.ledger.settle(
                batch.number,
                {task.task_id: End(State.FAILED, Reason.REJECTED, task.message) for task in tasks},
            )
            return
        if batch.status != "accepted":
            message = f"no version of this run was found {waited}, so whether it exists is not known{also}"
            end = End(State.UNKNOWN, Reason.AMBIGUOUS, message)
        elif self.by_job:
            end = End(State.UNKNOWN, Reason.TIMEOUT, f"{waited}: job {batch.job_id} had not ended{also}")
        else:
            what = "no version of this run appeared; this site reports no failures, so look at the task in WeData"
            end = End(State.UNKNOWN, Reason.TIMEOUT, f"{waited}: {what}{also}")
        self._settle(batch, tasks, end)


_CUTS = "this site cuts remarks, so shorten version-remark"
