"""The command line in this process: what the end-to-end tests, which start it, do not show."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import runner
from wedata_action import __version__, cli
from wedata_action.cli import cli as command


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "output").touch()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    yield {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_WORKSPACE": str(tmp_path)}
    for number, handler in zip(numbers, before, strict=True):  # a run ends with them ignored, and so would its children
        signal.signal(number, handler)


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(command, ["--version"]).output == f"wedata-action, version {__version__}\n"


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["submit", "--help"], ["sandbox", "-h"], ["demo", "-h"]])
def test_every_command_explains_itself(arguments: list[str]) -> None:
    shown = CliRunner().invoke(command, arguments)
    assert shown.exit_code == 0
    assert shown.output.startswith("Usage: ")


def test_no_option_takes_a_secret() -> None:
    shown = CliRunner().invoke(command, ["submit", "--help"]).output.lower()
    assert "--github-token" not in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    "arguments", [["sandbox", "--fault", "bogus"], ["sandbox", "--site", "moon"], ["sandbox", "--port", "x"]]
)
def test_a_sandbox_that_cannot_be_is_a_usage_error(arguments: list[str]) -> None:
    assert CliRunner().invoke(command, arguments).exit_code == 2


@pytest.mark.parametrize("name", ["sandbox", "demo"])
def test_the_image_says_where_the_sandbox_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wedata_sandbox", None)  # as if it were not installed
    refused = CliRunner().invoke(command, [name, "--port", "0"])
    assert refused.exit_code == 2
    assert refused.output.endswith(f"Error: {name} is not in the image; install it with `pip install wedata-action`.\n")
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


def test_a_sandbox_without_keys_names_the_extra_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    refused = CliRunner().invoke(command, ["sandbox", "--keyless"])
    assert (refused.exit_code, "pip install 'wedata-action[sandbox]'" in refused.output) == (2, True)


def test_a_fault_of_ours_before_the_first_stage_still_writes_the_outputs(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_prepare", broken)
    assert cli.run_mode({"mode": "plan"}, environ) == 70
    outputs = runner.read_outputs(Path(environ["GITHUB_OUTPUT"]))
    assert (outputs["result"], outputs["failure-reason"]) == ("failure", "internal")
    (issue,) = runner.replay(capsys.readouterr().out).annotations
    assert "ZeroDivisionError" in issue.message
    assert "report" in issue.message


def test_the_mode_of_an_input_is_known_before_it_is_read(environ: dict[str, str]) -> None:
    assert cli.run_mode({}, environ | {"INPUT_MODE": " validate ", "INPUT_WAIT": "maybe"}) == 2
    assert runner.read_outputs(Path(environ["GITHUB_OUTPUT"]))["result"] == "failure"
