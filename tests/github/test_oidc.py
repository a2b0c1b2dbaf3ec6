"""GitHub's OIDC token: asked for as the runner says, and never shown."""

from __future__ import annotations

import dataclasses
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support.sockets import listening, page
from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.github.errors import GitHubError
from wedata_action.github.oidc import TokenService, token_service
from wedata_sandbox.faults import Fault
from wedata_sandbox.keyless import ISSUING, Keyless
from wedata_sandbox.server import Sandbox

BEARER = "bearer-of-the-job"


@pytest.fixture
def keyless() -> Iterator[Keyless]:
    with Sandbox() as sandbox, Keyless(sandbox.gateway) as keyless:
        yield keyless


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def service(session: requests.Session, url: str, bearer: str = BEARER) -> tuple[TokenService, list[float]]:
    """The service, and the pauses that it makes."""
    pauses: list[float] = []
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer}
    clock = Clock(sleep=pauses.append, random=random.Random(1))
    return token_service(environ, session=session, clock=clock), pauses


def of(keyless: Keyless, session: requests.Session) -> tuple[TokenService, list[float]]:
    return service(session, keyless.environ["ACTIONS_ID_TOKEN_REQUEST_URL"], keyless.bearer)


def failure(service: TokenService, audience: str | None = None) -> GitHubError:
    with pytest.raises(GitHubError) as caught:
        service.token(audience)
    assert caught.value.__cause__ is None
    return caught.value


def test_a_token_is_got_with_the_bearer(keyless: Keyless, session: requests.Session) -> None:
    github, _ = of(keyless, session)
    assert github.token("sts.intl.tencentcloudapi.com") == keyless.tokens[0]
    assert github.token(None) == keyless.tokens[1]


@pytest.mark.parametrize(
    ("url", "audience", "target"),
    [
        ("/oidc/token?api-version=2.0", None, "/oidc/token?api-version=2.0"),
        ("/oidc/token?api-version=2.0", "a&b=c d/é", "/oidc/token?api-version=2.0&audience=a%26b%3Dc%20d%2F%C3%A9"),
        ("/oidc/token", "sts", "/oidc/token?audience=sts"),
    ],
)
def test_the_audience_is_put_behind_the_query_of_the_runner(
    session: requests.Session, url: str, audience: str | None, target: str
) -> None:
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(page(b'{"count": 9, "value": "t0ken-of-the-job"}'))

    with listening(handle) as port:
        assert service(session, f"http://127.0.0.1:{port}{url}")[0].token(audience) == "t0ken-of-the-job"
    lines = seen[0].decode().split("\r\n")
    assert lines[0] == f"GET {target} HTTP/1.1"
    assert f"Authorization: Bearer {BEARER}" in lines


def test_a_netrc_has_no_say(
    keyless: Keyless, session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert of(keyless, session)[0].token(None) == keyless.tokens[0]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (("ACTIONS_ID_TOKEN_REQUEST_URL",), "ACTIONS_ID_TOKEN_REQUEST_URL is not set"),
        (
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
            "ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set",
        ),
    ],
)
def test_a_job_without_the_permission_is_told_which(
    session: requests.Session, missing: tuple[str, ...], words: str
) -> None:
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER}
    with pytest.raises(RunError) as caught:
        token_service(environ | dict.fromkeys(missing, ""), session=session, clock=Clock())
    assert caught.value.reason is Reason.INVALID_INPUT
    assert caught.value.message.startswith(words)
    assert "`permissions: id-token: write`" in caught.value.message


@pytest.mark.parametrize(
    "url", ["http://pipelines.example/x", "ftp://127.0.0.1/x", "/x", "x", "https://u:p@x.example/"]
)
def test_a_token_is_asked_for_over_https_only(session: requests.Session, url: str) -> None:
    with pytest.raises(RunError) as caught:
        service(session, url)
    assert "is not an https address" in caught.value.message


@pytest.mark.parametrize("bearer", ["two words-and-more", "bearer\nX-Forged: 1", "short"])
def test_a_bearer_that_is_none_is_refused_and_not_shown(session: requests.Session, bearer: str) -> None:
    with pytest.raises(RunError) as caught:
        service(session, "https://x.example/", bearer)
    assert "is not a token" in caught.value.message
    assert bearer not in caught.value.message


@pytest.mark.parametrize("fault", [Fault.http(503), Fault.http(500), Fault.reset(), Fault.http(429)], ids=str)
def test_what_may_pass_is_tried_four_times(keyless: Keyless, session: requests.Session, fault: Fault) -> None:
    github, pauses = of(keyless, session)
    keyless.fail_next(ISSUING, fault, times=3)
    assert github.token(None) == keyless.tokens[0]
    assert len(pauses) == 3
    assert all(0 <= pause <= 2**number for number, pause in enumerate(pauses))
    keyless.fail_next(ISSUING, fault, times=4)
    assert failure(github).passing


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_not_tried_again(keyless: Keyless, session: requests.Session, status: int) -> None:
    github, pauses = of(keyless, session)
    keyless.fail_next(ISSUING, Fault.http(status))
    error = failure(github)
    assert str(error) == f"GitHub's OIDC service answered HTTP {status}"
    assert not error.passing
    assert pauses == []


def test_a_redirect_is_not_followed(session: requests.Session) -> None:
    followed: list[bytes] = []
    with listening(lambda connection: followed.append(connection.recv(65536))) as other:
        content = page(b"", "302 Found", f"Location: http://127.0.0.1:{other}/")
        with listening(_answering_get(content)) as port:
            error = failure(service(session, f"http://127.0.0.1:{port}/")[0])
    assert str(error) == "GitHub's OIDC service answered HTTP 302"
    assert followed == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>t0ken-of-the-job</html>",
        b'"t0ken-of-the-job"',
        b'{"token": "t0ken-of-the-job"}',
        b'{"value": null}',
        b'{"value": "t0ken of the job"}',
        b'{"value": "t0ken-of-the-job\\n"}',
        b'{"value": "short"}',
        b"[" * 100_000,
    ],
    ids=len,
)
def test_an_answer_without_a_token_is_not_shown(session: requests.Session, content: bytes) -> None:
    with listening(_answering_get(page(content))) as port:
        error = failure(service(session, f"http://127.0.0.1:{port}/")[0])
    assert str(error) == "GitHub's OIDC service answered without a token"
    assert not error.passing


def test_an_answer_that_does_not_come_in_time_may_pass(session: requests.Session) -> None:
    with listening(_silent) as port:
        github, pauses = service(session, f"http://127.0.0.1:{port}/")
        error = failure(dataclasses.replace(github, seconds=0.2))
    assert error.passing
    assert len(pauses) == 3


def test_the_service_shows_neither_the_bearer_nor_the_address(session: requests.Session) -> None:
    github, _ = service(session, "https://x.example/secret-path")
    assert BEARER not in repr(github)
    assert "secret-path" not in repr(github)


def _silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def _answering_get(content: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(content)

    return handle
