"""What a command is given, as far as it does something itself."""

import random

import pytest

from tests.simulation.clock import SimulatedClock
from wedata_action.commands.step import at_most_every


@pytest.mark.parametrize(("pause", "times", "said"), [(1, 600, 20), (45, 10, 10)])
def test_a_log_that_keeps_every_line_shows_progress_twice_a_minute(pause: int, times: int, said: int) -> None:
    clock, lines = SimulatedClock(), list[str]()
    progress = at_most_every(30, clock.started(random.Random(0), lambda: None), lines.append)
    for number in range(times):
        clock.sleep(pause)
        progress(str(number))
    assert len(lines) == said
