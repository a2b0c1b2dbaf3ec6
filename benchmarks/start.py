"""What a step costs before its first call, in the image: `python benchmarks/start.py`. Needs Docker.

Python itself times the imports (`-X importtime`), which makes them a little slower. Prints a table in Markdown, of each
number the least of all rounds: whatever else the machine does only adds to it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from repositories import PROJECT, _commit, _git

from tests.container import docker
from wedata_sandbox.server import Sandbox

IMAGE = "wedata-action:start"
ROUNDS = 15
PYTHON, PROGRAM = "/opt/wedata-action/bin/python", "/opt/wedata-action/bin/wedata-action"
TIMED = ["-IBuXutf8", "-X", "importtime", PROGRAM]  # the flags of the console script
NETWORK = {"requests", "urllib3", "idna", "certifi", "charset_normalizer"}
ROWS = ("the standard library", "wedata_action", "click", "PyYAML", "requests with what it needs")
COMMANDS = {"plan": ["plan", "--base", "HEAD~1"], "submit": ["submit", "--base", "HEAD~1"]}


def main() -> None:
    docker.build(IMAGE)
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        build(Path(name))
        environ = {
            "WEDATA_ENDPOINT": sandbox.endpoint,
            "TENCENTCLOUD_SECRET_ID": sandbox.secret_id,
            "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key,
            "TENCENTCLOUD_REGION": "ap-singapore",
        }
        imports, ends = {}, {}
        for mode, arguments in COMMANDS.items():
            imports[mode] = [timed(run(Path(name), environ, PYTHON, [*TIMED, *arguments])[0]) for _ in range(ROUNDS)]
            ends[mode] = [run(Path(name), environ, PROGRAM, arguments)[1] for _ in range(ROUNDS)]
        nothing = [run(Path(name), environ, "/bin/true", [])[1] for _ in range(ROUNDS)]
    print("| | `plan` | `submit` |\n| --- | --- | --- |")
    for row in ROWS:
        print(f"| {row} | {' | '.join(cell(imports[mode], row) for mode in COMMANDS)} |")
    print(f"| all imports | {' | '.join(total(imports[mode]) for mode in COMMANDS)} |")
    print(f"| the whole run | {' | '.join(f'{least(ends[mode]):.0f} ms' for mode in COMMANDS)} |")
    print(f"| a container that does nothing | {' | '.join([f'{least(nothing):.0f} ms'] * 2)} |")


def build(folder: Path) -> None:
    """A repository with one task, whose code changes in the second commit."""
    _git(folder, "init", "--quiet", "--initial-branch=main")
    for code in ("SELECT 1;\n", "SELECT 2;\n"):
        (folder / "wedata").mkdir(exist_ok=True)
        definition = f'task_id: "1"\nproject_id: "{PROJECT}"\ncode: a.sql\n'
        (folder / "wedata" / "a.yml").write_text(definition, encoding="utf-8")
        (folder / "wedata" / "a.sql").write_text(code, encoding="utf-8")
        _commit(folder, code)


def run(repository: Path, environ: Mapping[str, str], program: str, arguments: Sequence[str]) -> tuple[str, float]:
    """What a container writes to its error stream, and the milliseconds from `docker run` to its end."""
    command = [docker.DOCKER, "run", "--rm", "--network", "host", "--volume", f"{repository}:/w", "--workdir", "/w"]
    command += [word for name, value in environ.items() for word in ("--env", f"{name}={value}")]
    start = time.monotonic()
    done = subprocess.run(
        [*command, "--entrypoint", program, IMAGE, *arguments], capture_output=True, text=True, check=True
    )
    return done.stderr, (time.monotonic() - start) * 1000


Imports = Mapping[str, tuple[int, float]]
"""Modules and milliseconds, by row."""


def timed(told: str) -> Imports:
    modules: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for microseconds, module in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", told, re.MULTILINE):
        package = module.partition(".")[0]
        row = {"yaml": ROWS[3], "click": "click", "wedata_action": "wedata_action"}.get(package)
        row = row or (ROWS[4] if package in NETWORK else ROWS[0])
        modules[row] += 1
        spent[row] += int(microseconds)
    return {row: (modules[row], spent[row] / 1000) for row in ROWS}


def cell(rounds: Sequence[Imports], row: str) -> str:
    count = rounds[0][row][0]
    return f"{count} modules, {least([found[row][1] for found in rounds]):.0f} ms" if count else "none"


def total(rounds: Sequence[Imports]) -> str:
    spent = [sum(milliseconds for _, milliseconds in found.values()) for found in rounds]
    return f"{sum(count for count, _ in rounds[0].values())} modules, {least(spent):.0f} ms"


def least(values: Sequence[float]) -> float:
    return min(values)


if __name__ == "__main__":
    sys.exit(main())
