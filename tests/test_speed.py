"""What the speed rests on, without a clock: `make bench` measures."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.report.builders import failure, outcome
from wedata_action.report.secrets import Secrets

HEAVY = (
    "requests",
    "urllib3",
    "yaml",
    "dotenv",
    "http.server",
    "difflib",
    "concurrent.futures",
    "traceback",
    "wedata_action.commands.keyless",
    "wedata_sandbox",
    "wedata_sandbox.demo",
)


@pytest.mark.parametrize(
    "work",
    [
        "import wedata_action.cli",
        "import wedata_action.commands.run, wedata_action.commands.plan, wedata_action.commands.validate",
        "from wedata_action.definitions import parse; assert parse('a.json', b'{}')",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(work: str) -> None:
    assert loaded_by(work) & set(HEAVY) == set()


def test_a_run_with_keys_does_not_load_the_sign_in_without_them() -> None:
    assert "wedata_action.commands.keyless" not in loaded_by("import wedata_action.commands.submit")


def loaded_by(work: str) -> set[str]:
    """The modules that a new process has loaded after this work."""
    program = f"{work}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_what_has_nothing_to_hide_is_not_copied() -> None:
    result = failure(outcome("1"), outcome("secret-2"))
    assert Secrets(["elsewhere"]).hide_in(result) is result
    clean = Secrets(["secret"]).hide_in(result)
    assert clean.outcomes[0] is result.outcomes[0]
    assert clean.outcomes[1].task.task_id == "***-2"
