"""The workflows of the README, the examples and the self-test, run by act. `make act` names this file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.container import act
from tests.container.act import Ended, Forge
from tests.container.conftest import IMAGE, Open
from tests.container.docker import ROOT
from tests.support.project import project_files
from wedata_sandbox.faults import SUBMIT, Fault
from wedata_sandbox.keyless import Keyless

EXAMPLES = ROOT / "examples"
PROJECT, PROD = "1460947878944567296", "1470547050521227264"
ONE, TWO = "20250801000000001", "20250801000000002"


def example(name: str) -> dict[str, str]:
    """The files of an example, by path."""
    folder = EXAMPLES / name
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def pull_request(forge: Forge, workflow: str, files: Mapping[str, str]) -> Ended:
    """Runs the workflow for the merge of a pull request that changes `files`, which GitHub checks out."""
    git = forge.repository.git
    base = git("rev-parse", "main")
    git("checkout", "--quiet", "-B", "change")
    head = forge.commit(files)
    git("checkout", "--quiet", "-B", "merge", "main")
    git("merge", "--quiet", "--no-ff", "-m", "Merge", "change")
    pull = {"number": 7, "base": {"ref": "main", "sha": base}, "head": {"ref": "change", "sha": head}}
    payload = {"action": "synchronize", "number": 7, "pull_request": pull}
    return forge.run(workflow, "pull_request", payload, branch="merge")


def sent(forge: Forge) -> list[tuple[str, str]]:
    """Project and task of each submission that arrived, the refused ones too."""
    bodies = [submission.body for submission in forge.sandbox.wedata.submissions]
    return [(body["ProjectId"], task["TaskId"]) for body in bodies for task in body["Tasks"]]


def first_push_goes_live(forge: Forge) -> Ended:
    """What the README's workflow must do: every check of it that a planted fault has to trip is here."""
    ended = forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 1;\n"})
    assert ended.code == 0, ended.log
    outputs = ended.outputs("wedata")
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["outputs"]
    assert outputs.keys() == declared.keys()
    assert (outputs["result"], outputs["live-task-ids"]) == ("success", f'["{ONE}"]')
    assert ended.jobs == {"WeData/submit": "success", "WeData/after": "success"}
    assert "Every changed task is live." in ended.printed
    return ended


def test_the_readmes_workflow_lets_the_next_job_run_when_all_is_live(open_forge: Open) -> None:
    forge = open_forge(example("one-project"))
    first_push_goes_live(forge)
    ended = forge.push("wedata.yml", {"sql/sum_orders.sql": "SELECT 2;\n"})
    assert ended.code == 0, ended.log
    assert (ended.outputs("wedata")["base-source"], ended.outputs("wedata")["result"]) == ("last-success", "success")
    assert json.loads(ended.outputs("wedata")["task-ids"]) == [TWO]


def test_a_task_that_wedata_refuses_makes_the_step_red_and_stops_the_next_job(open_forge: Open) -> None:
    forge = open_forge(example("one-project"))
    forge.sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation"))
    ended = forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 1;\n"})
    assert ended.code != 0
    assert ended.jobs["WeData/submit"] == "failure"
    assert ended.outputs("wedata")["failure-reason"] == "auth"
    assert "Every changed task is live." not in ended.printed
    assert any("UnauthorizedOperation" in told.message for told in ended.annotations if told.level == "failure")


def test_a_run_by_hand_drops_the_edit_of_one_task_and_leaves_every_other_one(open_forge: Open) -> None:
    forge = open_forge(example("one-project"))
    files = {"sql/load_orders.sql": "SELECT 1;\n", "sql/sum_orders.sql": "SELECT 2;\n"}
    assert forge.push("wedata.yml", files).code == 0
    for task in (ONE, TWO):
        forge.sandbox.wedata.save(PROJECT, task, "SELECT 'edited';")
    by_hand = {"ref": "refs/heads/main", "inputs": {"base": "auto", "code": "overwrite"}}
    assert forge.run("wedata.yml", "workflow_dispatch", by_hand).outputs("wedata")["result"] == "noop"
    definitions = example("one-project")["wedata/orders.yml"]
    remarked = definitions.replace(
        "    name: load_orders\n", "    name: load_orders\n    version_remark: back to git\n"
    )
    assert remarked != definitions
    ended = forge.push("wedata.yml", {"wedata/orders.yml": remarked})
    assert ended.outputs("wedata")["failure-reason"] == "conflict"
    ended = forge.run("wedata.yml", "workflow_dispatch", by_hand)
    assert ended.code == 0, ended.log
    outputs = ended.outputs("wedata")
    assert (outputs["result"], outputs["task-ids"]) == ("success", f'["{ONE}"]')
    drafts = [forge.sandbox.wedata.saved(PROJECT, task)[-1].content.code for task in (ONE, TWO)]
    assert drafts == ["SELECT 1;\n", "SELECT 'edited';"]


def test_the_gate_hands_the_live_tasks_to_the_next_job(open_forge: Open) -> None:
    page = (ROOT / "docs" / "how-to" / "gate-a-deployment.md").read_text(encoding="utf-8")
    [workflow] = re.findall(r"```yaml\n(# \.github/workflows/wedata\.yml\n.*?)```\n", page, re.DOTALL)
    forge = open_forge(example("one-project") | {".github/workflows/wedata.yml": workflow})
    ended = forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 1;\n", "sql/sum_orders.sql": "SELECT 2;\n"})
    assert ended.code == 0, ended.log
    assert ended.printed[-2:] == [ONE, TWO]


