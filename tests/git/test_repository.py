"""The reading of clones: what `Repository` says of them, and that it leaves them alone."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support import git_http
from tests.support.repositories import ENVIRON, Content, File, clone, commit, git, init, snapshot
from wedata_action.git import Difference, Entry, GitError, MissingObjectError, Remote, Repository

TOKEN = "ghs_secret"
AUTHORIZATION = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A bare repository at `acme/tasks.git` below `tmp_path/server`, which serves parts as GitHub does."""
    folder = init(tmp_path / "server" / "acme" / "tasks.git", "--bare")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder


def contents(repository: Repository, commit_id: str) -> dict[str, bytes]:
    entries = repository.list_tree(commit_id, [""])
    return dict(zip(entries, repository.objects.read(entry.id for entry in entries.values()), strict=True))


def test_a_clone_tells_its_top_its_head_and_where_it_was_found_from(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"etl/a.yml": "a"})
    (folder / "etl").mkdir()
    with Repository(folder / "etl", ENVIRON) as repository:
        assert (repository.root, repository.prefix, repository.head) == (folder, "etl/", head)
        assert not repository.shallow
    with Repository(folder, ENVIRON) as repository:
        assert repository.prefix == ""


@pytest.mark.parametrize("folder", ["etl/daily", "etl/../other", "README.md"])
def test_a_working_directory_that_is_no_folder_on_disk_is_found_too(tmp_path: Path, folder: str) -> None:
    top = init(tmp_path / "clone")
    (top / "README.md").touch()
    with Repository(top / folder, ENVIRON) as repository:
        assert repository.root == top
        assert repository.prefix == os.path.normpath(folder) + "/"


def test_an_unborn_branch_has_no_head(tmp_path: Path) -> None:
    with Repository(init(tmp_path / "clone"), ENVIRON) as repository:
        assert repository.head is None
        assert repository.resolve("HEAD") is None


@pytest.mark.parametrize("kind", ["none", "bare", "git-dir"])
def test_a_folder_that_is_no_work_tree_is_an_error(tmp_path: Path, kind: str) -> None:
    folder = {
        "none": lambda: tmp_path,
        "bare": lambda: init(tmp_path / "bare", "--bare"),
        "git-dir": lambda: init(tmp_path / "clone") / ".git",
    }[kind]()
    with pytest.raises(GitError, match=r"not a git repository|must be run in a work tree|cannot use bare repository"):
        Repository(folder, ENVIRON)


def test_a_clone_whose_path_has_a_line_break_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="line break"):
        Repository(init(tmp_path / "a\nb"), ENVIRON)


def test_a_clone_whose_path_has_other_line_separators_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "a\x85b\u2028c\x0bd '\"")
    head = commit(folder, {"a": "1"})
    with Repository(folder, ENVIRON) as repository:
        assert contents(repository, head) == {"a": b"1"}


def test_without_git_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git cannot be started: No such file"):
        Repository(tmp_path, {"PATH": str(tmp_path)})


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_trees_are_compared_path_by_path(tmp_path: Path, object_format: str) -> None:
    folder = init(tmp_path / "clone", f"--object-format={object_format}")
    one = commit(folder, {"same": "s", "edited": "1", "gone": "x", "mode": "m", "kind": "k", "d/moved": "long enough"})
    other = commit(
        folder,
        {
            "edited": "2", "gone": None, "mode": File("100755", "m"), "kind": File("120000", "same"),
            "d/moved": None, "e/moved": "long enough", "module": File("160000", "1" * len(one)),
        },
    )  # fmt: skip
    with Repository(folder, ENVIRON) as repository:
        found = {difference.path: difference for difference in repository.diff(one, other)}
        assert sorted(found) == ["d/moved", "e/moved", "edited", "gone", "kind", "mode", "module"]
        assert found["d/moved"].new is None
        assert found["e/moved"].old is None
        assert [entry and entry.mode for entry in found["kind"][1:]] == ["100644", "120000"]
        assert [entry and entry.mode for entry in found["mode"][1:]] == ["100644", "100755"]
        assert found["module"] == Difference("module", None, Entry("160000", "1" * len(one)))
        everything = {difference.path for difference in repository.diff(repository.empty_tree, one)}
        assert everything == repository.list_tree(one, [""]).keys() == repository.list_tree(one, ["", "d/"]).keys()
        assert repository.list_tree(one, ["d/"]).keys() == {"d/moved"}
        assert repository.list_tree(other, ["kind/", "module/", "nothing/"]).keys() <= {"module"}
        assert repository.commit(other).parents == (one,)


NAMES = [
    b"a b", b"it's", b'say "x"', b"line\nbreak", b"%25", b"::error::x", "👩‍👩‍👧".encode(), b"\xff\xfe", b":colon",
    b"-dash", b"--output=x", b"tab\there", b"back\\slash", b"\r", b":(glob)**", b"*", b"100644 blob 0\ta",
]  # fmt: skip


@pytest.mark.parametrize("folder", [b"", b"wedata/", b"-d/", b":d/", b"*/"])
def test_any_name_is_read_as_it_is(tmp_path: Path, folder: bytes) -> None:
    clone_of = init(tmp_path / "clone")
    one = commit(clone_of, {"other/x": "x"})
    files: dict[str | bytes, Content] = {folder + name: name for name in NAMES}
    other = commit(clone_of, files)
    paths = {(folder + name).decode("utf-8", "surrogateescape"): name for name in NAMES}
    with Repository(clone_of, ENVIRON) as repository:
        assert {difference.path for difference in repository.diff(one, other)} == paths.keys()
        entries = repository.list_tree(other, [folder.decode()])
        assert {path: entry for path, entry in entries.items() if path != "other/x"}.keys() == paths.keys()
        assert {**contents(repository, other), "other/x": b""} == {**paths, "other/x": b""}


