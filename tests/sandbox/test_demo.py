"""`wedata-action demo`, run as a user runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.runner import replay
from wedata_sandbox import demo
from wedata_sandbox.demo.acts import ACTS


def play(tmp_path_factory: pytest.TempPathFactory, *options: str) -> str:
    """Runs it where git's configuration and the environment are unlike any that the demo expects."""
    home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
    (home / ".gitconfig").write_text("[commit]\n\tgpgSign = true\n[core]\n\tautocrlf = true\n\thooksPath = /dev/null\n")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "GITHUB_ACTIONS": "true",
        "INPUT_BASE": "nowhere",
        "WEDATA_REGION": "nowhere",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-X", "utf8", "-m", "wedata_action", "demo", *options]
    folder = Path(__file__).parents[1]
    ended = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(temporary.iterdir()) == []
    return ended.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each push shows with --full."""
    _, *pushes = re.split(r"^=====.*\n", play(tmp_path_factory, "--full"), flags=re.MULTILINE)
    assert len(pushes) == len(ACTS)
    return pushes


def test_a_person_sees_the_product_in_some_sixty_lines(tmp_path_factory: pytest.TempPathFactory) -> None:
    text = play(tmp_path_factory)
    assert 50 <= len(text.splitlines()) <= 65
    assert all(len(line) <= 130 for line in text.splitlines())
    assert not re.search(r"&#|</|\x1b|\*\*|<br>", text)
    for said in (
        "Job summary: ✅ 1 task is live: load_orders\n  The code of 1 of 1 task was read back from production",
        "Job summary: ❌ 1 mistake in the definitions; nothing was sent",
        "wedata/orders.yml:8  unknown key 'version_remrak'; did you mean 'version_remark'?",
        "WeData says: 任务提交失败",
        "Job summary: ✅ All 3 tasks are live",
        "demo --full",
    ):
        assert said in text


def section(push: str, title: str) -> str:
    found = re.search(rf"^----- {title}.*?\n(.*?)\n\n?-----", push, re.DOTALL | re.MULTILINE)
    assert found, f"no section {title}"
    return found[1]


def outputs(push: str) -> dict[str, str]:
    return dict(line.split(" = ", 1) for line in section(push, "Outputs").splitlines())


def test_a_change_goes_live_and_a_comment_is_skipped(shown: list[str]) -> None:
    annotations = section(shown[0], "Annotations")
    assert annotations.startswith("notice: ")
    assert re.search(
        r"\n\(record:1 scope:[0-9a-f]{12} base:[0-9a-f]{40} head:[0-9a-f]{40} result:success\)$", annotations
    )
    assert outputs(shown[0])["live-task-ids"] == '["20250801000000001"]'
    assert outputs(shown[0])["skipped-task-ids"] == '["20250801000000004"]'
    assert "## ✅ 1 task is live: load_orders" in section(shown[0], "Job summary")
    assert "JobId 2528" in section(shown[0], "Log")
    assert "exit code 0; WeData was sent 1 task" in shown[0]


def test_a_misspelt_key_is_annotated_at_its_line_and_nothing_is_sent(shown: list[str]) -> None:
    assert "wedata/orders.yml:8:5: error: unknown key 'version_remrak'" in section(shown[1], "Annotations")
    assert outputs(shown[1])["failure-reason"] == "invalid-definition"
    assert "exit code 2; WeData was sent 0 tasks" in shown[1]


def test_a_refused_task_is_annotated_in_the_words_of_wedata(shown: list[str]) -> None:
    annotations = section(shown[2], "Annotations")
    assert re.match(r"wedata/orders\.yml:6:14: error: sum_orders \(20250801000000002\) failed\.", annotations)
    assert "WeData says: 任务提交失败" in annotations
    assert outputs(shown[2])["failed-task-ids"] == '["20250801000000002"]'
    assert re.search(r"^WeData says: 任务提交失败", section(shown[2], "Job summary"), re.MULTILINE)
    assert "exit code 1; WeData was sent 2 tasks" in shown[2]


def test_the_run_after_a_failed_one_catches_up_and_sends_nothing_twice(shown: list[str]) -> None:
    assert outputs(shown[3])["result"] == "success"
    assert outputs(shown[3])["live-task-ids"] == '["20250801000000003","20250801000000001","20250801000000002"]'
    assert "exit code 0; WeData was sent 1 task\n" in shown[3]
    assert shown[3].endswith("Every run ended as expected.\n")


def test_what_it_prints_holds_no_workflow_command(shown: list[str]) -> None:
    assert replay("".join(shown)).commands == 0


def test_a_run_that_ends_otherwise_fails_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "ACTS", (ACTS[0]._replace(ends=(0, "noop", "", 0)),))
    assert demo.run() == 1
    assert "the demo expects (0, 'noop', '', 0), not (0, 'success', '', 1)" in capsys.readouterr().out
