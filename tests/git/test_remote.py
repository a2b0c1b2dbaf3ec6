"""Missing objects are fetched, and nothing on the machine has a say in how."""

from __future__ import annotations

import base64
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.git.reading import contents
from tests.support import git_http
from tests.support.repositories import ENVIRON, clone, commit, git, init, snapshot
from wedata_action.git import (
    GitError,
    MissingObjectError,
    Remote,
    Repository,
)

TOKEN = "ghs_secret"
AUTHORIZATION = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


HOSTILE = """
[core]
    fsmonitor = {script}
    hooksPath = {hooks}
    quotePath = true
    pager = {script}
    sshCommand = {script}
    attributesFile = {attributes}
    alternateRefsCommand = {script}
    askPass = {script}
[diff]
    external = {script}
    renames = copies
    relative = true
    noprefix = true
    orderFile = /nonexistent
[diff "x"]
    textconv = {script}
    command = {script}
[filter "x"]
    clean = {script}
    smudge = {script}
    process = {script}
    required = true
[color]
    ui = always
[core]
    abbrev = 4
    precomposeUnicode = true
[alias]
    diff-tree = !{script}
    rev-parse = !{script}
[credential]
    helper = {script}
[log]
    showSignature = true
[gpg]
    program = {script}
[fetch]
    recurseSubmodules = true
    prune = true
    writeCommitGraph = true
"""


@contextmanager
def hostile_settings(folder: Path, home: Path) -> Iterator[tuple[dict[str, str], Path]]:
    """The clone's and the user's configuration, and every variable, name a script that leaves a mark."""
    mark, hooks = home / "mark", home / "hooks"
    script = home / "script"
    hooks.mkdir(parents=True)
    script.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    script.chmod(0o755)
    for hook in ("reference-transaction", "post-checkout", "post-index-change", "pre-auto-gc", "fsmonitor-watchman"):
        shutil.copy(script, hooks / hook)
        (folder / ".git" / "hooks").mkdir(exist_ok=True)
        shutil.copy(script, folder / ".git" / "hooks" / hook)
    attributes = home / "attributes"
    attributes.write_text("* diff=x filter=x\n")
    config = HOSTILE.format(script=script, hooks=hooks, attributes=attributes)
    (home / ".gitconfig").write_text(config)
    with (folder / ".git" / "config").open("a") as file:
        file.write(config)
    variables = (
        "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PROXY_COMMAND",
        "GIT_EDITOR", "PAGER", "SSH_ASKPASS",
    )  # fmt: skip
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        **{name: str(script) for name in variables},
        **dict.fromkeys(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"), "/nonexistent"),
        **dict.fromkeys(("GIT_TRACE", "GIT_TRACE2_EVENT", "GIT_TRACE_PACKET"), str(home / "trace")),
        "GIT_NAMESPACE": "x", "GIT_GLOB_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1", "GIT_DIFF_OPTS": "-u0",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.bare", "GIT_CONFIG_VALUE_0": "true",
        "GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_DEFAULT_HASH": "sha256",
    }  # fmt: skip
    yield environ, mark
    assert not mark.exists(), mark.read_text()
    assert not (home / "trace").exists()


