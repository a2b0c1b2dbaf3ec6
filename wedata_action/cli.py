"""The command line: commands, options, exit codes, and what the runner or a terminal gives us to begin with."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from wedata_action import __version__
from wedata_action.errors import Cancelled, RunError
from wedata_action.inputs import INPUTS, MODES, Input
from wedata_action.signals import cancellable, unblock_signals

if TYPE_CHECKING:
    from wedata_action.commands.run import Run
    from wedata_action.report.console import Console
    from wedata_action.report.reporter import Reporter
    from wedata_action.result import Result

_HELP = {
    "submit": """Submit the tasks that changed between --base and --head as new versions, and wait for their outcome.

    Keys come from the environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, and TENCENTCLOUD_TOKEN for
    temporary ones.""",
    "plan": "Show what submit would send and why, what it would skip, and what was removed. Nothing is sent to WeData.",
    "validate": """Check every definition that the globs match, changed or not. Nothing is sent to WeData.

    In a shell it reads the work tree, and in GitHub Actions the commit.""",
    "status": """Ask WeData what became of the tasks between --base and --head, or of the jobs JOB_ID.

    Where the site has no ListBatchDetail, as on the international site, jobs cannot be asked about.""",
}
EXAMPLES = {
    "submit": "wedata-action submit --base HEAD~1 --project-id 1470547050521227264 --region ap-singapore",
    "plan": "wedata-action plan --base HEAD~1 --project-id 1470547050521227264",
    "validate": "wedata-action validate --definitions 'jobs/**/*.yml'",
    "status": "wedata-action status --base HEAD~1 --project-id 1470547050521227264 --region ap-singapore",
}
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 1000}  # the terminal's width counts
_OF_SANDBOX = ("sandbox", "demo")


class _Program(click.Group):
    """The modes, and the commands of the sandbox, which the image does not have."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the name that click passes it by
        return [*self.commands, *_OF_SANDBOX]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _OF_SANDBOX:
            return super().get_command(ctx, cmd_name)
        if importlib.util.find_spec("wedata_sandbox") is None:
            return _missing(cmd_name)
        from wedata_sandbox import cli as of_sandbox

        return cast("click.Command", getattr(of_sandbox, cmd_name))


def _missing(name: str) -> click.Command:
    where = "not in the image; install it with `pip install wedata-action`."

    def refuse(**_: object) -> None:
        raise click.UsageError(f"{name} is {where}")

    anything = click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(
        name, callback=refuse, params=[anything], help=where, context_settings={"ignore_unknown_options": True}
    )


@click.group(cls=_Program, invoke_without_command=True, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="wedata-action")
@click.pass_context
def cli(context: click.Context) -> None:
    """Submit the Tencent Cloud WeData tasks that a commit changed, and gate on what became of them.

    Every option can also be given as WEDATA_..., such as WEDATA_BATCH_SIZE for --batch-size. Secrets come from the
    environment alone: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys, TENCENTCLOUD_TOKEN.
    Without a command, in GitHub Actions, the one that the input 'mode' names is run.
    """
    if context.invoked_subcommand is None and os.environ.get("GITHUB_ACTIONS") == "true":
        context.exit(run_mode({}, dict(os.environ)))
    if context.invoked_subcommand not in MODES:
        unblock_signals()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _mode_command(mode: str) -> click.Command:
    def run(env_file: str | None, job_id: tuple[str, ...] = (), **options: str | None) -> None:
        context = click.get_current_context()
        given = {
            name.replace("_", "-"): value
            for name, value in options.items()
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE  # a default only stands in the help
        }
        if job_id:
            given["job-ids"] = ",".join(job_id)
        context.exit(run_mode({**given, "mode": mode}, dict(os.environ), env_file))

    own = (entry for entry in INPUTS if mode in entry.modes and not entry.secret)
    params: list[click.Parameter] = [_option(entry) for entry in own if entry.name not in {"mode", "job-ids"}]
    params.append(
        click.Option(
            ["--env-file"],
            metavar="FILE",
            show_default="keys and the region from .env, outside CI",
            help="File of variables, such as WEDATA_REGION=ap-singapore. A variable that is set overrides it.",
        )
    )
    if mode == "status":
        params.append(click.Argument(["job_id"], nargs=-1))
    epilog = f"\b\nExample:\n  {EXAMPLES[mode]}"
    return click.Command(mode, callback=run, params=params, help=_HELP[mode], epilog=epilog)


