"""`wedata-action sandbox`: serve until a signal, after saying where and with which credentials."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Final

from wedata_action.sandbox.behaviour import JobBehaviour
from wedata_action.sandbox.faults import parse
from wedata_action.sandbox.server import Sandbox
from wedata_action.sandbox.service import WeData

ENDING_SIGNALS: Final = frozenset((signal.SIGINT, signal.SIGTERM))


def run(port: int, faults: Sequence[str] = (), site: str = "intl", job_seconds: float = 0.0) -> int:
    """Serve on `port` (0: a free one) until SIGINT or SIGTERM; the exit code, 0.

    The first line on standard output is `WEDATA_ENDPOINT=...`, the next ones are the credentials and a region in the
    form of an environment file; each request is one line on standard error. `faults` are in the form of `faults.FORMS`,
    `job_seconds` is how long a job runs. ValueError for a bad fault or site, OSError for a port that is taken.
    Call it before any other thread runs: such a thread could take the signal.
    """
    rules = [parse(text) for text in faults]
    wedata = WeData(site=site)
    wedata.set_jobs(JobBehaviour(seconds=job_seconds))
    # Blocked before any thread starts, the signals wait for sigwait; a handler could find its own lock taken.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        with Sandbox(wedata, port=port, log=_log) as sandbox:
            for rule in rules:
                sandbox.gateway.add_rule(rule)
            sys.stdout.write(
                f"WEDATA_ENDPOINT={sandbox.endpoint}\n"
                f"TENCENTCLOUD_SECRET_ID={sandbox.secret_id}\n"
                f"TENCENTCLOUD_SECRET_KEY={sandbox.secret_key}\n"
                "TENCENTCLOUD_REGION=ap-singapore\n"
            )
            sys.stdout.flush()
            signal.sigwait(ENDING_SIGNALS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
