"""The console script."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from wedata_action.signals import block_signals


def main() -> None:
    """Runs the command. Ends without waiting for threads: a call under way must not hold up a cancelled run."""
    # Ten thousand tasks are a million objects and hardly a cycle: to look for those so often would be a sixth of a run.
    gc.set_threshold(100_000)
    block_signals()
    from wedata_action.cli import cli

    try:
        # No variable has an empty name, so none can ask for shell completion: it would end a step green, nothing done.
        code = cli(standalone_mode=True, complete_var="")
    except SystemExit as end:
        code = end.code
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed before the process began
        # Whoever reads them may be gone; how the run ended is told by the exit code and the outputs.
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
