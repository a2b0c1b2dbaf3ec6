"""What the speed rests on, without a clock: `make bench` measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.builders import batch, failure, task
from wedata_action.github.files import OutputFile
from wedata_action.report.outputs import outputs
from wedata_action.report.secrets import Secrets
from wedata_action.result import State

HEAVY = (
    "requests",
    "urllib3",
    "yaml",
    "dotenv",
    "http.server",
    "difflib",
    "wedata_sandbox",
    "wedata_sandbox.demo",
)


@pytest.mark.parametrize(
    "work",
    [
        "import wedata_action.cli",
        "import wedata_action.commands.run, wedata_action.commands.modes, wedata_action.report.reporter",
        "from wedata_action.definitions import parse; assert parse('a.yml', b'task_id: 1\\n')[0][0].task_id == '1'",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(work: str) -> None:
    program = f"{work}\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_batch_keeps_its_ids_for_all_publications() -> None:
    found = batch(task("1"), task("2", State.FAILED))
    assert found.ids_as_json is found.ids_as_json
    assert found.ids_as_json[None] == '"1","2"'
    first, second = failure(batches=(found,)), failure(batches=(found, batch(task("3"), number="2")))
    assert outputs(first)["task-ids"] is outputs(first)["task-ids"]
    assert outputs(second)["task-ids"] == '["1","2","3"]'


def test_an_output_that_did_not_change_is_not_made_again(tmp_path: Path) -> None:
    tokens = iter("abc")
    file = OutputFile(tmp_path / "output", token=lambda: next(tokens))
    file.write({"result": "unknown", "task-ids": "[]"})
    file.write({"result": "success", "task-ids": "[]"})
    file.close()
    text = (tmp_path / "output").read_text()
    assert text == "result<<END_c\nsuccess\nEND_c\ntask-ids<<END_b\n[]\nEND_b\n"


def test_what_has_nothing_to_hide_is_not_copied() -> None:
    result = failure(task("1"), task("secret-2"))
    assert Secrets(["elsewhere"]).hide_in(result) is result
    clean = Secrets(["secret"]).hide_in(result)
    assert clean.tasks[0] is result.tasks[0]
    assert clean.tasks[1].task_id == "***-2"