def test_nothing_is_executed_and_no_setting_has_a_say(tmp_path: Path, source: Path) -> None:
    base = commit(source, {"a.yml": "1", "old é": "the same long content", "gone": "x" * 100, ".gitattributes": ""})
    attributes = "* text eol=crlf diff=x filter=x export-ignore working-tree-encoding=UTF-16\n"
    head = commit(
        source, {"a.yml": "2\n", "old é": None, "new é": "the same long content", ".gitattributes": attributes}
    )
    folder = clone(source, tmp_path / "clone", "--depth=1", "--no-checkout")
    (folder / "sub").mkdir()
    with hostile_settings(folder, tmp_path / "home") as (environ, _):
        before = snapshot(folder / ".git")
        with Repository(folder / "sub", environ) as repository:
            assert repository.resolve("HEAD") == head
            repository.fetch([base], have=head)
            paths = [difference.path for difference in repository.diff(base, head)]
            assert paths == [".gitattributes", "a.yml", "new é", "old é"]
            assert contents(repository, head)["a.yml"] == b"2\n"
            assert repository.commit(base).parents == ()
        assert snapshot(folder / ".git") == before


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_base_is_fetched_by_its_exact_id_and_the_clone_stays_as_it_was(
    tmp_path: Path, source: Path, token: str | None
) -> None:
    base = commit(source, {"a": "1", "big": os.urandom(100_000)})
    commit(source, {"a": "2"})
    head = commit(source, {"a": "3"})
    folder = clone(source, tmp_path / "clone", "--depth=1")
    before = snapshot(folder)
    with git_http.serve(tmp_path / "server", token) as server:
        remote = Remote(f"{server.url}/acme/tasks", token and AUTHORIZATION)
        with Repository(folder, ENVIRON, remote) as repository:
            assert repository.shallow
            assert (repository.objects.has_commit(base), repository.resolve(base)) == (False, None)
            repository.fetch([base], have=head)
            assert repository.objects.has_commit(base)
            assert [difference.path for difference in repository.diff(base, head)] == ["a"]
            assert contents(repository, base)["a"] == b"1"
            private = repository._git_dir
            fetched = sum(path.stat().st_size for path in private.rglob("*.pack"))
            fetched += sum(path.stat().st_size for path in (private / "objects").rglob("??/*"))
            assert fetched < 10_000  # what the head has is not sent again
        assert not private.exists()
    assert {(request.status, request.authorization) for request in server.requests} == {(200, token and AUTHORIZATION)}
    assert snapshot(folder) == before


def test_the_token_is_in_no_argument_list(tmp_path: Path, source: Path) -> None:
    base = commit(source, {"a": "1"})
    commit(source, {"a": "2"})
    folder = clone(source, tmp_path / "clone", "--depth=1")
    log = tmp_path / "log"
    # Every git process that git itself starts goes through GIT_EXEC_PATH; the remote helper is the one with the URL.
    wrappers = tmp_path / "bin"
    wrappers.mkdir()
    for name in ("git", "git-remote-http"):
        real = shutil.which("git") if name == "git" else f"{git(tmp_path, '--exec-path')}/{name}"
        (wrappers / name).write_text(f'#!/bin/sh\necho "$0 $*" >> {log}\nexec {real} "$@"\n')
        (wrappers / name).chmod(0o755)
    environ = {**ENVIRON, "PATH": f"{wrappers}:{ENVIRON['PATH']}"}
    with git_http.serve(tmp_path / "server", TOKEN) as server:
        remote = Remote(f"{server.url}/acme/tasks", AUTHORIZATION)
        with Repository(folder, environ, remote) as repository:
            repository.fetch([base], have=None)
            assert repository.objects.has_commit(base)
    arguments = log.read_text()
    assert " fetch " in arguments
    assert base not in arguments
    assert TOKEN not in arguments
    assert AUTHORIZATION.split()[1] not in arguments


