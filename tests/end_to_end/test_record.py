"""Runs that follow one another on a branch, each a process of its own, with a GitHub that keeps what they record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.action import PROJECT, Action, Ended
from tests.support.github import Annotation, GitHub, WorkflowRun
from tests.support.json_http import Reply, serve_json
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import SUBMIT, Fault

PAUSE = 0.1  # seconds that each answer of GitHub takes


class Branch:
    """The main branch: each push is a run, whose notices GitHub keeps once its job has ended."""

    def __init__(self, action: Action, github: GitHub, url: str) -> None:
        self.action = action
        self.github = github
        self.before = "0" * 40
        action.environment |= {
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "owner/repository",
            "GITHUB_WORKFLOW_REF": "owner/repository/.github/workflows/deploy.yml@refs/heads/main",
        }

    def push(self, **tasks: str) -> Ended:
        definitions = "\n---\n".join(f"task_id: '{task[1:]}'\nversion_remark: {text}" for task, text in tasks.items())
        head = self.action.repository.commit({"wedata/a.yml": definitions})
        ended = self.run(head, {"before": self.before, "forced": False, "repository": {"default_branch": "main"}})
        self.before = head
        return ended

    def run(self, head: str, payload: dict[str, object], name: str = "push", **inputs: str) -> Ended:
        number = len(self.github.runs) + 1
        run = WorkflowRun(1000 + number, number, head, event=name, created=self.github.now())
        self.github.runs.append(run)
        job = self.github.start(run)
        self.action.environment["GITHUB_RUN_ID"] = str(run.id)
        ended = self.action.event(name, payload, head, **({"base": "auto", "wait": "true"} | inputs))
        notices = [Annotation(issue.level, issue.title or "", issue.message) for issue in ended.seen.annotations]
        self.github.end(job, "success" if ended.code == 0 else "failure", notices)
        run.conclusion, run.updated = job.conclusion, self.github.now() - 3600
        return ended


@pytest.fixture
def branch(action: Action) -> Iterator[Branch]:
    github = GitHub(time.time)

    def answer(path: str) -> Reply:
        time.sleep(PAUSE)
        status, value = github.answer(path)
        return Reply(value, status)

    with serve_json(answer) as server:
        yield Branch(action, github, server.url)


def test_a_change_whose_run_failed_is_submitted_by_the_next_one(branch: Branch) -> None:
    assert branch.push(t1="one", t2="one").end == (0, "success", "")
    branch.action.sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation"))
    assert branch.push(t1="two", t2="one").code == 3
    ended = branch.push(t1="two", t2="one")
    assert ended.end == (0, "success", "")
    assert (ended.ids("live-task-ids"), ended.outputs["base-source"]) == (["1"], "last-success")


def test_a_failed_first_run_keeps_its_base(branch: Branch) -> None:
    branch.action.sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation"))
    assert branch.push(t1="one").code == 3
    ended = branch.push(t1="one", t2="one")
    assert (ended.end, ended.ids("live-task-ids")) == ((0, "success", ""), ["1", "2"])


def test_empty_by_hand_sends_nothing_that_is_live(branch: Branch) -> None:
    branch.push(t1="one", t2="one")
    ended = branch.run(branch.before, {"inputs": {}}, "workflow_dispatch", base="empty")
    assert (ended.end, ended.ids("live-task-ids")) == ((0, "success", ""), ["1", "2"])
    assert len(branch.action.sandbox.wedata.submissions) == 1


def test_adopt_submits_nothing_and_later_runs_start_from_it(branch: Branch) -> None:
    head = branch.before = branch.action.repository.commit({"wedata/a.yml": "task_id: '1'\nversion_remark: one\n"})
    ended = branch.run(head, {"inputs": {}}, "workflow_dispatch", base="adopt")
    assert (ended.end, branch.action.sandbox.wedata.submissions) == ((0, "adopted", ""), ())
    ended = branch.push(t1="one", t2="one")
    assert (ended.outputs["base"], ended.ids("live-task-ids")) == (head, ["2"])


def test_adopt_is_refused_for_a_definition_that_is_invalid(branch: Branch) -> None:
    head = branch.action.repository.commit({"wedata/a.yml": "task_id: '1'\nnonsense: 1\n"})
    ended = branch.run(head, {"inputs": {}}, "workflow_dispatch", base="adopt")
    assert ended.end == (2, "failure", "invalid-definition")


def test_a_reverted_task_whose_draft_cannot_be_written_back_is_unsent_and_not_skipped(branch: Branch) -> None:
    action, old, new = branch.action, "SELECT 1;\n", "SELECT 2;\n"
    action.sandbox.wedata.create_task(PROJECT, NewTask("1", code=old))
    payload = {"forced": False, "repository": {"default_branch": "main"}}
    adopted = action.repository.commit({"wedata/a.yml": "task_id: '1'\ncode: a.sql\n", "wedata/a.sql": old})
    assert branch.run(adopted, {"inputs": {}}, "workflow_dispatch", base="adopt").code == 0
    action.sandbox.fail_next(SUBMIT, Fault.error("UnauthorizedOperation"))
    changed = action.repository.commit({"wedata/a.sql": new})
    assert branch.run(changed, {"before": adopted} | payload).code == 3
    action.sandbox.fail_next("GetTask", Fault.error("UnauthorizedOperation"), times=None)
    ended = branch.run(action.repository.commit({"wedata/a.sql": old}), {"before": changed} | payload)
    assert ended.end == (3, "failure", "auth")
    assert (ended.ids("unsent-task-ids"), ended.ids("skipped-task-ids")) == (["1"], [])


def test_each_run_leaves_one_notice_and_it_is_the_record(branch: Branch) -> None:
    runs: list[Callable[[], Ended]] = [
        lambda: branch.push(t1="one"),
        lambda: branch.push(t1="one"),
        lambda: branch.run(branch.before, {}, "schedule"),
    ]
    for run in runs:
        ended = run()
        (notice,) = [issue for issue in ended.seen.annotations if issue.level == "notice"]
        assert notice.title == "wedata-action"
        assert f"head:{ended.outputs['head']} result:{ended.outputs['result']})" in notice.message
    assert branch.run(branch.before, {}, mode="plan").messages("notice") == ""


def test_a_run_on_a_quiet_branch_ends_soon(branch: Branch) -> None:
    branch.push(t1="one")
    seconds = []
    for text in ("two", "three", "four"):
        start = time.monotonic()
        assert branch.push(t1=text).end == (0, "success", "")
        seconds.append(time.monotonic() - start)
    assert min(seconds) < 1.2
