"""The gate from end to end, over HTTP: what a person and a later job see, and that it is true however the run ends."""

import dataclasses
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.action import PROJECT, ROOT, Action, Ended, Repository
from wedata_action.report.outputs import OUTPUTS
from wedata_sandbox.behaviour import NEVER, JobBehaviour, TaskBehaviour
from wedata_sandbox.faults import SUBMIT, Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

DETAIL, LOG, VERSIONS = "ListBatchDetail", "GetBatchDetailErrorLog", "ListTaskVersions"
ZERO = "0" * 40


@pytest.fixture(params=["domestic", "intl"])
def site(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def later() -> list[float]:
    """Seconds by which WeData's clock is ahead; less than 300, or it takes no signature."""
    return [0.0]


@pytest.fixture
def action(tmp_path: Path, site: str, later: list[float]) -> Iterator[Action]:
    with Sandbox(WeData(site=site, now=lambda: time.time() + later[0])) as sandbox:
        yield Action(tmp_path, Repository.make(tmp_path / "workspace"), sandbox)


domestic = pytest.mark.parametrize("site", ["domestic"], indirect=True)
international = pytest.mark.parametrize("site", ["intl"], indirect=True)


def tasks(count: int) -> dict[str, str]:
    return {"wedata/a.yml": "tasks:\n" + "".join(f"- task_id: '{number}'\n" for number in range(count))}


def push(action: Action, count: int, **inputs: str) -> Ended:
    return action.push(ZERO, action.repository.commit(tasks(count), "Tune"), **({"wait": "true"} | inputs))


# What a person sees


def test_green_means_that_every_task_was_seen_live(action: Action, site: str) -> None:
    ended = push(action, 5, batch_size="2")
    assert ended.end == (0, "success", "")
    assert sorted(ended.ids("live-task-ids")) == sorted(ended.ids("task-ids")) == ["0", "1", "2", "3", "4"]
    assert {len(action.sandbox.wedata.versions(PROJECT, task)) for task in "01234"} == {1}
    assert ended.seen.annotations == []
    said = "asked about jobs" if site == "domestic" else "asked for the version of each task"
    assert sum(said in line for line in ended.seen.plain_lines) == 1
    # Only ListTaskVersions tells the number of a version.
    assert (ended.summary or "").count("| V1 |") == (5 if site == "intl" else 0)


@domestic
def test_a_failed_task_is_annotated_at_its_definition_with_wedatas_words(action: Action) -> None:
    action.sandbox.wedata.set_task("1", TaskBehaviour(refusal="父任务 20250227 未提交\n::error::请先提交"))
    ended = push(action, 3)
    assert ended.end == (1, "failure", "job-failed")
    assert (ended.ids("failed-task-ids"), ended.ids("live-task-ids")) == (["1"], ["0", "2"])
    (annotation,) = [issue for issue in ended.seen.annotations if issue.file]
    assert (annotation.level, annotation.file, annotation.line) == ("error", "wedata/a.yml", "3")
    assert "WeData says: 父任务 20250227 未提交" in annotation.message
    assert "JobId 1" in annotation.message
    assert "父任务 20250227 未提交" in (ended.summary or "")
    assert ended.seen.others == []


@pytest.mark.parametrize("approval", ["未审批", "审批中"])
def test_an_approval_that_is_missing_is_its_own_end(action: Action, approval: str) -> None:
    action.sandbox.wedata.set_task("1", TaskBehaviour(approve_status=approval))
    assert push(action, 2).end == (5, "pending-approval", "pending-approval")


def test_an_approval_may_pass(action: Action) -> None:
    action.sandbox.wedata.set_default_task(TaskBehaviour(approve_status="审批中"))
    ended = push(action, 2, pending_approval="pass")
    assert ended.end == (0, "pending-approval", "")
    assert ended.ids("pending-task-ids") == ["0", "1"]


# A time-out, and asking again


def in_a_shell(action: Action, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a command line as it was given, with `wedata-action` on the PATH."""
    folder = action.folder / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "wedata-action"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m wedata_action "$@"\n')
    program.chmod(0o755)
    environ = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(action.folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "TENCENTCLOUD_SECRET_ID": action.sandbox.secret_id,
        "TENCENTCLOUD_SECRET_KEY": action.sandbox.secret_key,
        **variables,
    }
    return subprocess.run(
        ["sh", "-c", command],
        cwd=action.repository.folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def advice(ended: Ended) -> str:
    found = re.search(r"To ask again: `(wedata-action status .*)`", ended.messages())
    assert found, ended.messages()
    return found[1]


def test_at_the_deadline_the_command_that_asks_again_is_named_and_works(
    action: Action, site: str, later: list[float]
) -> None:
    wedata = action.sandbox.wedata
    wedata.set_jobs(JobBehaviour(seconds=200))
    ended = push(action, 3, batch_size="2", wait_timeout="1")
    assert ended.end == (4, "unknown", "timeout")
    assert sorted(ended.ids("job-ids")) == [1, 2]
    assert ended.ids("unknown-task-ids") == ["0", "1", "2"]
    command = advice(ended)
    assert ("--base" in command) is (site == "intl")

    early = in_a_shell(action, command)
    assert early.returncode == 4, early.stdout
    assert "Result: unknown" in early.stdout

    later[0] = 220
    late = in_a_shell(action, command)
    assert (late.returncode, late.stderr) == (0, ""), late.stdout
    assert "Result: success" in late.stdout
    assert len(wedata.submissions) == 2


def status(action: Action, **inputs: str) -> Ended:
    head = action.repository.git("rev-parse", "HEAD")
    return action.event("workflow_dispatch", {}, head, **({"mode": "status"} | inputs))


def jobs(action: Action, *job_ids: int) -> Ended:
    outputs = action.folder / "outputs"
    outputs.unlink(missing_ok=True)
    command = shlex.join(["wedata-action", "status", "--project-id", PROJECT, *map(str, job_ids)])
    site = {"WEDATA_ENDPOINT": action.sandbox.endpoint, "WEDATA_REGION": "ap-singapore", "GITHUB_OUTPUT": str(outputs)}
    done = in_a_shell(action, command, **site)
    return Ended(done.returncode, done.stdout, done.stderr, outputs, None)


def status_of_jobs(action: Action, *job_ids: str) -> tuple[int, str]:
    """Exit code and what is shown in a shell."""
    command = ["wedata-action", "status", "--region", "ap-singapore", "--endpoint", action.sandbox.endpoint]
    ended = in_a_shell(action, shlex.join([*command, "--project-id", PROJECT, *job_ids]))
    return ended.returncode, ended.stdout


@domestic
def test_status_of_jobs_has_the_ends_of_submit(action: Action) -> None:
    wedata = action.sandbox.wedata
    wedata.queue_job(JobBehaviour())
    wedata.queue_job(JobBehaviour(refusal="坏"))
    wedata.queue_job(JobBehaviour(seconds=NEVER))
    wedata.queue_job(JobBehaviour(null_lists=True))
    wedata.queue_job(JobBehaviour(need_approve=True))
    push(action, 10, batch_size="2", wait="false")
    code, shown = status_of_jobs(action, "1")
    assert (code, shown.count("): live"), "Result: success" in shown) == (0, 2, True)
    code, shown = status_of_jobs(action, "2")
    assert (code, shown.count("): failed: WeData says: 坏")) == (1, 2)
    code, shown = status_of_jobs(action, "3")
    assert (code, "Result: unknown (timeout)" in shown) == (4, True)
    code, shown = status_of_jobs(action, "4")
    assert (code, "job 4 proves nothing" in shown, "Result: unknown (ambiguous)" in shown) == (4, True, True)
    code, shown = status_of_jobs(action, "5")
    assert (code, "pending-approval: the submission awaits approval" in shown) == (5, True)
    code, shown = status_of_jobs(action, "1", "2", "3")
    assert (code, "Result: failure (job-failed)" in shown) == (1, True)
    assert "job 3 is INIT" in shown or "job 3 is RUNNING" in shown
    code, shown = status_of_jobs(action, "1", "99")
    assert (code, f"project {PROJECT} has no job 99" in shown) == (2, True)


@international
def test_status_of_jobs_says_so_where_the_site_has_none(action: Action) -> None:
    push(action, 1, wait="false")
    code, shown = status_of_jobs(action, "1")
    assert (code, "Give --base and --head instead" in shown) == (2, True)


def test_status_by_stamps_works_on_every_site(action: Action) -> None:
    wedata = action.sandbox.wedata
    wedata.set_task("1", TaskBehaviour(approve_status="审批中"))
    push(action, 2, wait="false")
    assert status(action, base="empty").end == (5, "pending-approval", "pending-approval")
    assert status(action, base="empty", pending_approval="pass").end == (0, "pending-approval", "")
    wedata.set_approval(PROJECT, "1", "已驳回")
    assert status(action, base="empty").end == (1, "failure", "job-failed")
    wedata.set_approval(PROJECT, "1", "已通过")
    assert status(action, base="empty").end == (0, "success", "")
    action.repository.commit({"wedata/b.yml": "task_id: '7'\n"})
    assert status(action, base="empty").end == (4, "unknown", "ambiguous")
    assert len(wedata.submissions) == 1


# However it ends, the outputs are true


QUICK, SLOW, WELL = JobBehaviour(), JobBehaviour(seconds=60), TaskBehaviour()


@dataclasses.dataclass(frozen=True)
class Point:
    """Where a run of twelve tasks is stopped: what the site does, and how many calls of an action have arrived."""

    name: str
    calls: int
    action: str
    inputs: tuple[tuple[str, str], ...] = ()
    job: JobBehaviour = QUICK
    task: TaskBehaviour = WELL
    faults: tuple[tuple[str, Fault], ...] = ()
    site: str = "domestic"
    seconds: float = 0.0


POINTS = (
    Point("during the first call", 1, SUBMIT, faults=((SUBMIT, Fault.delay(1)),)),
    Point("during a call that hangs", 1, SUBMIT, faults=((SUBMIT, Fault.drop(after=True)),)),
    Point("during calls side by side", 3, SUBMIT, faults=((SUBMIT, Fault.delay(1)),)),
    Point("between batches of a project", 2, DETAIL, (("need-check-parent-submitted", "true"),), SLOW),
    Point("between tries", 3, SUBMIT, faults=((SUBMIT, Fault.error("RequestLimitExceeded")),)),
    Point("while the way is not known", 2, DETAIL, faults=((DETAIL, Fault.http(502)),)),
    Point("while polling by job", 14, DETAIL, job=SLOW),
    Point("while a poll hangs", 1, DETAIL, job=SLOW, faults=((DETAIL, Fault.delay(30)),)),
    Point("while polling by version", 30, VERSIONS, job=SLOW, site="intl"),
    Point("while some are live", 9, DETAIL, job=SLOW, seconds=0.3),
    Point("while open answers are looked up", 14, VERSIONS, faults=((SUBMIT, Fault.reset()),), site="intl"),
    Point("while a refusal is looked up", 14, VERSIONS, faults=((SUBMIT, Fault.error("FailedOperation")),)),
    Point("while error logs are read", 2, LOG, task=TaskBehaviour(refusal="坏"), faults=((LOG, Fault.delay(9)),)),
    Point("while it writes", 7, DETAIL, seconds=0.01),
)  # fmt: skip


def start(tmp_path: Path, sandbox: Sandbox, point: Point) -> Callable[[signal.Signals], tuple[Ended, float]]:
    action = Action(tmp_path, Repository.make(tmp_path / "workspace"), sandbox)
    head = action.repository.commit(tasks(12))
    if point.name == "while some are live":
        sandbox.wedata.queue_job(JobBehaviour())
        sandbox.wedata.queue_job(JobBehaviour())
    sandbox.wedata.set_jobs(point.job)
    sandbox.wedata.set_default_task(point.task)
    for struck, fault in point.faults:
        sandbox.fail_next(struck, fault, times=None)

    def ready(_: int) -> bool:
        arrived = sum(call.action == point.action for call in sandbox.gateway.calls) >= point.calls
        if arrived:
            time.sleep(point.seconds)
            sent.append(time.time())
        return arrived

    sent: list[float] = []
    inputs = {"wait": "true", "batch-size": "2", "requests-per-second": "50", **dict(point.inputs)}

    def run(number: signal.Signals) -> tuple[Ended, float]:
        ended = action.push_and_signal(ZERO, head, number, ready, **inputs)
        assert time.time() - sent[0] < 5
        return ended, sent[0]

    return run


def assert_true(ended: Ended, sandbox: Sandbox) -> None:
    """Holds the outputs against what the sandbox really has."""
    jobs = {entry.job_id: entry for entry in sandbox.wedata.submissions if entry.executed}
    assert set(ended.ids("job-ids")) <= set(jobs)
    submitted = {task["TaskId"] for entry in jobs.values() for task in entry.body["Tasks"]}
    lists = {state: ended.ids(f"{state}-task-ids") for state in ("live", "failed", "pending", "unknown", "unsent")}
    assert sorted(task for found in lists.values() for task in found) == sorted(ended.ids("task-ids"))
    assert not set(lists["unsent"]) & submitted
    assert all(sandbox.wedata.versions(PROJECT, task) for task in lists["live"])
    assert all(not sandbox.wedata.versions(PROJECT, task) for task in lists["failed"])
    assert len(submitted) == sum(len(entry.body["Tasks"]) for entry in jobs.values())


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_signal_at_any_moment_leaves_outputs_that_are_true(tmp_path: Path, point: Point) -> None:
    number, code = ((signal.SIGTERM, 143), (signal.SIGINT, 130))[POINTS.index(point) % 2]
    with Sandbox(WeData(site=point.site), rate=None) as sandbox:
        ended, sent = start(tmp_path, sandbox, point)(number)
        if point.name == "while it writes" and ended.code == 0:
            assert ended.end == (0, "success", "")
        else:
            assert ended.end == (code, "cancelled", "cancelled")
            assert "the run was cancelled" in ended.messages()
        assert_true(ended, sandbox)
        assert len(ended.ids("task-ids")) in {0, 12}
        assert list(ended.outputs) == list(OUTPUTS)
        assert ended.stderr == ""
        # Nothing new was asked after the signal, but what was leaving just then.
        assert [call for call in sandbox.gateway.calls if call.time > sent + 0.5] == []
        going_on = re.search(r"these jobs keep running: ([\d, ]+)", ended.messages())
        named = set(map(int, going_on[1].split(", "))) if going_on else set()
        assert named <= set(ended.ids("job-ids"))
        if point.job is SLOW and point.name != "while some are live":
            assert named == set(ended.ids("job-ids")) != set()
        if point.name == "while some are live":
            assert len(named) == 4
            assert len(ended.ids("live-task-ids")) == 4


@pytest.mark.parametrize("point", POINTS[1::3], ids=lambda point: point.name)
def test_a_kill_leaves_outputs_that_are_true(tmp_path: Path, point: Point) -> None:
    with Sandbox(WeData(site=point.site), rate=None) as sandbox:
        ended, _ = start(tmp_path, sandbox, point)(signal.SIGKILL)
        assert ended.end[0] in {-signal.SIGKILL, 0}
        assert ended.end[1] in {"unknown", "success"}
        assert ("task-ids" in ended.outputs) is (ended.end[1] == "success")
        assert_true(ended, sandbox)
        assert json.loads(ended.outputs["batch-count"]) == 6
