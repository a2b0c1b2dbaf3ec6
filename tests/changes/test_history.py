"""What is read of the runs of a branch, in how many calls, and what they say together. No clone is needed."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulation.clock import SimulatedClock
from tests.support.github import REPOSITORY, WORKFLOW, Annotation, GitHub, WorkflowRun
from wedata_action.changes.history import History, LookBack, PastRun, TooLongError, look_back
from wedata_action.changes.record import TITLE, Record

SCOPE, OTHER = "a" * 12, "b" * 12
OWN = 150  # the id of the run that asks


def commit(number: int) -> str:
    return f"{number:040x}"


class Runs:
    """Runs by their ids, each an hour after the one before it; the commit of run 103 is `commit(103)`."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.github = GitHub(self.clock.now)

    def run(
        self, number: int, *results: str, base: str = "", scope: str = SCOPE, workflow: str = WORKFLOW
    ) -> WorkflowRun:
        """A run with a job for each result; an empty one said nothing."""
        self.clock.sleep(3600)
        run = WorkflowRun(number, number, commit(number), workflow=workflow, created=number, conclusion="success")
        self.github.runs.append(run)
        for result in results:
            said = [Annotation("notice", TITLE, f"said {Record(scope, base, run.head, result)}")] if result else []
            self.github.end(self.github.start(run), "failure", said)
        return run

    def get(self, path: str, **parameters: str | int) -> Any:
        return self.github.answer(f"https://x/repos/{REPOSITORY}/{path}?{urlencode(parameters)}")[1]

    @property
    def history(self) -> History:
        clock = self.clock.started(random.Random(0), lambda: None)
        return History(self.get, clock, REPOSITORY, "main", WORKFLOW, SCOPE)

    def look(self, runs: list[PastRun] | None = None) -> LookBack:
        """What run 150 sees; every commit is an ancestor of its own."""
        found = self.history.runs() if runs is None else runs
        return look_back(found, OWN, SCOPE, lambda record: record.is_success(pass_pending=False), lambda _: True)

    def look_everywhere(self, after: int = 0) -> LookBack:
        history = self.history
        return self.look(history.of_a_renamed_workflow(list(history.runs()), after))


@pytest.fixture
def runs() -> Runs:
    return Runs()


def test_100_runs_without_a_success_are_read_and_no_more(runs: Runs) -> None:
    for number in range(1, 101):
        runs.run(number, "failure", base=commit(1))
    assert runs.look().bases == (commit(1),)
    runs.run(101, "failure", base=commit(1))
    with pytest.raises(TooLongError):
        runs.look()


def test_300_calls_are_made_and_no_more(runs: Runs) -> None:
    for number in range(1, 51):
        runs.run(number, *["failure"] * 5)  # a call for the jobs of a run, and one for each job that said something
    with pytest.raises(TooLongError):
        runs.look()
    calls = [url for url in runs.github.requests if "/runs?branch" not in url]
    assert len(calls) <= 300
    runs.github.runs = runs.github.runs[:49]
    assert runs.look().started


def test_a_success_ends_the_reading(runs: Runs) -> None:
    for number in range(1, 80):
        runs.run(number, "success" if number == 70 else "failure")
    assert runs.look().success == commit(70)
    assert len([url for url in runs.github.requests if "check-suites" in url]) <= 16


def test_a_run_that_recorded_or_started_nothing_more_is_not_read_again(runs: Runs) -> None:
    start = runs.run(101, "failure").updated
    skipped = runs.run(102)
    runs.github.leave_out(skipped, "deploy", "skipped")
    skipped.updated = runs.clock.now()
    assert start < runs.clock.now()
    before = runs.clock.now()
    assert runs.look().unsettled == (commit(101),)
    assert runs.clock.now() == before


def test_the_oldest_runs_need_not_have_started_for_this_one_to_be_no_first_use(runs: Runs) -> None:
    runs.run(101)
    runs.run(102, "")
    assert (runs.look().started, runs.look().unsettled) == (True, (commit(102),))
    runs.run(100)
    assert runs.look().started


def test_the_newest_success_of_another_scope_of_an_earlier_run_is_named(runs: Runs) -> None:
    runs.run(101, "success", scope=OTHER)
    runs.run(102, "success", scope=OTHER)
    runs.run(103, "failure", scope=OTHER)
    runs.run(OWN, "success", scope=OTHER)
    runs.run(OWN + 1, "success", scope=OTHER)
    assert runs.look().elsewhere == commit(102)


def test_a_success_of_this_scope_is_none_of_another(runs: Runs) -> None:
    runs.run(101, "success")
    found = list(runs.history.runs())
    nowhere = look_back(found, OWN, SCOPE, lambda record: record.is_success(pass_pending=False), lambda _: False)
    assert (nowhere.success, nowhere.elsewhere, nowhere.unsettled) == (None, None, (commit(101),))


def test_the_bases_of_all_attempts_count_and_the_first_one_comes_first(runs: Runs) -> None:
    run = runs.run(101, "failure", base=commit(1))
    for base in (commit(2), commit(1)):
        record = Record(SCOPE, base, run.head, "failure")
        runs.github.end(runs.github.start(run), "failure", [Annotation("notice", TITLE, str(record))])
    runs.run(102, "failure", base=commit(3))
    assert runs.look().bases == (commit(1), commit(2), commit(3))


def test_runs_of_a_renamed_workflow_take_their_place_in_the_order(runs: Runs) -> None:
    runs.run(101, "failure", base=commit(1))
    runs.run(102, "success", workflow="old.yml")
    runs.run(103, "failure", base=commit(102))
    runs.run(104, "", workflow="old.yml")
    runs.run(105, "", workflow="tests.yml")
    found = runs.look_everywhere()
    assert (found.success, found.unsettled) == (commit(102), (commit(104), commit(103)))


def test_the_bases_of_unsettled_runs_are_in_doubt_too(runs: Runs) -> None:
    """A task that differs from such a base alone was in the plan of that run, and what became of it is not known."""
    runs.run(101, "success")
    runs.run(102, "failure", base=commit(7))
    runs.run(103, "failure", base=commit(101))
    found = runs.look()
    assert (found.unsettled, found.everything) == ((commit(103), commit(102), commit(7)), False)
    runs.run(104, "failure", base="")
    assert runs.look().everything is True
    runs.run(105, "success")
    assert runs.look().everything is False


def test_only_later_runs_of_a_renamed_workflow_are_read_where_that_is_enough(runs: Runs) -> None:
    runs.run(101, "success")
    runs.run(140, "failure", workflow="new.yml")
    runs.run(OWN + 1, "success", workflow="new.yml")
    assert runs.look_everywhere(after=OWN).superseded_by == OWN + 1
    runs.github.requests.clear()
    runs.look_everywhere(after=OWN)
    suites = [url for url in runs.github.requests if "check-suites" in url]
    assert len(suites) == 2
    assert not any(f"/{140 + 1_000_000}/" in url for url in suites)


def test_without_a_record_of_this_scope_no_other_workflow_is_a_former_one(runs: Runs) -> None:
    runs.run(101, "success", scope=OTHER, workflow="tests.yml")
    assert runs.history.of_a_renamed_workflow([]) == []
