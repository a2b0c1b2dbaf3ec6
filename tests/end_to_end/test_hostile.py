"""Texts of strangers forge nothing, and no secret is shown, whatever goes wrong."""

import pytest

from tests.support.action import TOKEN, Action, Ended, leaks
from wedata_action.report.outputs import OUTPUTS
from wedata_sandbox.faults import SUBMIT, Fault

FORGERY = "::error::x ##[error]forged %0A::set-output name=result::success"
PATHS = (
    "wedata/a%0A::error::b.yml",
    "wedata/new\nline::error::.yml",
    "wedata/😀 任务##[error]x.yml",
    "wedata/\x1b[31m.yml",
)


def assert_nothing_forged(ended: Ended) -> None:
    assert ended.seen.others == []
    assert ended.seen.outputs_set == {}
    assert ended.seen.groups == [] or all(group.startswith("Batch ") for group in ended.seen.groups)
    assert len(ended.seen.groups) == ended.seen.endgroups
    assert not any(issue.message in {"x", "forged", "b.yml"} for issue in ended.seen.annotations)
    assert ended.stderr == ""


@pytest.mark.parametrize("subject", [FORGERY, "::stop-commands::x", "##[add-mask]e", "a\r::error::x"])
def test_a_commit_and_paths_forge_nothing(action: Action, subject: str) -> None:
    files = {path: f"task_id: '{number}'\nname: '{FORGERY}'\n" for number, path in enumerate(PATHS)}
    head = action.repository.commit(files, subject)
    ended = action.push("0" * 40, head)
    assert ended.end == (0, "submitted", "")
    assert sorted(ended.ids("task-ids")) == ["0", "1", "2", "3"]
    assert_nothing_forged(ended)
    assert ended.seen.annotations == []


def test_a_task_id_forges_no_output(action: Action) -> None:
    head = action.repository.commit({"wedata/a.yml": 'task_id: "1\\nresult=success\\nEOF\\n::error::x"\n'})
    ended = action.push("0" * 40, head, mode="plan")
    assert ended.outputs["result"] in {"planned", "failure"}
    assert set(ended.outputs) == EXPECTED_OUTPUTS
    assert_nothing_forged(ended)


def test_an_answer_of_the_api_forges_nothing(action: Action) -> None:
    head = action.repository.commit({path: f"task_id: '{number}'\n" for number, path in enumerate(PATHS)})
    action.sandbox.fail_next(SUBMIT, Fault.error("OperationDenied", f"locked\n::error::x\r##[error]forged {FORGERY}"))
    ended = action.push("0" * 40, head)
    assert ended.end == (1, "failure", "rejected")
    assert_nothing_forged(ended)
    files = {issue.file for issue in ended.seen.annotations if issue.file}
    assert files == {path.replace("##[", "##\\[") for path in PATHS}


def test_mistakes_in_strange_files_forge_nothing(action: Action) -> None:
    head = action.repository.commit(dict.fromkeys(PATHS, f'"{FORGERY}": 1\n'))
    ended = action.push("0" * 40, head)
    assert ended.end == (2, "failure", "invalid-definition")
    assert_nothing_forged(ended)


FAULTS = {
    "well": None,
    "refused": Fault.error("OperationDenied", "no: {}"),
    "auth": Fault.error("AuthFailure.SignatureFailure", "the key {} is wrong"),
    "page": Fault.html(after=True),
}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("debug", ["", "1"])
def test_no_secret_is_shown(action: Action, kind: str, debug: str) -> None:
    sandbox, fault = action.sandbox, FAULTS[kind]
    secrets = [sandbox.secret_id, sandbox.secret_key, TOKEN]
    if fault is not None:
        told = Fault.error(fault.code, " ".join(secrets)) if fault.code else fault
        sandbox.fail_next(SUBMIT, told)
    # A stranger's definition may carry what it should not, and so may an input.
    head = action.repository.commit(
        {"wedata/a.yml": f"task_id: '1'\nname: {sandbox.secret_key}\nversion_remark: {TOKEN}\n"}, f"Use {TOKEN}"
    )
    action.environment = {"RUNNER_DEBUG": debug}
    ended = action.push("0" * 40, head, report_file="report.json")
    report = (action.repository.folder / "report.json").read_text(encoding="utf-8")
    written = [ended.stdout, ended.stderr, ended.output_file.read_text(encoding="utf-8"), ended.summary or "", report]
    for secret in secrets:
        assert [leaks(text, secret) for text in written] == [[]] * 5
        assert secret in ended.seen.masks
    assert bool(ended.seen.debugs) is bool(debug)


def test_no_secret_is_shown_when_inputs_are_wrong(action: Action) -> None:
    head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    ended = action.push("0" * 40, head, batch_size=action.sandbox.secret_key, mode=TOKEN, base=TOKEN)
    assert ended.end == (2, "failure", "invalid-input")
    for secret in (action.sandbox.secret_key, TOKEN):
        assert leaks(ended.stdout + ended.stderr + ended.output_file.read_text() + (ended.summary or ""), secret) == []


EXPECTED_OUTPUTS = set(OUTPUTS)
