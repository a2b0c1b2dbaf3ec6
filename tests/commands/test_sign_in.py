"""The whole way without keys: the action as the runner starts it, GitHub's OIDC service, STS, and WeData."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.action import ROOT, Action, Ended, Repository, leaks
from wedata_action.commands.keyless import sts_endpoint
from wedata_action.errors import Reason, RunError
from wedata_sandbox import oidc
from wedata_sandbox.behaviour import JobBehaviour
from wedata_sandbox.faults import Fault
from wedata_sandbox.keyless import ISSUING, Keyless
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData
from wedata_sandbox.sts import ACTION, Role

SUBMIT = "BatchCreateTaskVersionAsync"
JOB = oidc.Job("octocat/warehouse")
Start = Callable[..., Ended]


@pytest.fixture
def action(tmp_path: Path) -> Iterator[Action]:
    with Sandbox(WeData(site="domestic")) as sandbox:
        action = Action(tmp_path, Repository.make(tmp_path / "workspace"), sandbox)
        action.repository.commit({"README.md": "x"})
        yield action


def run(action: Action, keyless: Keyless, variables: dict[str, str] | None = None, **inputs: str) -> Ended:
    """A push of one task by a step that signs in with `keyless`; `variables` go over its own."""
    before = action.repository.git("rev-parse", "HEAD")
    number = len(action.sandbox.wedata.submissions)
    head = action.repository.commit({f"wedata/{number}.yml": f"task_id: '{number}'\n"})
    unset = dict.fromkeys(("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"), "UNSET")
    action.environment = unset | keyless.environ | (variables or {})
    return action.push(before, head, **{"wait": "true", **inputs})


def secrets_of(action: Action, keyless: Keyless) -> list[str]:
    """The bearer, each token and each part of it, and the temporary keys."""
    parts = [part for token in keyless.tokens for part in (token, *token.split("."))]
    granted = [keys for keys in action.sandbox.gateway._keys.values() if keys.token]
    keys = [text for found in granted for text in (found.secret_id, found.secret_key, found.token)]
    return [keyless.bearer, *parts, *keys]


def assert_no_leak(action: Action, keyless: Keyless, ended: Ended) -> None:
    files = [path.read_text() for path in (action.folder / "github_output", action.folder / "github_step_summary")]
    report = action.repository.folder / "report.json"
    files += [report.read_text()] if report.exists() else []
    for secret in secrets_of(action, keyless):
        for text in (ended.stdout, ended.stderr, *files):
            assert leaks(text, secret) == []


def test_a_task_goes_live_with_the_keys_of_a_role(action: Action) -> None:
    with Keyless(action.sandbox.gateway, job=JOB) as keyless:
        ended = run(action, keyless, {"RUNNER_DEBUG": "1"}, **{"report-file": "report.json"})
        assert ended.end == (0, "success", "")
        assert ended.stderr == ""
        assert len(keyless.tokens) == 1
        assert keyless.sts.sessions == ["octocat-warehouse@7100.1"]
        assert "Signed in as qcs::cam::uin/100000000001:roleName/wedata-submit for 60 minutes" in ended.stdout
        assert_no_leak(action, keyless, ended)


def test_every_secret_is_masked(action: Action) -> None:
    with Keyless(action.sandbox.gateway, job=JOB) as keyless:
        masks = run(action, keyless).seen.masks
        assert {keyless.bearer, *keyless.tokens} <= set(masks)
        [granted] = [keys for keys in action.sandbox.gateway._keys.values() if keys.token]
        assert {granted.secret_id, granted.secret_key, granted.token} <= set(masks)


def test_a_push_without_a_change_signs_in_nowhere(action: Action) -> None:
    with Keyless(action.sandbox.gateway, job=JOB) as keyless:
        before = action.repository.git("rev-parse", "HEAD")
        action.environment = dict.fromkeys(("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"), "UNSET")
        action.environment |= keyless.environ
        head = action.repository.commit({"README.md": "y", "wedata/a.yml": "task_id: '1'\n"})
        assert action.push(before, head, mode="plan").end == (0, "planned", "")
        after = action.repository.commit({"README.md": "z"})
        assert action.push(head, after).end == (0, "noop", "")
        assert keyless.tokens == []


def test_keys_are_renewed_while_a_job_runs(action: Action) -> None:
    action.sandbox.wedata.set_jobs(JobBehaviour(seconds=5))
    with Keyless(action.sandbox.gateway, job=JOB, lifetime=6) as keyless:
        ended = run(action, keyless, {"RUNNER_DEBUG": "1"})
        assert ended.end == (0, "success", "")
        assert len(keyless.tokens) >= 2
        assert "AuthFailure" not in ended.stdout
        assert_no_leak(action, keyless, ended)


Case = tuple[dict[str, Any], dict[str, str], tuple[int, str, str], str]
AUTH = (3, "failure", "auth")
INVALID = (2, "failure", "invalid-input")
REFUSED: dict[str, Case] = {
    "no id-token permission": (
        {},
        {"ACTIONS_ID_TOKEN_REQUEST_URL": "UNSET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "UNSET"},
        INVALID,
        "give the job `permissions: id-token: write`",
    ),
    "a bearer that GitHub refuses": (
        {},
        {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "expired-bearer"},
        AUTH,
        "GitHub's OIDC service answered HTTP 401. Give the job `permissions: id-token: write`",
    ),
    "another audience": (
        {},
        {"WEDATA_OIDC_AUDIENCE": "another"},
        AUTH,
        "its client ids must include oidc-audience another",
    ),
    "the default audience": ({}, {"WEDATA_OIDC_AUDIENCE": ""}, AUTH, "GitHub's default audience"),
    "a branch that the role does not trust": (
        {"job": oidc.Job("octocat/warehouse", "refs/heads/feature"), "role": Role(trusted={"sub": ("main",)})},
        {},
        AUTH,
        "the trust policy of the role does not let this workflow assume it",
    ),
    "an unknown provider": ({}, {"WEDATA_OIDC_PROVIDER": "another"}, AUTH, "has no identity provider another"),
    "an unknown role": (
        {},
        {"WEDATA_ROLE_ARN": "qcs::cam::uin/1:roleName/another"},
        AUTH,
        "the account has no such role",
    ),
    "a role that is no member": (
        {"role": Role(member=False)},
        {},
        AUTH,
        "Add the role qcs::cam::uin/100000000001:roleName/wedata-submit to the members of the WeData project",
    ),
    "nobody at STS": (
        {},
        {"WEDATA_STS_ENDPOINT": "http://127.0.0.1:9"},
        (4, "failure", "unreachable"),
        "no connection to 127.0.0.1:9",
    ),
    "keys besides": (
        {},
        {"TENCENTCLOUD_SECRET_KEY": "a-permanent-key"},
        INVALID,
        "WEDATA_ROLE_ARN and TENCENTCLOUD_SECRET_KEY are both set: remove one of the two",
    ),
    "no provider": ({}, {"WEDATA_OIDC_PROVIDER": ""}, INVALID, "input 'oidc-provider' is not set"),
    "no role": ({}, {"WEDATA_ROLE_ARN": ""}, INVALID, "WEDATA_OIDC_PROVIDER is set but input 'role-arn' is not"),
    "another cloud's role": (
        {},
        {"WEDATA_ROLE_ARN": "arn:aws:iam::123456789012:role/wedata"},
        INVALID,
        "'arn:aws:iam::123456789012:role/wedata' is not allowed; give qcs::cam::uin/<uin>:roleName/<name>",
    ),
    "http to another machine": (
        {},
        {"WEDATA_STS_ENDPOINT": "http://sts.example"},
        INVALID,
        "http:// is for loopback addresses only",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_hinders_the_sign_in_is_said_with_the_remedy(action: Action, case: Case) -> None:
    options, variables, end, words = case
    with Keyless(action.sandbox.gateway, **{"job": JOB, **options}) as keyless:
        ended = run(action, keyless, {"RUNNER_DEBUG": "1"} | variables)
        assert ended.end == end
        assert words in ended.messages()
        assert ended.stderr == ""
        assert action.sandbox.wedata.versions("1470547050521227264", "0") == ()
        assert_no_leak(action, keyless, ended)


@pytest.mark.parametrize("name", [ISSUING, ACTION])
def test_a_service_that_stumbles_is_asked_again(action: Action, name: str) -> None:
    with Keyless(action.sandbox.gateway, job=JOB) as keyless:
        keyless.fail_next(name, Fault.http(503), times=1)
        assert run(action, keyless).end == (0, "success", "")


def test_new_keys_that_are_refused_at_once_are_not_renewed(action: Action) -> None:
    with Keyless(action.sandbox.gateway, job=JOB) as keyless:
        action.sandbox.fail_next("ListBatchDetail", Fault.error("AuthFailure.TokenFailure"), times=None)
        ended = run(action, keyless)
        assert ended.end == AUTH
        assert len(keyless.tokens) == 1


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://wedata.intl.tencentcloudapi.com", "https://sts.intl.tencentcloudapi.com"),
        ("https://wedata.tencentcloudapi.com", "https://sts.tencentcloudapi.com"),
        ("https://wedata.ap-singapore.tencentcloudapi.com:8443", "https://sts.ap-singapore.tencentcloudapi.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_sts_follows_from_the_endpoint_unless_it_is_named(endpoint: str, expected: str) -> None:
    assert sts_endpoint(endpoint, {"WEDATA_STS_ENDPOINT": " "}) == expected
    assert sts_endpoint(endpoint, {"WEDATA_STS_ENDPOINT": "sts.example"}) == "https://sts.example"


@pytest.mark.parametrize("endpoint", ["https://proxy.example", "https://mywedata.example", "https://127.0.0.1:8443"])
def test_where_the_sts_does_not_follow_it_has_to_be_named(endpoint: str) -> None:
    with pytest.raises(RunError, match="set WEDATA_STS_ENDPOINT") as caught:
        sts_endpoint(endpoint, {})
    assert caught.value.reason is Reason.INVALID_INPUT
    with pytest.raises(RunError, match=r"WEDATA_STS_ENDPOINT: 'http://sts\.example' is not allowed"):
        sts_endpoint(endpoint, {"WEDATA_STS_ENDPOINT": "http://sts.example"})


def test_a_shell_has_no_oidc_token(action: Action) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TENCENTCLOUD_REGION": "ap-singapore"}
    command = [sys.executable, "-m", "wedata_action", "submit", "--role-arn", Role().arn, "--oidc-provider", "github"]
    done = subprocess.run(
        command, cwd=action.repository.folder, env=environ, capture_output=True, text=True, timeout=40, check=False
    )
    assert done.returncode == 2
    assert "--role-arn works only in GitHub Actions" in done.stdout


def test_the_sandbox_of_the_command_line_plays_the_services_too(action: Action) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "wedata_action", "sandbox", "--keyless"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().rstrip("\n") for _ in range(8)]
            variables = dict(line.split("=", 1) for line in lines)
            assert lines[0].startswith("WEDATA_ENDPOINT=http://127.0.0.1:")
            assert not any(name.startswith("TENCENTCLOUD_SECRET") for name in variables)
            before = action.repository.git("rev-parse", "HEAD")
            head = action.repository.commit({"wedata/a.yml": "task_id: '1'\n"})
            unset = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
            action.environment = dict.fromkeys(unset, "UNSET") | variables
            ended = action.push(before, head, endpoint=variables["WEDATA_ENDPOINT"], wait="true")
            assert ended.end == (0, "success", "")
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert re.search(rf"^{SUBMIT} ok ", log, re.MULTILINE)


def test_the_report_is_json_without_a_secret(action: Action) -> None:
    with Keyless(action.sandbox.gateway, job=JOB) as keyless:
        ended = run(action, keyless, None, **{"report-file": "report.json"})
        assert json.loads((action.repository.folder / "report.json").read_text())["result"] == "success"
        assert_no_leak(action, keyless, ended)
