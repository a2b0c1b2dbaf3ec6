"""The text of the comment on a pull request."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.builders import batch, outcome, results, task
from tests.report.test_summary import GITHUB, HEAD
from tests.support.hostile import short_texts
from wedata_action.errors import Location
from wedata_action.github.comments import LIMIT
from wedata_action.github.context import Context
from wedata_action.report.comment import comment, mark
from wedata_action.result import Result, ResultWord, State
from wedata_action.task import Code

PULL_REQUEST_HEAD = "d" * 40
CONTEXT = Context(
    event_name="pull_request",
    event={"pull_request": {"base": {"ref": "release"}, "head": {"sha": PULL_REQUEST_HEAD}}},
    sha=HEAD,
    ref="refs/pull/7/merge",
    repository="octo/repo",
    server_url="",
    api_url="",
    run_id="1",
    run_attempt=1,
    workspace=Path(),
    job="plan",
)
MARK = mark("plan.yml", "plan", "0123456789ab")


def test_it_says_what_a_merge_would_submit_and_what_comes_on_top() -> None:
    planned = outcome(name="dwd_002", state=State.UNSENT, why="a.sql changed")
    result = Result("plan", ResultWord.PLANNED, batches=(batch(planned),), head=HEAD, target="prod")
    text = unescape(comment(result, GITHUB, CONTEXT, LIMIT))
    assert text.startswith("## 📝 1 task to submit: dwd_002 (target prod)\n")
    assert "a.sql changed" in text
    assert "earlier runs on <code>release</code> that failed, were cancelled or were skipped" in text
    assert "From the job <code>plan</code>, for commit <code>ddddddd</code>" in text, "the one that its author pushed"


def test_each_workflow_job_and_scope_has_a_mark_of_its_own() -> None:
    names = [("a", "b", "c"), ("x", "b", "c"), ("a", "x", "c"), ("a", "b", "x"), ("ab", "", "c")]
    assert len({mark(*name) for name in names}) == len(names)


@given(short_texts, short_texts)
def test_no_name_gets_into_the_mark(workflow: str, job: str) -> None:
    made = mark(workflow, job, "0123456789ab")
    assert made.startswith("<!-- wedata-action ")
    assert made.count("--") == 2


@settings(max_examples=100, deadline=None)
@given(results, short_texts, st.integers(2000, LIMIT))
def test_it_keeps_to_the_limit_and_holds_no_mark(result: Result, name: str, limit: int) -> None:
    named = result._replace(mode="plan", message=f"{result.message}{MARK}", head=MARK)
    event = {"pull_request": {"base": {"ref": MARK}, "head": {"sha": MARK}}}
    text = comment(named, GITHUB, CONTEXT._replace(job=name, event=event), limit)
    assert len(text) <= limit
    assert "<!--" not in text


def test_a_hundred_tasks_are_all_shown() -> None:
    sql = Code("a.sql", Location("wedata/a.yml"), "wedata/sql/load_orders.sql")
    planned = tuple(
        outcome(str(number), State.UNSENT, code=sql, why="wedata/sql/load_orders.sql changed") for number in range(100)
    )
    result = Result("plan", ResultWord.PLANNED, batches=(batch(*planned),), base=HEAD, head=HEAD)
    text = comment(result, GITHUB, CONTEXT, LIMIT)
    assert text.count("load&#95;orders&#46;sql changed") == 100
    assert "left out" not in text


def test_ten_thousand_tasks_fit() -> None:
    planned = tuple(outcome(str(number), State.UNSENT, why="|" * 500) for number in range(10_000))
    skipped = tuple(task(str(number), location=Location("a.yml"), why="same") for number in range(10_000))
    result = Result("plan", ResultWord.PLANNED, batches=(batch(*planned),), skipped=skipped, head=HEAD)
    text = comment(result, GITHUB, CONTEXT, LIMIT)
    assert LIMIT / 3 < len(text) <= LIMIT
    assert "more of 10000 are left out here" in text