def test_the_token_does_not_follow_a_redirect_to_another_host(tmp_path: Path, source: Path) -> None:
    base = commit(source, {"a": "1"})
    commit(source, {"a": "2"})
    folder = clone(source, tmp_path / "clone", "--depth=1")

    with git_http.serve(tmp_path / "server") as other:

        class Redirect(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", other.url + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_request(self, *_: object) -> None:
                """Keeps the tests' output short."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                remote = Remote(f"http://127.0.0.1:{server.server_port}/acme/tasks", AUTHORIZATION)
                with Repository(folder, ENVIRON, remote) as repository, pytest.raises(GitError):
                    repository.fetch([base], have=None)
            finally:
                server.shutdown()
                thread.join()
    assert [request for request in other.requests if request.authorization] == []


@pytest.mark.parametrize("url", ["--upload-pack=touch mark; false", "-x", "ext::touch mark"])
def test_an_origin_that_reads_like_a_command_is_not_executed(tmp_path: Path, source: Path, url: str) -> None:
    commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone")
    with (folder / ".git" / "config").open("a") as file:
        file.write(f'[remote "origin"]\n\turl = "{url}"\n')
    with Repository(folder, ENVIRON) as repository, pytest.raises(GitError):
        repository.fetch(["1" * 40], have=None)
    assert not (folder / "mark").exists()


def test_a_clone_without_origin_says_that_it_cannot_fetch(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    commit(folder, {"a": "1"})
    with Repository(folder, ENVIRON) as repository, pytest.raises(GitError, match="no remote named origin"):
        repository.fetch(["1" * 40], have=None)


def test_a_commit_that_the_remote_lacks_is_an_error_that_says_so(tmp_path: Path, source: Path) -> None:
    commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone")
    with git_http.serve(tmp_path / "server") as server:
        remote = Remote(f"{server.url}/acme/tasks")
        with Repository(folder, ENVIRON, remote) as repository, pytest.raises(GitError, match="not our ref"):
            repository.fetch(["1" * 40], have=None)
        with (
            Repository(folder, ENVIRON, Remote(f"{server.url}/acme/none")) as repository,
            pytest.raises(GitError, match="not found"),
        ):
            repository.fetch(["1" * 40], have=None)


@pytest.mark.parametrize("option", ["--filter=blob:none", "--filter=tree:0"])
@pytest.mark.parametrize("depth", [[], ["--depth=1"]])
def test_what_a_partial_clone_lacks_is_fetched_in_one_go(
    tmp_path: Path, source: Path, option: str, depth: list[str]
) -> None:
    files = {f"wedata/{number}.yml": f"{number}" for number in range(20)}
    base = commit(source, files)
    head = commit(source, {"wedata/3.yml": "new", "big/x": "y"})
    with git_http.serve(tmp_path / "server", TOKEN) as server:
        git(tmp_path, "config", "--file", "token", "http.extraHeader", f"Authorization: {AUTHORIZATION}")
        environ = ENVIRON | {"GIT_CONFIG_GLOBAL": str(tmp_path / "token")}
        options = ["--quiet", "--no-checkout", option, *depth]
        git(tmp_path, "clone", *options, f"{server.url}/acme/tasks", tmp_path / "clone", environ=environ)
        before = snapshot(tmp_path / "clone")
        server.requests.clear()
        remote = Remote(f"{server.url}/acme/tasks", AUTHORIZATION)
        with Repository(tmp_path / "clone", ENVIRON, remote) as repository:
            if not repository.objects.has_commit(base):
                repository.fetch([base], have=head)
            assert [difference.path for difference in repository.diff(base, head)] == ["big/x", "wedata/3.yml"]
            repository.objects.close()  # a new process must not fetch on its own what it misses
            trees = [request for request in server.requests if request.method == "POST"]
            entries = repository.list_tree(head, ["wedata/"])
            assert len(list(repository.objects.read(entry.id for entry in entries.values()))) == 20
            blobs = [request for request in server.requests if request.method == "POST"][len(trees) :]
            assert len(blobs) <= 2  # one fetch: it may ask what the server can do, then for all objects together
            assert list(repository.objects.read([entries["wedata/3.yml"].id])) == [b"new"]
        assert {request.status for request in server.requests} == {200}
        assert snapshot(tmp_path / "clone") == before


def test_a_partial_clone_whose_remote_does_not_answer_is_a_clear_error(tmp_path: Path, source: Path) -> None:
    head = commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone", "--filter=blob:none", "--no-checkout")
    shutil.rmtree(source)
    before = snapshot(folder)
    with Repository(folder, ENVIRON) as repository:
        entries = repository.list_tree(head, [""])
        with pytest.raises(MissingObjectError, match=r"1 objects.*check out without a filter"):
            list(repository.objects.read([entries["a"].id]))
    assert snapshot(folder) == before


def test_a_fetch_without_a_token_uses_nothing_of_the_home_folder(tmp_path: Path, source: Path) -> None:
    """The home of a job is shared with the containers of other steps."""
    commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone")
    home, mark = tmp_path / "home", tmp_path / "mark"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[credential]\n\thelper = "!touch {mark}; f"\n[core]\n\taskPass = touch {mark}\n'
        f'[url "ext::touch {mark}"]\n\tinsteadOf = http\n[protocol]\n\tallow = always\n'
    )
    (home / ".netrc").write_text("default login thief password thief\n")
    (home / ".netrc").chmod(0o600)
    environ = {"PATH": ENVIRON["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with git_http.serve(tmp_path / "server", token=TOKEN) as server:
        remote = Remote(f"{server.url}/acme/tasks")
        with (
            Repository(folder, environ, remote) as repository,
            pytest.raises(
                GitError,
                match=r"http://127\.0\.0\.1:\d+ asks for credentials, and github-token is not set; git says: fatal:",
            ),
        ):
            repository.fetch(["1" * 40], have=None)
        assert [request.authorization for request in server.requests] == [None]
    assert not mark.exists()


@pytest.mark.parametrize("user", ["x-access-token:{}", "{}", "u:{}", "u%40x:{}", "u:p@ss/{}"])
@pytest.mark.parametrize("url", ["http://{}@{}/acme/tasks", "https://{}@{}/acme/tasks", "foo://{}@{}/acme/tasks"])
def test_user_information_in_the_address_of_origin_is_not_shown(
    tmp_path: Path, source: Path, user: str, url: str
) -> None:
    secret = "ghp_SECRETsecret0123"
    commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone")
    with git_http.serve(tmp_path / "server", token=TOKEN) as server:
        git(folder, "config", "remote.origin.url", url.format(user.format(secret), server.url.split("//")[1]))
        with Repository(folder, ENVIRON) as repository, pytest.raises(GitError) as caught:
            repository.fetch(["1" * 40], have=None)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("host", ["http://127.0.0.1:1", "foo://127.0.0.1"])
def test_the_query_of_the_address_of_origin_is_not_shown(tmp_path: Path, source: Path, host: str) -> None:
    secret = "ghp_SECRETsecret0123"
    commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone")
    git(folder, "config", "remote.origin.url", f"{host}/acme/tasks?a=b&token={secret}")
    with Repository(folder, ENVIRON) as repository, pytest.raises(GitError) as caught:
        repository.fetch(["1" * 40], have=None)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("address", ["/nowhere/{}", "../{}", "file:///nowhere/{}", "file:///no%20where/{}", "c:/{}"])
def test_a_path_as_the_address_of_origin_is_not_shown(tmp_path: Path, source: Path, address: str) -> None:
    secret = "ghp_SECRETsecret0123"
    commit(source, {"a": "1"})
    folder = clone(source, tmp_path / "clone")
    git(folder, "config", "remote.origin.url", address.format(secret))
    with Repository(folder, ENVIRON) as repository, pytest.raises(GitError) as caught:
        repository.fetch(["1" * 40], have=None)
    assert secret not in str(caught.value)
    assert "fatal: " in str(caught.value)


def test_user_information_in_the_address_of_origin_signs_in_and_is_in_no_argument(tmp_path: Path, source: Path) -> None:
    base = commit(source, {"a": "1"})
    commit(source, {"a": "2"})
    folder = clone(source, tmp_path / "clone", "--depth=1")
    log, wrapper = tmp_path / "log", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    environ = {**ENVIRON, "PATH": f"{wrapper.parent}:{ENVIRON['PATH']}"}
    with git_http.serve(tmp_path / "server", TOKEN) as server:
        git(folder, "config", "remote.origin.url", f"http://x-access-token:{TOKEN}@{server.url[7:]}/acme/tasks")
        with Repository(folder, environ) as repository:
            repository.fetch([base], have=None)
            assert repository.objects.has_commit(base)
    assert {request.authorization for request in server.requests} == {AUTHORIZATION}
    assert " fetch " in log.read_text()
    assert TOKEN not in log.read_text()


def test_git_gets_no_variable_that_it_does_not_need(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    commit(folder, {"a": "1"})
    log, wrapper = tmp_path / "log", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nenv >> {log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    names = ("SSLKEYLOGFILE", "TENCENTCLOUD_SECRET_KEY", "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "LD_PRELOAD", "HOME")
    environ = {"PATH": f"{wrapper.parent}:{ENVIRON['PATH']}", **dict.fromkeys(names, "marked"), "TMPDIR": str(tmp_path)}
    with Repository(folder, environ, Remote("http://127.0.0.1:9/x")) as repository:
        with pytest.raises(GitError):
            repository.fetch(["1" * 40], have=None)
        assert not repository.is_ancestor("1" * 40, "2" * 40)
    assert f"TMPDIR={tmp_path}" in log.read_text()
    assert "marked" not in log.read_text()
