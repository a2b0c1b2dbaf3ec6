"""Times a push of tasks with code: each draft is read and written, each task is submitted, seen live and proved.

`python with_code.py` keeps the service's rate of 20 calls a second for each action: 1,000 tasks need 50 s at least.
Then it pushes 10,000 tasks of 20 KB without a rate, for the memory. Ends with 1 if a goal is missed.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from repositories import PROJECT, _commit, _git

from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.demo.github import GitHub, PastRun
from wedata_sandbox.demo.step import Step, run_step
from wedata_sandbox.server import Sandbox as Server
from wedata_sandbox.service import WeData

JOB = 2.0  # seconds
RATE = 20  # calls of an action a second
SMALL, LARGE = 200, 20_000  # bytes of a code


def code_of(number: int, change: str, size: int) -> str:
    line = f"insert into warehouse.orders_{number:05} select * from shop.orders; -- {change}\n"
    return (line * (size // len(line) + 1))[:size] + "\n"


def build(folder: Path, tasks: int, size: int) -> tuple[str, str]:
    """A repository in which every code changed between two commits, which are given."""
    folder.mkdir()
    _git(folder, "init", "--quiet", "--initial-branch=main")
    commits = []
    for change in ("first", "second"):
        for number in range(tasks):
            path = folder / "wedata" / f"team-{number % 100:02}" / f"task-{number:05}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".yml").write_text(f'task_id: "{number:05}"\ncode: {path.name}.sql\n', encoding="utf-8")
            path.with_suffix(".sql").write_text(code_of(number, change, size), encoding="utf-8")
        commits.append(_commit(folder, change))
    _git(folder, "repack", "-a", "-d", "--quiet")
    return commits[0], commits[1]


def measure(tasks: int, size: int, rate: int | None, job: float) -> tuple[float, float]:
    """Seconds of wall time, and megabytes at the peak. A run before it adopted the base, so nothing is looked up."""
    known = [NewTask(f"{number:05}", code=code_of(number, "first", size), submitted=True) for number in range(tasks)]
    wedata = WeData(site="intl", tasks={PROJECT: known})
    wedata.set_default_task(TaskBehaviour(seconds=job))
    with (
        tempfile.TemporaryDirectory(prefix="wedata-bench-") as name,
        Server(wedata, rate=rate) as server,
        GitHub() as github,
    ):
        scratch, clone = Path(name), Path(name, "clone")
        base, head = build(clone, tasks, size)
        variables = {
            "GITHUB_API_URL": github.endpoint,
            "TENCENTCLOUD_SECRET_ID": server.secret_id,
            "TENCENTCLOUD_SECRET_KEY": server.secret_key,
            "INPUT_ENDPOINT": server.endpoint,
            "INPUT_REGION": "ap-singapore",
            "INPUT_PROJECT-ID": PROJECT,
            "INPUT_MAX-TASKS": "0",
            "INPUT_REQUESTS-PER-SECOND": str(rate or 1000),
            "INPUT_GITHUB-TOKEN": "token-of-the-job",
        }
        adopted = run_step(scratch / "1", clone, 1, variables | {"INPUT_BASE": "adopt"}, base, base)
        github.runs.append(PastRun(1, base, adopted.notices))
        # The peak of a process counts what its parent held when it started it, so that must be a small one.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            ended, wall, memory = pool.submit(timed, scratch / "2", clone, variables, base, head).result()
        proved = ended.exit_code == 0 and all(
            wedata.production(PROJECT, task.task_id).content.code == code_of(number, "second", size)
            for number, task in enumerate(known)
        )
        if not proved:
            said = "\n".join([*map(str, ended.annotations), *ended.log[-40:], ended.stderr])
            raise RuntimeError(f"the run ended with {ended.exit_code}:\n{said}")
    return wall, memory


def timed(files: Path, clone: Path, variables: Mapping[str, str], base: str, head: str) -> tuple[Step, float, float]:
    """A run, its seconds of wall time, and the megabytes at the peak of the largest of its processes."""
    start = time.perf_counter()
    ended = run_step(files, clone, 2, variables, base, head, timeout=600)
    wall = time.perf_counter() - start
    return ended, wall, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6


def main() -> int:
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    wall, memory = measure(tasks, SMALL, RATE, JOB)
    least = tasks / RATE
    print(f"{tasks:,} tasks with code at {RATE} calls a second: {wall:.1f} s, {wall / least:.2f} x {least:.0f} s")
    print(f"  peak memory {memory:.0f} MB")
    met = wall <= 1.25 * least
    if tasks == 1_000:
        wall, memory = measure(10_000, LARGE, None, 0.0)
        print(f"10,000 tasks with code of 20 KB, no rate: {wall:.1f} s, peak memory {memory:.0f} MB, at most 120 MB")
        met = met and memory <= 120
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
