"""The three promises, against random histories; `make soak N=20000` plays more of them.

A failure names its seed: `play(seed)` plays it again, and its `trace` tells the story. Each planted fault is one that
somebody could have built in: the histories must find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from tests.simulation.promises import play
from tests.simulation.workflow import GLOBS, Step
from wedata_action.changes import find_base, history, last_success
from wedata_action.changes.base import Base, event_base
from wedata_action.changes.compare import find_changes
from wedata_action.changes.history import LookBack, PastRun, look_back
from wedata_action.changes.last_success import Question
from wedata_action.code.drafts import Drafts
from wedata_action.commands import compare
from wedata_action.github.context import Context
from wedata_action.github.errors import Get
from wedata_action.github.runs import Jobs, Run, read_jobs
from wedata_action.outcome import look_first, polling, proof
from wedata_action.outcome.versions import Stamped, judge_version, stamped
from wedata_action.outcome.waiting import Waiting
from wedata_action.result import Batch, End, State, TaskOutcome
from wedata_action.task import Task
from wedata_action.tencent.tasks import get_task
from wedata_action.tencent.verdicts import ApiError
from wedata_action.tencent.versions import Version
from wedata_action.tencent.wedata import Call

HISTORIES, SLICES = 300, 6


@pytest.mark.parametrize("part", range(SLICES))
def test_no_history_breaks_a_promise(part: int) -> None:
    broken = {seed: play(seed).broken for seed in range(part, HISTORIES, SLICES)}
    assert {seed: promises for seed, promises in broken.items() if promises} == {}


def test_a_history_can_be_played_again() -> None:
    assert play(11).trace == play(11).trace


def is_found(words: str) -> bool:
    """Whether one of 300 histories breaks the promise that has these words."""
    return any(words in promise for seed in range(HISTORIES) for promise in play(seed).broken)


def test_a_blind_retry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiError, "retryable", property(lambda _: True))
    assert is_found("one content twice")


def test_a_run_that_compares_with_the_event_alone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def event_alone(asked: Question) -> Base:
        found = event_base(asked.repository, asked.context, asked.head, asked.history)
        return Base((found.commit,), found.source, found.explanation)

    monkeypatch.setattr(find_base, "last_success", event_alone)
    assert is_found("has no such version")


def test_a_run_that_forgets_the_failed_runs_since_the_last_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "find_changes", lambda *arguments: find_changes(*arguments[:4]))
    assert is_found("has no such version")


def test_a_run_that_takes_a_job_id_for_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(waiting: Waiting, batch: Batch) -> list[polling.Question]:
        live = [End(State.LIVE)] * batch.size
        return [polling.Question(batch.outcomes, lambda: live, lambda _: live[0], waiting.deadline)]

    monkeypatch.setattr(Waiting, "questions", believe)
    assert is_found("has no such version")


def test_a_run_that_never_looks_before_it_sends_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Base, "look_first_because", lambda *_: "")
    assert is_found("one content twice")


def test_a_run_that_looks_up_nothing_under_empty_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    because = Base.look_first_because

    def not_under_empty(base: Base, context: Context | None) -> str:
        return "" if base.source == "empty" else because(base, context)

    monkeypatch.setattr(Base, "look_first_because", not_under_empty)
    assert is_found("one content twice")


def test_an_old_run_that_is_blind_to_newer_ones_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_newer(runs: Iterable[PastRun], run_id: int, *arguments: Any) -> LookBack:
        return look_back([past for past in runs if past.run.id <= run_id], run_id, *arguments)

    monkeypatch.setattr(last_success, "look_back", without_newer)
    assert is_found("though a newer run has succeeded")


def test_a_stamp_of_a_shell_that_nobody_reads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_actions(versions: Iterable[Version]) -> list[Stamped]:
        return [found for found in stamped(versions) if found.stamp.run_id]

    monkeypatch.setattr(look_first, "stamped", in_actions)
    assert is_found("one content twice")


def test_a_success_by_the_conclusion_of_a_job_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_conclusion(get: Get, run: Run, title: str) -> Jobs:
        jobs = read_jobs(get, run, title)
        found = get(f"check-suites/{run.check_suite_id}/check-runs", per_page=100, filter="all")
        green = all(job["conclusion"] == "success" for job in found["check_runs"])
        scopes = [Step("deploy", project, globs).scope for project in ("9000", "9001") for globs in GLOBS]
        notices = [f"(record:1 scope:{scope} base:empty head:{run.commit} result:success)" for scope in scopes]
        return jobs._replace(notices=(*jobs.notices, *notices)) if green and jobs.started else jobs

    monkeypatch.setattr(history, "read_jobs", by_conclusion)
    assert is_found("has no such version")


def test_a_revision_in_place_of_the_last_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_base, "given", lambda _, revision: Base((revision,), "input", "as given"))
    assert is_found("has no such version")


def test_any_live_version_of_the_content_that_settles_a_task_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def any_of_content(task: Task, candidates: Sequence[Stamped]) -> TaskOutcome | None:
        of_content = (candidate.version for candidate in candidates if candidate.stamp.is_of(task.fingerprint))
        version = next(of_content, None)
        return None if version is None else TaskOutcome(task).ended(judge_version(version))

    monkeypatch.setattr(look_first, "_settled", any_of_content)
    assert is_found("has no such version")


def test_a_run_that_overwrites_drafts_without_looking_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drafts, "_is_known", lambda *_: True)
    assert is_found("is overwritten, though somebody typed")


def test_a_run_that_trusts_its_write_without_a_proof_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def trust(asked: proof.Proof) -> Sequence[End]:
        code = asked.outcome.task.code
        return [asked.end._replace(proved=code.digest if code else "")]

    monkeypatch.setattr(proof.Proof, "_ask", trust)
    assert is_found("is live, and production runs")


def test_a_run_that_takes_the_draft_for_production_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def draft(call: Call, project_id: str, task_id: str) -> bytes:
        return get_task(call, project_id, task_id).code or b""

    monkeypatch.setattr(proof, "get_production_code", draft)
    assert is_found("is live, and production runs")
