"""The three promises, against random histories; `make soak N=10000` plays more of them.

A failure names its seed: `play(seed)` plays it again, and its `trace` tells the story.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.simulation.checks import play
from wedata_action.commands import planning
from wedata_action.outcome.waiting import Waiting
from wedata_action.result import BatchResult, State
from wedata_action.submission.ledger import End
from wedata_action.tencent.verdicts import ApiError

HISTORIES, SLICES = 300, 6


@pytest.mark.parametrize("part", range(SLICES))
def test_no_history_breaks_a_promise(part: int) -> None:
    broken = {seed: play(seed).broken for seed in range(part, HISTORIES, SLICES)}
    assert {seed: promises for seed, promises in broken.items() if promises} == {}


def test_a_history_can_be_played_again() -> None:
    assert play(11).trace == play(11).trace


def counter_example(words: str, base: str = "auto") -> int | None:
    """The first of 300 seeds whose history breaks the promise that has these words."""
    for seed in range(HISTORIES):
        if any(words in promise for promise in play(seed, base).broken):
            return seed
    return None


def test_a_blind_retry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiError, "retryable", property(lambda _: True))
    assert counter_example("one content twice") is not None


def test_a_run_that_compares_with_the_event_alone_is_found() -> None:
    assert counter_example("has no such version", base="event") is not None


def test_a_run_that_forgets_the_failed_runs_since_the_last_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_reverted", lambda *_: ())
    assert counter_example("has no such version") is not None


def test_a_run_that_takes_a_job_id_for_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(waiting: Waiting, batches: Iterable[BatchResult]) -> None:
        for batch in batches:
            if batch.status == "accepted":
                waiting.ledger.settle(batch.number, {task.task_id: End(State.LIVE) for task in batch.tasks})

    monkeypatch.setattr(Waiting, "wait", believe)
    assert counter_example("has no such version") is not None


def test_a_run_that_never_looks_before_it_sends_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wedata_action.commands.modes.applies", lambda *_: False)
    assert counter_example("one content twice") is not None
