"""Changed tasks become batches: grouping, cutting, options and remarks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.batches import make_task
from tests.support.hostile import texts
from wedata_action.errors import Reason, RunError
from wedata_action.result import Batch
from wedata_action.settings import read_settings
from wedata_action.stamps import make_stamp
from wedata_action.submission.batches import check_size, default_text, make_batches, option_warnings
from wedata_action.task import Task

HEAD = "0123456789abcdef0123456789abcdef01234567"


def changed(task_id: str, project: str = "p1", **fields: object) -> Task:
    return make_task(task_id, project, **fields)


def plan(tasks: list[Task], text: str = "subject", **inputs: Any) -> tuple[Batch, ...]:
    found = read_settings({name.replace("_", "-"): str(value) for name, value in inputs.items()}, {})
    return make_batches([tasks], found, default_text=text, head=HEAD, run="42.1")


def shapes(batches: tuple[Batch, ...]) -> list[tuple[str, str, list[str]]]:
    return [(b.number, b.project_id, [found.task.task_id for found in b.outcomes]) for b in batches]


def test_nothing_changed_is_no_batch() -> None:
    assert plan([]) == ()


def test_tasks_are_grouped_by_project_in_their_order() -> None:
    tasks = [changed("1"), changed("2", "p2"), changed("3"), changed("4", "p2")]
    assert shapes(plan(tasks)) == [("1", "p1", ["1", "3"]), ("2", "p2", ["2", "4"])]


def test_tasks_with_other_options_go_into_another_call() -> None:
    tasks = [changed("1", auto_run=True), changed("2"), changed("3", auto_run=True, alarm_ways="sms")]
    assert shapes(plan(tasks)) == [("1", "p1", ["1"]), ("2", "p1", ["2"]), ("3", "p1", ["3"])]
    assert [batch.options.auto_run for batch in plan(tasks)] == [True, None, True]


def test_the_inputs_stand_in_for_options_that_a_definition_does_not_give() -> None:
    tasks = [changed("1", auto_run=False), changed("2", alarm_ways="")]
    first, second = plan(tasks, auto_run="true", alarm_ways="email", need_check_parent_submitted="false")
    assert (first.options.auto_run, first.options.alarm_ways) == (False, "email")
    assert (second.options.auto_run, second.options.alarm_ways) == (True, "")
    assert first.options.need_check_parent_submitted is False
    assert first.options.alarm_recipient_types is None


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.booleans()), max_size=30), st.integers(1, 7))
def test_every_task_is_in_exactly_one_batch_of_at_most_batch_size(
    kinds: list[tuple[str, bool | None]], size: int
) -> None:
    tasks = [changed(str(number), project, auto_run=auto) for number, (project, auto) in enumerate(kinds)]
    batches = plan(tasks, batch_size=size)
    assert all(1 <= batch.size <= size for batch in batches)
    assert [batch.number for batch in batches] == [str(number + 1) for number in range(len(batches))]
    sent = [planned.task for batch in batches for planned in batch.outcomes]
    assert sorted(task.task_id for task in sent) == sorted(str(number) for number in range(len(kinds)))
    for batch in batches:
        ids = [int(planned.task.task_id) for planned in batch.outcomes]
        assert ids == sorted(ids)
        assert {planned.task.project_id for planned in batch.outcomes} == {batch.project_id}
        assert {planned.task.options.auto_run for planned in batch.outcomes} == {batch.options.auto_run}


def test_halves_keep_every_task_and_its_order() -> None:
    (batch,) = plan([changed(str(number)) for number in range(5)])
    first, second = batch.halves()
    assert shapes((first, second)) == [("1.1", "p1", ["0", "1"]), ("1.2", "p1", ["2", "3", "4"])]
    assert first.options == second.options == batch.options
    assert [found.batch for found in (*first.outcomes, *second.outcomes)] == ["1.1"] * 2 + ["1.2"] * 3


def test_a_remark_is_the_definitions_own_or_the_default_and_carries_the_stamp() -> None:
    (batch,) = plan([changed("1", version_remark="own"), changed("2"), changed("3", version_remark="")])
    stamps = [str(make_stamp(HEAD, planned.task.fingerprint, "42.1")) for planned in batch.outcomes]
    assert [task.remark for task in batch.outcomes] == [f"own {stamps[0]}", f"subject {stamps[1]}", stamps[2]]


@given(texts)
def test_a_remark_is_one_line_of_at_most_128_characters_that_ends_with_the_stamp(text: str) -> None:
    (batch,) = plan([changed("1")], text=text)
    remark = batch.outcomes[0].remark
    assert len(remark) <= 128
    assert remark.endswith(" run:42.1)")
    assert remark.count("(git:") == 1
    assert not any(char in remark for char in "\r\n\x00\u2028\x85")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Load orders hourly\n\nBecause they are late.\n", "Load orders hourly"),
        ("Load orders\nhourly\n\nBody", "Load orders hourly"),
        ("Load orders\r\n\r\nBody\r\n", "Load orders"),
        ("\n\n  Load orders\n", "Load orders"),
        ("Merge pull request #7 from octocat/orders\n\nLoad orders hourly\n\nMore", "Load orders hourly"),
        ("Merge pull request #7 from octocat/orders\r\n\r\nLoad orders hourly\r\n", "Load orders hourly"),
        ("Merge pull request #7 from octocat/orders\n", "Merge pull request #7 from octocat/orders"),
        ("Merge branch 'main'\n\nBody", "Merge branch 'main'"),
        ("", ""),
    ],
)
def test_the_default_remark_is_the_subject_or_the_title_of_the_merged_pull_request(message: str, text: str) -> None:
    assert default_text(message) == text


def test_more_tasks_than_max_tasks_end_the_run() -> None:
    check_size(200, 200)
    check_size(100_000, 0)
    with pytest.raises(RunError) as caught:
        check_size(201, 200)
    assert caught.value.reason is Reason.TOO_MANY_TASKS
    assert "201 tasks are to be sent, and max-tasks allows 200; nothing was sent" in caught.value.message


def test_words_of_alarms_that_nobody_documents_have_a_warning_at_the_definition() -> None:
    tasks = [changed("1", alarm_ways="email,phone"), changed("2", alarm_recipient_types="all"), changed("3")]
    found = option_warnings(tasks)
    assert [str(warning.location) for warning in found] == ["wedata/a.yml:1:1"] * 2
    assert "alarm_ways: 'phone' is not documented" in found[0].message
    assert "alarm_recipient_types: 'all' is not documented" in found[1].message
