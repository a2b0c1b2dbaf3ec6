"""Head against more than one commit: two bases, and the commits of unsettled runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.changes.finding import find, short
from tests.support.repositories import commit, git, init
from wedata_action.errors import RunError
from wedata_action.task import Change, Task

A, B = "task_id: a\n", "task_id: b\n"
RELEASED = "its definition no longer names its code, so WeData keeps what it has"


def back(folder: Path, *commits: str | None, base: str | None = None) -> tuple[Task, ...]:
    """What the last commit changes back since the others, of which `None` cannot be read; head is its own base."""
    *unsettled, head = commits
    assert head
    return find(folder, base or head, head, unsettled=unsettled).reverted


def test_a_task_that_differs_from_one_of_two_bases_changed(tmp_path: Path) -> None:
    one = commit(init(tmp_path), {f"wedata/{name}.yml": f"task_id: {name}\n" for name in "abcd"})
    two = commit(tmp_path, {"wedata/a.yml": A + "folder_id: 1", "wedata/c.yml": None})
    head = commit(tmp_path, {"wedata/b.yml": B + "folder_id: 1", "wedata/c.yml": "task_id: c", "wedata/d.yml": None})
    for bases in ((one, two), (two, one)):
        assert short(find(tmp_path, *bases, head)) in (
            {"changed": ["a", "b"], "added": ["c"], "removed": ["d"]},
            {"changed": ["a", "b"], "added": ["c"], "removed": ["d"]},
        )
    assert short(find(tmp_path, one, one, head)) == {
        "changed": ["a", "b"],
        "skipped": ["c: only the notation changed, such as comments, white space, quotes or the order of keys"],
        "removed": ["d"],
    }


def test_a_task_is_skipped_only_if_no_base_differs(tmp_path: Path) -> None:
    one = commit(init(tmp_path), {"wedata/a.yml": A, "wedata/b.yml": B})
    two = commit(tmp_path, {"wedata/a.yml": A + "folder_id: 1", "wedata/b.yml": B + "name: x"})
    head = commit(tmp_path, {"wedata/a.yml": A + "# x"})
    changes = find(tmp_path, one, two, head)
    assert short(changes) == {"changed": ["a"], "skipped": ["b: only its name changed"]}
    assert [task.why for task in changes.changed] == ["folder_id changed"]


def test_the_bases_have_no_definition_only_if_none_has(tmp_path: Path) -> None:
    one = commit(init(tmp_path), {"README": "x"})
    two = commit(tmp_path, {"wedata/a.yml": A})
    head = commit(tmp_path, {"wedata/a.yml": None})
    assert short(find(tmp_path, one, two, head)) == {"removed": ["a"]}
    with pytest.raises(RunError, match="neither at head nor at base"):
        find(tmp_path, one, None, head)


def test_tasks_that_an_unsettled_commit_has_otherwise_are_reverted(tmp_path: Path) -> None:
    base = commit(init(tmp_path), {"wedata/a.yml": A, "wedata/b.yml": B, "wedata/c.yml": "task_id: c"})
    changed = commit(tmp_path, {"wedata/a.yml": A + "folder_id: 1"})
    removed = commit(tmp_path, {"wedata/a.yml": A, "wedata/b.yml": None})
    head = commit(tmp_path, {"wedata/b.yml": B})
    found = back(tmp_path, changed, base, head, removed, head)
    may = "which an unsettled run may have submitted"
    assert [(task.task_id, task.change, task.why) for task in found] == [
        ("a", Change.REVERTED, f"folder_id changed (since {changed[:12]}, {may})"),
        ("b", Change.REVERTED, f"its definition is new (since {removed[:12]}, {may})"),
    ]
    assert [task.task_id for task in back(tmp_path, changed, removed, head, base=changed)] == ["b"]


def test_every_task_is_looked_up_if_an_unsettled_commit_cannot_be_read(tmp_path: Path) -> None:
    base = commit(init(tmp_path), {"wedata/a.yml": A, "wedata/b.yml": B + "folder_id: 1"})
    head = commit(tmp_path, {"wedata/b.yml": B})
    found = back(tmp_path, None, head, base=base)
    assert [(task.task_id, task.why) for task in found] == [
        ("a", "looked up, because the commit of an unsettled run cannot be read")
    ]


def test_without_a_definition_at_head_and_at_an_unsettled_commit_nothing_is_reverted(tmp_path: Path) -> None:
    base = commit(init(tmp_path), {"wedata/a.yml": A})
    empty = commit(tmp_path, {"wedata/a.yml": None, "README": "x"})
    head = commit(tmp_path, {"README": "y"})
    assert back(tmp_path, empty, head, base=base) == ()


def test_a_mistake_at_an_unsettled_commit_is_no_mistake_of_this_run(tmp_path: Path) -> None:
    commit(init(tmp_path), {"wedata/a.yml": A + "sources: [a.sql]", "wedata/b.yml": B, "wedata/a.sql": "1"})
    wrong = commit(tmp_path, {"wedata/a.sql": None, "wedata/b.yml": B + "b: ["})
    head = commit(tmp_path, {"wedata/a.sql": "1", "wedata/b.yml": B})
    assert [task.task_id for task in back(tmp_path, wrong, head)] == ["a", "b"]


def test_a_mistake_at_head_stops_the_run_if_an_unsettled_commit_differs_in_it(tmp_path: Path) -> None:
    commit(init(tmp_path), {"wedata/a.yml": "task_id: a\nx: 1\n"})
    fixed = commit(tmp_path, {"wedata/a.yml": A})
    head = commit(tmp_path, {"wedata/a.yml": "task_id: a\nx: 1\n"})
    with pytest.raises(RunError, match="1 mistake"):
        back(tmp_path, fixed, head)


def test_code_that_an_unsettled_run_may_have_sent_is_taken_back(tmp_path: Path) -> None:
    files = {"wedata/a.yml": A + "code: a.sql\n", "wedata/b.yml": B, "wedata/a.sql": "SELECT 1;\n"}
    base = commit(init(tmp_path), files)
    unsettled = commit(tmp_path, {"wedata/a.sql": "SELECT 1;\nSELECT 2;\n"})
    head = commit(tmp_path, {"wedata/a.sql": "SELECT 1;\r\n"})
    assert [task.task_id for task in find(tmp_path, base, head).skipped] == ["a"]
    [task] = back(tmp_path, unsettled, head)
    since = f" (since {unsettled[:12]}, which an unsettled run may have submitted)"
    assert (task.change, task.why) == (Change.REVERTED, "wedata/a.sql changed (+0 -1 lines)" + since)
    assert task.code
    assert task.code.base_blob == git(tmp_path, "rev-parse", f"{unsettled}:wedata/a.sql")


def test_code_that_only_an_unsettled_commit_named_is_looked_up(tmp_path: Path) -> None:
    base = commit(init(tmp_path), {"wedata/a.yml": A})
    unsettled = commit(tmp_path, {"wedata/a.yml": A + "code: a.sql", "wedata/a.sql": "1"})
    head = commit(tmp_path, {"wedata/a.yml": A})
    assert short(find(tmp_path, base, head)) == {}
    assert [task.task_id for task in back(tmp_path, unsettled, head)] == ["a"]


def test_a_definition_that_no_longer_names_its_code_submits_nothing(tmp_path: Path) -> None:
    base = commit(init(tmp_path), {"wedata/a.yml": A + "code: a.sql", "wedata/a.sql": "1", "wedata/b.yml": B})
    same = commit(tmp_path, {"wedata/b.yml": B + "name: x"})
    other = commit(tmp_path, {"wedata/a.yml": A + "code: a.sql\nfolder_id: x"})
    head = commit(tmp_path, {"wedata/a.yml": A})
    changes = find(tmp_path, base, head)
    assert changes.skipped[0].change is Change.RELEASED
    assert short(changes)["skipped"][0] == f"a: {RELEASED}"
    assert not back(tmp_path, same, head, base=base)
    assert [task.task_id for task in back(tmp_path, other, head, base=base)] == ["a"]
