"""The command line: commands, options, exit codes, and what the runner or a terminal gives us to begin with."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Mapping
from typing import Any, cast

import click
from click.core import ParameterSource

from wedata_action import __version__
from wedata_action.inputs import INPUTS, MODES, Input
from wedata_action.signals import unblock_signals

_HELP = {
    "submit": """Submit the tasks that changed, and wait until each is live.

    Those that differ between --base and --head become new versions in WeData.

    Keys come from the environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, and TENCENTCLOUD_TOKEN for
    temporary ones.""",
    "plan": """Show what submit would send, and why. Nothing is sent to WeData.

    What it would skip is listed too, with the reason, and what was removed.""",
    "validate": """Check every definition, changed or not. Nothing is sent to WeData.

    In a shell it reads the work tree, and in GitHub Actions the commit.""",
    "status": """Ask WeData what became of tasks, or of jobs.

    The tasks are those between --base and --head, the jobs are JOB_ID.

    Where the site has no ListBatchDetail, as on the international site, jobs cannot be asked about.""",
    "drift": """Compare every definition with what WeData has.

    That is its code in production and its newest version, against the commit --head.

    Nothing is written. The exit code is 6 where WeData is not as git has it, and 4 where a task cannot be read.""",
    "import": """Write definitions and code of the tasks that exist in WeData.

    It writes one definition file a workflow into the work tree, and beside it one code file a task, with the code that
    production runs. Run again, it brings new tasks and changed code, and touches nothing else. Nothing is written to
    WeData.""",
}
EXAMPLES = {
    "submit": "wedata-action submit --base HEAD~1 --project-id 1470547050521227264 --region ap-singapore",
    "plan": "wedata-action plan --base HEAD~1 --project-id 1470547050521227264",
    "validate": "wedata-action validate --definitions 'jobs/**/*.yml'",
    "status": "wedata-action status --base HEAD~1 --project-id 1470547050521227264 --region ap-singapore",
    "drift": "wedata-action drift --project-id 1470547050521227264 --region ap-singapore",
    "import": "wedata-action import --project-id 1470547050521227264 --region ap-singapore",
}
_DEFAULTS = {
    ("wait", "submit"): "true",
    ("wait", "status"): "false",
    **{("base", mode): "auto in GitHub Actions, none in a shell" for mode in MODES},
}
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 1000}  # the terminal's width counts
_OF_IMPORT = {
    "target": "The target whose project this is, such as dev or prod. Where definitions have another one, its ids are "
    "added to them, and no code is written.",
    "project-id": "WeData project whose tasks are imported.",
    "region": "",
    "endpoint": "",
    "definitions": "",
    "requests-per-second": "",
}
"""The inputs that it takes, and what they mean there, if that is not the same."""
_KEYLESS = {"role-arn", "oidc-provider", "oidc-audience"}
"""Inputs that need GitHub's OIDC service, so that a shell's help leaves them out."""
_OF_SANDBOX = ("sandbox", "demo")


class _Program(click.Group):
    """The modes, and the commands of the sandbox, which the image does not have."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the name that click passes it by
        return [*self.commands, *(_OF_SANDBOX if _has_sandbox() else ())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _OF_SANDBOX:
            return super().get_command(ctx, cmd_name)
        if not _has_sandbox():
            raise click.UsageError(f"{cmd_name} is not in the image; install it with `pip install wedata-action`.")
        from wedata_sandbox import cli as of_sandbox

        return cast("click.Command", getattr(of_sandbox, cmd_name))


def _has_sandbox() -> bool:
    return importlib.util.find_spec("wedata_sandbox") is not None


@click.group(cls=_Program, invoke_without_command=True, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="wedata-action")
@click.pass_context
def cli(context: click.Context) -> None:
    """Submit the Tencent Cloud WeData tasks that a commit changed, and gate on what became of them.

    An option that is also an input of the action can be given as WEDATA_..., such as WEDATA_BATCH_SIZE for
    --batch-size. Secrets come from the
    environment alone: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys, TENCENTCLOUD_TOKEN.
    Without a command, in GitHub Actions, the one that the input 'mode' names is run.
    """
    if context.invoked_subcommand is None and os.environ.get("GITHUB_ACTIONS") == "true":
        context.exit(run_mode({}))
    if context.invoked_subcommand not in {*MODES, "import"}:
        unblock_signals()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _mode_command(mode: str) -> click.Command:
    def run(env_file: str | None, job_id: tuple[str, ...] = (), **options: str | None) -> None:
        context = click.get_current_context()
        given = _given(context, options)
        if job_id:
            given["job-ids"] = ",".join(job_id)
        context.exit(run_mode({**given, "mode": mode}, env_file))

    own = (entry for entry in INPUTS if mode in entry.modes and not entry.secret)
    params: list[click.Parameter] = [_option(entry, mode) for entry in own if entry.name not in {"mode", "job-ids"}]
    params.append(_env_file())
    if mode == "status":
        params.append(click.Argument(["job_id"], nargs=-1))
    epilog = f"\b\nExample:\n  {EXAMPLES[mode]}"
    return click.Command(mode, callback=run, params=params, help=_HELP[mode], epilog=epilog)


def _given(context: click.Context, options: Mapping[str, str | None]) -> dict[str, str | None]:
    """The inputs that were given as options: a default only stands in the help."""
    source = context.get_parameter_source
    return {
        name.replace("_", "-"): value for name, value in options.items() if source(name) is ParameterSource.COMMANDLINE
    }


def _env_file() -> click.Option:
    return click.Option(
        ["--env-file"],
        metavar="FILE",
        show_default="keys and the region from .env, outside CI",
        help="File of variables, such as WEDATA_REGION=ap-singapore. A variable that is set overrides it.",
    )


def _option(entry: Input, mode: str) -> click.Option:
    return click.Option(
        [f"--{entry.name}"],
        type=str,  # `read_settings` checks the values, so that one run names all mistakes
        metavar=f"[{'|'.join(entry.choices)}]" if entry.choices else None,
        default=str(entry.default) if entry.default and not entry.default_text else None,
        show_default=_DEFAULTS.get((entry.name, mode)) or entry.default_text or True,
        help=entry.help,
        hidden=entry.name in _KEYLESS,
    )


for _mode in MODES:
    cli.add_command(_mode_command(_mode))


def _import_command() -> click.Command:
    def run_import(env_file: str | None, **options: Any) -> None:
        from wedata_action.commands.import_tasks import Wanted, import_tasks
        from wedata_action.commands.run import run

        context = click.get_current_context()
        wanted = Wanted(*(options.pop(name) for name in Wanted._fields))
        result = run(_given(context, options), os.environ, env_file, command=lambda step: import_tasks(step, wanted))
        context.exit(result.exit_code)

    inputs = (entry for entry in INPUTS if entry.name in _OF_IMPORT)
    shared = [_option(entry._replace(help=_OF_IMPORT[entry.name] or entry.help), "import") for entry in inputs]
    own = [
        click.Option(
            ["--workflow", "workflows"], multiple=True, metavar="NAME", help="Only this workflow; repeatable."
        ),
        click.Option(["--task-id", "task_ids"], multiple=True, metavar="ID", help="Only this task; repeatable."),
        click.Option(
            ["--folder"], default="wedata", show_default=True, help="Folder of new files, from the repository's root."
        ),
        click.Option(["--draft"], is_flag=True, help="Take the drafts in place of the code that production runs."),
        click.Option(["--force"], is_flag=True, help="Overwrite code files with changes that are not committed."),
        click.Option(["--dry-run"], is_flag=True, help="Say what would be written, and write nothing."),
    ]
    params: list[click.Parameter] = [*shared, *own, _env_file()]
    epilog = f"\b\nExample:\n  {EXAMPLES['import']}"
    return click.Command("import", callback=run_import, params=params, help=_HELP["import"], epilog=epilog)


cli.add_command(_import_command())


@cli.command("schema")
def _print_schema() -> None:
    """Print the JSON schema of definition files, for editors."""
    from wedata_action.definitions.json_schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


def run_mode(options: Mapping[str, str | None], env_file: str | None = None) -> int:
    """One run of a mode; gives the exit code."""
    from wedata_action.commands.run import run

    return run(options, os.environ, env_file).exit_code
