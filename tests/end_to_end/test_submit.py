"""A push, from the event to the outputs, by a process that the runner would start."""

import json
import re

import pytest

from tests.support.action import PROJECT, Action
from tests.support.runner import MESSAGE_LIMIT
from wedata_sandbox.faults import SUBMIT, Fault
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

ORDERS = """\
alarm_ways: email
tasks:
  - task_id: "1001"
    name: load orders
    folder_id: "1"
  - task_id: "1002"
    name: sum orders
    version_remark: own words
  - task_id: "1003"
"""
USERS = "task_id: '2001'\nname: load users\n"
FILES = {"wedata/orders.yml": ORDERS, "wedata/users.yaml": USERS}


def test_changed_tasks_are_submitted_in_batches(action: Action) -> None:
    before = action.repository.commit({"wedata/orders.yml": ORDERS.replace("1003", "1004"), "README.md": "x"})
    changes = {**FILES, "wedata/orders.yml": ORDERS.replace('folder_id: "1"', 'folder_id: "2"')}
    after = action.repository.commit(changes, "Load all orders\n\nBecause.")
    ended = action.push(before, after, batch_size="1", report_file="out/report.json")
    outputs = ended.outputs
    assert ended.end == (0, "submitted", "")
    assert sorted(ended.ids("task-ids")) == ["1001", "1003", "2001"]
    assert sorted(ended.ids("unknown-task-ids")) == ["1001", "1003", "2001"]
    assert ended.ids("skipped-task-ids") == ["1002"]
    assert sorted(json.loads(outputs["job-ids"])) == [1, 2, 3]
    assert outputs["job-id"] in {"1", "2", "3"}
    sent = {call.request_id for call in action.sandbox.gateway.calls if call.action == SUBMIT}
    assert sent == set(ended.ids("request-ids"))
    assert (outputs["task-count"], outputs["batch-count"]) == ("3", "3")
    assert (outputs["base"], outputs["base-source"], outputs["head"]) == (before, "event", after)
    assert outputs["report-file"] == "out/report.json"
    assert json.loads((action.repository.folder / "out/report.json").read_text(encoding="utf-8"))
    assert ended.stderr == ""
    assert ended.seen.groups[0].startswith("Batch ")
    assert ended.seen.others == []
    assert ended.seen.outputs_set == {}
    assert ended.summary is not None
    assert all(task_id in ended.summary for task_id in ("1001", "1003", "2001"))
    remark = action.sandbox.wedata.versions(PROJECT, "1001")[0].remark
    assert re.fullmatch(rf"Load all orders \(git:{after[:12]} def:[A-Za-z0-9_-]{{22}} run:7100\.1\)", remark)


def test_nothing_changed_is_green_without_a_call(action: Action) -> None:
    before = action.repository.commit(FILES)
    after = action.repository.commit({"wedata/orders.yml": f"# a comment\n{ORDERS}", "README.md": "x"})
    ended = action.push(before, after)
    assert ended.end == (0, "noop", "")
    assert action.sandbox.gateway.calls == ()
    assert ended.ids("task-ids") == []
    assert ended.ids("job-ids") == []
    assert sorted(ended.ids("skipped-task-ids")) == ["1001", "1002", "1003"]
    assert ended.outputs["job-id"] == ""


def test_a_new_default_branch_submits_every_definition(action: Action) -> None:
    head = action.repository.commit(FILES)
    ended = action.push("0" * 40, head)
    assert ended.end == (0, "submitted", "")
    assert ended.outputs["base-source"] == "empty"
    assert len(ended.ids("task-ids")) == 4


def test_an_invalid_definition_stops_everything_and_is_annotated_at_its_line(action: Action) -> None:
    before = action.repository.commit(FILES)
    bad = {"wedata/users.yaml": "task_id: '2001'\nnmae: load users\n", "wedata/x.yml": "- 1\n"}
    after = action.repository.commit({**bad, "wedata/orders.yml": ORDERS.replace("1003", "1005")})
    ended = action.push(before, after)
    assert ended.end == (2, "failure", "invalid-definition")
    assert action.sandbox.gateway.calls == ()
    (misspelt,) = [issue for issue in ended.seen.annotations if issue.file == "wedata/users.yaml"]
    assert (misspelt.level, misspelt.line, misspelt.col) == ("error", "2", "1")
    assert "'name'" in misspelt.message
    assert any(issue.file == "wedata/x.yml" for issue in ended.seen.annotations)
    assert ended.ids("job-ids") == []


