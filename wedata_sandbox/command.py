"""`wedata-action sandbox`: serve until a signal, after saying where and with which credentials."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from wedata_sandbox.behaviour import JobBehaviour
from wedata_sandbox.faults import parse
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

ENDING_SIGNALS: Final = frozenset((signal.SIGINT, signal.SIGTERM))


def run(
    port: int, faults: Sequence[str] = (), site: str = "intl", job_seconds: float = 0.0, *, keyless: bool = False
) -> int:
    """Serve on `port` (0: a free one) until SIGINT or SIGTERM; the exit code, 0.

    The first line on standard output is `WEDATA_ENDPOINT=...`, the next ones are the credentials and a region in the
    form of an environment file; each request is one line on standard error. `faults` are in the form of `faults.FORMS`,
    `job_seconds` is how long a job runs. With `keyless`, GitHub's OIDC service and STS are served too, and the
    variables of a step that signs in there stand in place of the credentials: the action refuses both together.
    ValueError for a bad fault or site, OSError for a port that is taken.
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
            with _credentials(sandbox, keyless=keyless) as credentials:
                variables = {
                    "WEDATA_ENDPOINT": sandbox.endpoint,
                    **credentials,
                    "TENCENTCLOUD_REGION": "ap-singapore",
                }
                sys.stdout.write("".join(f"{name}={value}\n" for name, value in variables.items()))
                sys.stdout.flush()
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


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
