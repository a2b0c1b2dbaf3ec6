"""The console script."""

from __future__ import annotations

import os
import sys

from wedata_action.cli import cli


def main() -> None:
    """Runs the command. Ends without waiting for threads: a call under way must not hold up a cancelled run."""
    try:
        code = cli(standalone_mode=True)
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
