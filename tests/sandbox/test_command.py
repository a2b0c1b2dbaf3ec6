"""`wedata-action sandbox` in a process of its own, started as a user starts it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.client import LIST, SUBMIT, Reply, call

PROJECT, TASK = "1470547050521227264", "20250227112817430"
NAMES = ["WEDATA_ENDPOINT", "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_REGION"]


@dataclass(frozen=True)
class Remote:
    """The command's process, and what it printed."""

    process: subprocess.Popen[str]
    settings: dict[str, str]
    token: str = ""

    @property
    def endpoint(self) -> str:
        return self.settings["WEDATA_ENDPOINT"]

    @property
    def secret_id(self) -> str:
        return self.settings["TENCENTCLOUD_SECRET_ID"]

    @property
    def secret_key(self) -> str:
        return self.settings["TENCENTCLOUD_SECRET_KEY"]

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@contextlib.contextmanager
def started(*options: str, without: str = "") -> Iterator[subprocess.Popen[str]]:
    """The process; `without` is a redirection that closes one of its streams from the start."""
    program = [sys.executable, "-m", "wedata_action", "sandbox", *options]
    with subprocess.Popen(
        ["bash", "-c", f'exec "$@" {without}', "-", *program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def running(*options: str, without: str = "") -> Iterator[Remote]:
    with started(*options, without=without) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip("\n") for _ in NAMES]
        yield Remote(process, dict(line.split("=", 1) for line in lines))


def listed(remote: Remote, task_id: str) -> Reply:
    return call(remote, LIST, {"ProjectId": PROJECT, "TaskId": task_id, "TaskVersionType": "SUBMIT"})


def submit(remote: Remote, *task_ids: str) -> Reply:
    return call(remote, params={"ProjectId": PROJECT, "Tasks": [{"TaskId": task_id} for task_id in task_ids]})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_serves_and_ends_well_at_a_signal(number: signal.Signals) -> None:
    with running() as remote:
        assert remote.endpoint.startswith("http://127.0.0.1:")
        assert list(remote.settings) == NAMES
        reply = call(remote, changed={"X-TC-Region": remote.settings["TENCENTCLOUD_REGION"]})
        assert remote.end(number) == (0, "", f"{SUBMIT} ok {reply.response['RequestId']}\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_it_goes_on_when_nobody_reads_what_it_prints_any_more(stream: str) -> None:
    with running() as remote:
        getattr(remote.process, stream).close()
        assert [call(remote).response["Data"] for _ in range(3)] == [{"JobId": 1}, {"JobId": 2}, {"JobId": 3}]
        remote.process.send_signal(signal.SIGTERM)
        assert remote.process.wait(10) == 0


def test_it_serves_without_a_standard_error() -> None:
    with running(without="2>&-") as remote:
        assert [call(remote).response["Data"] for _ in range(2)] == [{"JobId": 1}, {"JobId": 2}]
        assert remote.end()[0] == 0


@pytest.mark.parametrize("without", [">&-", "> /dev/full"])
def test_it_serves_where_it_cannot_print(without: str) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with started("--port", str(port), without=without) as process:
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_faults_site_and_the_length_of_jobs_arrive() -> None:
    faults = ("--fault", "error=InternalError", "--fault", f"http=503@{LIST}")
    with running("--site", "domestic", "--job-seconds", "30", *faults) as remote:
        assert call(remote).code == "InternalError"
        assert listed(remote, "1").status == 503
        assert call(remote).response["Data"] == {"JobId": 1}
        detail = call(remote, "ListBatchDetail", {"ProjectId": PROJECT, "JobId": 1})
        assert detail.response["JobStatus"] in {"INIT", "RUNNING"}
        assert remote.end()[0] == 0


def test_a_user_can_play_an_approval_a_rejection_and_a_failed_job() -> None:
    texts = ("1=approve", "2=refuse:no access", "3=fail:no source", "4=slow:30")
    options = [option for text in texts for option in ("--task", text)]
    with running("--site", "domestic", *options) as remote:
        submit(remote, "1", "3")
        assert listed(remote, "1").response["Data"]["Items"][0]["ApproveStatus"] == "审批中"
        log = {"ProjectId": PROJECT, "JobId": 1, "ResourceId": "3"}
        assert call(remote, "GetBatchDetailErrorLog", log).response["Data"] == "no source"
        assert submit(remote, "2", "5").response["Error"] == {"Code": "FailedOperation", "Message": "no access"}
        assert listed(remote, "5").response["Data"]["Items"] == []
        job = submit(remote, "4").response["Data"]["JobId"]
        detail = call(remote, "ListBatchDetail", {"ProjectId": PROJECT, "JobId": job})
        assert detail.response["JobStatus"] in {"INIT", "RUNNING"}


def test_only_the_tasks_of_the_file_exist(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(f'{{"{PROJECT}": ["0001", {{"task_id": "0002"}}]}}', encoding="utf-8")
    with running("--tasks", str(path)) as remote:
        assert "Data" in submit(remote, "0001", "0002").response
        assert submit(remote, "0003").code == "ResourceNotFound"
        assert listed(remote, "0003").code == "ResourceNotFound"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fault", "explode"], "'explode' is not a fault"),
        (["--task", "1=dance"], "'1=dance' is not a behaviour"),
        (["--tasks", "/nowhere"], "--tasks: /nowhere cannot be read: No such file"),
        (["--site", "moon"], "Invalid value for '--site'"),
        (["--port", "x"], "Invalid value for '--port'"),
        (["--port", "99999"], "--port: 99999 is not a port; give 0 to 65535"),
    ],
)
def test_a_bad_option_is_refused_before_anything_is_printed(options: list[str], message: str) -> None:
    with started(*options) as process:
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert message in err


def test_a_port_that_is_taken_is_named() -> None:
    with running() as remote:
        port = remote.endpoint.rpartition(":")[2]
        with started("--port", port) as process:
            out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert f"--port: {port} cannot be used: Address already in use" in err
