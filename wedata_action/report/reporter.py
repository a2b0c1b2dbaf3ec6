"""Hands what is known to whoever waits for it: the outputs at each change, everything at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.github.context import in_actions
from wedata_action.github.files import OutputFile, append_summary
from wedata_action.report.annotations import LIMIT, annotations_of
from wedata_action.report.console import Console
from wedata_action.report.document import check_report_path, document, write_report
from wedata_action.report.outputs import left_out, outputs, outputs_so_far
from wedata_action.report.summary import summary
from wedata_action.report.tables import Links
from wedata_action.result import Result, ResultWord


class Reporter:
    """Writes outputs, report file, annotations and job summary of one run, none of them with a secret in it."""

    def __init__(self, console: Console, environ: Mapping[str, str]) -> None:
        """Opens `GITHUB_OUTPUT`. Raises `RunError` where the runner's file is missing or cannot be written."""
        self._console = console
        self._secrets = console.secrets
        self._in_actions = in_actions(environ)
        server = environ.get("GITHUB_SERVER_URL", "")
        self._links = Links(server, environ.get("GITHUB_REPOSITORY")) if self._in_actions else Links()
        self._summary = environ.get("GITHUB_STEP_SUMMARY") or None
        self._workspace = Path(environ.get("GITHUB_WORKSPACE") or ".") if self._in_actions else Path()
        self._report_file = ""
        self._outputs: OutputFile | None = None
        path = environ.get("GITHUB_OUTPUT")
        if self._in_actions and not path:
            raise RunError(Reason.INVALID_INPUT, "GITHUB_OUTPUT is not set: the outputs of the step cannot be written")
        if path:
            try:
                self._outputs = OutputFile(Path(path))
                self.publish(Result(mode="", result=ResultWord.UNKNOWN))
            except OSError as error:
                message = f"GITHUB_OUTPUT {path} cannot be written: {error.strerror}"
                raise RunError(Reason.INVALID_INPUT, message) from error

    def report_to(self, report_file: str, written: str) -> None:
        """Makes room for the report file, the input `written` like this. Raises `RunError` where it may not be written.

        A report of an earlier step goes at once: if this run is killed, it would be taken for this run's.
        """
        try:
            check_report_path(self._workspace, report_file, written).unlink(missing_ok=True)
        except OSError as error:
            message = f"{written}: {report_file} cannot be replaced: {error.strerror}"
            raise RunError(Reason.INVALID_INPUT, message) from error
        self._report_file = report_file

    def publish(self, result: Result) -> None:
        """Makes the outputs say what is known while the run goes on."""
        self._write(outputs_so_far(result))

    def finish(self, result: Result) -> None:
        """Writes everything, once, at the end. What cannot be written is said, and leaves the rest alone."""
        clean = self._secrets.hide_in(result._replace(report_file=self._report_file))
        values = outputs(clean)
        notes = [left_out(values)] if self._outputs else []
        if self._report_file:
            try:
                write_report(self._workspace, self._report_file, document(clean))
            except (OSError, RunError) as error:
                notes.append(f"The report file {self._report_file} could not be written: {error}")
        clean = clean._replace(warnings=(*clean.warnings, *(Diagnostic(note) for note in notes if note)))
        if self._summary:
            try:
                append_summary(Path(self._summary), summary(clean, self._links))
            except OSError as error:
                self._console.line(f"The job summary could not be written: {error}")
        self._write(values)
        in_shell = not self._in_actions
        for annotation in annotations_of(clean, limit=None if in_shell else LIMIT, in_shell=in_shell):
            self._console.annotate(annotation)

    def _write(self, values: Mapping[str, str]) -> None:
        if self._outputs:
            self._outputs.write({name: self._secrets.hide(value) for name, value in values.items()})
