"""Real runs of the program against the sandbox, each with its job summary: `python scenes.py FOLDER [NAME…]`.

Nothing in the summaries is written by hand. They are what `render.mjs` draws.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.support.action import PROJECT, Action, Ended, Repository
from tests.support.json_http import Reply, serve_json
from wedata_sandbox.behaviour import NEVER, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

NAMES = ("ods_orders", "ods_customers", "dwd_orders", "dwd_customers", "dws_sales_by_day", "ads_sales_report")
IDS = {name: f"2025080100000000{number}" for number, name in enumerate(NAMES, 1)}
ENTRIES = "".join(f'  - task_id: "{IDS[name]}"\n    name: {name}\n    code: ../sql/{name}.sql\n' for name in NAMES)
OLD = "INSERT OVERWRITE TABLE {name}\nSELECT id, amount\nFROM source\nWHERE dt = '${{yyyymmdd}}';\n"
NEW = OLD.replace("id, amount", "id, region, amount")
TYPED = OLD.replace("WHERE", "WHERE amount > 0 AND")


class Scene:
    """A repository with six tasks and a comment in a seventh, and a WeData that has them as they were."""

    def __init__(self, folder: Path, sandbox: Sandbox, github: str) -> None:
        self.action = Action(folder, Repository.make(folder / "workspace"), sandbox)
        self.action.environment |= {
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_API_URL": github,
            "GITHUB_REPOSITORY": "example/warehouse",
            "GITHUB_JOB": "plan",
        }
        self.wedata = sandbox.wedata
        for name in NAMES:
            self.wedata.create_task(PROJECT, NewTask(IDS[name], code=OLD.format(name=name), submitted=True))
        files = {f"sql/{name}.sql": OLD.format(name=name) for name in NAMES}
        archive = {"wedata/archive.yml": 'task_id: "20250801000000009"\nname: archive\n'}
        self.before = self.action.repository.commit(files | archive | {"wedata/orders.yml": f"tasks:\n{ENTRIES}"})

    def change(self, **files: str) -> str:
        """A region in the SQL of each task, and a comment in the definition of another; or just `files`."""
        changed = files or {f"sql/{name}.sql": NEW.format(name=name) for name in NAMES} | {
            "wedata/archive.yml": '# Kept for audits.\ntask_id: "20250801000000009"\nname: archive\n'
        }
        return self.action.repository.commit(changed, "Sell by region")

    def push(self, **inputs: str) -> Ended:
        return self.action.push(self.before, self.change(), **{"wait": "true"} | inputs)


def all_live(scene: Scene) -> Ended:
    return scene.push()


def one_failed(scene: Scene) -> Ended:
    scene.wedata.set_task(IDS["dwd_orders"], TaskBehaviour(refusal="任务提交失败：父任务 ods_orders 没有输出表"))
    return scene.push()


def many_live(scene: Scene) -> Ended:
    entries = "".join(f"- {{task_id: '{10000 + number}', name: load_{number:03}}}\n" for number in range(500))
    return scene.action.push(
        scene.before,
        scene.change(**{"wedata/many.yml": f"tasks:\n{entries}"}),
        wait="true",
        max_tasks="0",
        requests_per_second="500",
    )


def plan(scene: Scene) -> Ended:
    head = scene.action.repository.git("rm", "--quiet", "wedata/archive.yml") or scene.change(
        **{
            "sql/ods_orders.sql": NEW.format(name="ods_orders"),
            "sql/dwd_orders.sql": NEW.format(name="dwd_orders") + "-- by region\n",
            "wedata/orders.yml": f"# Orders.\nalarm_ways: email\ntasks:\n{ENTRIES}".replace("alarm_ways: email\n", "")
            + '  - task_id: "20250801000000007"\n    name: ads_margin\n',
        }
    )
    pull_request = {"number": 7, "pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"sha": head}}}
    scene.action.repository.git("checkout", "--quiet", "--detach", scene.before)
    scene.action.repository.git("-c", "user.name=a", "-c", "user.email=a@b.example", "merge", "--quiet", "--no-ff",
                                "--message", "Merge", head)  # fmt: skip
    return scene.action.event(
        "pull_request",
        pull_request,
        scene.action.repository.git("rev-parse", "HEAD"),
        mode="plan",
        base="",
        comment="true",
    )


def conflict(scene: Scene) -> Ended:
    scene.wedata.save(PROJECT, IDS["dws_sales_by_day"], TYPED.format(name="dws_sales_by_day"))
    return scene.push()


def drift(scene: Scene) -> Ended:
    scene.push()
    for name in ("dwd_orders", "ads_sales_report"):
        scene.wedata.create_task(PROJECT, NewTask(IDS[name], code=TYPED.format(name=name), submitted=True))
    scene.wedata.delete_task(PROJECT, IDS["ods_customers"])
    scene.wedata.save(PROJECT, IDS["dws_sales_by_day"], TYPED.format(name="dws_sales_by_day"))
    head = scene.action.repository.git("rev-parse", "HEAD")
    return scene.action.event("schedule", {"schedule": "17 5 * * *"}, head, mode="drift")


def pending_approval(scene: Scene) -> Ended:
    for name in ("dwd_orders", "ads_sales_report"):
        scene.wedata.set_task(IDS[name], TaskBehaviour(approve_status="审批中"))
    return scene.push(wait_timeout="8")


def unknown(scene: Scene) -> Ended:
    for name in ("dwd_customers", "ads_sales_report"):
        scene.wedata.set_task(IDS[name], TaskBehaviour(version_delay=NEVER))
    return scene.push(wait_timeout="5")


def invalid(scene: Scene) -> Ended:
    entries = ENTRIES.replace("code: ../sql/dwd", "kode: ../sql/dwd", 1).replace("sales_report.sql", "sales_reprot.sql")
    return scene.action.push(scene.before, scene.change(**{"wedata/orders.yml": f"tasks:\n{entries}"}))


def cancelled(scene: Scene) -> Ended:
    scene.wedata.set_default_task(TaskBehaviour(version_delay=NEVER))
    head = scene.change()
    return scene.action.push_and_signal(
        scene.before, head, signal.SIGINT, lambda _: len(scene.wedata.submissions) == 2, wait="true", batch_size="3"
    )


SCENES: dict[str, Callable[[Scene], Ended]] = {
    "all-live": all_live,
    "one-failed": one_failed,
    "500-live": many_live,
    "plan": plan,
    "conflict": conflict,
    "drift": drift,
    "pending-approval": pending_approval,
    "unknown": unknown,
    "invalid": invalid,
    "cancelled": cancelled,
}
_DOMESTIC = ("one-failed", "500-live")  # where WeData says why a task failed


def _read(path: str) -> Reply:
    return Reply([]) if "/comments" in path else Reply({"message": "Not Found"}, 404)


def _keep(folder: Path, comment: dict[str, str]) -> Reply:
    (folder / "comment.md").write_text(comment["body"], encoding="utf-8")
    return Reply({"user": {"type": "Bot"}}, 201)


def main(folder: Path, wanted: list[str]) -> None:
    """Plays the scenes and writes their summaries."""
    for name in wanted or SCENES:
        site = "domestic" if name in _DOMESTIC else "intl"
        with (
            tempfile.TemporaryDirectory() as temporary,
            Sandbox(WeData(site=site)) as sandbox,
            serve_json(_read, lambda _method, _path, content: _keep(folder, content)) as github,
        ):
            ended = SCENES[name](Scene(Path(temporary), sandbox, github.url))
            (folder / f"{name}.md").write_text(ended.summary or "", encoding="utf-8")
            (folder / f"{name}.log").write_text(ended.stdout + ended.stderr, encoding="utf-8")
            print(f"{name}: {ended.end}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
