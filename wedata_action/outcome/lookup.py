"""Which versions of tasks exist already, by their stamps: before something is sent again, and for `status`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.outcome.versions import is_void, judge_version
from wedata_action.parallel import for_each
from wedata_action.result import State, TaskResult
from wedata_action.stamps import read_stamp
from wedata_action.submission.ledger import End
from wedata_action.tencent.verdicts import ApiError, Verdict
from wedata_action.tencent.wedata import Call, Version, list_task_versions

Identity = tuple[str, str]

_PATIENCE = 60  # seconds for a read that fails
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


def patiently(call: Call, clock: Clock) -> Call:
    """`call` for reads that must succeed: what may go through later is tried again for a minute."""

    def read(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        deadline = clock.monotonic() + _PATIENCE
        pause = _FIRST_PAUSE
        while True:
            try:
                return call(action, version, payload)
            except ApiError as error:
                if not (error.retryable or error.verdict is Verdict.OPEN) or clock.monotonic() >= deadline:
                    raise
            clock.sleep(clock.random.uniform(0, pause))
            pause = min(2 * pause, _LONGEST_PAUSE)

    return read


def read_versions(
    call: Call, tasks: Iterable[Identity], workers: int, clock: Clock, why: str
) -> dict[Identity, list[Version]]:
    """The submitted versions of each task, newest first.

    Raises `RunError` where they cannot be read; `why` says what they are needed for.
    """
    found: dict[Identity, list[Version]] = {}
    read = patiently(call, clock)

    def look(identity: Identity) -> None:
        found[identity] = list_task_versions(read, *identity)

    try:
        for_each(look, tasks, workers)
    except ApiError as error:
        reason = error.reason if error.reason in {Reason.AUTH, Reason.THROTTLED} else Reason.UNREACHABLE
        request = f" (RequestId {error.request_id})" if error.request_id else ""
        message = f"{why}, and they cannot be: {error}{request}"
        raise RunError(reason, message) from error
    return found


def newest_of_content(versions: Sequence[Version], fingerprint: str) -> Version | None:
    """The newest version that carries a stamp, if that is one of this content.

    Versions made by hand carry none; refused and void ones are left out, as if they had never been submitted.
    """
    for version in versions:
        stamp = read_stamp(version.remark)
        if stamp is not None and not is_void(version):
            return version if stamp.is_of(fingerprint) else None
    return None


def state_by_stamp(versions: Sequence[Version], task: TaskResult) -> End:
    """What became of a task by the stamps of its versions, whichever run submitted it."""
    version = newest_of_content(versions, task.fingerprint)
    if version is not None:
        return judge_version(version)
    stamped = [(version, stamp) for version in versions if (stamp := read_stamp(version.remark))]
    if not stamped:
        return End(State.UNKNOWN, Reason.AMBIGUOUS, "no version of it carries a stamp of this action")
    version, stamp = stamped[0]
    if stamp.is_of(task.fingerprint):
        return judge_version(version)
    message = f"its newest stamped version {version.number} has the content of commit {stamp.head}, not that of head"
    return End(State.UNKNOWN, Reason.AMBIGUOUS, message)
