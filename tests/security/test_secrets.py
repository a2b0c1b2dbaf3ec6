"""Every way in which a run can fail, with marked secrets at hand and everybody echoing them: none comes out."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.program import PROJECT, Ended, Program
from tests.security.secrets_in import forms_of, leaks
from tests.simulation.transport import GITHUB_URL, SUBMIT, WEDATA_URL, _response
from tests.support.github import Annotation, WorkflowRun
from wedata_action.changes.record import TITLE, Record, scope_of
from wedata_action.errors import Cancelled, Reason, RunError
from wedata_action.git import GitError
from wedata_action.settings import read_settings
from wedata_action.tencent.credentials import secrets_of
from wedata_sandbox.behaviour import JobBehaviour, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.gateway import Credentials
from wedata_sandbox.versions import Person


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a run holds, each of it made by chance. `echo` is all of them in the forms in which a service may answer."""

    secret_id: str
    secret_key: str
    token: str
    github_token: str
    bearer: str
    proxy_password: str

    @classmethod
    def of(cls, seed: int) -> Secrets:
        chance = random.Random(seed)
        # What base64, URLs, JSON, HTML and Markdown write otherwise is as likely as a letter.
        plain = string.ascii_letters + string.digits
        # No quotes and backslashes: an echo that is quoted is quoted again where the program cites it, and so on.
        marks = "".join(mark for mark in string.punctuation if mark not in "'\"\\") * 2
        texts = ["".join(chance.choices(plain + marks, k=chance.randint(16, 60))) for _ in fields(cls)]
        return cls("".join(chance.choices(plain, k=36)), *texts[1:])  # an id stands between slashes in a header

    @property
    def all(self) -> list[str]:
        return list(astuple(self))

    def echo(self, seed: int) -> str:
        chance = random.Random(seed)
        written: tuple[Callable[[str], str], ...] = (
            str,
            quote,
            escape,
            json.dumps,
            lambda secret: re.sub(r"\W", lambda mark: f"%{ord(mark[0]):02x}", secret),
            lambda secret: re.sub(r"\W", lambda mark: f"\\u{ord(mark[0]):04x}", secret),
            lambda secret: re.sub(r"\W", lambda mark: f"&#x{ord(mark[0]):X};", secret),
            lambda secret: secret.replace("/", "\\/").replace("=", "\\u003D"),
            repr,
            lambda secret: base64.b64encode(f"x-access-token:{secret}".encode()).decode(),
            lambda secret: base64.urlsafe_b64encode(b"ab"[: chance.randint(0, 2)] + secret.encode()).decode(),
            lambda secret: f"https://x-access-token:{quote(secret, safe='')}@github.com/x",
            lambda secret: f"\n{secret}\n::error::{secret}",
        )
        return " ".join(chance.choice(written)(secret) for secret in self.all)


Scenario = Callable[[Program, str], Reason | None]
"""Makes a run end in some way, with an echo of the secrets wherever somebody else speaks; gives the reason."""


def _definition(task_id: str, **keys: str) -> bytes:
    return json.dumps({"task_id": task_id, **keys}).encode()


def _answer(program: Program, action: str, body: str | bytes, status: int = 200) -> None:
    def strike(request: requests.PreparedRequest) -> requests.Response | None:
        if action not in {"", request.headers.get("X-TC-Action")}:
            return None
        if request.body is not None:
            request.body.read()  # type: ignore[union-attr] # a stream
        return _response(request, status, body.encode() if isinstance(body, str) else body)

    program.strike = strike


def _error(program: Program, code: str, echo: str) -> None:
    _answer(program, SUBMIT, json.dumps({"Response": {"Error": {"Code": code, "Message": echo}, "RequestId": echo}}))


def _raise(program: Program, error: BaseException) -> None:
    def strike(request: requests.PreparedRequest) -> None:
        if request.headers.get("X-TC-Action") == SUBMIT:
            raise error

    program.strike = strike


def cancelled(program: Program, _: str) -> Reason:
    _raise(program, Cancelled(15))
    return Reason.CANCELLED


