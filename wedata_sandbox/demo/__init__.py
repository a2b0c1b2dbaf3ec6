"""`wedata-action demo`: a small repository, some pushes to it, and what a person would see of each in GitHub Actions.

Each push is submitted by a process of its own, started as the runner starts it, to the sandbox in this process. What
earlier runs recorded, it asks a stand-in for GitHub.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from wedata_action.report.annotations import Annotation
from wedata_action.report.console import Console
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.demo.acts import ACTS, DRAFTS, FILES, Act
from wedata_sandbox.demo.github import GitHub, PastRun
from wedata_sandbox.demo.show import show, show_all
from wedata_sandbox.demo.step import Step, run_step
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData


def run(*, full: bool = False) -> int:
    """Plays the acts on standard output; 0 when each run ended as expected, else 1.

    `full` shows the whole log, all outputs and the whole summary of each run, not what a person looks at first.
    """
    console = Console(sys.stdout, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    console.line("A repository with four WeData tasks. Each push is submitted to a WeData API on this machine.")
    wedata = WeData(site="domestic", first_job_id=2528)
    for task_id, code in DRAFTS.items():
        wedata.create_task("1460947878944567296", NewTask(task_id, code=code, submitted=True))
    surprises = 0
    with tempfile.TemporaryDirectory(prefix="wedata-") as folder, Sandbox(wedata) as sandbox, GitHub() as github:
        variables = {
            "INPUT_ENDPOINT": sandbox.endpoint,
            "INPUT_REGION": "ap-singapore",
            "INPUT_GITHUB-TOKEN": "the-demo-asks-for-none",
            "GITHUB_API_URL": github.endpoint,
            "TENCENTCLOUD_SECRET_ID": sandbox.secret_id,
            "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key,
        }
        repository = Path(folder, "repository")
        _git(Path(folder), "init", "--quiet", "--initial-branch", "main", "repository")
        for path, text in FILES.items():
            _write(repository / path, text)
        before = _commit(repository, "Add the warehouse")
        for number, act in enumerate(ACTS, start=1):
            console.line(f"===== Push {number} of {len(ACTS)}: {act.title}", bold=True)
            for task_id, refusal in act.refusals.items():
                wedata.set_task(task_id, TaskBehaviour(refusal=refusal))
            calls = len(wedata.submissions)
            after = _push(console, repository, act)
            step = run_step(Path(folder, str(number)), repository, 7100 + number, variables, before, after)
            github.runs.append(PastRun(7100 + number, after, step.notices))
            sent = sum(len(submission.body["Tasks"]) for submission in wedata.submissions[calls:])
            (show_all if full else show)(console, step, sent)
            surprises += not _is_expected(console, step, sent, act)
            before = after
    more = "" if full else " Logs, outputs and whole summaries: wedata-action demo --full"
    console.line("Not every run ended as expected." if surprises else f"Every run ended as expected.{more}")
    return 1 if surprises else 0


def _push(console: Console, repository: Path, act: Act) -> str:
    """Edits, shows what, and commits; gives the commit's id."""
    console.line(f"Commit: {act.subject}")
    for path, old, new in act.edits:
        text = (repository / path).read_text(encoding="utf-8")
        _write(repository / path, text.replace(old, new))
        console.line(f"  {path}")
        for sign, lines, color in (("-", old, "red"), ("+", new, "green")):
            for line in lines.splitlines():
                console.line(f"    {sign} {line}", fg=color)
    return _commit(repository, act.subject)


def _is_expected(console: Console, step: Step, sent: int, act: Act) -> bool:
    ends = (step.exit_code, step.outputs.get("result"), step.outputs.get("failure-reason"), sent)
    if ends != act.ends:
        console.annotate(Annotation("error", f"the demo expects {act.ends}, not {ends}\n{step.stderr}"))
    return ends == act.ends


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _commit(repository: Path, subject: str) -> str:
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", subject)
    return _git(repository, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    # The user's own configuration may sign commits, run hooks or convert line endings.
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for role in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{role}_NAME": "Demo", f"GIT_{role}_EMAIL": "demo@example.com"}
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environ, capture_output=True, encoding="utf-8", check=True
    ).stdout
