"""Random edits of random repositories, against an oracle that parses everything at both commits."""

from __future__ import annotations

import contextlib
import fnmatch
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.changes.finding import find
from tests.support.repositories import commit, init
from wedata_action.changes.compare import Changes
from wedata_action.errors import RunError
from wedata_action.task import Task

State: TypeAlias = dict[str, str | None]
Value: TypeAlias = tuple[str, str | None]
"""What a definition says without its code, and its code; the first is empty if one of its files is missing."""
PATHS = ["wedata/a.yml", "wedata/b.yml", "wedata/d/c.yml"]
SOURCES = ["wedata/s1.sql", "wedata/s2.sql", "wedata/d/s1.sql"]

entries = st.fixed_dictionaries(
    {"task_id": st.sampled_from(["1", "2", "3", "4", "12", "23", "34", "123", "234", "1234"])},
    optional={
        "folder_id": st.sampled_from(["x", "y"]),
        "name": st.sampled_from(["x", "y"]),
        "project_id": st.sampled_from(["p", "q"]),
        "sources": st.sampled_from([["s*.sql"], ["s1.sql"]]),
        "code": st.sampled_from(["s1.sql", "./s2.sql"]),
    },
)


@st.composite
def definitions(draw: st.DrawFn) -> str:
    listed = draw(st.lists(entries, min_size=1, max_size=3, unique_by=lambda entry: str(entry["task_id"])))
    if draw(st.integers(0, 9)) == 9:
        listed[0]["bad"] = "x"
    style = draw(st.sampled_from([None, '"']))
    text = yaml.safe_dump({"tasks": listed}, default_style=style, sort_keys=draw(st.booleans()))
    text = text.replace('"true"', "true").replace("!!bool ", "")
    return draw(st.sampled_from(["", "# comment\n"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


sources = st.sampled_from(["1\n", "1\r\n", "2\n"])
states = st.fixed_dictionaries({}, optional={**dict.fromkeys(PATHS, definitions()), **dict.fromkeys(SOURCES, sources)})


def read(state: State) -> tuple[dict[tuple[str, str], set[Value]], dict[tuple[str, str], int], bool]:
    """What each task is at one commit, how often it is defined, and whether a file is invalid or missing.

    An invalid file is left out.
    """
    tasks: dict[tuple[str, str], set[Value]] = {}
    counts: dict[tuple[str, str], int] = {}
    wrong = False
    for path, text in state.items():
        if text is None or not path.endswith(".yml"):
            continue
        listed = yaml.safe_load(text)["tasks"]
        if any("bad" in entry for entry in listed):
            wrong = True
            continue
        folder = path.rpartition("/")[0] + "/"
        for entry in listed:
            found = {
                other: content.replace("\r\n", "\n")
                for other, content in state.items()
                if content is not None and other.endswith(".sql") and other.startswith(folder)
                and "/" not in other[len(folder):]
                and any(fnmatch.fnmatch(other[len(folder):], glob) for glob in entry.get("sources", []))
            }  # fmt: skip
            code = None
            if "code" in entry:
                code = (state.get(folder + entry["code"].removeprefix("./")) or "").replace("\r\n", "\n")
            missing = ("sources" in entry and not found) or code == ""
            wrong |= missing
            value = repr((entry.get("folder_id"), [found[other] for other in sorted(found)]))
            identity = entry.get("project_id", "p"), entry["task_id"]
            tasks.setdefault(identity, set()).add(("", None) if missing else (value, code))
            counts[identity] = counts.get(identity, 0) + 1
    return tasks, counts, wrong


def is_same(before: set[Value], after: set[Value]) -> bool:
    """A task that no longer names its code is the same if nothing else changed."""
    [(_, code)] = after
    return before == after or (code is None and {(value, None) for value, _ in before} == after)


@settings(max_examples=60, deadline=None)
@given(states, states)
def test_the_changed_tasks_are_those_of_the_oracle(old: State, edits: State) -> None:
    new = {**old, **edits}
    if not any(path in new for path in PATHS):
        return
    before, _, _ = read(old)
    after, counts, wrong = read(new)
    with tempfile.TemporaryDirectory() as folder:
        clone = init(Path(folder, "clone"))
        base = commit(clone, {"README": "", **old})
        head = commit(clone, edits)
        if wrong or any(count > 1 for count in counts.values()):
            with contextlib.suppress(RunError):  # where it is among the definitions that changed
                find(clone, base, head)
            return
        changes = find(clone, base, head)
    expected = {identity for identity, values in after.items() if not is_same(before.get(identity, set()), values)}
    assert {found.identity for found in changes.changed} == expected
    assert {task.identity for task in changes.removed} == before.keys() - after.keys()
    assert {found.identity for found in changes.skipped} <= after.keys() - expected


ids = st.integers(1, 40).map(str)


def by_target(values: st.SearchStrategy[str]) -> st.SearchStrategy[str | dict[str, str]]:
    return values | st.dictionaries(st.sampled_from(["dev", "prod"]), values, min_size=1)


entries_by_target = st.fixed_dictionaries(
    {"task_id": by_target(ids)},
    optional={
        "folder_id": by_target(st.sampled_from(["x", "y"])),
        "project_id": st.sampled_from([{"dev": "r"}, {"prod": "s"}, {"dev": "r", "prod": "s"}]),
        "sources": st.just(["s*.sql"]),
        "code": st.sampled_from(["s1.sql", "s1.sql", "s1.sql", "./s2.sql"]),
    },
)
lists_by_target = st.lists(entries_by_target, min_size=1, max_size=2)
edits_by_target = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(PATHS, lists_by_target), **dict.fromkeys(SOURCES, sources)}
)
states_by_target = st.fixed_dictionaries(
    {**dict.fromkeys(SOURCES, sources), "wedata/a.yml": lists_by_target},
    optional=dict.fromkeys(PATHS[1:], lists_by_target),
)
SHARED = {"dev": "p", "prod": "q"}


def written(state: dict[str, Any]) -> dict[str, str]:
    """Files with values by target."""
    return {
        path: value if isinstance(value, str) else yaml.safe_dump({"project_id": SHARED, "tasks": value})
        for path, value in state.items()
    }


def resolved(state: dict[str, Any], target: str) -> dict[str, str]:
    """The same files as a repository without targets would have them for one of them."""

    def chosen(entry: dict[str, Any]) -> dict[str, Any]:
        found = {key: value.get(target) if isinstance(value, dict) else value for key, value in entry.items()}
        return {key: value for key, value in found.items() if value is not None}

    lists = {
        path: [found for found in map(chosen, value) if "task_id" in found]
        for path, value in state.items()
        if not isinstance(value, str)
    }
    texts = {path: yaml.safe_dump({"project_id": SHARED[target], "tasks": value}) for path, value in lists.items()}
    return {**state, **texts}


def identities(state: dict[str, Any], target: str) -> list[tuple[str, str]]:
    documents = [yaml.safe_load(text) for path, text in resolved(state, target).items() if path.endswith(".yml")]
    return [
        (task.get("project_id", document["project_id"]), task["task_id"])
        for document in documents
        for task in document["tasks"]
    ]


def contents(tasks: Iterable[Task]) -> dict[tuple[str, str], str]:
    return {task.identity: task.fingerprint for task in tasks}


def find_or_say(folder: Path, base: str, head: str, target: str) -> Changes | set[str]:
    """What changed, or the beginnings of the mistakes."""
    try:
        return find(folder, base, head, target=target)
    except RunError as error:
        return {mistake.message.partition(":")[0] for mistake in error.diagnostics}


@settings(max_examples=40, deadline=None)
@given(states_by_target, edits_by_target, st.booleans(), st.sampled_from(["dev", "prod"]))
def test_a_target_is_compared_like_a_repository_of_its_own(
    old: dict[str, Any], edits: dict[str, Any], plain: bool, target: str
) -> None:
    new = {**old, **edits}
    other = "prod" if target == "dev" else "dev"
    everywhere = [*identities(new, target), *identities(new, other)]
    with tempfile.TemporaryDirectory() as folder:
        one, two = init(Path(folder, "one")), init(Path(folder, "two"))
        # As often as not the base is from before there were targets: then all definitions come with the edits.
        first = resolved(old, target) if plain else written(old)
        bases = commit(one, {"README": "", **first}), commit(two, {"README": "", **resolved(old, target)})
        heads = commit(one, written(new)), commit(two, resolved(new, target))
        if len(set(everywhere)) < len(everywhere):
            with contextlib.suppress(RunError):
                find(one, bases[0], heads[0], target=target)
            return
        try:
            expected = find(two, bases[1], heads[1])
        except RunError as error:
            missing = {mistake.message for mistake in error.diagnostics}
            with pytest.raises(RunError) as caught:
                find(one, bases[0], heads[0], target=target)
            assert missing <= {mistake.message for mistake in caught.value.diagnostics}
            return
        said = find_or_say(one, bases[0], heads[0], target)
    if isinstance(said, set):  # a file that only a task of the other target names is missing
        assert said <= {"code", "sources"}
        return
    assert contents(said.changed) == contents(expected.changed)
    assert contents(expected.skipped).items() <= contents(said.skipped).items()
    gone = {task.identity for task in expected.removed} - set(identities(new, other))
    assert {task.identity for task in said.removed} - set(identities(new, other)) == gone