def bad_input(program: Program, echo: str) -> Reason:
    program.inputs |= {"batch-size": echo, "mode": echo, "definitions": f"/{echo}"}
    return Reason.INVALID_INPUT


def bad_definition(program: Program, echo: str) -> Reason:
    program.files["wedata/2.json"] = json.dumps({echo: echo, "task_id": [echo]}).encode()
    program.files["wedata/3.yml"] = f"task_id: [{echo}".encode()
    return Reason.INVALID_DEFINITION


def history_refused(program: Program, echo: str) -> Reason:
    program.inputs["base"] = "auto"
    program.strike = lambda request: (
        _response(request, 403, json.dumps({"message": echo}).encode())
        if str(request.url).startswith(GITHUB_URL)
        else None
    )
    return Reason.UNRESOLVED_BASE


def fetch_fails(program: Program, echo: str) -> Reason:
    def fetch(*_: object, **__: object) -> None:
        raise GitError(f"fatal: unable to access 'https://github.com/': {echo}")

    program.repository.fetch = fetch  # type: ignore[method-assign] # the remote is the edge of this world
    program.inputs["base"] = "1" * 40
    return Reason.UNRESOLVED_BASE


def superseded(program: Program, _: str) -> Reason:
    program.inputs["base"] = "auto"
    later = WorkflowRun(6000, 9, "2" * 40)
    program.later = [later]
    settings = read_settings({"project-id": PROJECT, "region": "ap-singapore", "endpoint": WEDATA_URL}, {})
    record = str(Record(scope_of(settings), "", later.head, "success"))
    program.github.end(program.github.start(later), "success", [Annotation("notice", TITLE, record)])
    return Reason.SUPERSEDED


def too_many(program: Program, _: str) -> Reason:
    program.inputs["max-tasks"] = "1"
    return Reason.TOO_MANY_TASKS


def refused_keys(program: Program, echo: str) -> Reason:
    _error(program, "AuthFailure.SignatureFailure", echo)
    return Reason.AUTH


def partly_refused(program: Program, echo: str) -> Reason:
    program.inputs["batch-size"] = "1"
    program.wedata.set_task("1", TaskBehaviour(refusal=echo))
    return Reason.JOB_FAILED


def rejected(program: Program, echo: str) -> Reason:
    _error(program, "OperationDenied", echo)
    return Reason.REJECTED


def job_failed(program: Program, echo: str) -> Reason:
    program.wedata.set_jobs(JobBehaviour(refusal=echo))
    return Reason.JOB_FAILED


def unreachable(program: Program, echo: str) -> Reason:
    _raise(program, requests.ConnectionError(f"HTTPSConnectionPool: {echo}"))
    return Reason.UNREACHABLE


def throttled(program: Program, echo: str) -> Reason:
    _error(program, "RequestLimitExceeded", echo)
    return Reason.THROTTLED


def page(program: Program, echo: str) -> Reason:
    _answer(program, SUBMIT, f"<html>{echo}</html>", 502)
    return Reason.AMBIGUOUS


def timed_out(program: Program, echo: str) -> Reason:
    program.wedata.set_jobs(JobBehaviour(status=echo))
    return Reason.TIMEOUT


def pending(program: Program, _: str) -> Reason:
    program.wedata.set_jobs(JobBehaviour(need_approve=True))
    return Reason.PENDING_APPROVAL


def fault_of_ours(program: Program, echo: str) -> Reason:
    _raise(program, RuntimeError(echo))
    return Reason.INTERNAL


def refused_by_us(program: Program, echo: str) -> Reason:
    def look_up(_: str) -> None:
        raise RunError(Reason.INTERNAL, echo)

    program.repository.resolve = look_up  # type: ignore[method-assign, assignment] # what a stage may raise
    program.inputs["base"] = "main"
    return Reason.INTERNAL


def conflict(program: Program, echo: str) -> Reason:
    program.files |= {"wedata/1.json": _definition("1", code="1.sql"), "wedata/1.sql": b"select 1\n"}
    program.wedata.save(PROJECT, "1", echo)
    return Reason.CONFLICT


