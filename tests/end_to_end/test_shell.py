"""The same in a shell: no workflow commands, a `.env`, and the work tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import command_files, runner
from tests.support.action import PROJECT, ROOT, Action
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wedata_action", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environ},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


@pytest.fixture
def folder(action: Action) -> Path:
    action.repository.commit({"wedata/a.yml": "task_id: '1'\nproject_id: p1\n"})
    action.repository.commit({"wedata/a.yml": "tasks:\n- task_id: '1'\n- task_id: '2'\n"}, "::error::x")
    return action.repository.folder


def test_submit_takes_its_settings_from_options_variables_and_a_dot_env(action: Action, folder: Path) -> None:
    (folder / ".env").write_text(
        f"TENCENTCLOUD_SECRET_ID={action.sandbox.secret_id}\nTENCENTCLOUD_SECRET_KEY={action.sandbox.secret_key}\n"
        "WEDATA_REGION=ap-singapore\nWEDATA_PROJECT_ID=not-this-one\nWEDATA_BATCH_SIZE=50\n"
    )
    endpoint = action.sandbox.endpoint
    arguments = ["--base", "HEAD~1", "--endpoint", endpoint, "--wait", "false", "--batch-size", "1"]
    done = run(folder, "submit", *arguments, WEDATA_PROJECT_ID=PROJECT)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(action.sandbox.wedata.versions(PROJECT, "1")) == 1
    assert len(action.sandbox.wedata.versions(PROJECT, "2")) == 1
    assert len(action.sandbox.wedata.submissions) == 2
    assert "Result: submitted" in done.stdout
    assert runner.replay(done.stdout).commands == 0
    assert action.sandbox.secret_key not in done.stdout


@pytest.mark.parametrize("site", ["intl", "domestic"])
def test_a_second_submit_from_the_shell_finds_what_the_first_one_sent(site: str, folder: Path) -> None:
    wedata = WeData(site=site)
    wedata.set_task("2", TaskBehaviour(approve_status="审批中", status="N"))
    with Sandbox(wedata) as sandbox:
        keys = {"TENCENTCLOUD_SECRET_ID": sandbox.secret_id, "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key}
        settings = ["--base", "empty", "--endpoint", sandbox.endpoint, "--region", "ap-singapore"]

        def command(name: str) -> subprocess.CompletedProcess[str]:
            return run(folder, name, *settings, "--project-id", PROJECT, **keys)

        assert [command("submit").returncode for _ in range(2)] == [5, 5]
        assert len(wedata.submissions) == 1
        status = command("status")
    assert status.returncode == 5
    assert "1: live, version V1" in status.stdout
    assert "2: pending-approval, version V1: the submission awaits approval in WeData: 审批中" in status.stdout


def test_a_dot_env_of_a_stranger_redirects_no_call_and_overwrites_no_file(action: Action, folder: Path) -> None:
    action.repository.commit(
        {".env": f"WEDATA_ENDPOINT={action.sandbox.endpoint}\nWEDATA_BASE=empty\nWEDATA_REPORT_FILE=Makefile\n"}
    )
    (folder / "Makefile").write_text("all:\n")
    keys = {
        "TENCENTCLOUD_SECRET_ID": action.sandbox.secret_id,
        "TENCENTCLOUD_SECRET_KEY": action.sandbox.secret_key,
        "https_proxy": "http://127.0.0.1:9",
    }
    done = run(folder, "submit", "--region", "ap-singapore", "--project-id", PROJECT, **keys)
    assert done.returncode == 2
    assert (
        "Ignored in .env, which gives only keys and the region: WEDATA_ENDPOINT, WEDATA_BASE, WEDATA_REPORT_FILE."
        in done.stdout
    )
    assert (action.sandbox.gateway.calls, (folder / "Makefile").read_text()) == ((), "all:\n")


def test_validate_reads_the_work_tree(folder: Path) -> None:
    assert run(folder, "validate", "--project-id", PROJECT).returncode == 0
    assert "task 2 has no project" in run(folder, "validate").stdout
    (folder / "wedata/a.yml").write_text("task_id: '1'\nnmae: x\n")
    done = run(folder, "validate")
    assert done.returncode == 2
    assert "wedata/a.yml:2:1: error: " in done.stdout


def test_plan_names_every_task_and_says_why_it_is_submitted_skipped_or_removed(action: Action, folder: Path) -> None:
    action.repository.commit({"wedata/b.yml": "tasks:\n- {task_id: '7', name: old}\n- {task_id: '8', name: same}\n"})
    action.repository.commit(
        {
            "wedata/a.yml": "tasks:\n- task_id: '1'\n- {task_id: '2', folder_id: f}\n"
            "- {task_id: '3', name: added, code: sql/added.sql}\n",
            "wedata/sql/added.sql": "SELECT 1;\n",
            "wedata/b.yml": "tasks:\n- {task_id: '8', name: same}\n",
        }
    )
    done = run(folder, "plan", "--base", "HEAD~1", "--project-id", PROJECT)
    assert done.returncode == 0
    assert done.stdout.splitlines()[2:] == [
        "Changes: 2 tasks changed or new, 2 tasks unchanged, 1 task removed",
        f"Batch 1: 2 tasks of project {PROJECT}",
        "  2: folder_id changed; code: WeData's saved draft, not compared with git [wedata/a.yml:3]",
        "  added (3): its definition is new; code: wedata/sql/added.sql [wedata/a.yml:4]",
        "Skipped: 2 tasks",
        "  1: only other tasks of the file changed [wedata/a.yml:2]",
        "  same (8): only other tasks of the file changed [wedata/b.yml:2]",
        "Removed from git, and still in WeData: 1 task",
        "  old (7): its definition was removed; WeData keeps the task [wedata/b.yml:2]",
        "📝 2 tasks to submit: 2, added",
        "Result: planned",
    ]


def test_a_plan_says_what_it_compares_with_and_counts_nothing_that_is_not_there(folder: Path) -> None:
    empty = run(folder, "plan", "--base", "empty", "--project-id", PROJECT).stdout.splitlines()
    assert empty[1:3] == ["Base: none (empty: every definition counts as new)", "Changes: 2 tasks changed or new"]
    assert run(folder, "plan", "--base", "HEAD").stdout.splitlines()[2] == "Changes: none"


def test_changes_that_are_not_committed_are_not_passed_over_in_silence(folder: Path) -> None:
    clean = ["plan", "--base", "HEAD", "--project-id", PROJECT]
    (folder / "wedata" / "notes.tmp").write_text("untracked")
    assert "warning" not in run(folder, *clean).stdout
    (folder / "wedata" / "a.yml").write_text("tasks:\r\n- task_id: '1'\r\n- task_id: '2'\r\n")
    assert "warning" not in run(folder, *clean).stdout
    (folder / "wedata" / "a.yml").write_text("task_id: '1'\n")
    (folder / "wedata" / "b.yml").write_text("task_id: '3'\n")
    shown = run(folder, *clean).stdout
    assert "warning: commits are read, and these changes are not committed: wedata/a.yml, wedata/b.yml\n" in shown
    assert "warning" not in run(folder, *clean, "--head", "HEAD").stdout
    (folder / "wedata" / "a.yml").unlink()
    assert "not committed: wedata/a.yml, wedata/b.yml\n" in run(folder, *clean).stdout


def test_changes_of_code_that_are_not_committed_are_named_wherever_the_file_lies(folder: Path) -> None:
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(folder))
    (folder / "sql").mkdir()
    for path, text in {
        "sql/x.sql": "SELECT 1;\n",
        "sql/other.sql": "SELECT 2;\n",
        "y.sql": "SELECT 3;\n",
        "wedata/c.yml": "task_id: '8'\ncode: ../sql/x.sql # the code\n",
        "wedata/d.json": '{"TaskId": "9", "Code": "../y.sql"}\n',
    }.items():
        (folder / path).write_text(text)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "Name the code"], check=True)
    plan = ["plan", "--base", "HEAD", "--project-id", PROJECT]
    (folder / "sql" / "other.sql").write_text("SELECT 4;\n")
    assert "warning" not in run(folder, *plan).stdout
    (folder / "sql" / "x.sql").write_text("SELECT 4;\n")
    (folder / "y.sql").unlink()
    assert "these changes are not committed: sql/x.sql, y.sql\n" in run(folder, *plan).stdout


def test_validate_warns_of_a_glob_that_matches_nothing(folder: Path) -> None:
    done = run(folder, "validate", "--definitions", "wedata/*.yml\njobs/*.yml", "--project-id", PROJECT)
    assert (done.returncode, "--definitions: jobs/*.yml matches no file" in done.stdout) == (0, True)


def test_without_git_it_is_asked_for(folder: Path) -> None:
    done = run(folder, "validate", PATH="/nowhere")
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("error: git cannot be started: No such file or directory. Install git 2.36 or newer")


def test_a_base_is_asked_for(folder: Path) -> None:
    done = run(folder, "plan")
    assert done.returncode == 2
    assert "there is no --base: name a commit to compare with, such as --base HEAD~1" in done.stdout


def test_a_bad_line_of_a_file_is_named_with_the_file(folder: Path) -> None:
    (folder / ".env").write_text("WEDATA_REGION=Singapore\n")
    assert "WEDATA_REGION in .env: 'Singapore' is not allowed" in run(folder, "plan").stdout
    assert "WEDATA_REGION: 'Frankfurt' is not" in run(folder, "plan", WEDATA_REGION="Frankfurt").stdout


def test_a_folder_without_git_is_explained_as_in_a_shell(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "empty", "validate", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert (done.returncode, "run it in a clone" in done.stdout) == (2, True)
    assert "checkout" not in done.stdout


def test_a_bad_option_is_named_as_it_was_written(folder: Path) -> None:
    done = run(folder, "plan", "--batch-size", "0", WEDATA_WAIT="maybe")
    assert done.returncode == 2
    assert "--batch-size: '0' is not allowed; give a whole number of at least 1." in done.stdout
    assert "WEDATA_WAIT: 'maybe' is not allowed; give true or false" in done.stdout


def test_an_unknown_option_is_a_usage_error(folder: Path) -> None:
    done = run(folder, "plan", "--batchsize", "0")
    assert done.returncode == 2
    assert "No such option" in done.stderr


def test_without_a_command_there_is_help(folder: Path) -> None:
    done = run(folder)
    assert done.returncode == 0
    for command in ("submit", "plan", "validate", "status", "drift", "sandbox", "demo"):
        assert f"  {command} " in done.stdout


def test_outputs_are_written_in_a_shell_that_asks_for_them(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    assert run(folder, "validate", "--project-id", PROJECT, GITHUB_OUTPUT=str(output)).returncode == 0
    assert command_files.read_outputs(output)["result"] == "valid"


@pytest.mark.parametrize(
    ("size", "code", "message"), [(0, 2, "cannot be written: File too large"), (250, 70, "[Errno 27] File too large")]
)
def test_outputs_that_cannot_be_written_do_not_end_green(
    folder: Path, tmp_path: Path, size: int, code: int, message: str
) -> None:
    program = (
        f"import os, resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
        f"os.execv({sys.executable!r}, ['python', '-m', 'wedata_action', 'validate', '--project-id', 'p1'])"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_OUTPUT": str(tmp_path / "output")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environ, capture_output=True, timeout=40, check=False
    )
    assert done.returncode == code
    assert message in done.stdout.decode()
    assert done.stderr == b""


def test_a_reader_that_goes_away_changes_nothing(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    command = f"{sys.executable} -m wedata_action plan --base HEAD~1 --project-id p1; echo $? > {tmp_path}/code"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_OUTPUT": str(output)}
    done = subprocess.run(
        ["bash", "-c", f"({command}) | true"], cwd=folder, env=environ, capture_output=True, timeout=40, check=True
    )
    assert done.stderr == b""
    deadline = tmp_path / "code"
    assert deadline.read_text() == "0\n"
    assert command_files.read_outputs(output)["result"] == "planned"


def test_definitions_that_are_not_committed_are_named_where_no_others_are(action: Action) -> None:
    folder = action.repository.folder
    action.repository.commit({"README.md": "a"})
    assert "To write the first ones, run wedata-action import" in run(folder, "validate").stdout
    (folder / "wedata").mkdir()
    (folder / "wedata/a.yml").write_text("task_id: '1'\n")
    done = run(folder, "plan", "--base", "empty", "--project-id", PROJECT)
    assert "'wedata/a.yml' is not committed, and only commits are read: commit first" in done.stdout
    assert "Something the run needs is missing or not allowed; nothing was sent" in done.stdout
