"""What ends a run before anything is sent: one clear line, exit 2, and outputs that say so."""

import pytest

from tests.support.action import Action

BAD = [
    ({"batch-size": "0"}, "input 'batch-size': '0' is not allowed; give a whole number of at least 1"),
    ({"wait": "maybe"}, "input 'wait': 'maybe' is not allowed; give true or false"),
    ({"max-tasks": "-1"}, "input 'max-tasks': '-1' is not allowed"),
    ({"mode": "sumbit"}, "input 'mode': 'sumbit' is not allowed; give one of submit, plan, validate, status"),
    ({"endpoint": "http://wedata.example"}, "http:// is for loopback addresses only"),
    ({"endpoint": "wedata.example/path"}, "input 'endpoint': 'wedata.example/path' is not allowed"),
    ({"region": "Singapore"}, "input 'region': 'Singapore' is not allowed"),
    ({"region": ""}, "region"),
    ({"report-file": "../report.json"}, "report"),
    ({"report-file": "/etc/report.json"}, "report"),
    ({"definitions": "/etc/*.yml"}, "input 'definitions'"),
    ({"base": "no-such-branch"}, "no-such-branch"),
]


@pytest.mark.parametrize(
    ("inputs", "words"), BAD, ids=[f"{name}={value}" for bad, _ in BAD for name, value in bad.items()]
)
def test_a_bad_input_is_named(action: Action, inputs: dict[str, str], words: str) -> None:
    action.repository.commit({"README.md": "x"})
    head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    ended = action.push("0" * 40, head, **inputs)
    assert ended.code == 2
    assert ended.outputs["result"] == "failure"
    assert ended.outputs["failure-reason"] == ("unresolved-base" if "base" in inputs else "invalid-input")
    assert words in ended.messages()
    assert action.sandbox.gateway.calls == ()
    assert ended.stderr == ""


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TENCENTCLOUD_SECRET_KEY": "UNSET"}, "TENCENTCLOUD_SECRET_KEY is not set"),
        ({"TENCENTCLOUD_SECRET_ID": ""}, "TENCENTCLOUD_SECRET_ID is not set"),
        ({"TENCENTCLOUD_SECRET_KEY": "a-secret-with-blank "}, "TENCENTCLOUD_SECRET_KEY is not a key"),
        ({"TENCENTCLOUD_SECRET_KEY": "sent"}, "TENCENTCLOUD_SECRET_KEY is not a key"),
        ({"GITHUB_EVENT_PATH": "/nowhere/event.json"}, "GITHUB_EVENT_PATH"),
        ({"GITHUB_SHA": ""}, "GITHUB_SHA"),
        ({"GITHUB_SHA": "main"}, "GITHUB_SHA"),
        ({"INPUT_GITHUB-TOKEN": "a token"}, "input 'github-token': the value is not allowed"),
    ],
    ids=str,
)
def test_what_the_step_lacks_is_named(action: Action, variables: dict[str, str], words: str) -> None:
    head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    action.environment = variables
    ended = action.push("0" * 40, head)
    assert ended.end == (2, "failure", "invalid-input")
    assert words in ended.messages()
    assert "a-secret-with-blank" not in "\n".join(ended.seen.plain_lines) + ended.messages()
    assert action.sandbox.gateway.calls == ()


@pytest.mark.parametrize("path", ["UNSET", "", "/nowhere/output", "/"])
def test_without_a_place_for_outputs_nothing_is_sent(action: Action, path: str) -> None:
    head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    action.environment = {"GITHUB_OUTPUT": path}
    ended = action.push("0" * 40, head)
    assert ended.code == 2
    assert "GITHUB_OUTPUT" in ended.messages()
    assert ended.stderr == ""
    assert action.sandbox.gateway.calls == ()


def test_a_folder_without_a_repository_is_explained(action: Action) -> None:
    head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    (action.repository.folder / ".git").rename(action.folder / "elsewhere")
    ended = action.push("0" * 40, head)
    assert ended.end == (2, "failure", "invalid-input")
    assert "actions/checkout" in ended.messages()


def test_a_damaged_clone_says_what_could_not_be_read_and_what_to_do(action: Action) -> None:
    before = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    head = action.repository.commit({"wedata/a.yml": "task_id: '2'\n"})
    blob = action.repository.git("rev-parse", "HEAD:wedata/a.yml")
    (action.repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    ended = action.push(before, head)
    assert ended.end == (2, "failure", "unresolved-base")
    assert ended.messages() == (
        f"the commits cannot be read from the clone: object {blob} is not in the clone, or it is damaged. Check out "
        "anew, with fetch-depth: 0"
    )


def test_no_definition_at_all_is_an_error(action: Action) -> None:
    before = action.repository.commit({"README.md": "x"})
    after = action.repository.commit({"README.md": "y"})
    ended = action.push(before, after)
    assert ended.end == (2, "failure", "invalid-input")
    assert "definition" in ended.messages()


def test_a_glob_that_fits_nothing_has_a_warning(action: Action) -> None:
    head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
    ended = action.push("0" * 40, head, definitions="wedata/*.yml\njobs/*.yml")
    assert ended.end == (0, "submitted", "")
    assert "jobs/*.yml matches no file" in ended.messages("warning")
