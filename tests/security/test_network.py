"""Certificates are always verified, a company's own authority is trusted by one variable everywhere, no token strays.

The client of Tencent Cloud has its tests in `tests/tencent/test_client_failures.py`.
"""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

import pytest
import requests

from tests.simulation.clock import SimulatedClock
from tests.support import git_http
from tests.support.json_http import Reply, serve_json
from tests.support.repositories import ENVIRON, clone, commit, init
from tests.support.sockets import certificate, listening, page
from wedata_action.git import GitError, Remote, Repository
from wedata_action.github.api import Api
from wedata_action.github.errors import GitHubError

OFF = "[http]\n\tsslVerify = false\n"


def make_api(url: str, token: str | None, session: requests.Session) -> Api:
    """An API whose retries take no time."""
    clock = SimulatedClock().started(random.Random(0), lambda: None)
    return Api(url, "acme/tasks", token, session, clock, lambda _: None, "actions: read", seconds=5)


def fetch(tmp_path: Path, variables: dict[str, str]) -> None:
    """Fetches a commit over https from a server whose certificate no authority has signed."""
    source = init(tmp_path / "server" / "acme" / "tasks.git")
    base = commit(source, {"a": "1"})
    commit(source, {"a": "2"})
    folder = clone(source, tmp_path / "clone", "--depth=1")
    for config in (folder / ".git" / "config", tmp_path / ".gitconfig"):
        with config.open("a") as file:
            file.write(OFF)
    cert, context = certificate(tmp_path)
    named = {name: str(cert) if value == "the certificate" else value for name, value in variables.items()}
    environ = {**ENVIRON, "HOME": str(tmp_path), **named}
    with git_http.serve(tmp_path / "server", "token", context) as server:
        remote = Remote(f"{server.url}/acme/tasks", "Basic eC1hY2Nlc3MtdG9rZW46dG9rZW4=")
        with Repository(folder, environ, remote) as repository:
            repository.fetch([base], have=None)
            assert repository.objects.has_commit(base)


@pytest.mark.parametrize(
    "variables",
    [{}, {"GIT_SSL_NO_VERIFY": "1"}, {"REQUESTS_CA_BUNDLE": ""}, {"GIT_SSL_CAINFO": "the certificate"}],
    ids=str,
)
def test_git_refuses_an_unknown_certificate_whatever_settings_say(tmp_path: Path, variables: dict[str, str]) -> None:
    with pytest.raises(GitError, match="certificate"):
        fetch(tmp_path, variables)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_git_trusts_the_authority_that_requests_trusts(tmp_path: Path, name: str) -> None:
    fetch(tmp_path, {name: "the certificate"})


def test_a_bundle_that_is_missing_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"SSL CA cert|certificate"):
        fetch(tmp_path, {"REQUESTS_CA_BUNDLE": "/nowhere/CA.pem"})


def test_the_api_of_github_is_asked_over_verified_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    cert, context = certificate(tmp_path)
    asked: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        connection.sendall(page(b'{"name": "x"}'))

    with listening(answer, context) as port, requests.Session() as session:
        api = make_api(f"https://127.0.0.1:{port}", "a-token-of-the-job", session)
        with pytest.raises(GitHubError) as caught:
            api.get("actions/runs/1")
        assert (caught.value.status, asked) == (0, [])
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(cert))
        assert api.get("actions/runs/1") == {"name": "x"}
        assert b"Bearer a-token-of-the-job" in asked[0]


def test_the_token_of_the_job_follows_no_redirect_and_gives_way_to_no_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("default login thief password thief\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    with (
        serve_json(lambda _: Reply({})) as other,
        serve_json(lambda _: Reply({}, 302, {"Location": f"{other.url}/"})) as server,
        requests.Session() as session,
        pytest.raises(GitHubError),
    ):
        make_api(server.url, "a-token-of-the-job", session).get("actions/runs/1")
    assert [headers["Authorization"] for _, headers in server.requests] == ["Bearer a-token-of-the-job"]
    assert other.requests == []


@pytest.mark.parametrize("proxy", ["http://user:pa55word@127.0.0.1:1", "http://user:pa55word@[bad", "user:pa55word@:x"])
def test_an_error_of_github_does_not_show_the_address_of_a_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with requests.Session() as session, pytest.raises(GitHubError) as caught:
        make_api("https://github.example", None, session).get("actions/runs/1")
    assert "pa55word" not in repr(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "proxy", ["http://user:pa55word@127.0.0.1:1", "http://user:pa55word@host:99999999", "http://u:pa55word@[x"]
)
def test_an_error_of_git_does_not_show_the_password_of_a_proxy(tmp_path: Path, proxy: str) -> None:
    folder = init(tmp_path / "clone")
    commit(folder, {"a": "1"})
    environ = {**ENVIRON, "https_proxy": proxy}
    remote = Remote("https://github.example/acme/tasks")
    with Repository(folder, environ, remote) as repository, pytest.raises(GitError) as caught:
        repository.fetch(["1" * 40], have=None)
    assert "pa55word" not in str(caught.value)
