"""One definition for two targets: jobs of one workflow, each with its own project, record and gate; and in a shell."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.end_to_end.test_shell import run
from tests.support.action import Action, Ended
from tests.support.github import Annotation, GitHub, WorkflowRun
from tests.support.json_http import Reply, serve_json
from wedata_sandbox.faults import SUBMIT, Fault

DEV, PROD = "1460947878944567296", "1470547050521227264"
DEFINITIONS = f"""\
project_id: {{dev: "{DEV}", prod: "{PROD}"}}
tasks:
- {{name: load, task_id: {{dev: "11", prod: "71"}}, version_remark: %s}}
- {{name: sum, task_id: {{dev: "12", prod: "72"}}}}
- {{name: try, task_id: {{dev: "13"}}}}
"""


class Pipeline:
    """The main branch, whose workflow has a job for dev, and one for prod that needs the first."""

    def __init__(self, action: Action, github: GitHub, url: str) -> None:
        self.action, self.github, self.before = action, github, "0" * 40
        action.environment |= {
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "owner/repository",
            "GITHUB_WORKFLOW_REF": "owner/repository/.github/workflows/deploy.yml@refs/heads/main",
        }

    def push(self, text: str, targets: tuple[str, ...] = ("dev", "prod"), **inputs: str) -> dict[str, Ended]:
        return self.commit({"wedata/a.yml": DEFINITIONS % text}, targets, **inputs)

    def commit(self, files: Mapping[str, str], targets: tuple[str, ...], **inputs: str) -> dict[str, Ended]:
        head = self.action.repository.commit(files)
        payload = {"before": self.before, "forced": False, "repository": {"default_branch": "main"}}
        self.before = head
        number = len(self.github.runs) + 1
        workflow = WorkflowRun(1000 + number, number, head, created=self.github.now())
        self.github.runs.append(workflow)
        self.action.environment["GITHUB_RUN_ID"] = str(workflow.id)
        found = {}
        for target in targets:
            job = self.github.start(workflow, target or "submit")
            given = {"base": "auto", "wait": "true", "project_id": "", "target": target} | inputs
            ended = self.action.event("push", payload, head, **given)
            kept = shutil.copy(ended.output_file, self.action.folder / f"{target}.outputs")  # the next job has its own
            found[target] = dataclasses.replace(ended, output_file=Path(kept))
            notices = [Annotation(issue.level, issue.title or "", issue.message) for issue in ended.seen.annotations]
            self.github.end(job, "failure" if ended.code else "success", notices)
            if ended.code:
                break
        workflow.conclusion, workflow.updated = job.conclusion, self.github.now() - 3600
        return found

    def versions(self, project: str, *task_ids: str) -> list[int]:
        return [len(self.action.sandbox.wedata.versions(project, task_id)) for task_id in task_ids]


@pytest.fixture
def pipeline(action: Action) -> Iterator[Pipeline]:
    github = GitHub(time.time)

    def answer(path: str) -> Reply:
        status, value = github.answer(path)
        return Reply(value, status)

    with serve_json(answer) as server:
        yield Pipeline(action, github, server.url)


def test_each_target_has_its_tasks_in_its_own_project(pipeline: Pipeline) -> None:
    ended = pipeline.push("one", report_file="report.json")
    assert {name: one.end for name, one in ended.items()} == {"dev": (0, "success", ""), "prod": (0, "success", "")}
    assert (ended["dev"].ids("live-task-ids"), ended["prod"].ids("live-task-ids")) == (["11", "12", "13"], ["71", "72"])
    assert pipeline.versions(DEV, "11", "12", "13", "71", "72") == [1, 1, 1, 0, 0]
    assert pipeline.versions(PROD, "11", "12", "13", "71", "72") == [0, 0, 0, 1, 1]
    assert {name: one.outputs["target"] for name, one in ended.items()} == {"dev": "dev", "prod": "prod"}
    assert "prod" in (ended["prod"].summary or "").split("\n")[0]
    report = json.loads((pipeline.action.repository.folder / "report.json").read_text(encoding="utf-8"))
    assert (report["target"], [task["project_id"] for task in report["tasks"]]) == ("prod", [PROD, PROD])


def test_the_records_of_two_targets_have_two_scopes(pipeline: Pipeline) -> None:
    ended = pipeline.push("one")
    scopes = {one.messages("notice").partition("scope:")[2][:12] for one in ended.values()}
    assert len(scopes) == 2


def test_prod_catches_up_on_what_dev_kept_from_it(pipeline: Pipeline) -> None:
    pipeline.push("one")
    pipeline.action.sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation"))
    assert list(pipeline.push("two")) == ["dev"]
    ended = pipeline.push("two")
    assert (ended["dev"].ids("live-task-ids"), ended["prod"].ids("live-task-ids")) == (["11"], ["71"])
    assert pipeline.versions(PROD, "71", "72") == [2, 1]


def test_a_failure_of_prod_is_made_up_for_there_and_dev_has_nothing_to_do(pipeline: Pipeline) -> None:
    pipeline.push("one")
    pipeline.push("two", targets=("dev",))
    ended = pipeline.push("two")
    assert (ended["dev"].end, ended["prod"].ids("live-task-ids")) == ((0, "noop", ""), ["71"])
    again = pipeline.push("two")
    assert [one.end for one in again.values()] == [(0, "noop", "")] * 2


def test_definitions_that_get_targets_submit_nothing_twice(pipeline: Pipeline) -> None:
    plain = f'project_id: "{DEV}"\ntasks:\n- {{task_id: "11", version_remark: one}}\n- {{task_id: "12"}}\n'
    first = pipeline.commit({"wedata/a.yml": plain}, ("",))
    assert first[""].ids("live-task-ids") == ["11", "12"]
    stopped = pipeline.push("one")
    assert stopped["dev"].end == (2, "failure", "unresolved-base")
    ended = pipeline.push("one", base="empty")
    assert pipeline.versions(DEV, "11", "12", "13") == [1, 1, 1]
    assert pipeline.versions(PROD, "71", "72") == [1, 1]
    assert [one.end for one in ended.values()] == [(0, "success", "")] * 2


def test_a_revision_from_before_there_were_targets_resolves_for_the_same_target(pipeline: Pipeline) -> None:
    plain = f'project_id: "{DEV}"\ntasks:\n- {{task_id: "11", version_remark: one}}\n- {{task_id: "12"}}\n'
    before = pipeline.action.repository.commit({"wedata/a.yml": plain})
    planned = pipeline.push("one", base=before, mode="plan")
    assert (planned["dev"].ids("task-ids"), planned["dev"].ids("removed-task-ids")) == (["13"], [])
    assert (planned["prod"].ids("task-ids"), planned["prod"].ids("removed-task-ids")) == (["71", "72"], [])


def test_drift_and_status_look_at_the_tasks_of_the_target(pipeline: Pipeline) -> None:
    pipeline.push("one", targets=("dev",))
    drift = pipeline.push("one", mode="drift")
    assert (drift["dev"].end, "prod" in drift) == ((0, "in-sync", ""), True)
    assert (drift["prod"].end[1], drift["prod"].ids("task-ids")) == ("in-sync", ["71", "72"])
    status = pipeline.push("one", mode="status", base="empty", wait="false")
    assert (status["dev"].end, list(status)) == ((0, "success", ""), ["dev", "prod"])
    assert (status["prod"].end[:2], status["prod"].ids("unknown-task-ids")) == ((4, "unknown"), ["71", "72"])


def test_only_the_projects_of_the_target_must_be_allowed(pipeline: Pipeline) -> None:
    ended = pipeline.push("one", allowed_projects=DEV)
    assert (ended["dev"].code, ended["prod"].end) == (0, (2, "failure", "invalid-definition"))


@pytest.mark.parametrize(("target", "said"), [
    ("prdo", "input 'target': no definition at head names the target 'prdo'; the definitions name dev, prod"),
    ("", "input 'target' is not set, and definitions have values by target: set it; the definitions name dev, prod"),
    ("d v", "input 'target': 'd v' is not allowed; give the name of a target"),
])  # fmt: skip
def test_a_target_that_is_wrong_or_missing_ends_the_run(pipeline: Pipeline, target: str, said: str) -> None:
    ended = pipeline.push("one", targets=(target,))[target]
    assert ended.end == (2, "failure", "invalid-input")
    assert said in ended.messages()
    assert pipeline.action.sandbox.wedata.submissions == ()


def test_a_shell_plans_and_validates_targets(action: Action) -> None:
    folder = action.repository.folder
    action.repository.commit({"README.md": ""})
    action.repository.commit({"wedata/a.yml": DEFINITIONS % "one"})
    assert "5 tasks of the targets dev, prod, no mistake" in run(folder, "validate").stdout
    assert "3 tasks of the target dev, no mistake" in run(folder, "validate", "--target", "dev").stdout
    planned = run(folder, "plan", "--base", "HEAD~1", WEDATA_TARGET="prod")
    assert (planned.returncode, set(re.findall(r"\b(?:71|11)\b", planned.stdout))) == (0, {"71"})
    refused = run(folder, "plan", "--base", "HEAD~1")
    assert (refused.returncode, "--target is not set" in refused.stdout) == (2, True)
    (folder / "wedata" / "a.yml").write_text('task_id: {dev: "1", prod: "1"}\nproject_id: p\n')
    wrong = run(folder, "validate")
    assert (wrong.returncode, wrong.stdout.count("the targets dev and prod lead to the same task 1")) == (2, 2)
