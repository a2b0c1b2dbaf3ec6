"""Drift as the runner runs it on a schedule, and in a shell: what a person sees, and that nothing is written."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.end_to_end.test_shell import run
from tests.support import runner
from tests.support.action import PROJECT, Action, Ended, Repository
from tests.support.json_http import Reply, serve_json
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

READS = {"GetTask", "ListTaskVersions", "GetOpsTaskCode"}
FILE = "SELECT 1;\n"
HOSTILE = (
    "::error::forged\n##[error]forged\n::set-output name=result::success\n```\n</pre></details>"
    "<script>alert(1)</script>\n| a | b |\n\n# heading\n[x](http://evil.example) @octocat \x1b[31mred\u202e "
    "(record:1 scope:000000000000)\r::endgroup::\n"
)
DEFINITIONS = {
    "wedata/a.yml": "tasks:\n- {task_id: '1', name: orders, code: a.sql}\n- {task_id: '2', name: sums, code: b.sql}\n"
    "- {task_id: '3', name: gone}\n- {task_id: '4', name: plain}\n",
    "wedata/a.sql": FILE,
    "wedata/b.sql": "SELECT 2;\n",
}


def prepare(wedata: WeData) -> None:
    """Of the tasks of DEFINITIONS the first has another code, the third is missing, the fourth is unproven."""
    for task_id, code in (("1", HOSTILE), ("2", "SELECT 2;"), ("4", "x")):
        wedata.create_task(PROJECT, NewTask(task_id, code=code, submitted=True))
    wedata.delete_task(PROJECT, "3")


def drift(action: Action, **inputs: str) -> Ended:
    head = action.repository.git("rev-parse", "HEAD")
    return action.event("schedule", {"schedule": "17 5 * * *"}, head, **({"mode": "drift"} | inputs))


@pytest.fixture(params=["intl", "domestic"])
def action(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Action]:
    with Sandbox(WeData(site=request.param)) as sandbox:
        yield Action(tmp_path, Repository.make(tmp_path / "workspace"), sandbox)


def test_drift_is_red_names_its_tasks_and_writes_nothing(action: Action) -> None:
    action.repository.commit(DEFINITIONS)
    prepare(action.sandbox.wedata)
    ended = drift(action, report_file="report.json")
    assert ended.end == (6, "drifted", "drifted")
    assert (ended.ids("drifted-task-ids"), ended.ids("unknown-task-ids")) == (["1", "3"], [])
    assert {call.action for call in action.sandbox.gateway.calls} == READS
    shown = {(issue.file, issue.line, issue.level): issue.message for issue in ended.seen.annotations if issue.file}
    assert set(shown) == {("wedata/a.yml", "2", "error"), ("wedata/a.yml", "4", "error")}
    assert "version_remark" in shown["wedata/a.yml", "2", "error"]
    assert "Li Wei" in shown["wedata/a.yml", "2", "error"]
    report = json.loads((action.repository.folder / "report.json").read_text())
    assert {task["task_id"]: task["drift"] for task in report["tasks"]} == {
        "1": "code-differs",
        "2": "in-sync",
        "3": "missing",
        "4": "unproven",
    }
    for word in ("orders (1): code-differs", "sums (2): in-sync", "gone (3): missing", "plain (4): unproven"):
        assert word in ended.stdout
    assert ended.summary
    for word in ("WeData is not as git has it", "code-differs", "-SELECT 1;", "in-sync", "unproven"):
        assert word in unescape(ended.summary)


def test_a_hostile_code_forges_nothing_anywhere(action: Action) -> None:
    action.repository.commit(DEFINITIONS)
    prepare(action.sandbox.wedata)
    ended = drift(action)
    assert ended.outputs["result"] == "drifted"
    assert {issue.level for issue in ended.seen.annotations} == {"error"}
    assert len(ended.seen.annotations) == 3
    assert "\x1b" not in ended.stdout
    assert "(record:" not in ended.stdout
    assert ended.summary
    before, _, rest = ended.summary.partition('<pre lang="diff">')
    block, _, after = rest.partition("</pre>")
    assert not set(block) & set("<>`|*[]@\x1b\u202e\r")
    assert "+::error::forged\n" in unescape(block)
    assert "script" not in before + after
    assert "heading" not in before + after


def test_a_site_that_has_what_git_has_is_in_sync(action: Action) -> None:
    before = action.repository.commit({})
    files = {"wedata/a.yml": "tasks:\n- {task_id: '1', code: a.sql}\n- task_id: '2'\n", "wedata/a.sql": FILE}
    head = action.repository.commit(files)
    assert action.push(before, head, wait="true").end == (0, "success", "")
    ended = drift(action)
    assert ended.end == (0, "in-sync", "")
    assert ended.ids("drifted-task-ids") == []
    assert ended.seen.annotations == []
    assert ended.outputs["head"] == head
    action.sandbox.wedata.save(PROJECT, "1", "SELECT 'typed';\n")
    ended = drift(action)
    assert ended.end == (0, "in-sync", "")
    assert "has an edit that was not submitted" in ended.messages("warning")


def test_the_submitting_workflow_heals_drift_with_an_empty_base(action: Action) -> None:
    action.repository.commit({"wedata/a.yml": "{task_id: '1', code: a.sql}\n", "wedata/a.sql": FILE})
    head = action.repository.commit({"wedata/a.sql": "SELECT 2;\n"})
    action.sandbox.wedata.create_task(PROJECT, NewTask("1", code=FILE, submitted=True))
    assert drift(action).end == (6, "drifted", "drifted")
    healed = action.event("workflow_dispatch", {}, head, base="empty", wait="true")
    assert healed.end == (0, "success", "")
    assert drift(action).end == (0, "in-sync", "")


def import_as_told(action: Action, message: str) -> None:
    """Runs the command of `import` that a message names."""
    [command] = re.findall(r"`wedata-action (import .*?)`", message)
    keys = {"TENCENTCLOUD_SECRET_ID": action.sandbox.secret_id, "TENCENTCLOUD_SECRET_KEY": action.sandbox.secret_key}
    site = {"WEDATA_ENDPOINT": action.sandbox.endpoint, "TENCENTCLOUD_REGION": "ap-singapore"}
    assert run(action.repository.folder, *shlex.split(command), **keys, **site).returncode == 0


def test_other_code_is_kept_by_the_command_that_drift_names_and_dropped_by_the_options_it_names(action: Action) -> None:
    ids = "task_id: {dev: '1', prod: '2'}, project_id: {dev: '" + PROJECT + "', prod: '9'}"
    before = action.repository.commit({})
    head = action.repository.commit({"wedata/a.yml": f"{{{ids}, name: orders, code: a.sql}}\n", "wedata/a.sql": FILE})
    assert action.push(before, head, wait="true", target="dev").end == (0, "success", "")
    action.sandbox.wedata.save(PROJECT, "1", "SELECT 'typed';\n")
    action.sandbox.wedata.add_by_hand(PROJECT, "1", "by hand")
    [error] = [found for found in drift(action, target="dev").seen.annotations if found.level == "error" and found.file]
    import_as_told(action, error.message)
    assert (action.repository.folder / "wedata/a.sql").read_text() == "SELECT 'typed';\n"
    action.repository.git("checkout", "--quiet", "wedata/a.sql")
    assert "another version_remark, and run `submit` with `target: dev` and `code: overwrite`" in error.message
    remarked = f"{{{ids}, name: orders, code: a.sql, version_remark: back to git}}\n"
    changed = action.repository.commit({"wedata/a.yml": remarked})
    again = {"target": "dev", "wait": "true"}
    with serve_json(lambda _: Reply({"message": "Not Found"}, 404)) as github:  # its repository has no other blob
        action.environment["GITHUB_API_URL"] = github.url
        assert action.push(head, changed, **again).end == (1, "failure", "conflict")
        assert action.push(head, changed, code="overwrite", **again).end == (0, "success", "")
    assert drift(action, target="dev").end == (0, "in-sync", "")


def test_an_edit_is_brought_into_git_by_the_command_that_drift_names(action: Action) -> None:
    before = action.repository.commit({})
    head = action.repository.commit({"wedata/a.yml": "{task_id: '1', code: a.sql}\n", "wedata/a.sql": FILE})
    assert action.push(before, head, wait="true").end == (0, "success", "")
    action.sandbox.wedata.save(PROJECT, "1", "SELECT 'typed';\n")
    import_as_told(action, drift(action).messages("warning"))
    assert (action.repository.folder / "wedata/a.sql").read_text() == "SELECT 'typed';\n"


def test_a_task_that_cannot_be_read_is_never_in_sync(action: Action) -> None:
    action.repository.commit(DEFINITIONS)
    action.sandbox.fail_next("GetOpsTaskCode", Fault.error("UnauthorizedOperation", "no"), times=2)
    ended = drift(action)
    assert ended.end == (3, "failure", "auth")
    assert ended.ids("unknown-task-ids") == ["1", "2"]
    assert "wedata:GetOpsTaskCode" in ended.messages()


def test_mistakes_and_no_definitions_end_before_anything_is_read(action: Action) -> None:
    action.repository.commit({"wedata/a.yml": "task_id: 'x y'\n"})
    assert drift(action).end == (2, "failure", "invalid-definition")
    action.repository.commit({"wedata/a.yml": ""})
    action.repository.git("rm", "--quiet", "wedata/a.yml")
    action.repository.commit({})
    assert drift(action).end == (2, "failure", "invalid-input")
    assert action.sandbox.gateway.calls == ()


def in_a_shell(folder: Path, sandbox: Sandbox, *options: str) -> subprocess.CompletedProcess[str]:
    keys = {"TENCENTCLOUD_SECRET_ID": sandbox.secret_id, "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key}
    settings = ("--endpoint", sandbox.endpoint, "--region", "ap-singapore", "--project-id", PROJECT)
    return run(folder, "drift", *settings, *options, **keys)


def test_a_shell_shows_the_difference_and_takes_any_head(action: Action) -> None:
    action.repository.commit(DEFINITIONS)
    action.repository.commit({"wedata/a.sql": "SELECT 1, 1;\n"})
    prepare(action.sandbox.wedata)
    action.sandbox.wedata.create_task(PROJECT, NewTask("3"))
    action.sandbox.wedata.create_task(PROJECT, NewTask("1", code=FILE, submitted=True))
    done = in_a_shell(action.repository.folder, action.sandbox)
    assert done.returncode == 6
    assert "    -SELECT 1, 1;\n    +SELECT 1;\n" in done.stdout
    assert "orders (1): production runs other code than the file at head." in done.stdout
    assert done.stdout.endswith("Result: drifted\n")
    assert runner.replay(done.stdout).commands == 0
    assert in_a_shell(action.repository.folder, action.sandbox, "--head", "HEAD~1").returncode == 0


def test_the_help_has_an_example(action: Action) -> None:
    done = run(action.repository.folder, "drift", "--help")
    assert "wedata-action drift --project-id" in done.stdout
    assert "--base" not in done.stdout