SHARED = """
on:
  workflow_call:
    inputs:
      folder: {type: string, required: true}
    outputs:
      live:
        value: ${{ jobs.submit.outputs.live }}
jobs:
  submit:
    runs-on: ubuntu-latest
    outputs:
      live: ${{ steps.wedata.outputs.live-task-ids }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - id: wedata
        uses: OWNER/wedata-action@COMMIT # v0.1.0
        with:
          region: ap-singapore
          definitions: ${{ inputs.folder }}/**/*.yml
        env:
          TENCENTCLOUD_SECRET_ID: ${{ secrets.TENCENTCLOUD_SECRET_ID }}
          TENCENTCLOUD_SECRET_KEY: ${{ secrets.TENCENTCLOUD_SECRET_KEY }}
"""
MATRIX = """
name: Teams
on: push
jobs:
  submit:
    strategy:
      matrix:
        folder: [finance, sales]
    uses: ./.github/workflows/shared.yml
    with:
      folder: ${{ matrix.folder }}
    secrets: inherit
  tell:
    needs: submit
    runs-on: ubuntu-latest
    env:
      LIVE: ${{ needs.submit.outputs.live }}
    steps:
      - run: jq --raw-output '"live:" + .[]' <<< "$LIVE"
"""


def test_a_matrix_of_a_reusable_workflow_submits_each_folder_once(open_forge: Open) -> None:
    workflows = {".github/workflows/shared.yml": SHARED, ".github/workflows/teams.yml": MATRIX}
    forge = open_forge({**workflows, "README.md": ""})
    shared = f'project_id: "{PROJECT}"\ntask_id: '
    ended = forge.push("teams.yml", {"finance/a.yml": f"{shared}'1'\n", "sales/b.yml": f"{shared}'2'\n"})
    assert ended.code == 0, ended.log
    assert sorted(sent(forge)) == [(PROJECT, "1"), (PROJECT, "2")]
    assert any(line in {"live:1", "live:2"} for line in ended.printed)


def test_a_commit_goes_to_prod_once_it_is_live_in_dev(open_forge: Open) -> None:
    forge = open_forge(example("dev-and-prod"))
    both = [(PROJECT, ONE), (PROD, "20250915000000007")]
    ended = forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 1;\n"})
    assert ended.code == 0, ended.log
    assert sent(forge) == both
    forge.sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation"))
    assert forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 2;\n"}).jobs == {"WeData/dev": "failure"}
    ended = forge.push("wedata.yml", {"README.md": "No task changes here.\n"})
    assert ended.code == 0, ended.log
    assert sent(forge) == [*both, both[0], *both]


def test_the_plan_of_a_pull_request_has_a_job_for_each_target(open_forge: Open) -> None:
    forge = open_forge(example("dev-and-prod"))
    ended = pull_request(forge, "wedata-plan.yml", {"sql/load_orders.sql": "SELECT 1;\n"})
    assert ended.code == 0, ended.log
    planned = [line for line in ended.printed if "sql/load_orders.sql changed" in line]
    assert [any(task in line for line in planned) for task in (ONE, "20250915000000007")] == [True, True]


def test_the_keyless_example_signs_in_with_the_token_of_the_job(open_forge: Open) -> None:
    forge = open_forge(example("keyless"))
    with Keyless(forge.sandbox.gateway) as services:
        forge.secrets.clear()
        forge.environ |= services.environ
        ended = forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 1;\n"})
    assert ended.code == 0, ended.log
    assert len(forge.sandbox.wedata.submissions) == 1


def test_a_pull_request_has_one_comment_that_follows_it(open_forge: Open) -> None:
    forge = open_forge(example("pull-request-plan"))
    for code in ("SELECT 1;\n", "SELECT 2;\n"):
        ended = pull_request(forge, "wedata-plan.yml", {"sql/load_orders.sql": code})
        assert ended.code == 0, ended.log
        assert any("sql/load_orders.sql changed" in line for line in ended.printed)
        [comment] = forge.github.comments
        assert "1 task to submit" in comment["body"]
        assert forge.repository.git("rev-parse", "HEAD") in comment["body"]
    assert forge.sandbox.gateway.calls == ()


def test_the_scheduled_drift_is_red_once_somebody_submits_other_code_in_wedata(open_forge: Open) -> None:
    files = example("one-project") | example("scheduled-drift")
    forge = open_forge(files)
    assert forge.push("wedata.yml", {"sql/load_orders.sql": "SELECT 1;\n"}).code == 0
    scheduled = {"schedule": "17 5 * * *"}
    ended = forge.run("wedata-drift.yml", "schedule", scheduled)
    assert ended.code == 0, ended.log
    forge.sandbox.wedata.save(PROJECT, ONE, "DROP TABLE orders;")
    forge.sandbox.wedata.add_by_hand(PROJECT, ONE, "by hand")
    ended = forge.run("wedata-drift.yml", "schedule", scheduled)
    assert ended.code != 0
    assert ended.annotations[0].title == "wedata-action: drifted"


def test_the_self_test_is_green(open_forge: Open, tmp_path: Path) -> None:
    forge = open_forge(project_files() | {"action.yml": act.pinned(IMAGE)})
    [setup_python] = re.findall(r"uses: (actions/setup-python@\w+)", SELF_TEST.read_text(encoding="utf-8"))
    nothing = tmp_path / "setup-python"
    nothing.mkdir()
    (nothing / "action.yml").write_text(NOTHING, encoding="utf-8")
    forge.local[setup_python] = nothing
    forge.environ.clear()  # it has a sandbox of its own
    ended = forge.push("selftest.yml", {})
    assert ended.code == 0, ended.log
    assert ended.outputs("submit")["result"] == "success"


SELF_TEST = ROOT / ".github" / "workflows" / "selftest.yml"
NOTHING = """
name: Stands in for an action that would download from GitHub what the job's image has
description: Does nothing
runs: {using: composite, steps: [{run: 'true', shell: sh}]}
"""
