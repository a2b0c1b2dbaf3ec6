"""The commands `sandbox` and `demo`. The program's own command line adds them where this package is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

MOST_PORT = 65535
_SETTINGS = {"help_option_names": ["-h", "--help"]}
_HELP = """Serve a WeData API on this machine, to try the action.

It listens on 127.0.0.1 and keeps everything in memory.

The first line of output is WEDATA_ENDPOINT=http://127.0.0.1:PORT. The next lines are the credentials that it accepts
and a region, in the form of an environment file. Each request then is one line on standard error.

\b
  wedata-action sandbox > sandbox.env &
  wedata-action submit --env-file sandbox.env --base empty

--tasks FILE names the tasks that exist; any other is refused, as WeData refuses it. Without it, every project and
every task exists, with an empty draft. The file is YAML or JSON; an id alone is a task too:

\b
  "1460947878944567296":              # a project and its tasks
    - "20250801000000001"
    - task_id: "20250801000000002"
      name: sum_orders
      workflow: orders
      type_id: 34                     # Hive SQL
      code: SELECT count(*) FROM orders;
      submitted: true                 # this code is in production
      draft: SELECT 1;                # an edit that Li Wei saved after that and did not submit: a conflict
      upstream: ["20250801000000001"]
      bundle_id: warehouse            # the task belongs to a WeData bundle

--task ID=BEHAVIOUR says what becomes of a task that is submitted. For a task that should do more than one of these,
repeat the option:

\b
  --task 0001=approve             its version waits for an approval
  --task 0001=approve:30          the same, and is approved after 30 seconds
  --task '0002=refuse:no access'  its submission is refused: FailedOperation, "no access"
  --task '0003=fail:no source'    its job fails this task; "no source" is the error log
  --task 0004=slow:20             its job takes 20 seconds

--fault lets a call go wrong. The form is KIND[-before|-after][=VALUE][:TIMES][/EVERY][@ACTION]:

\b
  --fault reset                   reset the connection; the call has no effect
  --fault reset-after             the call takes effect, and its answer is lost
  --fault drop:2                  two calls get no answer at all
  --fault http=502/3              every third call gets HTTP 502
  --fault html                    an HTML page in place of JSON
  --fault truncated               the answer ends halfway
  --fault delay=5                 the answer comes 5 seconds late
  --fault error=InternalError     an error of the API
  --fault null=Data.JobId         this field is null
  --fault missing=Data.JobId      this field is left out
  --fault put=Data.JobId=7        this field has another value, here 7
  --fault null=Data.Items.VersionNum@ListTaskVersions:1

reset, drop, http, html and error strike before the call takes effect unless -after is said, the others after it.
Without TIMES a fault strikes once, or with EVERY without end. ACTION is BatchCreateTaskVersionAsync unless given.
"""


@click.command(help=_HELP, context_settings=_SETTINGS)
@click.option("--port", default=0, show_default=True, help="Port on 127.0.0.1; 0 picks a free one.")
@click.option(
    "--site",
    type=click.Choice(["intl", "domestic"]),
    default="intl",
    show_default=True,
    help="Only domestic has a call that reports on a job.",
)
@click.option("--tasks", metavar="FILE", help="The tasks that exist; see above.")
@click.option("--task", "behaviours", multiple=True, metavar="ID=BEHAVIOUR", help="What becomes of a task; see above.")
@click.option("--fault", "faults", multiple=True, metavar="FAULT", help="What goes wrong; see above.")
@click.option("--job-seconds", default=0.0, show_default=True, help="How long every job takes.")
@click.option("--keyless", is_flag=True, help="Serve GitHub's OIDC service and STS too, and print no keys.")
def sandbox(
    port: int,
    site: str,
    tasks: str | None,
    behaviours: tuple[str, ...],
    faults: tuple[str, ...],
    job_seconds: float,
    *,
    keyless: bool,
) -> None:
    """The command; `_HELP` is what it says of itself."""
    from wedata_sandbox import catalogue, command, options

    if keyless and not all(map(find_spec, ("jwt", "cryptography"))):
        raise click.UsageError("--keyless needs PyJWT: install it with `pip install 'wedata-action[sandbox]'`")
    if not 0 <= port <= MOST_PORT:
        raise click.UsageError(f"--port: {port} is not a port; give 0 to {MOST_PORT}")
    try:
        known = None if tasks is None else catalogue.read(Path(tasks))
        wedata = command.make(site, known, options.behaviours(behaviours), job_seconds)
        rules = [options.fault(text) for text in faults]
    except OSError as error:
        raise click.UsageError(f"--tasks: {tasks} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        code = command.run(wedata, port, rules, keyless=keyless)
    except OSError as error:
        raise click.UsageError(f"--port: {port} cannot be used: {error.strerror}") from error
    click.get_current_context().exit(code)


@click.command(context_settings=_SETTINGS)
@click.option("--full", is_flag=True, help="Show the whole log, all outputs and the whole summary of each run.")
def demo(*, full: bool) -> None:
    """Show whole runs on the sandbox, as in GitHub Actions.

    A small repository gets four pushes: one goes live, one has a mistake, one is rejected in part, one catches up.
    """
    from wedata_sandbox.demo import run

    click.get_current_context().exit(run(full=full))