def test_too_many_tasks_are_not_submitted(action: Action) -> None:
    head = action.repository.commit(FILES)
    ended = action.push("0" * 40, head, max_tasks="3")
    assert ended.end == (2, "failure", "too-many-tasks")
    assert "4 tasks are to be sent, and max-tasks allows 3" in ended.messages()
    assert action.sandbox.gateway.calls == ()


def test_a_plan_calls_nobody(action: Action) -> None:
    before = action.repository.commit({"README.md": "x"})
    after = action.repository.commit(FILES)
    action.environment = {"TENCENTCLOUD_SECRET_ID": "UNSET", "TENCENTCLOUD_SECRET_KEY": "UNSET"}
    ended = action.push(before, after, mode="plan", batch_size="2", region="")
    assert ended.end == (0, "planned", "")
    assert sorted(ended.ids("unsent-task-ids")) == ["1001", "1002", "1003", "2001"]
    assert ended.outputs["batch-count"] == "3"
    assert action.sandbox.gateway.calls == ()


def test_a_pull_request_is_planned_against_its_base(action: Action) -> None:
    base = action.repository.commit(FILES)
    action.repository.git("checkout", "--quiet", "-b", "topic")
    tip = action.repository.commit({"wedata/orders.yml": ORDERS.replace("1003", "1005")})
    action.repository.git("checkout", "--quiet", "main")
    action.repository.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    merge = action.repository.git("rev-parse", "HEAD")
    payload = {"pull_request": {"head": {"sha": tip}, "base": {"ref": "main", "sha": base}}}
    ended = action.event("pull_request", payload, merge, mode="plan", base="auto")
    assert ended.end == (0, "planned", "")
    assert ended.ids("task-ids") == ["1005"]


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "merge_group"])
def test_what_is_not_merged_is_not_submitted(action: Action, name: str) -> None:
    head = action.repository.commit(FILES)
    ended = action.event(name, {"pull_request": {"head": {"sha": head}}}, head)
    assert ended.end == (2, "failure", "invalid-input")
    assert f"mode submit is not allowed for the event {name}" in ended.messages()
    assert "submit on push" in ended.messages()
    assert action.sandbox.gateway.calls == ()


def test_validate_reads_every_definition_of_the_commit(action: Action) -> None:
    head = action.repository.commit(FILES)
    (action.repository.folder / "wedata/users.yaml").write_text("broken: [")
    action.environment = {"TENCENTCLOUD_SECRET_ID": "UNSET", "TENCENTCLOUD_SECRET_KEY": "UNSET"}
    assert action.push("0" * 40, head, mode="validate").end == (0, "valid", "")
    head = action.repository.commit({"wedata/users.yaml": "task_id: ''\n"})
    ended = action.push("0" * 40, head, mode="validate")
    assert ended.end == (2, "failure", "invalid-definition")
    assert any((issue.file, issue.line) == ("wedata/users.yaml", "1") for issue in ended.seen.annotations)


def test_a_refused_batch_leaves_the_others_submitted(action: Action) -> None:
    head = action.repository.commit(FILES)
    action.sandbox.fail_next(SUBMIT, Fault.error("OperationDenied", "the task is locked"))
    ended = action.push("0" * 40, head, batch_size="1")
    assert ended.end == (1, "failure", "rejected")
    assert len(ended.ids("failed-task-ids")) == 1
    assert len(ended.ids("unknown-task-ids")) == 3
    assert len(ended.ids("job-ids")) == 3
    (refused,) = [issue for issue in ended.seen.annotations if "is locked" in issue.message]
    assert refused.file is not None
    assert (refused.level, refused.line is not None) == ("error", True)
    assert "OperationDenied" in refused.message
    assert "OperationDenied" in (ended.summary or "")


