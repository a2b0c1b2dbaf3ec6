"""The job summary."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings

from tests.report.builders import batch, failure, outcome, results, task
from wedata_action.errors import Diagnostic, Location, Reason
from wedata_action.report.summary import LIMIT, summary
from wedata_action.report.tables import Links
from wedata_action.result import BatchStatus, Drift, Result, ResultWord, State
from wedata_action.task import Code

GITHUB = Links("https://github.com", "octo/repo")
BASE, HEAD = "b" * 40, "c" * 40
OWN_TAGS = re.compile(r"</?(?:code|details|summary|pre)>|<details open>|<pre lang=\"diff\">|<br>")
SQL = Code("a.sql", Location("wedata/a.yml"), "wedata/a.sql")


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a summary as GFM reads them: rows of cells."""
    found: list[list[list[str]]] = []
    inside = False
    for line in text.split("\n"):
        if line.startswith("|"):
            if not inside:
                found.append([])
            found[-1].append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        inside = line.startswith("|")
    return found


def read(markdown: str) -> str:
    """A cell or a paragraph as a person reads it."""
    markdown = re.sub(r"\[(.*?)\]\([^)]*\)", r"\1", markdown)
    return unescape(OWN_TAGS.sub("", markdown.replace("<br>", " "))).replace("\xa0", " ").strip()


def paragraphs(result: Result, links: Links = GITHUB) -> list[str]:
    """What stands above the first table."""
    return [read(part) for part in summary(result, links).split("\n\n|")[0].partition("\n<details>")[0].split("\n\n")]


def test_the_first_screen_says_what_failed_why_and_what_to_do() -> None:
    tasks = (
        outcome("1001", code=SQL, proved="d" * 64),
        outcome("1002", State.FAILED, name="dwd_002", code=SQL, failure_reason=Reason.JOB_FAILED, message="no table"),
        *(outcome(str(number)) for number in range(4)),
    )
    result = failure(
        batches=(batch(*tasks),), base=BASE, head=HEAD, base_explanation="run 12", failure_reason=Reason.JOB_FAILED
    )
    assert paragraphs(result) == [
        "## ❌ 1 of 6 tasks failed: dwd_002",
        "No table",
        (
            "**What to do:** Fix what WeData names, in the task or in its code. Then run again: a change whose "
            "run failed is submitted again."
        ),
        "The code of 1 of 6 tasks was read back from production and equals the file in git.",
        "4 of 6 tasks name no code: what goes live is the draft that is saved in WeData, not compared with git.",
        "Compared: bbbbbbb…ccccccc (run 12)",
    ]
    assert f"](https://github.com/octo/repo/compare/{BASE}...{HEAD})" in summary(result, GITHUB)
    table = tables(summary(result, GITHUB))[0]
    assert [read(cell) for cell in table[2][:2]] == ["dwd_002", "❌ failed"]
    assert "What happened" not in map(read, table[0]), "one cause stands above the table, where rows keep to one line"


def test_an_input_in_the_verdict_is_code() -> None:
    text = summary(failure(failure_reason=Reason.TOO_MANY_TASKS), GITHUB)
    assert text.startswith("## ❌ More tasks than <code>max&#45;tasks</code> were to be sent")


