"""`wedata-action sandbox`: serve until a signal, after saying where and with which credentials."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TextIO

from wedata_sandbox.behaviour import JobBehaviour, TaskBehaviour
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import Rule
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

ENDING_SIGNALS: Final = frozenset((signal.SIGINT, signal.SIGTERM))


def make(
    site: str,
    tasks: Mapping[str, Sequence[NewTask]] | None,
    behaviours: Mapping[str, TaskBehaviour],
    job_seconds: float,
) -> WeData:
    """A WeData in which these tasks exist (None: any) and behave so."""
    wedata = WeData(site=site, tasks=tasks)
    wedata.set_jobs(JobBehaviour(seconds=job_seconds))
    for task_id, behaviour in behaviours.items():
        wedata.set_task(task_id, behaviour)
    return wedata


def run(wedata: WeData, port: int, rules: Sequence[Rule], *, keyless: bool) -> int:
    """Serve on `port` (0: a free one) until SIGINT or SIGTERM; the exit code, 0.

    The first line on standard output is `WEDATA_ENDPOINT=...`, the next ones are the credentials and a region in the
    form of an environment file; each request is one line on standard error. Neither needs a reader.
    With `keyless`, GitHub's OIDC service and STS are served too, and the variables of a step that signs in there stand
    in place of the credentials: the action refuses both together.
    OSError for a port that is taken. Call it before any other thread runs: such a thread could take the signal.
    """
    # Blocked before any thread starts, the signals wait for sigwait; a handler could find its own lock taken.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        with Sandbox(wedata, port=port, log=lambda line: _write(sys.stderr, f"{line}\n")) as sandbox:
            for rule in rules:
                sandbox.gateway.add_rule(rule)
            with _credentials(sandbox, keyless=keyless) as credentials:
                variables = {
                    "WEDATA_ENDPOINT": sandbox.endpoint,
                    **credentials,
                    "TENCENTCLOUD_REGION": "ap-singapore",
                }
                _write(sys.stdout, "".join(f"{name}={value}\n" for name, value in variables.items()))
                signal.sigwait(ENDING_SIGNALS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


@contextlib.contextmanager
def _credentials(sandbox: Sandbox, *, keyless: bool) -> Iterator[Mapping[str, str]]:
    """The variables by which a step signs in, for as long as what they name is served."""
    if keyless:
        from wedata_sandbox.keyless import Keyless

        with Keyless(sandbox.gateway) as services:
            yield services.environ
    else:
        yield {"TENCENTCLOUD_SECRET_ID": sandbox.secret_id, "TENCENTCLOUD_SECRET_KEY": sandbox.secret_key}


def _write(stream: TextIO | None, text: str) -> None:
    """Write `text` where somebody may read it. A stream that is closed, or that nobody reads, is no reason to end."""
    if stream is None:  # it was closed before the process began
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # What is still in the buffer must go somewhere, or the interpreter complains when it ends.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
