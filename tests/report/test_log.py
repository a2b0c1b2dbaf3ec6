"""What the log says of tasks."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings

from tests.report.builders import batch, outcome, results, task
from tests.support.runner import replay
from wedata_action.errors import Location, Reason
from wedata_action.report.console import ActionsConsole, Console
from wedata_action.report.log import log_batch, log_ends, log_outcomes, log_plan
from wedata_action.result import BatchStatus, Result, ResultWord, State
from wedata_action.task import Change, Code

DRAFT = "code: WeData's saved draft, not compared with git"


@pytest.fixture
def terminal() -> Console:
    return Console(io.StringIO())


def lines(console: Console) -> list[str]:
    stream = console._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue().splitlines()


def test_a_plan_names_every_task_with_its_reason(terminal: Console) -> None:
    planned = [outcome(str(number), State.UNSENT, name="", why="orders.sql changed") for number in range(30)]
    added = outcome("new", State.UNSENT, change=Change.ADDED, code=Code("new.sql", Location("a"), "wedata/new.sql"))
    result = Result(
        "plan",
        ResultWord.PLANNED,
        batches=(batch(*planned), batch(added, number="2", project_id="p2")),
        skipped=(task("s", change=Change.UNCHANGED, why="only a comment changed", location=Location("a.yml", 9)),),
        removed=(task("r", name="", change=Change.REMOVED, why="its definition was removed"),),
    )
    log_plan(terminal, result)
    assert lines(terminal) == [
        "Batch 1: 30 tasks of project p1",
        *(f"  {number}: orders.sql changed; {DRAFT} [wedata/orders.yml:3]" for number in range(30)),
        "Batch 2: 1 task of project p2",
        "  load orders (new): added; code: wedata/new.sql [wedata/orders.yml:3]",
        "Skipped: 1 task",
        "  load orders (s): only a comment changed [a.yml:9]",
        "Removed from git, and still in WeData: 1 task",
        "  r: its definition was removed [wedata/orders.yml:3]",
    ]


def test_a_batch_that_was_sent_names_its_call_and_its_first_tasks(terminal: Console) -> None:
    tasks = [outcome(str(number), name="", remark="Load (git:…)") for number in range(22)]
    log_batch(terminal, batch(*tasks, job_id=77, request_id="r-1", message="slow"))
    title, request, message, *shown, more = lines(terminal)
    assert title == "Batch 1: 22 tasks of project p1: accepted, JobId 77"
    assert (request, message, more) == ("  RequestId r-1", "  slow", "  and 2 more")
    said = f"changed; {DRAFT}; remark: Load (git:…)"
    assert shown == [f"  {number}: {said} [wedata/orders.yml:3]" for number in range(20)]


def test_the_end_of_a_batch_counts_its_tasks_by_state(terminal: Console) -> None:
    result = Result(
        "submit",
        ResultWord.FAILURE,
        settled=(outcome("a"),),
        batches=(
            batch(outcome("b"), outcome("c", State.FAILED), outcome("d", State.FAILED), job_id=77),
            batch(outcome("e", State.UNKNOWN), outcome("f", State.UNKNOWN, failure_reason=Reason.TIMEOUT), number="2"),
        ),
    )
    log_ends(terminal, result)
    assert lines(terminal) == [
        "Not sent by this run: 1 live",
        "Batch 1, JobId 77: 2 failed, 1 live",
        "Batch 2: 1 accepted, 1 unknown",
    ]


def test_each_task_is_listed_with_its_state(terminal: Console) -> None:
    log_outcomes(
        terminal,
        [
            outcome("a", version="V41"),
            outcome("b", State.FAILED, version="V2", message="the submission was not approved in WeData: 已驳回"),
            outcome("c", State.UNKNOWN, name=""),
            outcome("d", warning="the task is paused (Status O)", version="V7"),
        ],
    )
    assert lines(terminal) == [
        "load orders (b): failed, version V2: the submission was not approved in WeData: 已驳回",
        "c: accepted",
        "load orders (d): live, version V7: the task is paused (Status O)",
        "load orders (a): live, version V41",
    ]


@settings(max_examples=150, deadline=None)
@given(results)
def test_hostile_texts_stay_in_their_lines(result: Result) -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream)
    log_plan(console, result)
    for sent in result.batches:
        log_batch(console, sent)
    log_ends(console, result)
    log_outcomes(console, result.outcomes)
    seen = replay(stream.getvalue())
    groups = 2 * len(result.batches) + bool(result.skipped) + bool(result.removed)
    assert (len(seen.groups), seen.endgroups, seen.commands) == (groups, groups, 2 * groups)
    called = sum(bool(sent.request_id) + bool(sent.message) + 2 * sent.size for sent in result.batches)
    untouched = len(result.skipped) + len(result.removed)
    ends = bool(result.settled) + len(result.batches) + any(found.task.code for found in result.outcomes)
    assert len(seen.plain_lines) == called + untouched + ends + len(result.outcomes)


def test_the_status_of_a_call_is_a_word() -> None:
    console = Console(io.StringIO())
    log_batch(console, batch(outcome(), status=BatchStatus.UNSENT))
    assert lines(console)[0].endswith(": unsent")