def code_mismatch(program: Program, echo: str) -> Reason:
    program.files |= {"wedata/1.json": _definition("1", code="1.sql"), "wedata/1.sql": b"select 1\n"}
    answer = {"Response": {"Data": {"CodeContent": echo, "CodeFileSize": 1}, "RequestId": "r"}}
    _answer(program, "GetOpsTaskCode", json.dumps(answer))
    return Reason.CODE_MISMATCH


def drifted(program: Program, echo: str) -> Reason:
    program.files |= {"wedata/1.json": _definition("1", code="1.sql"), "wedata/1.sql": b"select 1\n"}
    program.inputs["mode"] = "drift"
    program.wedata.create_task(PROJECT, NewTask("1", code=echo, submitted=True))
    program.wedata.save(PROJECT, "1", f"{echo} again", Person(echo, echo))
    return Reason.DRIFTED


def live(program: Program, echo: str) -> None:
    program.wedata.set_task("1", TaskBehaviour(alarm=True))
    program.new_id = lambda: echo


def planned(program: Program, _: str) -> None:
    program.inputs["mode"] = "plan"


SCENARIOS: tuple[Scenario, ...] = (
    cancelled, bad_input, bad_definition, history_refused, fetch_fails, superseded, too_many, refused_keys,
    partly_refused, rejected, job_failed, unreachable, throttled, page, timed_out, pending, fault_of_ours,
    refused_by_us, conflict, code_mismatch, drifted, live, planned,
)  # fmt: skip


def play(folder: Path, scenario: Scenario, secrets: Secrets, seed: int, *, dirty: bool, debug: bool) -> Ended:
    """One run. A `dirty` repository holds the secrets too, in texts, in a path and in a task id."""
    echo = secrets.echo(seed)
    program = Program(
        folder,
        keys=Credentials(secrets.secret_id, secrets.secret_key, secrets.token),
        inputs={"github-token": secrets.github_token, "base": "event", "wait-timeout": "1"},
        environ={
            "TENCENTCLOUD_TOKEN": secrets.token,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": f" {secrets.bearer}\n",
            "HTTPS_PROXY": f"http://user:{quote(secrets.proxy_password, safe='')}@proxy.example:3128",
        },
        debug=debug,
    )
    program.files = {"wedata/1.json": _definition("1"), "wedata/2.json": _definition("2")}
    if dirty:
        program.files |= {
            "wedata/1.json": _definition("1", name=echo, version_remark=echo),
            f"wedata/{quote(secrets.secret_key, safe='')}.json": _definition(f"3{secrets.secret_id}", name=echo),
        }
    reason = scenario(program, echo)
    message = f"Use {echo}" if dirty else "change"
    ended = program.run(program.repository.make_commit(program.files, None, message))
    assert ended.result.failure_reason == reason
    return ended


