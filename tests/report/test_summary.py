"""The job summary."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given, settings

from tests.report.builders import batch, failure, outcome, results, task
from wedata_action.errors import Diagnostic, Location
from wedata_action.report.summary import LIMIT, Links, summary
from wedata_action.result import Result, ResultWord, State
from wedata_action.task import Code

GITHUB = Links("https://github.com", "octo/repo")
OWN_TAGS = re.compile(r"</?(?:code|details|summary|pre)>|<br>")


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


def read(cell: str) -> str:
    """A cell as a person reads it."""
    cell = re.sub(r"\[(.*?)\]\([^)]*\)", r"\1", cell)
    return unescape(OWN_TAGS.sub(" ", cell)).strip()


def test_a_failed_run_says_everything_on_one_page() -> None:
    tasks = (
        outcome("1001", State.LIVE, version="V41", job_id=77),
        outcome(
            "1002", State.FAILED, job_id=77, request_id="r-1", message="no schedule", location=Location("a b.yml", 9)
        ),
    )
    result = failure(
        message="1 of 2 tasks failed.",
        diagnostics=(Diagnostic("unknown key", Location("c.yml", 2, 3)),),
        warnings=(Diagnostic("odd region"),),
        batches=(batch(*tasks, job_id=77, request_id="r-1"),),
        skipped=(task("1003", name="", location=Location("d.yml"), why="only a comment changed"),),
        removed=(task("1004", name="", location=Location("e.yml"), why="removed"),),
        base="b" * 40,
        base_source="last-success",
        base_explanation="run 12 succeeded there",
        head="h" * 40,
    )
    text = summary(result, GITHUB)
    head = read(text.partition("\n### ")[0])
    for words in ("WeData: failure", "Exit code 1.", "rejected", "1 of 2 tasks failed.", "1 failed, 1 live", "b" * 40):
        assert words in head
    assert "2 of 2 tasks: code: WeData's saved draft, not compared with git." in head
    assert "(last-success): run 12 succeeded there" in head
    assert [[read(cell) for cell in row] for row in tables(text)[1][2:]] == [
        ["1002  in  p1  load orders", "a b.yml:9", "changed", "1", "77", "failed", "", "no schedule RequestId  r-1"],
        ["1001  in  p1  load orders", "wedata/orders.yml:3", "changed", "1", "77", "live", "V41", ""],
    ]
    assert f"](https://github.com/octo/repo/blob/{'h' * 40}/a%20b.yml#L9)" in text
    assert f"](https://github.com/octo/repo/blob/{'b' * 40}/e.yml#L1)" in text
    for words in ("unknown key", "odd region", "only a comment changed"):
        assert words in unescape(text)


def test_a_column_names_the_code_where_a_task_has_one() -> None:
    coded = outcome("1001", code=Code("a.sql", Location("wedata/a.yml"), "wedata/a.sql"))
    text = summary(failure(coded, outcome("1002"), head="h"), GITHUB)
    heads, _, *rows = tables(text)[0]
    assert [read(row[heads.index("Code")]) for row in rows] == ["wedata/a.sql", "saved draft"]
    assert "](https://github.com/octo/repo/blob/h/wedata/a.sql#L1)" in text
    assert "1 of 2 tasks: code: WeData's saved draft, not compared with git." in text
    assert "saved draft" not in summary(failure(coded), GITHUB)


def test_a_green_run_has_no_empty_sections() -> None:
    text = summary(Result("submit", ResultWord.NOOP, head="h"), GITHUB)
    sentence = "No task changed, so nothing was submitted. Exit code 0."
    assert text == f"## WeData: noop\n\n{sentence}\n\nHead <code>h</code>\n"


def test_outside_github_nothing_is_linked() -> None:
    assert "](" not in summary(failure(outcome()), Links())


@settings(max_examples=500, deadline=None)
@given(results)
def test_hostile_texts_neither_break_the_tables_nor_bring_markup(result: Result) -> None:
    text = summary(result, GITHUB)
    assert not set("<>") & set(OWN_TAGS.sub("", text))
    for table in tables(text):
        assert {len(row) for row in table} == {len(table[0])}
    rows = sum(len(table) - 2 for table in tables(text))
    listed = (result.outcomes, result.batches, result.skipped, result.removed, result.diagnostics, result.warnings)
    assert rows == sum(len(items) for items in listed)
    assert not set(text) & {"\r", "\x00", "\x1b", "\u2028", "\u202e", "\x85", "`", "*"}
    text.encode()
    for url in re.findall(r"\]\(([^)]*)\)", text):
        assert re.fullmatch(r"https://github\.com/octo/repo/blob/[A-Za-z0-9_.~/%-]+#L\d+", url)


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
    assert [total for _, total in notes] == ["2000", "2020", "20000"]
    mistakes, tasks, _batches, untouched = tables(text)
    shown = [len(table) - 2 for table in (mistakes, tasks, untouched)]
    assert [int(more) + rows for (more, _), rows in zip(notes, shown, strict=True)] == [2000, 2020, 20000]