def test_a_throttled_call_is_sent_again(action: Action) -> None:
    head = action.repository.commit(FILES)
    action.sandbox.fail_next(SUBMIT, Fault.error("RequestLimitExceeded"), times=2)
    ended = action.push("0" * 40, head)
    assert ended.end == (0, "submitted", "")
    assert all(len(action.sandbox.wedata.versions(PROJECT, task_id)) == 1 for task_id in ended.ids("task-ids"))


def test_a_size_limit_splits_the_batch_and_says_so(action: Action) -> None:
    head = action.repository.commit({"wedata/orders.yml": ORDERS})
    with Sandbox(WeData(max_batch=2)) as sandbox:
        action.sandbox = sandbox
        ended = action.push("0" * 40, head)
    assert ended.end == (0, "submitted", "")
    assert ended.outputs["batch-count"] == "2"
    assert "Batch 1 of 3 tasks is too large for one call, so it is split" in ended.stdout
    assert any("1.1" in group for group in ended.seen.groups)
    assert any("1.2" in group for group in ended.seen.groups)


def test_a_wrong_key_is_exit_3(action: Action) -> None:
    head = action.repository.commit(FILES)
    action.environment = {"TENCENTCLOUD_SECRET_KEY": "another-secret-key"}
    ended = action.push("0" * 40, head)
    assert ended.end == (3, "failure", "auth")
    assert "AuthFailure.SignatureFailure" in ended.messages()


def test_a_wrong_clock_is_explained(action: Action) -> None:
    head = action.repository.commit(FILES)
    action.sandbox.wedata.now = lambda: 1_756_277_312.0
    ended = action.push("0" * 40, head)
    assert ended.end == (3, "failure", "auth")
    assert "The clock of this machine must agree with Tencent Cloud's" in ended.messages()


def test_an_endpoint_that_nobody_serves_is_exit_4(action: Action) -> None:
    head = action.repository.commit(FILES)
    ended = action.push("0" * 40, head, endpoint="http://127.0.0.1:9")
    assert ended.end == (4, "failure", "unreachable")
    assert "No connection to 127.0.0.1:9: connection refused" in ended.messages()
    assert sorted(ended.ids("unsent-task-ids")) == sorted(ended.ids("task-ids"))


def test_an_open_answer_is_looked_up_and_found(action: Action) -> None:
    head = action.repository.commit(FILES)
    action.sandbox.fail_next(SUBMIT, Fault.reset(after=True))
    ended = action.push("0" * 40, head, batch_size="3")
    assert ended.end == (0, "submitted", "")
    assert all(len(action.sandbox.wedata.versions(PROJECT, task_id)) == 1 for task_id in ended.ids("task-ids"))


def test_an_open_answer_that_cannot_be_looked_up_is_unknown(action: Action) -> None:
    head = action.repository.commit(FILES)
    action.sandbox.fail_next(SUBMIT, Fault.http(502))
    action.sandbox.fail_next("ListTaskVersions", Fault.error("UnauthorizedOperation"), times=None)
    ended = action.push("0" * 40, head, batch_size="3")
    assert ended.end == (3, "failure", "auth")
    assert ended.ids("unknown-task-ids") == ["1001", "1002", "1003", "2001"]
    assert len(action.sandbox.wedata.submissions) == 2
    assert "HTTP 502" in ended.messages()
    assert "Allow the user of these keys the CAM action wedata:ListTaskVersions" in ended.messages()


def test_many_failed_tasks_stay_within_what_github_shows(action: Action) -> None:
    tasks = "".join(f"- task_id: '{number}'\n" for number in range(30))
    head = action.repository.commit({"wedata/many.yml": f"tasks:\n{tasks}"})
    action.sandbox.fail_next(SUBMIT, Fault.error("ResourceNotFound", "long words " * 1000))
    ended = action.push("0" * 40, head)
    assert ended.end == (1, "failure", "rejected")
    errors = [issue for issue in ended.seen.annotations if issue.level == "error"]
    assert len(errors) == 10
    assert "in the job summary" in errors[-1].message
    assert all(len(issue.message) < MESSAGE_LIMIT for issue in errors)
