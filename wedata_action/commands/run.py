"""One run, from its settings to its end: joins the stages and lets each failure end as a `Result`."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wedata_action.clock import Clock
from wedata_action.commands.planning import open_repository
from wedata_action.errors import Cancelled, Reason, RunError
from wedata_action.git import GitError, Repository
from wedata_action.github.context import Context
from wedata_action.outcome import conclusion
from wedata_action.report.console import Console
from wedata_action.report.reporter import Reporter
from wedata_action.result import Result, State
from wedata_action.settings import Settings
from wedata_action.submission.ledger import Ledger

if TYPE_CHECKING:
    import requests


@dataclass(slots=True)
class Run:
    """One run and what is known of it so far. `session` makes the HTTP session when the first call needs it."""

    settings: Settings
    context: Context | None
    environ: Mapping[str, str]
    console: Console
    reporter: Reporter
    clock: Clock
    session: Callable[[], requests.Session]
    known: Result
    open_repository: Callable[[Run], Repository] = open_repository
    ledger: Ledger | None = None
    last_progress: float = 0.0

    def result(self) -> Result:
        """Runs the mode. Every failure ends as a result; only the interpreter's own end passes through."""
        from wedata_action.commands.modes import MODES

        try:
            return MODES[self.settings.mode](self)
        except RunError as error:
            known = dataclasses.replace(self._latest(), diagnostics=error.diagnostics)
            return conclusion.failed(known, error.reason, error.message)
        except GitError as error:
            return conclusion.failed(self._latest(), Reason.UNRESOLVED_BASE, f"git failed: {error}")
        except Cancelled as signal:
            return conclusion.cancelled(self._latest(), signal.signal_number, _cancelled(self._latest()))
        except Exception as error:  # noqa: BLE001 - the edge: a fault of ours must still write the outputs
            self.console.debug(traceback.format_exc())
            return conclusion.failed(self._latest(), Reason.INTERNAL, _internal(error))

    def _latest(self) -> Result:
        return self.ledger.close() if self.ledger else self.known

    def progress(self, text: str) -> None:
        """Says how far a wait has come: at each look on a terminal, twice a minute in a log that keeps every line."""
        now = self.clock.monotonic()
        if self.context is None or now - self.last_progress >= 30:
            self.last_progress = now
            self.console.progress(text)

    def learn(self, **facts: object) -> None:
        """Adds to what is known, so that it is in the outputs whatever happens next."""
        self.known = dataclasses.replace(self.known, **facts)  # type: ignore[arg-type] # the names are Result's


def _cancelled(result: Result) -> str:
    """Which jobs WeData goes on with, and which batches it may have got."""
    running = [batch for batch in result.batches if any(task.state is State.UNKNOWN for task in batch.tasks)]
    jobs = [str(batch.job_id) for batch in running if batch.job_id is not None]
    unanswered = [batch.number for batch in running if batch.job_id is None]
    said = [f"WeData goes on with the jobs {', '.join(jobs)}"] if jobs else []
    said += [f"it may have got the batches {', '.join(unanswered)}, whose answer is missing"] if unanswered else []
    return f"the run was cancelled; {', and '.join(said) or 'WeData goes on with no job of it'}"


def _internal(error: Exception) -> str:
    return (
        f"the action itself failed, which is its fault and not yours: {type(error).__name__}: {error}. Please report "
        "it; with RUNNER_DEBUG=1 the log has the traceback"
    )