def test_a_cancelled_run_says_what_goes_on_and_nothing_of_signals() -> None:
    sent = outcome("1", State.UNKNOWN, failure_reason=Reason.CANCELLED)
    message = "the run was cancelled; in WeData these jobs keep running: 7"
    result = Result("submit", ResultWord.CANCELLED, Reason.CANCELLED, message, batches=(batch(sent),), exit_code=130)
    text = read(summary(result, GITHUB))
    assert "The run was cancelled; in WeData these jobs keep running: 7" in text
    assert "SIGTERM" not in text


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (Result("submit", ResultWord.NOOP), "✅ No task changed, so there is nothing to submit"),
        (Result("submit", ResultWord.SUCCESS, settled=(outcome(),)), "✅ 1 task is live: load orders"),
        (Result("submit", ResultWord.SUCCESS, settled=(outcome(),) * 6), "✅ All 6 tasks are live"),
        (
            Result("plan", ResultWord.PLANNED, settled=(outcome(state=State.UNSENT),) * 5),
            "📝 5 tasks to submit: load orders, load orders, load orders and 2 more",
        ),
        (
            Result("submit", ResultWord.SUBMITTED, settled=(outcome(state=State.UNKNOWN),) * 2),
            "✅ Both tasks were accepted by WeData, and their outcome was not awaited",
        ),
        (failure(outcome(), outcome(name="", state=State.UNSENT)), "❌ 1 of 2 tasks was not submitted: 1001"),
        (
            failure(outcome(state=State.FAILED), outcome(state=State.UNSENT), outcome(state=State.UNSENT), outcome()),
            "❌ 1 of 4 tasks failed: load orders; 2 were not submitted",
        ),
        (
            failure(failure_reason=Reason.UNRESOLVED_BASE),
            "❌ The commit to compare with is not known; nothing was sent",
        ),
        (failure(diagnostics=(Diagnostic("x"),)), "❌ 1 mistake in the definitions; nothing was sent"),
        (failure(diagnostics=(Diagnostic("x"),) * 2, mode="validate"), "❌ 2 mistakes in the definitions"),
        (
            Result("drift", ResultWord.IN_SYNC, settled=(outcome(drift=Drift.IN_SYNC),) * 3),
            "✅ All 3 tasks are in sync",
        ),
        (
            Result("drift", ResultWord.IN_SYNC, settled=(outcome(state=State.UNSENT, drift=Drift.NEVER_SUBMITTED),)),
            "⚠️ 1 task was never submitted: load orders",
        ),
        (
            Result(
                "drift",
                ResultWord.IN_SYNC,
                settled=(outcome(state=State.UNSENT, drift=Drift.UNPROVEN), *(outcome(drift=Drift.IN_SYNC),) * 6),
            ),
            "⚠️ 1 of 7 tasks has nothing to compare: load orders; 6 are in sync",
        ),
        (
            Result("submit", ResultWord.CANCELLED, Reason.CANCELLED),
            "🚫 Cancelled; nothing was sent",
        ),
    ],
)
def test_the_first_line_is_the_verdict(result: Result, verdict: str) -> None:
    assert paragraphs(result)[0] == f"## {verdict}"


def test_a_column_stands_only_where_some_row_has_a_value() -> None:
    def columns(result: Result) -> list[str]:
        return tables(summary(result, GITHUB))[0][0]

    assert columns(failure(outcome())) == ["Task", "Outcome", "Change", "Task id"]
    assert columns(failure(outcome(name="", code=SQL, version="V1"))) == [
        "Task",
        "Outcome",
        "Change",
        "Code",
        "Version",
    ]
    several = failure(batches=(batch(outcome(message="no")), batch(outcome("2", project_id="p2", batch="2"))))
    assert columns(several) == ["Task", "Outcome", "What happened", "Change", "Project", "Batch", "Task id"]
    plan = Result("plan", ResultWord.PLANNED, batches=(batch(outcome(state=State.UNSENT)),))
    assert columns(plan) == ["Task", "Change", "Task id"]
    drift = Result("drift", ResultWord.IN_SYNC, settled=(outcome(drift=Drift.IN_SYNC),))
    assert columns(drift) == ["Task", "Outcome", "Task id"]


def test_names_lead_to_definitions_and_codes_to_files() -> None:
    text = summary(failure(outcome(code=SQL, location=Location("a b.yml", 9)), head=HEAD), GITHUB)
    assert f"[load orders](https://github.com/octo/repo/blob/{HEAD}/a%20b.yml#L9)" in text
    assert f"[file](https://github.com/octo/repo/blob/{HEAD}/wedata/a.sql#L1)" in text
    removed = summary(failure(removed=(task(location=Location("e.yml")),), base=BASE, head=HEAD), GITHUB)
    assert f"](https://github.com/octo/repo/blob/{BASE}/e.yml#L1)" in removed


def test_different_advice_names_its_tasks() -> None:
    result = failure(
        outcome(name="a", state=State.FAILED, failure_reason=Reason.CONFLICT),
        outcome(name="b", state=State.FAILED, failure_reason=Reason.JOB_FAILED),
        outcome(name="c", state=State.UNSENT, failure_reason=Reason.JOB_FAILED),
    )
    [steps] = [part for part in paragraphs(result, Links()) if part.startswith("- ")]
    assert [line.partition(":")[0] for line in steps.split("\n")] == ["- a (1001)", "- b (1001), c (1001)"]
    assert "--code overwrite" in steps


