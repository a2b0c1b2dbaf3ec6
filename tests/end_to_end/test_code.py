"""A push of code, by a process that the runner would start: from the file in git to what production runs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from html import unescape

import pytest

from tests.end_to_end.test_shell import run
from tests.support.action import PROJECT, Action
from tests.support.json_http import Reply, serve_json
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.versions import COLLEAGUE

DEFINITIONS = """\
tasks:
  - task_id: "1001"
    name: load_orders
    code: ../sql/load_orders.sql
  - task_id: "1002"
    name: sum_orders
    code: ../sql/sum_orders.sql
"""
OLD, NEW = "select 1;\n", "select 2;\n"


@pytest.fixture(autouse=True)
def github(action: Action) -> Iterator[None]:
    """A GitHub whose repository has no other blob."""
    with serve_json(lambda _: Reply({"message": "Not Found"}, 404)) as server:
        action.environment["GITHUB_API_URL"] = server.url
        yield


def push(action: Action, content: str) -> tuple[str, str]:
    """Two commits: the old code, and the new one."""
    for task_id in ("1001", "1002"):
        action.sandbox.wedata.create_task(PROJECT, NewTask(task_id, code=OLD, submitted=True))
    files = {"wedata/orders.yml": DEFINITIONS, "sql/load_orders.sql": OLD, "sql/sum_orders.sql": OLD}
    before = action.repository.commit(files)
    return before, action.repository.commit({"sql/load_orders.sql": content, "sql/sum_orders.sql": content})


def test_what_is_merged_is_what_runs(action: Action) -> None:
    before, after = push(action, NEW)
    ended = action.push(before, after, wait="true", report_file="report.json")
    assert ended.end == (0, "success", "")
    for task_id in ("1001", "1002"):
        running = action.sandbox.wedata.production(PROJECT, task_id)
        assert running is not None
        assert running.content.code == NEW
    assert "Wrote sql/load_orders.sql to WeData's draft of task 1001" in ended.stdout
    assert "The code of 2 of 2 tasks was read back from production and equals the file in git." in ended.stdout
    tasks = json.loads((action.repository.folder / "report.json").read_text(encoding="utf-8"))["tasks"]
    assert all(task["code"]["proved"] == task["code"]["digest"] for task in tasks)
    assert ended.summary is not None
    assert ended.summary.count("same&nbsp;as&nbsp;git") == 2


def test_a_conflict_stands_at_the_definition_and_overwrite_ends_it(action: Action) -> None:
    before, after = push(action, NEW)
    action.sandbox.wedata.save(PROJECT, "1002", "select 'typed';\n")
    ended = action.push(before, after, wait="true")
    assert ended.end == (1, "failure", "conflict")
    assert (ended.ids("live-task-ids"), ended.ids("failed-task-ids")) == (["1001"], ["1002"])
    [error] = [found for found in ended.seen.annotations if found.level == "error" and found.file]
    assert (error.file, error.line) == ("wedata/orders.yml", "5")
    assert COLLEAGUE.name in error.message
    assert "+select 'typed';" in error.message
    assert action.sandbox.wedata.saved(PROJECT, "1002")[-1].content.code == "select 'typed';\n"

    ended = action.push(before, after, wait="true", code="overwrite")
    assert ended.end == (0, "success", "")
    assert len(action.sandbox.wedata.submissions) == 2
    [warning] = [found for found in ended.seen.annotations if found.level == "warning"]
    assert (warning.file, warning.line) == ("wedata/orders.yml", "7")
    for said in (f"saved by {COLLEAGUE.name} at ", "WeData keeps it as saved version V"):
        assert said in warning.message
        assert said in unescape(ended.summary or "")
        assert said in ended.stdout


def test_overwrite_leaves_the_edits_in_tasks_that_need_no_submission(action: Action) -> None:
    before, after = push(action, NEW)
    assert action.push(before, after, wait="true").end == (0, "success", "")
    action.sandbox.wedata.save(PROJECT, "1002", "select 'typed';\n")
    ended = action.push(before, after, wait="true", base="empty", code="overwrite")
    assert (ended.end, len(action.sandbox.wedata.submissions)) == ((0, "success", ""), 1)
    assert action.sandbox.wedata.saved(PROJECT, "1002")[-1].content.code == "select 'typed';\n"


def test_the_command_that_a_conflict_names_brings_the_edit_into_git(action: Action) -> None:
    before, after = push(action, NEW)
    action.sandbox.wedata.save(PROJECT, "1002", "select 'typed';\n")
    found = action.push(before, after, wait="true").seen.annotations
    [error] = [annotation for annotation in found if annotation.level == "error" and annotation.file]
    [command] = re.findall(r"`wedata-action (import .*?)`", error.message)
    done = run(
        action.repository.folder,
        *shlex.split(command),
        WEDATA_ENDPOINT=action.sandbox.endpoint,
        TENCENTCLOUD_REGION="ap-singapore",
        TENCENTCLOUD_SECRET_ID=action.sandbox.secret_id,
        TENCENTCLOUD_SECRET_KEY=action.sandbox.secret_key,
    )
    assert done.returncode == 0
    assert action.repository.git("status", "--porcelain") == "M sql/sum_orders.sql"
    action.repository.commit({}, "Take the edit of Studio")
    merged = action.repository.commit({"sql/sum_orders.sql": "select 'typed', 2;\n"}, "Merge")
    assert action.push(before, merged, wait="true").end == (0, "success", "")
    running = action.sandbox.wedata.production(PROJECT, "1002")
    assert running is not None
    assert running.content.code == "select 'typed', 2;\n"


def test_verify_writes_nothing(action: Action) -> None:
    before, after = push(action, NEW)
    ended = action.push(before, after, wait="true", code="verify")
    assert ended.end == (1, "failure", "conflict")
    assert {call.action for call in action.sandbox.gateway.calls} <= {"ListTaskVersions", "GetTask"}


def test_a_code_that_never_goes_live_is_no_success(action: Action) -> None:
    before, after = push(action, NEW)
    action.sandbox.wedata.set_task("1001", TaskBehaviour(production_delay=600))
    ended = action.push(before, after, wait="true", wait_timeout="2")
    assert ended.end == (4, "unknown", "timeout")
    assert "production still ran sql/load_orders.sql of the base" in ended.messages()