@settings(
    max_examples=2000,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    scenario=st.sampled_from(SCENARIOS),
    secrets=st.integers(0, 5).map(Secrets.of),
    seed=st.integers(0, 2**32),
    dirty=st.booleans(),
    debug=st.booleans(),
)
def test_no_failure_shows_a_secret(
    tmp_path: Path, scenario: Scenario, secrets: Secrets, seed: int, dirty: bool, debug: bool
) -> None:
    ended = play(tmp_path, scenario, secrets, seed, dirty=dirty, debug=debug)
    assert leaks({*ended.everything}, secrets.all) == []
    assert {*secrets.all} <= {*ended.console.masks}


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in SCENARIOS if scenario not in (superseded, too_many)],
    ids=lambda scenario: scenario.__name__,
)
def test_every_failure_is_played_and_its_echo_would_be_found(
    tmp_path: Path, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets.of(0)
    monkeypatch.setattr("wedata_action.report.secrets.Secrets.hide", lambda _, text: text)
    ended = play(tmp_path, scenario, secrets, 1, dirty=True, debug=True)
    assert leaks(ended.everything, secrets.all)


@pytest.mark.parametrize("before", range(9_900, 10_001, 20))
def test_an_error_log_that_is_cut_holds_no_part_of_a_secret(tmp_path: Path, before: int) -> None:
    secret = "k3y-" * 25
    program = Program(tmp_path, keys=Credentials("AKIDsimulated0000", secret), inputs={"base": "event"})
    program.wedata.set_jobs(JobBehaviour(refusal="错" * before + secret))
    ended = program.run(program.repository.make_commit({"wedata/1.json": _definition("1")}, None, "first"))
    assert ended.result.failure_reason is Reason.JOB_FAILED
    assert leaks(ended.everything, ["k3y-k3y-"]) == []


@pytest.mark.parametrize("before", range(0, 120, 7))
@pytest.mark.parametrize("where", ["definition", "input", "commit"])
def test_a_remark_that_is_cut_holds_no_part_of_a_secret(tmp_path: Path, before: int, where: str) -> None:
    secret, text = "k3y-" * 25, "x" * before + "k3y-" * 25
    program = Program(tmp_path, keys=Credentials("AKIDsimulated0000", secret), inputs={"base": "event"})
    if where == "input":
        program.inputs["version-remark"] = text
    files = {"wedata/1.json": _definition("1", **({"version_remark": text} if where == "definition" else {}))}
    ended = program.run(program.repository.make_commit(files, None, text if where == "commit" else "first"))
    assert ended.result.result == "success"
    remarks = [version.remark for version in program.wedata.versions(PROJECT, "1")]
    assert leaks([*ended.everything, *remarks], ["k3y-k3y-"]) == []


def test_a_draft_whose_base64_is_broken_into_lines_shows_no_part_of_a_secret(tmp_path: Path) -> None:
    secret = "".join(random.Random(1).choices(string.ascii_letters, k=100))
    program = Program(tmp_path, keys=Credentials("AKIDsimulated0000", secret), inputs={"base": "event"})
    lines = base64.encodebytes(secret.encode()).decode()
    task = {"TaskBaseAttribute": {}, "TaskConfiguration": {"CodeContent": lines}, "TaskSchedulerConfiguration": {}}
    _answer(program, "GetTask", json.dumps({"Response": {"Data": task, "RequestId": "r"}}))
    files = {"wedata/1.json": _definition("1", code="1.sql"), "wedata/1.sql": b"select 1\n"}
    ended = program.run(program.repository.make_commit(files, None, "first"))
    assert ended.result.failure_reason is Reason.CONFLICT
    shown = "\n".join(ended.everything)
    assert [line for line in lines.split() if line in shown] == []


def test_every_failure_reason_is_played(tmp_path: Path) -> None:
    played = {scenario(Program(tmp_path), "echo") for scenario in SCENARIOS}
    assert played - {None} == {*Reason}


def test_the_search_finds_each_form() -> None:
    secret = 'k3y+of/a "test"\\'
    for form in forms_of(secret):
        assert leaks([f"before {form} behind"], [secret])
    for skip in range(4):
        for after in ("", "x", "xyz"):
            assert leaks([base64.b64encode(b"u" * skip + secret.encode() + after.encode()).decode()], [secret])
    assert leaks([f"::add-mask::{secret}"], [secret]) == []


@pytest.mark.parametrize(
    ("proxy", "password"),
    [
        ("http://user:pa55word-1@proxy:3128", "pa55word-1"),
        ("user:pa55word-1@proxy:3128", "pa55word-1"),
        ("http://user:pa55%40word@proxy", "pa55@word"),
        ("socks5h://user:pa:55@word@proxy/", "pa:55@word"),
        ("http://:pa55word-1@[bad", "pa55word-1"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "all_proxy", "HTTP_PROXY"])
def test_the_password_of_a_proxy_is_a_secret(name: str, proxy: str, password: str) -> None:
    assert password in secrets_of({name: proxy})


def test_a_proxy_without_a_password_holds_no_secret() -> None:
    assert secrets_of({"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "a:b@c"}) == ()
