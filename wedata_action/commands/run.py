"""One run from its inputs to its end: the only place where a failure becomes a result and an exit code."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from wedata_action.changes.record import record_of
from wedata_action.clock import Clock
from wedata_action.commands.step import Step, open_repository
from wedata_action.errors import Cancelled, Reason, RunError
from wedata_action.git import GitError, Repository, TooManyPathsError
from wedata_action.github.context import Context, in_actions, read_context, refuse_submission, warn_of_keys
from wedata_action.inputs import MODES
from wedata_action.net import new_session
from wedata_action.outcome.conclusion import cancelled, failed
from wedata_action.report.annotations import Annotation
from wedata_action.report.console import ActionsConsole, Console
from wedata_action.report.reporter import Reporter
from wedata_action.report.words import icon, verdict
from wedata_action.result import Result, ResultWord, State
from wedata_action.settings import Settings, read_env_file, read_settings
from wedata_action.signals import cancellable
from wedata_action.tencent.credentials import secrets_of

if TYPE_CHECKING:
    import requests


def new_console(environ: Mapping[str, str]) -> Console:
    """The log of a step, or a terminal."""
    debug = environ.get("RUNNER_DEBUG") == "1"
    if in_actions(environ):
        return ActionsConsole(sys.stdout, debug=debug)
    return Console(sys.stdout, color=sys.stdout.isatty() and "NO_COLOR" not in environ, debug=debug)


@dataclass(frozen=True, slots=True)
class Outside:
    """The world around a run: time, network, clone, terminal and signals. `console` is given the environment."""

    clock: Clock = dataclasses.field(default_factory=Clock)
    session: Callable[[], requests.Session] = new_session
    repository: Callable[[Settings, Context | None, Mapping[str, str]], Repository] = open_repository
    console: Callable[[Mapping[str, str]], Console] = new_console
    signals: Callable[[], AbstractContextManager[None]] = cancellable


def run(
    options: Mapping[str, str | None],
    environ: Mapping[str, str],
    env_file: str | None = None,
    outside: Outside | None = None,
    command: Callable[[Step], Result] | None = None,
) -> Result:
    """Runs `command`, or the mode that the options or the inputs name.

    Nothing is raised: however it ends, the outputs say it.
    """
    outside = outside or Outside()
    console = outside.console(environ)
    modes = (options.get("mode"), environ.get("INPUT_MODE", "").strip())
    known = _Known(Result(mode=next((mode for mode in modes if mode in MODES), MODES[0]), result=ResultWord.FAILURE))
    try:
        known.reporter = Reporter(console, environ)
        given, environ = environ, read_env_file(env_file, environ, in_actions=in_actions(environ), log=console.line)
        files = {name: env_file or ".env" for name, value in environ.items() if value != given.get(name)}
        # Signals that come after the block are ignored: what the run ended as is being written down.
        with outside.signals():
            for secret in secrets_of(environ):
                console.mask(secret)
            known.settings = read_settings(options, environ, files)
            known.step = step = _prepare(known.settings, environ, console, outside, known)
            result = (command or _command(step.settings.mode))(step)
    except TooManyPathsError as error:
        result = failed(known.latest, Reason.INVALID_INPUT, str(error))
    except GitError as error:
        remedy = "Check out anew, with fetch-depth: 0" if in_actions(environ) else "Look at it with git fsck"
        message = f"the commits cannot be read from the clone: {error}. {remedy}"
        result = failed(known.latest, Reason.UNRESOLVED_BASE, message)
    except RunError as error:
        latest = known.latest._replace(diagnostics=error.diagnostics)
        result = failed(latest, error.reason, error.message)
    except Cancelled as signal:
        result = cancelled(known.latest, signal.signal_number, _what_goes_on(known.latest))
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours must still write the outputs
        import traceback

        console.debug(traceback.format_exc())
        message = (
            f"the action itself failed, which is its fault and not yours: {type(error).__name__}: {error}. Please "
            "report it; with RUNNER_DEBUG=1 the log has the traceback"
        )
        result = failed(known.latest, Reason.INTERNAL, message)
    return _finish(known, console, result, word=command is None or result.exit_code != 0)


@dataclass(slots=True)
class _Known:
    """The latest that was published, which is what a failure is added to; and what it is published by."""

    latest: Result
    reporter: Reporter | None = None
    settings: Settings | None = None
    records: bool = False
    step: Step | None = None

    def publish(self, result: Result) -> None:
        self.latest = result
        if self.reporter:
            self.reporter.publish(result)


def _prepare(settings: Settings, environ: Mapping[str, str], console: Console, outside: Outside, known: _Known) -> Step:
    """Raises `RunError` for what can be told to be wrong before anything is read."""
    if settings.report_file and known.reporter:
        known.reporter.report_to(settings.report_file, settings.names["report-file"])
    context = read_context(environ) if in_actions(environ) else None
    if context and settings.mode == "submit":
        refuse_submission(context)
        known.records = bool(context.branch) and settings.base != "event"
    warnings = (*settings.warnings, *(warn_of_keys(context, environ) if context else ()))
    known.latest = known.latest._replace(mode=settings.mode, target=settings.target or "", warnings=warnings)
    # Two workers at least: a call in the main thread would be cut off by a signal, and its answer lost.
    workers = min(outside.clock.workers, max(2, settings.requests_per_second))
    clock = dataclasses.replace(outside.clock, workers=workers)
    return Step(settings, context, environ, console, clock, outside.session, outside.repository,
                known.publish, known.latest)  # fmt: skip


def _command(mode: str) -> Callable[[Step], Result]:
    """The function of a mode, which is loaded when it is needed."""
    found: Callable[[Step], Result] = getattr(import_module(f"wedata_action.commands.{mode}"), mode)
    return found


def _finish(known: _Known, console: Console, result: Result, *, word: bool) -> Result:
    """Says how the run ended, once no signal can cut it short any more."""
    if known.reporter is None:
        console.annotate(Annotation("error", result.message))
        return result
    try:
        known.reporter.finish(result)
    except OSError as error:
        console.annotate(Annotation("error", f"{result.result}, but what came out cannot be written down: {error}"))
        return result._replace(exit_code=result.exit_code or 70)
    if known.records and known.settings and (record := record_of(known.settings, result)):
        console.record(verdict(result), str(record))
    if word:
        console.line(f"{icon(result)} {verdict(result)}", bold=True, fg="red" if result.exit_code else "green")
        _comment(known.step, result)
        reason = result.failure_reason
        why = f" ({reason})" if reason and reason.value != result.result.value else ""
        console.line(f"Result: {result.result}{why}")
    return result


def _comment(step: Step | None, result: Result) -> None:
    if step and step.settings.comment:
        from wedata_action.commands.comment import comment_on_pull_request  # most runs write none

        comment_on_pull_request(step, result)


def _what_goes_on(result: Result) -> str:
    """Which jobs keep running in WeData, and which batches it may have received."""
    running = [batch for batch in result.batches if any(outcome.state is State.UNKNOWN for outcome in batch.outcomes)]
    jobs = [str(batch.job_id) for batch in running if batch.job_id is not None]
    unanswered = [batch.number for batch in running if batch.job_id is None]
    said = [f"in WeData these jobs keep running: {', '.join(jobs)}"] if jobs else []
    said += [f"WeData may have received these batches: {', '.join(unanswered)}"] if unanswered else []
    nothing = "no job of it is running in WeData" if result.batches else "nothing was sent to WeData"
    return f"the run was cancelled; {', and '.join(said) or nothing}"
