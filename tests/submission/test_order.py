"""Parents before children, as WeData links them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outcome.site import NOT_CONNECTED, Site, always, answered, make_site, striking, unanswered
from tests.support.batches import make_task
from wedata_action.result import State
from wedata_action.submission.order import Order, find_order
from wedata_action.task import Task
from wedata_sandbox.content import NewTask


def order_of(links: dict[str, tuple[str, ...]], *, checked: set[str] | None = None, plan: str = "") -> Order:
    """The order of tasks whose parents are given."""
    site = make_site("intl", tasks={"p1": [NewTask(name, upstream=parents) for name, parents in links.items()]})
    return find(site, [make_task(name) for name in links], checked, plan)


def find(site: Site, tasks: list[Task], checked: set[str] | None = None, plan: str = "") -> Order:
    clock = site.clock.started(random.Random(1), lambda: None)
    settled = [make_task(name) for name in plan]
    wanted = {task.identity for task in tasks if checked is None or task.task_id in checked}
    return find_order(site.call, clock, [*tasks, *settled], tasks, wanted)


def layers(order: Order) -> list[str]:
    return ["".join(task.task_id for task in layer) for layer in order.layers]


def test_parents_come_in_layers_before_their_children_each_in_the_order_of_the_plan() -> None:
    order = order_of({"d": ("b", "c"), "b": ("a",), "c": ("a",), "a": (), "e": ()})
    assert layers(order) == ["ae", "bc", "d"]
    assert order.parents["p1", "d"] == {("p1", "b"), ("p1", "c")}


def test_parents_outside_the_plan_do_not_count_and_settled_ones_do() -> None:
    order = order_of({"b": ("a", "x"), "c": ("b",)}, plan="a")
    assert layers(order) == ["b", "c"]
    assert order.parents["p1", "b"] == {("p1", "a")}


def test_only_links_of_tasks_that_check_their_parents_count() -> None:
    assert layers(order_of({"b": ("a",), "a": ()}, checked=set())) == ["ba"]
    assert layers(order_of({"c": ("b",), "b": ("a",), "a": ()}, checked={"c"})) == ["ba", "c"]


def test_nothing_is_read_where_no_order_can_matter() -> None:
    site = make_site("intl")
    find(site, [make_task("a")])
    find(site, [make_task("a"), make_task("b")], set())
    assert site.asked == []


def test_a_cycle_is_one_layer_with_a_warning_and_waits_for_the_parents_of_all_its_tasks() -> None:
    order = order_of({"a": ("c", "x"), "b": ("a",), "c": ("b",), "d": ("c",), "x": ()})
    assert layers(order) == ["x", "abc", "d"]
    [warning] = order.warnings
    assert warning.message == "these tasks are parents of one another, so they are sent together: a, b, c"


def test_cycles_that_share_tasks_are_one_layer_and_one_warning_at_once_however_many_there_are() -> None:
    names = [f"t{number:03}" for number in range(150)]
    order = order_of({name: tuple(names) for name in names})
    assert [len(layer) for layer in order.layers] == [150]
    assert len(order.warnings) == 1


def test_a_task_that_names_itself_is_no_cycle() -> None:
    assert order_of({"a": ("a",), "b": ("a",)}).warnings == ()


def test_a_task_whose_parents_cannot_be_read_is_unsent_alone() -> None:
    site = make_site("intl", tasks={"p1": ["a"]})
    order = find(site, [make_task("a"), make_task("gone")])
    assert layers(order) == ["a"]
    [ended] = order.ended
    assert (ended.task.task_id, ended.state, ended.failure_reason) == ("gone", State.UNSENT, "rejected")
    assert "its parents cannot be read" in ended.message


def test_parents_are_asked_for_again_where_an_answer_may_still_come() -> None:
    site = make_site("intl", tasks={"p1": ["a", NewTask("b", upstream=("a",))]})
    site.before = striking("GetTask", NOT_CONNECTED, unanswered())
    order = find(site, [make_task("b"), make_task("a")])
    assert (layers(order), order.ended) == (["a", "b"], ())


def test_a_missing_right_to_read_tasks_names_it() -> None:
    site = make_site("intl")
    site.before = always("GetTask", answered("UnauthorizedOperation", action="GetTask"))
    order = find(site, [make_task("a"), make_task("b")])
    assert {(ended.failure_reason, "wedata:GetTask" in ended.message) for ended in order.ended} == {("auth", True)}


def test_a_link_means_the_task_of_the_own_project_else_of_another() -> None:
    site = make_site("intl", tasks={"p1": [NewTask("b", upstream=("a", "z")), "a"], "p2": ["a", "z"]})
    tasks = [make_task("b"), make_task("a"), make_task("a", "p2"), make_task("z", "p2")]
    order = find(site, tasks, {"b"})
    assert order.parents["p1", "b"] == {("p1", "a"), ("p2", "z")}


@pytest.mark.parametrize("null", [True, False])
def test_no_links_are_no_parents(null: bool) -> None:
    site = make_site("intl")
    group = {"UpstreamDependencyConfigList": None if null else [{"TaskId": None}, None]}
    site.instead["GetTask"] = {
        "Data": {"TaskBaseAttribute": {}, "TaskConfiguration": {}, "TaskSchedulerConfiguration": group}
    }
    assert layers(find(site, [make_task("a"), make_task("b")])) == ["ab"]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefghx")), min_size=2))
def test_every_task_is_in_one_layer_after_its_parents(links: dict[str, set[str]]) -> None:
    order = order_of({name: tuple(sorted(parents)) for name, parents in links.items()})
    found = layers(order)
    assert sorted("".join(found)) == sorted(links)
    place = {name: number for number, layer in enumerate(found) for name in layer}
    for (_, name), parents in order.parents.items():
        assert all(place[parent] < place[name] for _, parent in parents)
    if not order.warnings:
        expected = {name: {parent for parent in parents if parent in links} - {name} for name, parents in links.items()}
        assert {name: {parent for _, parent in found} for (_, name), found in order.parents.items()} == expected
