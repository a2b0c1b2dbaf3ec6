"""Times the command side by side with two others written for it, in turn, on the same repositories and sandbox.

The floor (`floor.py`) is the least that such a command can cost, the SDK script (`with_sdk.py`) what a careful user
writes instead. Prints the medians and the goals, and ends with 1 if a goal is missed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from repositories import PROJECT, Push, build, check_out

MANY, FEW = 10_000, 1_000
ROUNDS_OF_ONE, ROUNDS_OF_ALL = 15, 5
HERE = Path(__file__).parent
REGION = "ap-singapore"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command took: seconds of wall and of processor time, and bytes of memory at its peak.

    The git processes that it starts are included, in the peak as the largest of all processes.
    """

    wall: float
    processor: float
    memory: float


class Sandbox:
    """The server that all commands submit to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.variables = dict(self._line().split("=", 1) for _ in range(3))

    def submitted(self) -> list[str]:
        """The ids of the tasks that were submitted since the last call."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        return self._process.stdout.readline().rstrip("\n")


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Sandbox(process)
        process.stdin.close()


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs the commands. `scratch` is a folder for what the runner and the commands write."""

    sandbox: Sandbox
    scratch: Path

    def measure(self, name: str, push: Push) -> Cost:
        """One run of a command. RuntimeError if it did not submit each changed task once."""
        command, environ = self._commands(push)[name]
        with (self.scratch / "log").open("w+b") as log:
            start = time.perf_counter()
            process = subprocess.Popen(command, cwd=push.folder, env=environ, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            submitted = self.sandbox.submitted()
            if process.returncode or sorted(submitted) != sorted(push.task_ids):
                log.seek(0)
                said = log.read().decode(errors="replace")
                raise RuntimeError(f"{name} ended with {process.returncode}, {len(submitted)} tasks submitted:\n{said}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)

    def _commands(self, push: Push) -> dict[str, tuple[list[str], Mapping[str, str]]]:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.scratch),
            "TENCENTCLOUD_SECRET_ID": self.sandbox.variables["TENCENTCLOUD_SECRET_ID"],
            "TENCENTCLOUD_SECRET_KEY": self.sandbox.variables["TENCENTCLOUD_SECRET_KEY"],
        }
        options = ["--endpoint", self.sandbox.variables["WEDATA_ENDPOINT"], "--region", REGION, "--project-id", PROJECT]
        scripts = {
            name: ([sys.executable, str(HERE / f"{name}.py"), *options, push.base, push.head], environ)
            for name in ("floor", "with_sdk")
        }
        ours = str(Path(sys.executable).with_name("wedata-action"))
        return {"wedata-action": ([ours], environ | self._runner(push)), **scripts}

    def _runner(self, push: Push) -> dict[str, str]:
        """What the Actions runner sets for a push, and fresh files for what the step hands to it."""
        event = self.scratch / "event.json"
        # A new branch: no earlier run can have submitted its tasks, so none is looked up first, as by the other two.
        event.write_text(json.dumps({"before": "0" * 40, "repository": {"default_branch": "main"}}))
        output, summary = self.scratch / "output", self.scratch / "summary"
        for file in (output, summary):
            file.write_bytes(b"")
        inputs = {
            "mode": "submit",
            "endpoint": self.sandbox.variables["WEDATA_ENDPOINT"],
            "region": REGION,
            "base": "event",
            "max-tasks": "0",
            "requests-per-second": "1000",
            "wait": "false",
        }
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_REF": "refs/heads/release",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REPOSITORY": "example/tasks",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "1",
            "GITHUB_SHA": push.head,
            "GITHUB_WORKSPACE": str(push.folder),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }


def medians(bench: Bench, runs: Mapping[str, tuple[str, Push]], rounds: int) -> dict[str, Cost]:
    """The medians of `rounds` runs each, taken in turn after one that does not count: it fills the caches."""
    costs: dict[str, list[Cost]] = {label: [] for label in runs}
    for number in range(rounds + 1):
        for label, (name, push) in runs.items():
            cost = bench.measure(name, push)
            if number:
                costs[label].append(cost)
    return {
        label: Cost(*(statistics.median(getattr(cost, field) for cost in found) for field in Cost.__slots__))
        for label, found in costs.items()
    }


def table(title: str, costs: Mapping[str, Cost]) -> None:
    print(f"\n{title:44} {'wall':>9} {'processor':>10} {'memory':>8}")
    for label, cost in costs.items():
        print(f"  {label:42} {cost.wall * 1e3:6.0f} ms {cost.processor * 1e3:7.0f} ms {cost.memory / 1e6:5.0f} MB")


def goals(one: Mapping[str, Cost], every: Mapping[str, Cost]) -> bool:
    """Prints each goal, what was reached and whether it is met; gives whether all are."""
    ours, few = one["wedata-action"], one["wedata-action, 1,000 definitions"]
    scan = (ours.wall - few.wall) / (MANY - FEW) * 1e6
    loaded = every["wedata-action"]
    rows = (
        ("one changed: wall time over the floor's", ours.wall / one["floor"].wall, 1.3, ""),
        ("one changed: wall time over the SDK script's", ours.wall / one["with_sdk"].wall, 1.0, ""),
        ("all changed: processor time over the floor's", loaded.processor / every["floor"].processor, 2, ""),
        ("all changed: peak memory", loaded.memory / 1e6, 80, " MB"),
        ("wall time for a definition that did not change", scan, 10, " µs"),
    )  # fmt: skip
    print()
    for what, reached, most, unit in rows:
        verdict = "met" if reached <= most else "MISSED"
        print(f"{what:48} {reached:7.2f}{unit:3}  at most {most:4}{unit:3}  {verdict}")
    return all(reached <= most for _, reached, most, _ in rows)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="wedata-bench-") as folder, sandbox() as server:
        scratch = Path(folder)
        print(f"Building repositories of {MANY:,} and {FEW:,} definitions")
        one, every = build(scratch / "many", MANY)
        one_of_few, _ = build(scratch / "few", FEW)
        bench = Bench(server, scratch)
        check_out(one)
        check_out(one_of_few)
        one_changed = medians(
            bench,
            {
                "wedata-action": ("wedata-action", one),
                "floor": ("floor", one),
                "with_sdk": ("with_sdk", one),
                "wedata-action, 1,000 definitions": ("wedata-action", one_of_few),
            },
            ROUNDS_OF_ONE,
        )
        table(f"1 changed task among {MANY:,} definitions", one_changed)
        check_out(every)
        names = ("wedata-action", "floor", "with_sdk")
        all_changed = medians(bench, {name: (name, every) for name in names}, ROUNDS_OF_ALL)
        table(f"{MANY:,} changed tasks", all_changed)
        return 0 if goals(one_changed, all_changed) else 1


if __name__ == "__main__":
    sys.exit(main())
