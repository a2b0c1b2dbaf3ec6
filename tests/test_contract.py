"""One contract, held in several places: action.yml, the command line, the outputs, the README and the CHANGELOG."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from wedata_action import __version__
from wedata_action.cli import cli
from wedata_action.inputs import INPUTS, MODES
from wedata_action.report.outputs import outputs
from wedata_action.result import Result

ROOT = Path(__file__).parent.parent
NAMES = [entry.name for entry in INPUTS]


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return loaded


def table(first: str, second: str) -> dict[str, str]:
    """The rows of the README's table with these two columns first: name to what stands beside it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    heading = re.search(rf"^\| {first} \| {second} \|.*\n\|[-| :]+\|\n((?:\|.*\n?)+)", readme, re.MULTILINE)
    assert heading, f"README.md has no table | {first} | {second} |"
    rows: dict[str, str] = {}
    for line in heading[1].splitlines():
        names, beside = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:3]]
        rows |= dict.fromkeys(re.findall(r"`([^`]+)`", names), beside)
    return rows


def test_the_inputs_of_the_action_are_those_of_the_program(action: dict[str, Any]) -> None:
    assert list(action["inputs"]) == NAMES


@pytest.mark.parametrize("mode", MODES)
def test_the_options_of_a_command_are_the_inputs(mode: str) -> None:
    command = cli.commands[mode]
    options = [param for param in command.params if isinstance(param, click.Option)]
    wanted = [f"--{entry.name}" for entry in INPUTS if entry.name != "mode" and not entry.secret]
    assert [option.opts[0] for option in options] == [*wanted, "--env-file"]
    helps = {f"--{entry.name}": entry.help for entry in INPUTS}
    assert all(option.help == helps.get(option.opts[0], option.help) for option in options)
    assert all(option.default is None or option.default != "" for option in options)


def test_the_commands_are_those_of_the_contract() -> None:
    assert list(cli.commands) == ["submit", "plan", "validate", "status", "sandbox", "demo"]


def test_the_outputs_of_the_action_are_those_of_the_program(action: dict[str, Any]) -> None:
    assert set(action["outputs"]) == set(outputs(Result("submit", "success")))


def test_the_readme_lists_the_inputs_with_their_defaults() -> None:
    rows = table("input", "default")
    assert list(rows) == NAMES
    for entry in INPUTS:
        default = rows[entry.name]
        if isinstance(entry.default, tuple) and entry.default:
            assert re.findall(r"`([^`]+)`", default) == list(entry.default), entry.name
        elif entry.default not in (None, ()):
            shown = str(entry.default).lower() if isinstance(entry.default, bool) else str(entry.default)
            assert f"`{shown.removeprefix('https://')}`" in default, entry.name


def test_the_readme_lists_the_outputs(action: dict[str, Any]) -> None:
    assert set(table("output", "value")) == set(action["outputs"])


def test_the_changelog_has_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = re.escape(__version__)
    assert re.search(rf"^## \[{version}\]|^## \[Unreleased\]\n\nTo be {version}\.$", changelog, re.MULTILINE)
