"""action.yml against the contract: what it may declare, and what it must not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from wedata_action.inputs import INPUTS

ROOT = Path(__file__).parent.parent

NAMES = [entry.name for entry in INPUTS if not entry.shell_only]

OUTPUTS = [
    "result",
    "failure-reason",
    "job-id",
    "job-ids",
    "request-ids",
    "task-ids",
    "live-task-ids",
    "failed-task-ids",
    "pending-task-ids",
    "unknown-task-ids",
    "unsent-task-ids",
    "skipped-task-ids",
    "task-count",
    "batch-count",
    "base",
    "base-source",
    "head",
    "report-file",
]


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return loaded


def test_the_inputs_are_those_of_the_contract_in_its_order(action: dict[str, Any]) -> None:
    assert list(action["inputs"]) == NAMES


def test_the_outputs_are_those_of_the_contract_in_its_order(action: dict[str, Any]) -> None:
    assert list(action["outputs"]) == OUTPUTS


def test_only_the_token_of_the_job_is_a_declared_default(action: dict[str, Any]) -> None:
    defaults = {name: entry["default"] for name, entry in action["inputs"].items() if "default" in entry}
    assert defaults == {"github-token": "${{ github.token }}"}


def test_no_input_is_required_since_the_runner_would_not_enforce_it(action: dict[str, Any]) -> None:
    assert not [name for name, entry in action["inputs"].items() if "required" in entry]


def test_no_input_takes_a_secret_of_tencent_cloud(action: dict[str, Any]) -> None:
    assert not [name for name in action["inputs"] if "secret" in name or name == "token"]


@pytest.mark.parametrize("name", NAMES)
def test_each_input_says_its_default_in_words(action: dict[str, Any], name: str) -> None:
    description = action["inputs"][name]["description"]
    assert description.rsplit(". ", 1)[-1].startswith("Default: ")
    assert description.endswith(".")


def test_the_runner_builds_the_image_and_passes_no_arguments(action: dict[str, Any]) -> None:
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}
    assert (ROOT / "Dockerfile").is_file()
