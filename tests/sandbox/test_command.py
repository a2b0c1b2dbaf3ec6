import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.sandbox.client import LIST, SUBMIT, call
from wedata_sandbox import command

PROGRAM = (
    "import sys; from wedata_sandbox.command import run; sys.exit(run(0, sys.argv[2:], sys.argv[1], job_seconds=30))"
)


@dataclass(frozen=True)
class Remote:
    """The command in a process of its own: what it printed, as far as a client needs it."""

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

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@contextlib.contextmanager
def running(site: str, *faults: str) -> Iterator[Remote]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, site, *faults],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().rstrip("\n") for _ in range(4)]
            yield Remote(process, dict(line.split("=", 1) for line in lines))
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_serves_and_ends_well_at_a_signal(number: signal.Signals) -> None:
    with running("intl") as remote:
        assert remote.endpoint.startswith("http://127.0.0.1:")
        assert list(remote.settings) == [
            "WEDATA_ENDPOINT",
            "TENCENTCLOUD_SECRET_ID",
            "TENCENTCLOUD_SECRET_KEY",
            "TENCENTCLOUD_REGION",
        ]
        reply = call(remote, changed={"X-TC-Region": remote.settings["TENCENTCLOUD_REGION"]})
        assert remote.end(number) == (0, "", f"{SUBMIT} ok {reply.response['RequestId']}\n")


def test_faults_site_and_the_length_of_jobs_arrive() -> None:
    with running("domestic", "error=InternalError", f"http=503@{LIST}") as remote:
        assert call(remote).code == "InternalError"
        assert call(remote, LIST, {"ProjectId": "1", "TaskId": "1"}).status == 503
        assert call(remote).response["Data"] == {"JobId": 1}
        detail = call(remote, "ListBatchDetail", {"ProjectId": "1470547050521227264", "JobId": 1})
        assert detail.response["JobStatus"] in {"INIT", "RUNNING"}
        assert remote.end(signal.SIGTERM)[0] == 0


def test_a_bad_fault_is_refused_before_anything_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="is not a fault"):
        command.run(0, ["explode"])
    assert capsys.readouterr().out == ""
