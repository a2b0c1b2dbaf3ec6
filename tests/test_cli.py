"""The command line in this process: what the end-to-end tests, which start it, do not show."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.core import ParameterSource
from click.testing import CliRunner

from tests.support import command_files, runner
from wedata_action import __version__, cli
from wedata_action.cli import cli as command
from wedata_action.commands import run as edge
from wedata_action.inputs import INPUTS, MODES
from wedata_action.settings import read_settings


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A run ignores signals once it has ended, and this process goes on."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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


@pytest.mark.parametrize("mode", MODES)
def test_the_help_of_a_mode_lists_what_it_takes_with_choices_and_defaults(mode: str) -> None:
    shown = " ".join(CliRunner().invoke(command, [mode, "--help"], terminal_width=400).output.split())
    for entry in INPUTS:
        if entry.name in {"mode", "job-ids", "base", "wait"} or entry.secret:
            continue
        if entry.name in {"role-arn", "oidc-provider", "oidc-audience"}:  # GitHub's OIDC service is in no shell
            assert f" --{entry.name} " not in shown
            continue
        assert (f" --{entry.name} " in shown) is (mode in entry.modes)
        if mode in entry.modes:
            choices = f"[{'|'.join(entry.choices)}] " if entry.choices else "TEXT "
            assert f"--{entry.name} {choices}{entry.help}" in shown
            if entry.default_text:
                assert f"{entry.help} [default: ({entry.default_text})]" in shown
            elif entry.default:
                assert f"{entry.help} [default: {entry.default}]" in shown


@pytest.mark.parametrize(("mode", "waits"), [("submit", "true"), ("status", "false"), ("plan", None)])
def test_the_help_shows_the_defaults_of_a_shell_and_of_the_mode(mode: str, waits: str | None) -> None:
    shown = " ".join(CliRunner().invoke(command, [mode, "--help"], terminal_width=400).output.split())
    assert "adopt, empty or a revision. [default: (auto in GitHub Actions, none in a shell)]" in shown
    [said] = re.findall(r"--wait \[true\|false\] Whether.*?\[default: \((\w+)\)\]", shown) or [None]
    assert said == waits


@pytest.mark.parametrize("mode", MODES)
def test_the_example_of_a_mode_is_in_its_help_and_is_a_command_that_it_takes(mode: str) -> None:
    assert f"\n\n  Example:\n    {cli.EXAMPLES[mode]}\n" in CliRunner().invoke(command, [mode, "--help"]).output
    name, *arguments = shlex.split(cli.EXAMPLES[mode])[1:]
    assert name == mode
    with command.commands[mode].make_context(mode, arguments) as context:
        given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        settings = read_settings({name.replace("_", "-"): context.params[name] for name in given}, {})
    assert len(settings.given) == len(given) > 0


@pytest.mark.parametrize("width", [60, 100, 140])
def test_the_help_is_as_wide_as_the_terminal(width: int) -> None:
    arguments = [sys.executable, "-m", "wedata_action", "submit", "--help"]
    environ = {"COLUMNS": str(width), "PYTHONPATH": str(Path.cwd())}
    shown = subprocess.run(arguments, env=environ, capture_output=True, text=True, check=True).stdout
    longest = max(len(line) for line in shown.splitlines() if cli.EXAMPLES["submit"] not in line)
    assert width * 0.85 <= longest <= width


def test_shell_completion_cannot_end_a_step_green_before_it_has_begun(tmp_path: Path) -> None:
    environ = {"GITHUB_ACTIONS": "true", "_WEDATA_ACTION_COMPLETE": "bash_source", "PYTHONPATH": str(Path.cwd())}
    arguments = [Path(sys.executable).parent / "wedata-action"]
    done = subprocess.run(arguments, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, "GITHUB_OUTPUT is not set" in done.stdout) == (2, True)


def test_a_default_that_the_help_shows_does_not_override_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEDATA_BATCH_SIZE", "zero")
    shown = CliRunner().invoke(command, ["plan", "--max-tasks", "many"])
    assert shown.exit_code == 2
    assert "--max-tasks: 'many' is not allowed" in shown.output
    assert "WEDATA_BATCH_SIZE: 'zero' is not allowed" in shown.output


def test_no_option_takes_a_secret() -> None:
    options = [option for mode in MODES for param in command.commands[mode].params for option in param.opts]
    assert not [option for option in options if "secret" in option or "token" in option]


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

    monkeypatch.setattr(edge, "_prepare", broken)
    assert edge.run({"mode": "plan"}, environ).exit_code == 70
    outputs = command_files.read_outputs(Path(environ["GITHUB_OUTPUT"]))
    assert (outputs["result"], outputs["failure-reason"]) == ("failure", "internal")
    (issue,) = runner.replay(capsys.readouterr().out).annotations
    assert "ZeroDivisionError" in issue.message
    assert "report" in issue.message


def test_the_mode_of_an_input_is_known_before_it_is_read(environ: dict[str, str]) -> None:
    assert edge.run({}, environ | {"INPUT_MODE": " validate ", "INPUT_WAIT": "maybe"}).exit_code == 2
    assert command_files.read_outputs(Path(environ["GITHUB_OUTPUT"]))["result"] == "failure"


def test_the_list_of_commands_says_whole_sentences_in_eighty_columns() -> None:
    shown = CliRunner().invoke(command, ["--help"], terminal_width=80).output
    assert "..." not in shown.partition("Commands:")[2]