def _option(entry: Input) -> click.Option:
    return click.Option(
        [f"--{entry.name}"],
        type=str,  # `read_settings` checks the values, so that one run names all mistakes
        metavar=f"[{'|'.join(entry.choices)}]" if entry.choices else None,
        default=str(entry.default) if entry.default and not entry.default_text else None,
        show_default=entry.default_text or True,
        help=entry.help,
    )


for _mode in MODES:
    cli.add_command(_mode_command(_mode))


def run_mode(options: Mapping[str, str | None], environ: dict[str, str], env_file: str | None = None) -> int:
    """One run with everything that it needs from outside; gives the exit code. However it ends, the outputs say it."""
    from wedata_action.errors import Reason
    from wedata_action.github.context import in_actions
    from wedata_action.outcome import conclusion
    from wedata_action.result import Result
    from wedata_action.settings import read_env_file

    actions = in_actions(environ)
    console = _console(environ, actions=actions)
    modes = (options.get("mode"), environ.get("INPUT_MODE", "").strip())
    known = Result(mode=next((mode for mode in modes if mode in MODES), MODES[0]), result="failure")
    reporter: Reporter | None = None
    run: Run | None = None
    try:
        reporter = _reporter(console, environ, actions=actions)
        environ = read_env_file(env_file, environ, in_actions=actions, log=console.line)
        with cancellable():
            run = _prepare(options, environ, console, reporter, known)
            result = run.result()
    except RunError as error:
        result = conclusion.failed(
            dataclasses.replace(known, diagnostics=error.diagnostics), error.reason, error.message
        )
    except Cancelled as signal:
        # Where the run itself could not catch it: before its first stage, or when it had just ended.
        latest = known if run is None else run.ledger.close() if run.ledger else run.known
        result = conclusion.cancelled(latest, signal.signal_number, "the run was cancelled")
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours must still write the outputs
        message = f"the action itself failed, which is its fault and not yours: {error!r}. Please report it"
        result = conclusion.failed(known, Reason.INTERNAL, message)
    return _finish(reporter, console, result)


def _reporter(console: Console, environ: Mapping[str, str], *, actions: bool) -> Reporter:
    from wedata_action.report.reporter import Reporter
    from wedata_action.report.summary import Links

    links = Links(environ.get("GITHUB_SERVER_URL", ""), environ.get("GITHUB_REPOSITORY")) if actions else Links()
    return Reporter(console, environ, in_actions=actions, links=links)


def _prepare(
    options: Mapping[str, str | None], environ: Mapping[str, str], console: Console, reporter: Reporter, known: Result
) -> Run:
    """Raises `RunError` for what can be told to be wrong before anything is read."""
    from wedata_action.clock import Clock
    from wedata_action.commands.run import Run
    from wedata_action.github.context import in_actions, read_context, refuse_submission, warn_of_keys
    from wedata_action.net.session import new_session
    from wedata_action.settings import read_settings
    from wedata_action.tencent.credentials import secrets_of

    for secret in secrets_of(environ):
        console.mask(secret)
    settings = read_settings(options, environ)
    if settings.report_file:
        reporter.report_to(settings.report_file)
    context = read_context(environ) if in_actions(environ) else None
    if context and settings.mode == "submit":
        refuse_submission(context)
    warnings = (*settings.warnings, *(warn_of_keys(context, environ) if context else ()))
    known = dataclasses.replace(known, mode=settings.mode, warnings=warnings)
    return Run(settings, context, environ, console, reporter, Clock(), new_session, known)


def _finish(reporter: Reporter | None, console: Console, result: Result) -> int:
    """Says how the run ended, once no signal can cut it short any more; gives the exit code."""
    from wedata_action.report.annotations import Annotation

    if reporter is None:
        console.annotate(Annotation("error", result.message))
        return result.exit_code
    try:
        reporter.finish(result)
    except OSError as error:
        console.annotate(Annotation("error", f"{result.result}, but what came out cannot be written down: {error}"))
        return result.exit_code or 70
    console.line(f"Result: {result.result}" + (f" ({result.failure_reason})" if result.failure_reason else ""))
    return result.exit_code


def _console(environ: Mapping[str, str], *, actions: bool) -> Console:
    from wedata_action.report.console import ActionsConsole, TerminalConsole

    debug = environ.get("RUNNER_DEBUG") == "1"
    if actions:
        return ActionsConsole(sys.stdout, debug=debug)
    return TerminalConsole(sys.stdout, color=sys.stdout.isatty() and "NO_COLOR" not in environ, debug=debug)
