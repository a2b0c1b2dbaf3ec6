"""The action as the image starts it, in the repository of someone who wants its keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.security.secrets_in import leaks
from tests.support import git_http
from tests.support.action import PROJECT, ROOT, TOKEN
from tests.support.command_files import read_outputs
from tests.support.repositories import File, commit, git, init, snapshot
from tests.support.runner import Replay, replay
from wedata_sandbox.server import Sandbox

MEMORY = 280 << 20  # bytes of addresses that a run and the git that it starts may have each
BIG = 300 << 20
DEFINITION = f"task_id: '1'\nproject_id: '{PROJECT}'\n"


class Step:
    """A job whose workspace is a clone of a hostile repository; `home` and `temporary` are watched for leavings."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.workspace = init(folder / "workspace")
        self.files, self.home, self.temporary = folder / "files", folder / "home", folder / "tmp"
        for path in (self.files, self.home, self.temporary):
            path.mkdir()
        self.sandbox = sandbox
        self.folder = self.workspace
        self.prefix: list[str | Path] = []
        self.stdout = self.stderr = ""

    def run(
        self, head: str, inputs: Mapping[str, str], event: str = "push", payload: object = None, **environ: str
    ) -> dict[str, str]:
        """Runs the console script with the image's own flags; gives the outputs."""
        files = {name: self.files / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")}
        for path in files.values():
            path.write_text("")
        before = payload or {"before": "0" * 40, "repository": {"default_branch": "main"}}
        files["GITHUB_EVENT_PATH"].write_text(json.dumps(before))
        given = {"endpoint": self.sandbox.endpoint, "region": "ap-singapore", "base": "empty", "wait": "false"}
        flags = (ROOT / "scripts" / "entrypoint.py").read_text().splitlines()[0].split(" ", 1)[1]
        # -I shuts PYTHONPATH out, which would have told where the package lies.
        start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from wedata_action.__main__ import main; main()"
        done = subprocess.run(
            [*self.prefix, sys.executable, flags, "-c", start],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "TMPDIR": str(self.temporary),
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": event,
                "GITHUB_SHA": head,
                "GITHUB_REF": "refs/heads/main",
                "GITHUB_REPOSITORY": "octocat/warehouse",
                "GITHUB_SERVER_URL": "http://127.0.0.1:9",
                "GITHUB_API_URL": "http://127.0.0.1:9",
                "GITHUB_RUN_ID": "7100",
                "GITHUB_WORKSPACE": str(self.workspace),
                "TENCENTCLOUD_SECRET_ID": self.sandbox.secret_id,
                "TENCENTCLOUD_SECRET_KEY": self.sandbox.secret_key,
                **{name: str(path) for name, path in files.items()},
                **{f"INPUT_{name.upper()}": value for name, value in (given | dict(inputs)).items()},
                **environ,
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        self.stdout, self.stderr = done.stdout, done.stderr
        return read_outputs(files["GITHUB_OUTPUT"])

    @property
    def seen(self) -> Replay:
        return replay(self.stdout)

    @property
    def messages(self) -> str:
        return "\n".join(issue.message for issue in self.seen.annotations)


@pytest.fixture
def step(tmp_path: Path) -> Iterator[Step]:
    with Sandbox() as sandbox:
        yield Step(tmp_path, sandbox)


def check_out(step: Step) -> str:
    """The work tree of the newest commit, as actions/checkout leaves it."""
    git(step.workspace, "checkout", "--quiet", "--force", "main")
    return git(step.workspace, "rev-parse", "HEAD")


def test_nothing_in_the_workspace_is_imported_or_read_as_settings(step: Step) -> None:
    mark = step.files / "mark"
    trap = f"open({str(mark)!r}, 'a').write(__name__)\n"
    modules = ("json", "yaml", "requests", "click", "sitecustomize", "usercustomize", "dotenv", "re", "__main__")
    files = {f"{name}.py": trap for name in modules}
    variables = (
        "WEDATA_ENDPOINT=evil.example\nWEDATA_DEFINITIONS=nothing\nWEDATA_PROJECT_ID=1\nHTTPS_PROXY=evil.example\n"
    )
    commit(
        step.workspace,
        {
            **files,
            "wedata_action/__init__.py": trap,
            "wedata/a.yml": DEFINITION,
            ".env": variables,
            ".netrc": "default login a password b\n",
            "setup.cfg": "[global]\n",
            ".gitattributes": "* filter=x diff=x\n",
            ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::touch mark\n',
        },
    )
    outputs = step.run(check_out(step), {})
    assert (outputs["result"], json.loads(outputs["task-ids"])) == ("submitted", ["1"])
    assert not mark.exists()
    assert step.stderr == ""
    assert [(call.action, call.result) for call in step.sandbox.gateway.calls] == [
        ("ListTaskVersions", "ok"),  # under an empty base
        ("BatchCreateTaskVersionAsync", "ok"),
    ]


def test_a_repository_within_the_work_tree_is_not_taken_for_the_clone(step: Step) -> None:
    """A folder that looks like a bare repository could hold objects that are not what their ids say."""
    commit(step.workspace, {"data/wedata/a.yml": DEFINITION})
    head = check_out(step)
    step.folder = init(step.workspace / "data", "--bare")
    (step.folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n")
    (step.folder / "objects" / "info" / "alternates").write_text(f"{step.workspace}/.git/objects\n")
    outputs = step.run(head, {"mode": "plan"})
    assert (outputs["result"], outputs["failure-reason"]) == ("failure", "invalid-input")
    assert "bare repository" in step.messages


def test_the_globs_start_at_the_root_wherever_the_step_runs(step: Step) -> None:
    commit(step.workspace, {"data/x": "x", "wedata/a.yml": DEFINITION})
    head = check_out(step)
    step.folder = step.workspace / "data"
    assert json.loads(step.run(head, {"mode": "plan"})["task-ids"]) == ["1"]


@pytest.mark.parametrize("target", ["/etc", "..", "../files"])
def test_links_lead_no_reading_and_no_writing_out_of_the_tree(step: Step, target: str) -> None:
    commit(
        step.workspace,
        {
            "wedata/link.yml": File("120000", f"{target}/hostname"),
            "wedata/a.yml": DEFINITION + "sources: [../out/*, ../../*, ../linked]\n",
            "wedata/code.yml": "tasks:\n"
            + "".join(
                f"- {{task_id: '{number}', project_id: '{PROJECT}', code: {path}}}\n"
                for number, path in enumerate(("../out/hostname", "../../hostname", "../linked"), 2)
            ),
            "out": File("120000", target),
            "linked": File("120000", f"{target}/GITHUB_EVENT_PATH"),
        },
    )
    head = check_out(step)
    before = snapshot(step.workspace.parent / "files")
    outputs = step.run(head, {"report-file": "out/report.json"})
    assert outputs["failure-reason"] == "invalid-input"
    assert snapshot(step.workspace.parent / "files").keys() - before.keys() <= {
        "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH",
    }  # fmt: skip
    outputs = step.run(head, {})
    assert outputs["failure-reason"] == "invalid-definition"
    assert "is a symbolic link" in step.messages
    for said in (
        "matches no file",
        "there is no file 'out/hostname'",
        "leads out of the",
        "'linked' is a symbolic link",
    ):
        assert said in step.messages
    assert [call.action for call in step.sandbox.gateway.calls] == []


def test_what_is_too_much_is_refused_before_it_costs(step: Step) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{after}: &{after} [{','.join(['*' + before] * 9)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    commit(
        step.workspace,
        {
            "wedata/bomb.yml": bomb,
            "wedata/deep.yml": "[" * 500_000,
            "wedata/deep.json": "[" * 500_000,
            "wedata/number.json": '{"task_id": ' + "9" * 500_000 + "}",
            "wedata/globs.yml": DEFINITION + f"sources: ['{'*a' * 490}b', '{'**/' * 330}x']\n",
            **{f"{'a' * 120}/{'a' * number}": "" for number in range(1, 100)},
        },
    )
    outputs = step.run(check_out(step), {"mode": "validate"})
    assert outputs["failure-reason"] == "invalid-definition"
    for words in ("aliases of the file stand for more than", "nested more than", "matches no file"):
        assert words in step.messages


def write_big_blob(folder: Path) -> str:
    """A blob of zeros in a pack, as a clone has it."""
    path = folder / "big"
    with path.open("wb") as file:
        file.truncate(BIG)
    blob = git(folder, "-c", "core.bigFileThreshold=1m", "-c", "core.compression=1", "hash-object", "-w", path)
    path.unlink()
    return blob


def commit_of(folder: Path, entries: str, message: bytes = b"x") -> str:
    """A commit of the tree that has these entries."""
    return git(folder, "commit-tree", git(folder, "mktree", data=entries.encode()), data=message)


def test_files_and_messages_of_any_size_take_no_memory(step: Step) -> None:
    blob = write_big_blob(step.workspace)
    commit(step.workspace, {"wedata/a.yml": DEFINITION + "sources: ['../big']\n"})
    check_out(step)
    step.prefix = [sys.executable, "-c", LIMITED]
    small = git(step.workspace, "ls-tree", "main")
    head = commit_of(step.workspace, f"{small}\n100644 blob {blob}\tbig\n", b"x" * (40 << 20))
    assert step.run(head, {"mode": "plan"})["result"] == "planned", step.stdout
    commit(step.workspace, {"wedata/a.yml": DEFINITION + "code: ../big\n"})
    small = git(step.workspace, "ls-tree", "main")
    outputs = step.run(commit_of(step.workspace, f"{small}\n100644 blob {blob}\tbig\n"), {"mode": "plan"})
    assert outputs["failure-reason"] == "invalid-definition", step.stdout
    assert "'big' is larger than 5 MiB" in step.messages
    wedata = git(step.workspace, "mktree", data=f"100644 blob {blob}\ta.yml\n".encode())
    outputs = step.run(commit_of(step.workspace, f"040000 tree {wedata}\twedata\n"), {"mode": "plan"})
    assert outputs["failure-reason"] == "invalid-definition", step.stdout
    assert "the file is larger than" in step.messages


def pull_request(step: Step) -> tuple[str, dict[str, object]]:
    """The head of a stranger's pull request, checked out, and the event."""
    base = commit(step.workspace, {"wedata/a.yml": DEFINITION})
    head = commit(step.workspace, {"wedata/a.yml": DEFINITION + "version_remark: evil\n"})
    check_out(step)
    fork = {"full_name": "stranger/warehouse", "fork": True}
    ends = {"head": {"sha": head, "repo": fork}, "base": {"ref": "main", "sha": base}}
    return head, {"pull_request": ends, "repository": {"default_branch": "main"}}


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_a_pull_request_is_not_submitted_whatever_keys_are_there(step: Step, event: str) -> None:
    head, payload = pull_request(step)
    outputs = step.run(head, {"mode": "submit"}, event, payload)
    assert (outputs["result"], outputs["failure-reason"]) == ("failure", "invalid-input")
    assert "is not merged yet" in step.messages
    assert step.sandbox.gateway.calls == ()


def test_a_tree_of_many_paths_takes_no_memory(step: Step) -> None:
    """Few objects stand for 10^9 files, in the pull request of a stranger."""
    base = commit(step.workspace, {"wedata/a.yml": DEFINITION})
    check_out(step)
    blob = git(step.workspace, "hash-object", "-w", "--stdin", data=b"x")
    tree = git(step.workspace, "mktree", data="".join(f"100644 blob {blob}\tf{i}\n" for i in range(10)).encode())
    for _ in range(8):
        tree = git(step.workspace, "mktree", data="".join(f"040000 tree {tree}\td{i}\n" for i in range(10)).encode())
    entries = f"{git(step.workspace, 'ls-tree', 'main')}\n040000 tree {tree}\tbomb\n"
    head = git(step.workspace, "commit-tree", git(step.workspace, "mktree", data=entries.encode()), "-p", base)
    step.prefix = [sys.executable, "-c", LIMITED]
    assert step.run(head, {"mode": "plan"})["result"] == "planned", step.stdout  # no definition is in the bomb
    outputs = step.run(head, {"mode": "plan", "definitions": "**/*.yml"})
    assert (outputs["failure-reason"], step.stderr) == ("invalid-input", ""), step.stdout
    assert "more than 500,000 paths below the whole repository" in step.messages
    payload = {"pull_request": {"head": {"sha": head}, "base": {"ref": "main", "sha": base}}}
    outputs = step.run(head, {"mode": "plan", "base": "", "github-token": ""}, "pull_request", payload)
    assert (outputs["failure-reason"], step.stderr) == ("invalid-input", ""), step.stdout
    assert "differ in more than 500,000 paths: split the change, or give a base closer to head" in step.messages


@pytest.mark.parametrize("mode", ["plan", "validate"])
def test_the_pull_request_of_a_fork_is_looked_at_without_secrets(step: Step, mode: str) -> None:
    head, payload = pull_request(step)
    none = {"TENCENTCLOUD_SECRET_ID": "", "TENCENTCLOUD_SECRET_KEY": ""}
    outputs = step.run(head, {"mode": mode, "base": "", "github-token": ""}, "pull_request", payload, **none)
    assert outputs["failure-reason"] == ""
    assert outputs["task-ids"] == ('["1"]' if mode == "plan" else "[]")
    assert [issue.level for issue in step.seen.annotations] == []
    assert step.sandbox.gateway.calls == ()


@pytest.mark.parametrize(
    ("event", "variables", "named"),
    [
        ("pull_request_target", {}, "TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY"),
        (
            "pull_request_target",
            {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "token-of-the-job"},
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        ),
        ("pull_request_target", {"TENCENTCLOUD_SECRET_ID": "", "TENCENTCLOUD_SECRET_KEY": ""}, ""),
        ("pull_request", {}, ""),
    ],
)
def test_keys_within_reach_of_strangers_are_warned_of(
    step: Step, event: str, variables: dict[str, str], named: str
) -> None:
    head, payload = pull_request(step)
    outputs = step.run(head, {"mode": "plan", "base": ""}, event, payload, **variables)
    assert outputs["result"] == "planned"
    warnings = [issue.message for issue in step.seen.annotations if issue.level == "warning"]
    assert [named in warning and "anyone who opens a pull request" in warning for warning in warnings] == [True] * bool(
        named
    )


def test_nothing_is_left_behind_and_no_argument_holds_a_secret(step: Step, tmp_path: Path) -> None:
    """The base is fetched with the token, and the server refuses it: git has it all in hand, and nobody else."""
    commit(step.workspace, {"wedata/a.yml": DEFINITION})
    head = check_out(step)
    wrappers, log = tmp_path / "bin", tmp_path / "log"
    wrappers.mkdir()
    for name in ("git", "git-remote-http"):
        real = shutil.which("git") if name == "git" else f"{git(tmp_path, '--exec-path')}/{name}"
        (wrappers / name).write_text(f'#!/bin/sh\necho "$0 $*" >> {log}\nexec {real} "$@"\n')
        (wrappers / name).chmod(0o755)
    before = {str(path) for path in step.workspace.rglob("*")}
    with git_http.serve(tmp_path / "none", token="another") as server:
        path = f"{wrappers}:{os.environ['PATH']}"
        token = {"github-token": TOKEN, "base": "1" * 40}
        at_a_tag = {"GITHUB_REF": "refs/tags/v1", "GITHUB_SERVER_URL": server.url}  # a tag has no run history
        outputs = step.run(head, token, PATH=path, RUNNER_DEBUG="1", **at_a_tag)
        assert any(request.authorization for request in server.requests)
    assert outputs["failure-reason"] == "unresolved-base"
    assert " fetch " in log.read_text()
    everything = [step.stdout, step.stderr, log.read_text(), *(path.read_text() for path in step.files.iterdir())]
    assert leaks(everything, [TOKEN, step.sandbox.secret_key]) == []
    assert {str(path) for path in step.workspace.rglob("*")} == before
    assert list(step.temporary.iterdir()) == list(step.home.iterdir()) == []


@pytest.mark.parametrize("token", ["", TOKEN])
def test_the_home_folder_has_no_say_in_a_fetch(step: Step, tmp_path: Path, token: str) -> None:
    mark = step.home / "mark"
    (step.home / ".gitconfig").write_text(
        f'[credential]\n\thelper = "!touch {mark}; f"\n[core]\n\tsshCommand = touch {mark}\n[http]\n\tsslVerify = no\n'
    )
    (step.home / ".netrc").write_text("default login thief password thief\n")
    commit(step.workspace, {"wedata/a.yml": DEFINITION})
    head = check_out(step)
    with git_http.serve(tmp_path / "none", token="another") as server:
        git(step.workspace, "remote", "add", "origin", f"{server.url}/octocat/warehouse")
        at_a_tag = {"GITHUB_REF": "refs/tags/v1", "GITHUB_SERVER_URL": server.url}  # a tag has no run history
        outputs = step.run(head, {"github-token": token, "base": "1" * 40}, **at_a_tag)
        sent = {request.authorization is not None for request in server.requests}
    assert (outputs["failure-reason"], sent) == ("unresolved-base", {bool(token)})
    assert not mark.exists()
    assert "fetch-depth: 0" in step.messages
    assert ("rejects the token" if token else "github-token is not set") in step.messages


def test_the_home_folder_has_no_say(step: Step) -> None:
    """It is shared with the containers of the job's other steps."""
    (step.home / ".netrc").write_text("default login thief password thief\n")
    (step.home / ".netrc").chmod(0o600)
    mark = step.home / "mark"
    (step.home / ".gitconfig").write_text(f"[core]\n\tfsmonitor = touch {mark}\n\tsshCommand = touch {mark}\n")
    site = step.home / ".local/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    site.mkdir(parents=True)
    (site / "usercustomize.py").write_text(f"open({str(mark)!r}, 'w')\n")
    commit(step.workspace, {"wedata/a.yml": DEFINITION})
    outputs = step.run(check_out(step), {}, PYTHONPATH=str(site), PYTHONSTARTUP=str(site / "usercustomize.py"))
    assert outputs["result"] == "submitted"
    assert not mark.exists()


LIMITED = (
    f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY})); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
