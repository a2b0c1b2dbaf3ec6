"""What action.yml may declare, and what it must not. Its entries are generated: see tests/test_contract.py."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return loaded


def test_only_the_token_of_the_job_is_a_declared_default(action: dict[str, Any]) -> None:
    defaults = {name: entry["default"] for name, entry in action["inputs"].items() if "default" in entry}
    assert defaults == {"github-token": "${{ github.token }}"}


def test_no_input_is_required_since_the_runner_would_not_enforce_it(action: dict[str, Any]) -> None:
    assert not [name for name, entry in action["inputs"].items() if "required" in entry]


def test_no_input_takes_a_secret_of_tencent_cloud(action: dict[str, Any]) -> None:
    assert not [name for name in action["inputs"] if "secret" in name or name == "token"]


def test_the_runner_builds_the_image_and_passes_no_arguments(action: dict[str, Any]) -> None:
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}
    assert (ROOT / "Dockerfile").is_file()


def test_every_input_and_output_has_a_type(action: dict[str, Any]) -> None:
    types = yaml.safe_load((ROOT / "action-types.yml").read_text(encoding="utf-8"))
    assert [list(types[part]) for part in types] == [list(action["inputs"]), list(action["outputs"])]
    kinds = {name: entry["type"] for name, entry in types["inputs"].items()}
    assert (kinds["wait"], kinds["max-tasks"], kinds["definitions"], kinds["code"]) == (
        "boolean", "integer", "list", "enum",
    )  # fmt: skip
