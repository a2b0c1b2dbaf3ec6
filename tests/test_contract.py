"""One contract, held in several places: action.yml, the command line, the outputs, the README and the CHANGELOG."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from wedata_action import __version__
from wedata_action.cli import cli
from wedata_action.inputs import INPUTS, MODES
from wedata_action.report.outputs import OUTPUTS, outputs
from wedata_action.result import Result, ResultWord

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return loaded


def test_generated_text_is_that_of_the_code() -> None:
    files = ["action.yml", *(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*/*.md"))]
    command = [
        str(Path(sys.executable).parent / "cog"),
        "-I",
        "scripts",
        "-p",
        "import tables",
        "-P",
        "--check",
        *files,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"run `make docs`: {done.stdout}{done.stderr}"


def test_the_inputs_of_the_action_are_those_of_the_program(action: dict[str, Any]) -> None:
    assert list(action["inputs"]) == [entry.name for entry in INPUTS if not entry.shell_only]


@pytest.mark.parametrize("mode", MODES)
def test_the_options_of_a_command_are_the_inputs(mode: str) -> None:
    command = cli.commands[mode]
    options = [param for param in command.params if isinstance(param, click.Option)]
    own = [entry for entry in INPUTS if mode in entry.modes and not entry.secret]
    wanted = [f"--{entry.name}" for entry in own if entry.name not in {"mode", "job-ids"}]
    assert [option.opts[0] for option in options] == [*wanted, "--env-file"]
    helps = {f"--{entry.name}": entry.help for entry in INPUTS}
    assert all(option.help == helps.get(option.opts[0], option.help) for option in options)
    assert all(option.default is None or option.default != "" for option in options)


def test_the_commands_are_those_of_the_contract() -> None:
    assert cli.list_commands(click.Context(cli)) == [
        *MODES,
        "import",
        "schema",
        "sandbox",
        "demo",
    ]


def test_the_json_schema_in_the_repository_is_that_of_the_command() -> None:
    committed = (ROOT / "docs" / "reference" / "definitions.schema.json").read_text(encoding="utf-8")
    assert CliRunner().invoke(cli, ["schema"]).output == committed


def test_the_outputs_of_the_action_are_those_of_the_program(action: dict[str, Any]) -> None:
    assert list(action["outputs"]) == list(OUTPUTS)
    assert set(OUTPUTS) == set(outputs(Result("submit", ResultWord.SUCCESS)))


def test_the_changelog_has_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = re.escape(__version__)
    assert re.search(rf"^## \[{version}\]|^## \[Unreleased\]\n\nTo be {version}\.$", changelog, re.MULTILINE)
