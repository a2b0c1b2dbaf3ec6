"""`python -m tests.simulation [HISTORIES] [FIRST SEED]`: plays many histories, prints the seeds of those that broke."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.promises import play


def broken(seed: int) -> tuple[int, list[str]]:
    return seed, play(seed).broken


def main() -> int:
    histories = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    start, failures = time.monotonic(), 0
    with ProcessPoolExecutor() as pool:
        for seed, promises in pool.map(broken, range(first, first + histories), chunksize=50):
            if promises:
                failures += 1
                sys.stdout.write(f"seed {seed}: {promises}\n")
    sys.stdout.write(f"{histories} histories in {time.monotonic() - start:.0f} s, {failures} broken\n")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