def test_a_commit_gives_its_message_in_the_encoding_it_names(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    tree = git(folder, "write-tree")
    for encoding, expected in (("latin1", "Ü"), ("unknown", "\ufffd")):
        made = git(folder, "-c", f"i18n.commitEncoding={encoding}", "commit-tree", tree, "-F", "-", data=b"\xdc")
        with Repository(folder, ENVIRON) as repository:
            assert repository.commit(made).message.rstrip("\n") == expected
            assert repository.commit(made).tree == tree


def test_a_revision_is_resolved_in_the_clone(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    two = commit(folder, {"a": "2"})
    git(folder, "tag", "-a", "-m", "v1", "v1", one)
    with Repository(folder, ENVIRON) as repository:
        resolved = [repository.resolve(revision) for revision in ("HEAD~1", "v1", "main", two[:12], two, "HEAD~2")]
        assert resolved == [one, one, two, two, two, None]
        assert [repository.resolve(text) for text in ("--all", "a\nb", "-h", "", "f" * 40, f"{two}^{{tree}}")] == [
            None
        ] * 6


def test_a_long_object_is_cut_and_the_next_one_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    files = {"a": b"x" * 200_000, "b": b"\n", "c": b"", "d": b"end"}
    head = commit(folder, files)
    with Repository(folder, ENVIRON) as repository:
        ids = [entry.id for entry in repository.list_tree(head, [""]).values()]
        assert list(repository.objects.read(ids, 10)) == [b"x" * 11, b"\n", b"", b"end"]
        assert [b"".join(chunks) for chunks in repository.objects.stream(ids)] == list(files.values())
        assert len(list(repository.objects.read(ids * 400))) == 1600


def test_a_reading_that_is_given_up_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1", "b": "2"})
    with Repository(folder, ENVIRON) as repository:
        a, b = (entry.id for entry in repository.list_tree(head, [""]).values())
        reading = repository.objects.read([a, b])
        next(reading)
        del reading
        assert list(repository.objects.read([b])) == [b"2"]
        with pytest.raises(MissingObjectError):
            list(repository.objects.read([a, "0" * 40, b]))
        assert list(repository.objects.read([b])) == [b"2"]


@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_a_damaged_object_is_an_error_and_never_a_short_text(tmp_path: Path, kept: float) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": os.urandom(300_000), "b": "2"})
    with Repository(folder, ENVIRON) as repository:
        a, b = (entry.id for entry in repository.list_tree(head, [""]).values())
        loose = folder / ".git" / "objects" / a[:2] / a[2:]
        loose.chmod(0o600)
        os.truncate(loose, int(loose.stat().st_size * kept))
        with pytest.raises(GitError):
            list(repository.objects.read([a, b]))
        with pytest.raises(GitError):
            [b"".join(chunks) for chunks in repository.objects.stream([a])]
        assert list(repository.objects.read([b])) == [b"2"]


def test_a_process_that_has_ended_is_an_error_and_the_next_request_starts_another(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1"})
    with Repository(folder, ENVIRON) as repository:
        assert repository.objects.has_commit(head)
        process = repository.objects._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(GitError):
            repository.commit(head)
        assert repository.commit(head).id == head


def test_a_linked_worktree_is_read_at_its_own_head(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    commit(folder, {"a": "2"})
    git(folder, "worktree", "add", "--quiet", "--detach", tmp_path / "linked", one)
    with Repository(tmp_path / "linked", ENVIRON) as repository:
        assert (repository.head, contents(repository, one)) == (one, {"a": b"1"})


def test_a_clone_that_borrows_its_objects_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "lender")
    head = commit(folder, {"a": "1"})
    git(tmp_path, "clone", "--quiet", "--shared", "--no-checkout", folder, tmp_path / "clone")
    with Repository(tmp_path / "clone", ENVIRON) as repository:
        assert contents(repository, head) == {"a": b"1"}


def test_a_clone_of_another_owner_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1"})
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 12345, 12345)
    with Repository(folder, ENVIRON) as repository:
        assert (repository.head, contents(repository, head)) == (head, {"a": b"1"})


def test_replaced_and_grafted_history_is_not_believed(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    two = commit(folder, {"a": "2"})
    three = commit(folder, {"a": "3"})
    forged = commit(folder, {"a": "forged"}, branch="forged", parents=[])
    git(folder, "replace", two, forged)
    git(folder, "replace", git(folder, "rev-parse", f"{three}:a"), git(folder, "rev-parse", f"{forged}:a"))
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "grafts").write_text(f"{three} {forged}\n")
    with Repository(folder, ENVIRON) as repository:
        assert repository.commit(two).parents == (one,)
        assert contents(repository, three) == {"a": b"3"}
        assert repository.merge_base(three, one) == one
        assert [repository.resolve(revision) for revision in ("HEAD~1", "HEAD~2")] == [two, one]


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


def test_a_sparse_checkout_is_read_from_its_commits(tmp_path: Path, source: Path) -> None:
    head = commit(source, {"wedata/a.yml": "1", "src/b": "2"})
    folder = clone(source, tmp_path / "clone", "--sparse")
    git(folder, "sparse-checkout", "set", "src")
    assert not (folder / "wedata").exists()
    with Repository(folder / "wedata", ENVIRON) as repository:
        assert repository.prefix == "wedata/"
        assert contents(repository, head) == {"wedata/a.yml": b"1", "src/b": b"2"}


def test_the_private_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    with Repository(folder, ENVIRON) as repository:
        assert stat.S_IMODE(repository._git_dir.stat().st_mode) == 0o700
