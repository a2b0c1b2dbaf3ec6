"""The console script."""

from __future__ import annotations

import gc
import os
import sys

from wedata_action.cli import cli


def main() -> None:
    """Runs the command. Ends without waiting for threads: a call under way must not hold up a cancelled run."""
    # Ten thousand tasks are a million objects and hardly a cycle: to look for those so often would be a sixth of a run.
    gc.set_threshold(100_000)
    try:
        code = cli(standalone_mode=True)
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
