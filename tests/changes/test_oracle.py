"""Random edits of random repositories, against an oracle that parses everything at both commits."""

from __future__ import annotations

import contextlib
import fnmatch
import tempfile
from pathlib import Path
from typing import TypeAlias

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.changes.finding import find
from tests.support.repositories import commit, init
from wedata_action.errors import RunError

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


@settings(max_examples=100, deadline=None)
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
