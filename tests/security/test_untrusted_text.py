"""Whole runs whose every text is a stranger's: nothing in it becomes a command, an output, a link or markup."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.program import PROJECT, Ended, Program
from tests.security.runner_sees import assert_inert, assert_nothing_is_forged
from tests.simulation.transport import GITHUB_URL, SUBMIT, _response
from tests.support.hostile import PIECES
from wedata_action.stamps import make_stamp
from wedata_sandbox.behaviour import JobBehaviour, TaskBehaviour
from wedata_sandbox.faults import Fault, Rule
from wedata_sandbox.versions import Person


def pool_of(seed: int) -> list[str]:
    """The texts of one run, given out in turn. By chance alone, which is ten times faster than drawing each piece."""
    chance = random.Random(seed)
    return ["".join(_piece(chance) for _ in range(chance.randint(0, 6))) for _ in range(chance.randint(3, 5))]


def _piece(chance: random.Random) -> str:
    return chance.choice(PIECES) if chance.random() < 0.9 else chr(chance.randrange(sys.maxunicode + 1))


pools = st.integers(0, 2**64 - 1).map(pool_of)

hostile = settings(
    max_examples=2000,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def path_of(text: str) -> str:
    """A path as git has it: no NUL, and bytes that are no UTF-8 as surrogate escapes."""
    raw = text.replace("\0", "").encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
    return f"wedata/{raw.decode('utf-8', 'surrogateescape')}.json"


def _escaped(text: str) -> bool:
    return not any("\ud800" <= char <= "\udc7f" or "\udd00" <= char <= "\udfff" for char in text)


def message_of(text: str) -> str:
    """A commit message as git gives it out: decoded."""
    return text.encode(errors="replace").decode()


def code_of(text: str) -> str:
    """A name of a file that can be code."""
    return f"x{message_of(text).translate(dict.fromkeys(map(ord, chr(0) + '/' + chr(92))))}.sql"


def definition(task_id: str, **keys: str) -> bytes:
    return json.dumps({"task_id": task_id, **keys}).encode()


@hostile
@given(pool=pools, mode=st.sampled_from(["submit", "submit", "plan", "validate"]), wait=st.sampled_from(["true", ""]))
def test_texts_of_a_commit_forge_nothing(tmp_path: Path, pool: list[str], mode: str, wait: str) -> None:
    given_out = cycle(pool)
    program = Program(tmp_path, inputs={"mode": mode, "wait": wait, "wait-timeout": "1", "base": "event"})
    code = code_of(pool[2])
    old = {"wedata/old.json": definition("7", name=pool[1], code=code), f"wedata/{code}": b"1"}
    before = program.repository.make_commit(
        {path_of(pool[0]): definition(f"1{next(given_out)}"), **old}, None, "before"
    )
    files = {
        path_of(pool[1]): definition(f"2{next(given_out)}", name=next(given_out), version_remark=next(given_out)),
        path_of(pool[2]): definition(next(given_out), name=next(given_out), folder_id=next(given_out)),
        "wedata/old.json": definition("7", name=next(given_out), code=code),
        f"wedata/{code}": next(given_out).encode(errors="replace"),
    }
    if len(pool) > 3:
        files[f"wedata/broken{len(pool)}.yml"] = next(given_out).encode(errors="replace")
        files["wedata/keys.json"] = json.dumps({next(given_out): next(given_out), "task_id": [1]}).encode()
    head = program.repository.make_commit(files, before, message_of(next(given_out)))
    assert_nothing_is_forged(program.run(head, before))


STATES: tuple[Callable[[str], TaskBehaviour], ...] = (
    lambda text: TaskBehaviour(refusal=text),
    lambda text: TaskBehaviour(approve_status=text),
    lambda text: TaskBehaviour(status=text),
    lambda _: TaskBehaviour(),
)
CODES = ("OperationDenied", "FailedOperation", "AuthFailure", "InternalError", "RequestLimitExceeded", "InvalidAction")


@hostile
@given(
    pool=pools,
    behaviour=st.sampled_from(STATES),
    fault=st.sampled_from(["", "", "error", "code", "page", "job"]),
    code=st.sampled_from(CODES),
    site=st.sampled_from(["jobs", "versions"]),
    size=st.sampled_from(["1", "2", "2"]),
)
def test_texts_of_wedata_forge_nothing(
    tmp_path: Path,
    pool: list[str],
    behaviour: Callable[[str], TaskBehaviour],
    fault: str,
    code: str,
    site: str,
    size: str,
) -> None:
    given_out = cycle(pool)
    inputs = {"batch-size": size, "wait-timeout": "1", "base": "event"}
    program = Program(tmp_path, inputs=inputs, new_id=lambda: next(given_out))
    for task in ("1", "2"):
        program.wedata.set_task(task, behaviour(next(given_out)))
    if fault == "error":
        program.gateway.add_rule(Rule(SUBMIT, Fault.error(code, next(given_out))))
    elif fault == "job":
        program.wedata.set_jobs(JobBehaviour(status=next(given_out)))
    body = {"Error": {"Code": next(given_out), "Message": next(given_out)}, "RequestId": next(given_out)}

    def strike(request: requests.PreparedRequest) -> requests.Response | None:
        action = request.headers.get("X-TC-Action", "")
        if site == "versions" and action == "ListBatchDetail":
            return _response(request, 200, _error("InvalidAction", next(given_out)))
        if fault == "code" and action == SUBMIT:
            return _response(request, 200, json.dumps({"Response": body}).encode())
        if fault == "page" and action == SUBMIT:
            return _response(request, 502, next(given_out).encode(errors="replace"))
        return None

    program.strike = strike
    files = {"wedata/1.json": definition("1"), "wedata/2.json": definition("2", name=message_of(next(given_out)))}
    ended = program.run(program.repository.make_commit(files, None, "first"))
    assert ended.result.batches
    assert_nothing_is_forged(ended)


@hostile
@given(pool=pools, mode=st.sampled_from(["drift", "drift", "submit"]))
def test_codes_and_people_in_wedata_forge_nothing(tmp_path: Path, pool: list[str], mode: str) -> None:
    given_out = cycle(pool)
    program = Program(tmp_path, inputs={"mode": mode, "wait-timeout": "1", "base": "event"})
    for task_id in ("1", "2"):
        for fingerprint in ("", "22" * 32):
            code, who, name = (message_of(next(given_out)) for _ in range(3))
            program.wedata.save(PROJECT, task_id, code, Person(who, name))
            stamp = str(make_stamp("0" * 40, fingerprint, "7.1")) if fingerprint else ""
            program.wedata.add_by_hand(PROJECT, task_id, next(given_out) + stamp)
    program.wedata.save(PROJECT, "2", message_of(next(given_out)), Person(next(given_out), next(given_out)))
    files = {f"wedata/{task_id}.json": definition(task_id, code="a.sql") for task_id in ("1", "2")}
    files["wedata/a.sql"] = message_of(next(given_out)).replace("\0", "").encode()
    assert_nothing_is_forged(program.run(program.repository.make_commit(files, None, "first")))


def _error(code: str, message: str) -> bytes:
    return json.dumps({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "r"}}).encode()


EVENTS = ("push", "pull_request", "pull_request_target", "merge_group", "workflow_dispatch", "schedule", "")


@hostile
@given(
    pool=pools,
    event=st.sampled_from(EVENTS),
    answer=st.sampled_from(["json", "page", "history", "job"]),
    status=st.sampled_from([200, 403, 404, 500]),
    mode=st.sampled_from(["submit", "plan", "validate"]),
    base=st.sampled_from(["", "event", "empty", "adopt", "text"]),
)
def test_texts_of_github_forge_nothing(
    tmp_path: Path, pool: list[str], event: str, answer: str, status: int, mode: str, base: str
) -> None:
    given_out = cycle(pool)
    program = Program(tmp_path, inputs={"mode": mode})
    head = program.repository.make_commit({"wedata/1.json": definition("1")}, None, message_of(next(given_out)))
    program.inputs["base"] = message_of(next(given_out)).translate(_ONE_LINE).strip() if base == "text" else base
    program.strike = lambda request: _github(request, given_out, answer, status)
    program.event = {
        "before": next(given_out),
        "repository": {"default_branch": next(given_out)},
        "pull_request": {
            "head": {"sha": head if mode == "plan" else next(given_out)},
            "base": {"ref": next(given_out), "sha": next(given_out)},
        },
        "merge_group": {"base_sha": next(given_out)},
    }
    program.environ = {
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "token-of-the-job",
        "GITHUB_EVENT_NAME": event or next(given_out),
        "GITHUB_REF": f"refs/heads/{next(given_out)}",
        "GITHUB_REPOSITORY": f"owner/{next(given_out)}",
        "GITHUB_WORKFLOW_REF": f"owner/repository/.github/workflows/{next(given_out)}",
    }
    assert_nothing_is_forged(program.run(head))


_ONE_LINE = dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029])


def _github(
    request: requests.PreparedRequest, given_out: Iterator[str], answer: str, status: int
) -> requests.Response | None:
    if not str(request.url).startswith(GITHUB_URL):
        return None
    if answer == "page":
        return _response(request, status, next(given_out).encode(errors="replace"))
    value: dict[str, Any] = {
        "message": next(given_out),
        "merge_base_commit": {"sha": next(given_out)},
        "id": 5001,
        "run_number": 1,
        "workflow_id": next(given_out),
        "workflow_runs": [],
        "jobs": [],
    }
    if answer == "history":
        return None
    if answer == "job":
        step = {"name": next(given_out), "status": "in_progress"}
        name = next(given_out)
        value["jobs"] = [{"name": name, "status": "in_progress", "runner_name": "runner-5001", "steps": [step]}]
    return _response(request, status, json.dumps(value).encode())


@pytest.mark.parametrize(
    "line",
    ["<b>x</b>", "[x](javascript:y)", "| a | b | c |\n| d | e |", "# forged", "![](x)", "@octocat", "`x`", "a://b"],
)
def test_the_check_of_the_summary_bites(line: str) -> None:
    with pytest.raises(AssertionError):
        assert_inert(line)


def test_a_forged_command_would_be_seen(tmp_path: Path) -> None:
    program = Program(tmp_path)
    ended = program.run(program.repository.make_commit({"wedata/1.json": definition("1")}, None, "first"))
    assert_nothing_is_forged(ended)
    for forged in ("::error::x\n", "##[set-output name=result]success\n", "::add-mask::e\n", "::stop-commands::x\n"):
        with pytest.raises(AssertionError):
            assert_nothing_is_forged(_with(ended, forged))


def _with(ended: Ended, forged: str) -> Ended:
    return Ended(**{**vars(ended), "stream": forged + ended.stream})