def test_many_that_are_live_are_folded_and_the_failed_ones_are_not() -> None:
    live = [outcome(f"live{number}") for number in range(21)]
    text = summary(failure(*live, outcome("bad", State.FAILED)), GITHUB)
    before, _, inside = text.partition("<details><summary>21 tasks live</summary>")
    assert "bad" in before
    assert inside.count("✅") == 21
    assert "<details><summary>2" not in summary(failure(*live[:20], outcome("bad", State.FAILED)), GITHUB)


def test_why_is_one_cause_or_what_several_have_in_common() -> None:
    one, other = (outcome(state=State.FAILED, failure_reason=Reason.REJECTED, message=said) for said in ("a", "b"))
    assert paragraphs(failure(one, one, outcome(message="x")))[1] == "A"
    assert paragraphs(failure(one, other))[1] == "WeData rejected a submission."


def test_a_live_task_with_a_warning_is_not_folded() -> None:
    live = [outcome(f"live{number}") for number in range(30)]
    text = summary(failure(*live, outcome("odd", name="odd", warning="paused")), GITHUB)
    assert "odd" in text.partition("<details>")[0]


def test_a_few_differences_are_open() -> None:
    differing = outcome(state=State.FAILED, difference="-a\n+b")
    assert "<details open>" in summary(failure(*[differing] * 3), GITHUB)
    assert "<details open>" not in summary(failure(*[differing] * 4), GITHUB)


def test_outside_github_nothing_is_linked() -> None:
    assert "](" not in summary(failure(outcome(), head=HEAD, base=BASE), Links())


@settings(max_examples=150, deadline=None)
@given(results)
def test_hostile_texts_neither_break_the_tables_nor_bring_markup(result: Result) -> None:
    text = summary(result, GITHUB)
    assert not set("<>") & set(OWN_TAGS.sub("", text))
    for table in tables(text):
        assert {len(row) for row in table} == {len(table[0])}
    *listing, outputs = tables(text)
    assert outputs[0] == ["Output", "Value"]
    listed = (result.outcomes, result.batches, result.skipped, result.removed, result.diagnostics, result.warnings)
    assert sum(len(table) - 2 for table in listing) == sum(len(items) for items in listed)
    assert not set(text.replace("**What to do:**", "")) & {"\r", "\x00", "\x1b", "\u2028", "\u202e", "\x85", "`", "*"}
    text.encode()
    for url in re.findall(r"\]\(([^)]*)\)", text):
        assert re.fullmatch(r"https://github\.com/octo/repo/(?:blob|compare|commit)/[A-Za-z0-9_.~/%-]+(?:#L\d+)?", url)


def test_a_summary_that_would_be_too_long_keeps_the_failed_tasks_and_counts_what_it_leaves_out() -> None:
    message = "|" * 900
    live = [outcome(f"live{number}", message=message) for number in range(2000)]
    failed = [outcome(f"bad{number}", State.FAILED, message="why") for number in range(20)]
    skipped = tuple(task(str(number), name="", location=Location("a.yml"), why="unchanged") for number in range(20_000))
    diagnostics = tuple(Diagnostic(message) for _ in range(2000))
    text = summary(failure(*live, *failed, skipped=skipped, diagnostics=diagnostics), GITHUB)
    assert LIMIT * 0.8 < len(text.encode()) <= LIMIT
    assert all(f"<code>bad{number}</code>" in text for number in range(20))
    notes = re.findall(r"(\d+) more of (\d+) are left out here", text)
    assert [total for _, total in notes] == ["2000", "2000", "20000"]
    mistakes, bad, shown_live, untouched, *_ = tables(text)
    assert len(bad) - 2 == 20
    shown = [len(table) - 2 for table in (mistakes, shown_live, untouched)]
    assert [int(more) + rows for (more, _), rows in zip(notes, shown, strict=True)] == [2000, 2000, 20000]


def test_a_call_that_was_not_accepted_stands_first_among_the_batches() -> None:
    text = summary(failure(batches=(batch(outcome()), batch(outcome(), number="2", status="rejected"))), GITHUB)
    calls = next(table for table in tables(text) if table[0][0] == "Batch")
    assert [row[3] for row in calls[2:]] == [BatchStatus.REJECTED, BatchStatus.ACCEPTED]
