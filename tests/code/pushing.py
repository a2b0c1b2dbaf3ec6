"""A push of one task with a code, to the sandbox in simulated time; and what is left when it is killed on its way."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from tests.outcome.site import HEAD, Site
from tests.support.batches import make_task
from wedata_action.errors import Location
from wedata_action.outcome.look_first import look_first
from wedata_action.result import Batch, Result, TaskOutcome
from wedata_action.stamps import make_remark, make_stamp
from wedata_action.task import Code, Options, Task

PROJECT = "p1"
WRITE, READ, PROVE = "UpdateTaskPartially", "GetTask", "GetOpsTaskCode"
FILE, OLD = b"select 2;\n", b"select 1;\n"


class KilledError(BaseException):
    """The machine went away."""


def killing(action: str) -> Callable[[str, Mapping[str, Any]], None]:
    """Ends the run at the first call of `action`."""

    def strike(asked: str, _: Mapping[str, Any]) -> None:
        if asked == action:
            raise KilledError

    return strike


def coded(site: Site, task_id: str = "a", file: bytes = FILE, base: bytes | None = OLD) -> Task:
    """A changed task whose code git has, at head and at the base."""
    blob, base_blob = f"{task_id}-head", f"{task_id}-base" if base is not None else ""
    site.files.blobs[blob] = file
    if base is not None:
        site.files.blobs[base_blob] = base
    location = Location("wedata/a.yml", 2, 7)
    code = Code(f"{task_id}.sql", location, f"wedata/{task_id}.sql", blob, f"digest of {task_id}", base_blob)
    return make_task(task_id, PROJECT, code=code)


def batch_of(*tasks: Task, number: str = "1", run: str = "7.1") -> Batch:
    """A batch whose remarks carry the stamp of a run."""
    outcomes = tuple(
        TaskOutcome(task, make_remark("tune", make_stamp(HEAD, task.fingerprint, run)), number) for task in tasks
    )
    return Batch(number, PROJECT, Options(), outcomes)


def look_and_push(site: Site, task: Task, run: int, **options: Any) -> Result:
    """What a run does that may not be the first: it looks the task up, and sends it if that is left to do."""
    clock = site.clock.started(random.Random(1), lambda: None)
    looked = look_first(site.call, clock, [task], run, site.files)
    batches = [batch_of(*looked.to_send, run=f"{run}.1")] if looked.to_send else []
    return site.run(*batches, settled=looked.ended, **options)


def production(site: Site, task_id: str = "a") -> bytes | None:
    version = site.wedata.production(PROJECT, task_id)
    return None if version is None or version.content.code is None else version.content.code.encode()


def draft(site: Site, task_id: str = "a") -> bytes | None:
    code = site.wedata.saved(PROJECT, task_id)[-1].content.code
    return None if code is None else code.encode()
