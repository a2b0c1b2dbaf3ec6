"""`import` in a shell: what a person types, and what is left when it is stopped halfway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.test_shell import run
from tests.importing.place import PROJECT, Place, make
from tests.support.action import ROOT
from wedata_action.definitions import parse
from wedata_sandbox.content import NewTask
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData


def environ(place: Place) -> dict[str, str]:
    return {
        "WEDATA_ENDPOINT": place.sandbox.endpoint,
        "TENCENTCLOUD_REGION": "ap-singapore",
        "TENCENTCLOUD_SECRET_ID": place.sandbox.secret_id,
        "TENCENTCLOUD_SECRET_KEY": place.sandbox.secret_key,
    }


def many(place: Place) -> None:
    place.create(
        *(NewTask(str(n), f"t{n}", f"w{n % 10}", code=f"SELECT {n};\n" * 50, submitted=True) for n in range(100))
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_import_that_is_stopped_leaves_whole_files_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    with Sandbox(WeData(tasks={PROJECT: []}), rate=None) as sandbox:
        place = make(tmp_path / "repository", sandbox)
        many(place)
        folder = place.repository.folder
        command = [
            sys.executable,
            "-m",
            "wedata_action",
            "import",
            "--project-id",
            PROJECT,
            "--requests-per-second",
            "60",
        ]
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **environ(place)}
        with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 30
            while not list(folder.glob("wedata/*/tasks.yml")) and time.monotonic() < deadline:
                time.sleep(0.005)
            process.send_signal(number)
            said, _ = process.communicate(timeout=30)
        assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: 130}.get(number, -number)
        if number != signal.SIGKILL:
            assert "Every file that was written is whole. Run the same command again to go on." in said
            assert not list(folder.rglob("*.tmp"))
        files = place.files()
        assert 0 < len(files) < 110
        assert all(parse(path, content)[1] == () for path, content in files.items() if path.endswith(".yml"))
        assert all(content.count(b";\n") == 50 for path, content in files.items() if path.endswith(".sql"))
        assert place.import_().exit_code == 0
        assert len([path for path in place.files() if not path.endswith(".tmp")]) == 110
        assert place.run("validate").exit_code == 0


def test_import_says_what_is_missing_and_stays_out_of_ci(tmp_path: Path) -> None:
    with Sandbox(WeData(tasks={PROJECT: []})) as sandbox:
        place = make(tmp_path / "repository", sandbox)
        done = run(place.repository.folder, "import", **environ(place))
        assert (done.returncode, "--project-id is not set" in done.stdout) == (2, True)
        (tmp_path / "event.json").write_text("{}")
        in_ci = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "octocat/warehouse",
            "GITHUB_RUN_ID": "1",
            "GITHUB_SHA": place.commit(),
        }
        done = run(place.repository.folder, "import", "--project-id", PROJECT, **environ(place), **in_ci)
        assert (done.returncode, "run it in a shell" in done.stdout) == (2, True)
        assert sandbox.gateway.calls == ()


def test_the_last_lines_are_the_numbers_and_the_next_step(tmp_path: Path) -> None:
    with Sandbox(WeData(tasks={PROJECT: []}), rate=None) as sandbox:
        place = make(tmp_path / "repository", sandbox)
        many(place)
        options = ("--requests-per-second", "500", "--workflow", "w1", "--task-id", "2")
        done = run(place.repository.folder, "import", "--project-id", PROJECT, *options, **environ(place))
    assert (done.returncode, done.stderr) == (0, "")
    *_, numbers, step, _, _, adopt = done.stdout.splitlines()
    assert numbers == "Wrote 11 new definitions, 11 new code files; 0 code files had WeData's code already"
    assert step == "Next:"
    assert adopt.startswith("  3. Run the workflow by hand with base: adopt.")
