"""Which tasks changed between two commits, and why the others did not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.changes.finding import GLOBS, between, find, mistakes, short
from tests.support.repositories import File, clone, commit, git, init
from wedata_action.errors import Reason, RunError

NOTATION = "only the notation changed, such as comments, white space, quotes or the order of keys"
A, B = "task_id: a\n", "task_id: b\n"


def test_the_task_is_the_unit_and_not_the_file(tmp_path: Path) -> None:
    tasks = "tasks:\n- task_id: a\n  folder_id: {}\n- task_id: b\n- task_id: c\n"
    changes = between(tmp_path, {"wedata/x.yml": tasks.format("one")}, {"wedata/x.yml": tasks.format("two")})
    other = "only other tasks of the file changed"
    assert short(changes) == {"changed": ["a"], "skipped": [f"b: {other}", f"c: {other}"]}


def test_added_and_removed_definitions_are_told_apart(tmp_path: Path) -> None:
    old, new = (
        {"wedata/a.yml": A, "wedata/same.yml": "task_id: same"},
        {"wedata/a.yml": None, "wedata/b.json": '{"TaskId": "b"}'},
    )
    assert short(between(tmp_path, old, new)) == {"added": ["b"], "removed": ["a"]}


def test_a_definition_that_is_only_removed_is_reported(tmp_path: Path) -> None:
    assert short(between(tmp_path, {"wedata/a.yml": A}, {"wedata/a.yml": None})) == {"removed": ["a"]}


def test_the_first_commit_is_all_new(tmp_path: Path) -> None:
    head = commit(init(tmp_path), {"wedata/b.yml": B, "wedata/a.yml": A, "README.md": ""})
    assert short(find(tmp_path, None, head)) == {"added": ["a", "b"]}


def test_many_commits_in_one_push_count_as_one_difference(tmp_path: Path) -> None:
    base = commit(init(tmp_path), {"wedata/a.yml": A, "wedata/b.yml": B})
    commit(tmp_path, {"wedata/a.yml": A + "folder_id: x"})
    commit(tmp_path, {"wedata/b.yml": B + "folder_id: x"})
    commit(tmp_path, {"wedata/c.yml": "task_id: c"})
    head = commit(tmp_path, {"wedata/b.yml": B})
    assert short(find(tmp_path, base, head)) == {"changed": ["a"], "added": ["c"]}


def test_merge_squash_and_rebase_of_one_branch_change_the_same_tasks(tmp_path: Path) -> None:
    start = commit(init(tmp_path), {"wedata/a.yml": A, "wedata/b.yml": B, "wedata/c.yml": "task_id: c"})
    main = commit(tmp_path, {"wedata/c.yml": "task_id: c\nfolder_id: main"})
    first, second = {"wedata/a.yml": A + "folder_id: x"}, {"wedata/b.yml": B + "folder_id: x"}
    one = commit(tmp_path, first, branch="topic", parents=[start])
    two = commit(tmp_path, second, branch="topic", parents=[one])
    merged = commit(tmp_path, first | second, branch="merge", parents=[main, two])
    squashed = commit(tmp_path, first | second, branch="squash", parents=[main])
    rebased = commit(tmp_path, second, branch="rebase", parents=[commit(tmp_path, first, branch="r", parents=[main])])
    for head in (merged, squashed, rebased):
        assert short(find(tmp_path, main, head)) == {"changed": ["a", "b"]}


def test_a_base_that_is_no_ancestor_is_compared_as_a_tree(tmp_path: Path) -> None:
    gone = commit(init(tmp_path), {"wedata/a.yml": A + "folder_id: pushed"}, branch="old")
    head = commit(tmp_path, {"wedata/a.yml": A}, parents=[])
    assert short(find(tmp_path, gone, head)) == {"changed": ["a"]}


def test_nothing_changed(tmp_path: Path) -> None:
    assert short(between(tmp_path, {"wedata/a.yml": A}, {"README.md": "new"})) == {}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("task_id: a # x\nname: n\n", "task_id: a\nname: n\n", NOTATION),
        ("task_id: a\nname: n\n", "name: n\ntask_id: a\n", NOTATION),
        ("task_id: a\nname: n\n", "---\ntask_id: 'a'\nname: \"n\"\n", NOTATION),
        ("task_id: a\nproject_id: q\n", "project_id: q\ntasks: [{task_id: a}]\n", NOTATION),
        ("tasks: [{task_id: a}]\n", "TaskId: a\nFolderId: null\n", NOTATION),
        ("task_id: a\r\nname: n\r\n", "task_id: a\nname: n\n", "only line endings changed"),
        ("task_id: a\n", "task_id: a\r\n", "only line endings changed"),
        ("task_id: a\n", "\ufefftask_id: a\n", "only the byte order mark changed"),
        ("task_id: a\nname: n\n", "task_id: a\nname: o\n", "only its name changed"),
        ("task_id: a\n", File("100755", "task_id: a\n"), "only the file mode changed"),
        ("task_id: a\n", "task_id: a\n---\ntask_id: b\n", "only other tasks of the file changed"),
    ],
)
def test_what_changes_no_task_is_skipped_with_its_reason(
    tmp_path: Path, old: str, new: str | File, reason: str
) -> None:
    changes = between(tmp_path, {"wedata/x.yml": old}, {"wedata/x.yml": new})
    assert short(changes)["skipped"] == [f"a: {reason}"]
    assert "changed" not in short(changes)


def test_tasks_of_one_file_that_change_places_are_skipped(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/x.yml": A + "---\n" + B}, {"wedata/x.yml": B + "---\n" + A})
    assert short(changes) == {"skipped": [f"b: {NOTATION}", f"a: {NOTATION}"]}


def test_a_moved_file_submits_nothing(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/a.yml": A}, {"wedata/a.yml": None, "wedata/new/b.json": '{"task_id": "a"}'})
    assert short(changes) == {"skipped": ["a: only moved from wedata/a.yml"]}


def test_a_task_that_moves_between_files_submits_nothing(tmp_path: Path) -> None:
    old = {"wedata/x.yml": A + "---\n" + B, "wedata/y.yml": "task_id: c"}
    new = {"wedata/x.yml": A, "wedata/y.yml": "task_id: c\n---\n" + B}
    other = "only other tasks of the file changed"
    assert short(between(tmp_path, old, new)) == {
        "skipped": [f"a: {other}", f"c: {other}", "b: only moved from wedata/x.yml"]
    }


def test_each_key_of_a_task_is_part_of_it(tmp_path: Path) -> None:
    lines = ["version_remark: r", "folder_id: f", "auto_run: true", "need_check_parent_submitted: false",
             "alarm_ways: sms", "alarm_recipient_types: '1'"]  # fmt: skip
    old = {f"wedata/{number}.yml": f"task_id: t{number}\n" for number, _ in enumerate(lines)}
    new = {f"wedata/{number}.yml": f"task_id: t{number}\n{line}\n" for number, line in enumerate(lines)}
    assert short(between(tmp_path, old, new)) == {"changed": [f"t{number}" for number, _ in enumerate(lines)]}


def test_a_shared_key_changes_each_task_that_has_no_own_one(tmp_path: Path) -> None:
    text = "auto_run: {}\ntasks:\n- task_id: a\n- task_id: b\n  auto_run: true\n"
    changes = between(tmp_path, {"wedata/x.yml": text.format("true")}, {"wedata/x.yml": text.format("false")})
    assert short(changes) == {"changed": ["a"], "skipped": ["b: only other tasks of the file changed"]}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("", "auto_run: true", "auto_run changed"),
        ("auto_run: true\nfolder_id: 1", "auto_run: false\nfolder_id: 2", "folder_id and auto_run changed"),
        ("sources: [a.sql]", "sources: [a.sql, b.sql]", "wedata/b.sql changed"),
        ("sources: [a.sql]\nalarm_ways: sms", "sources: ['*.sql']\nversion_remark: ''",
         "version_remark, alarm_ways and 2 more changed"),
        ("sources: [none.sql]", "sources: [a.sql]", "wedata/a.sql changed"),
        ("sources: [a.sql, none.sql]", "sources: [a.sql]", "the order of its sources changed"),
        ("name: b\n---\ntask_id: a\nfolder_id: 1", "name: c", "folder_id changed"),
    ],
)  # fmt: skip
def test_a_changed_task_says_which_key_or_file_changed(tmp_path: Path, old: str, new: str, why: str) -> None:
    sources = {f"wedata/{name}.sql": name for name in "abc"}
    changes = between(tmp_path, {"wedata/x.yml": A + old, **sources}, {"wedata/x.yml": A + new})
    assert [(task.task_id, task.why) for task in changes.changed] == [("a", why)]


def test_an_added_and_a_removed_task_say_so(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/a.yml": A}, {"wedata/a.yml": B})
    assert [task.why for task in (*changes.changed, *changes.removed)] == [
        "its definition is new",
        "its definition was removed; WeData keeps the task",
    ]


def test_a_changed_id_or_project_is_a_removal_and_an_addition(tmp_path: Path) -> None:
    old = {"wedata/a.yml": A, "wedata/b.yml": B + "project_id: one"}
    new = {"wedata/a.yml": "task_id: c", "wedata/b.yml": B + "project_id: two"}
    changes = between(tmp_path, old, new)
    assert short(changes) == {"added": ["c", "b"], "removed": ["a", "b"]}
    assert [task.project_id for task in changes.removed] == ["p", "one"]


def test_the_project_of_the_input_is_the_one_of_definitions_that_name_none(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/a.yml": A}, {"wedata/a.yml": A + "project_id: p\n"}, project_id="p")
    assert [found.project_id for found in changes.skipped] == ["p"]
    assert short(changes) == {"skipped": [f"a: {NOTATION}"]}
    assert "has no project" in mistakes(tmp_path / "none", {}, {"wedata/a.yml": A}, project_id="")[0]


def test_a_definition_that_was_invalid_held_no_entries(tmp_path: Path) -> None:
    old = {"wedata/a.yml": A + "unknown: 1\n", "wedata/b.yml": File("120000", "a.yml"), "wedata/c.yml": b"\xff"}
    new = {"wedata/a.yml": A, "wedata/b.yml": B, "wedata/c.yml": "task_id: c"}
    assert short(between(tmp_path, old, new)) == {"added": ["a", "b", "c"]}


def test_a_link_or_a_submodule_is_no_definition(tmp_path: Path) -> None:
    old = {"wedata/a.yml": A}
    new = {"wedata/a.yml": File("120000", "b.yml"), "wedata/b.yml": File("160000", "1" * 40)}
    assert mistakes(tmp_path, old, new) == [
        "wedata/a.yml:1:1 a definition must be a regular file, and this is a symbolic link",
        "wedata/b.yml:1:1 a definition must be a regular file, and this is a submodule",
    ]


def test_a_folder_of_definitions_that_is_a_link_holds_none(tmp_path: Path) -> None:
    changes = between(
        tmp_path, {"wedata/a.yml": A, "x/b.yml": B}, {"wedata/a.yml": None, "wedata": File("120000", "x")}
    )
    assert short(changes) == {"removed": ["a"]}


def test_all_mistakes_of_all_files_are_found_in_one_run(tmp_path: Path) -> None:
    new = {
        "wedata/a.yml": "task_id: a\nnam: x\nauto_run: maybe\n",
        "wedata/b.json": '{"task_id": "b",}',
        "wedata/c.yml": "task_id: c\nsources: [none.sql]\n",
        "wedata/d.yml": "tasks:\n- task_id: d\n- task_id: d\n",
        "wedata/e.yml": "tasks:\n- name: x\n",
        "wedata/f.yml": "task_id: f\n",
    }
    found = mistakes(tmp_path, {}, new, project_id="p")
    assert [line.split(" ")[0] for line in found] == [
        "wedata/a.yml:2:1", "wedata/a.yml:3:11", "wedata/b.json:1:17", "wedata/c.yml:2:11", "wedata/d.yml:2:12",
        "wedata/d.yml:3:12", "wedata/e.yml:2:3",
    ]  # fmt: skip


def test_an_invalid_definition_that_did_not_change_stops_nothing(tmp_path: Path) -> None:
    changes = between(
        tmp_path, {"wedata/bad.yml": "task_id: [", "wedata/a.yml": A}, {"wedata/a.yml": A + "folder_id: x"}
    )
    assert short(changes) == {"changed": ["a"]}


def test_without_a_definition_at_head_and_at_base_the_run_ends(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no definition matches wedata/") as caught:
        between(tmp_path, {"other/a.yml": A}, {"other/b.yml": B})
    assert caught.value.reason is Reason.INVALID_INPUT
    with pytest.raises(RunError, match="exclusions alone"):
        between(tmp_path / "x", {"other/a.yml": A}, {"other/b.yml": B}, globs=["!x"])


def test_globs_exclude_and_start_at_the_root(tmp_path: Path) -> None:
    folder = init(tmp_path)
    base = commit(folder, {"README": ""})
    paths = ["a.yml", "etl/a.yml", "etl/sub/b.yml", "etl/draft/c.yml", "etl/sub/draft/d.yml", "x/etl/e.yml"]
    head = commit(folder, {path: f"task_id: {number}" for number, path in enumerate(paths)})
    found = find(folder, base, head, globs=["etl/**/*.yml", "!**/draft/**"])
    assert short(found) == {"added": ["1", "2"]}
    assert short(find(folder, base, head, globs=["*.yml", "etl/sub/*.yml"])) == {"added": ["0", "2"]}


def test_a_star_in_the_name_of_a_folder_is_no_glob(tmp_path: Path) -> None:
    old = {"a*/x": "", "ab/s.sql": "1", "a*/s.sql": "1", "a*/d.yml": A + "sources: [s*.sql]\n"}
    folder = init(tmp_path)
    base = commit(folder, old)
    head = commit(folder, {"ab/s.sql": "2", "ab/e.yml": B})
    assert short(find(folder, base, head, globs=["a*/d.yml"])) == {}
    head = commit(folder, {"a*/s.sql": "2"})
    assert short(find(folder, base, head, globs=["a*/d.yml"])) == {"changed": ["a"]}


NAMES = [
    "a b",
    "it's",
    'say "x"',
    "line\nbreak",
    "%25",
    "::error::x",
    "👩‍👩‍👧",
    ":colon",
    "-dash",
    "\udcff\udcfe",
    "\r",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_may_have_any_name(tmp_path: Path, name: str) -> None:
    path, source = f"wedata/{name}/{name}.yml", f"wedata/{name}/{name}.sql"
    old = {path: "task_id: a\nsources: ['*.sql']\n", source: "1"}
    changes = between(tmp_path, old, {source: "2"})
    assert [found.location.path for found in changes.changed] == [path]
    assert short(between(tmp_path / "x", old, {path: "task_id: a\nfolder_id: n\nsources: ['*.sql']"})) == {
        "changed": ["a"]
    }


SQL = "task_id: a\nsources: ['../sql/*.sql']\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"sql/one.sql": "2"}, {"changed": ["a"]}),
        ({"sql/two.sql": "1"}, {"changed": ["a"]}),
        ({"sql/one.sql": None}, {"changed": ["a"]}),
        ({"sql/one.sql": None, "sql/renamed.sql": "select\n1\n"},
         {"skipped": ["a: only names of its sources changed"]}),
        ({"sql/one.sql": None, "sql/zzz.sql": "select\n1\n"}, {"changed": ["a"]}),
        ({"sql/one.sql": "select\r\n1\r\n"},
         {"skipped": ["a: only line endings, BOMs or modes of its sources changed"]}),
        ({"sql/one.sql": "\ufeffselect\n1\n"},
         {"skipped": ["a: only line endings, BOMs or modes of its sources changed"]}),
        ({"sql/one.sql": File("100755", "select\n1\n")},
         {"skipped": ["a: only line endings, BOMs or modes of its sources changed"]}),
        ({"sql/one.sql": "select\n1\n\0"}, {"changed": ["a"]}),
        ({"sql/sub/one.sql": "x"}, {}),
        ({"other.sql": "x"}, {}),
    ],
)  # fmt: skip
def test_a_change_of_a_source_changes_the_task(
    tmp_path: Path, new: dict[str, str], expected: dict[str, list[str]]
) -> None:
    old = {"wedata/a.yml": SQL, "wedata/b.yml": B, "sql/one.sql": "select\n1\n", "sql/zero.sql": "0"}
    assert short(between(tmp_path, old, new)) == expected


def test_line_endings_of_a_binary_source_are_its_content(tmp_path: Path) -> None:
    old = {"wedata/a.yml": "task_id: a\nsources: x.bin", "wedata/x.bin": b"\0\n"}
    assert short(between(tmp_path, old, {"wedata/x.bin": b"\0\r\n"})) == {"changed": ["a"]}


def test_another_glob_for_the_same_sources_changes_nothing(tmp_path: Path) -> None:
    old = {"wedata/a.yml": SQL, "sql/one.sql": "1"}
    changes = between(tmp_path, old, {"wedata/a.yml": "task_id: a\nsources: ['../*/one.sql', '../sql/*']\n"})
    assert short(changes) == {"skipped": [f"a: {NOTATION}"]}


def test_a_definition_and_its_sources_that_move_together_stay_the_same(tmp_path: Path) -> None:
    text = "task_id: a\nsources: [a.sql]"
    old = {"wedata/x/a.yml": text, "wedata/x/a.sql": "1"}
    new = {"wedata/x/a.yml": None, "wedata/x/a.sql": None, "wedata/y/a.yml": text, "wedata/y/a.sql": "1"}
    assert short(between(tmp_path, old, new)) == {"skipped": ["a: only moved from wedata/x/a.yml"]}


def test_a_definition_is_no_source_of_another(tmp_path: Path) -> None:
    old = {"wedata/a.yml": "task_id: a\nsources: ['*']", "wedata/b.yml": B, "wedata/s.sql": ""}
    assert short(between(tmp_path, old, {"wedata/b.yml": B + "folder_id: x"})) == {"changed": ["b"]}


@pytest.mark.parametrize(
    ("glob", "message"),
    [
        ("../../outside.sql", "sources: '../../outside.sql' matches no file"),
        ("none/*.sql", "sources: 'none/*.sql' matches no file"),
        ("sql", "sources: 'sql' matches no file"),
        ("link.sql", "sources: 'link.sql' matches 'wedata/link.sql', which is a symbolic link or a submodule"),
        ("mod*", "sources: 'mod*' matches 'wedata/module', which is a symbolic link or a submodule"),
    ],
)
def test_a_glob_of_sources_that_names_no_file_is_a_mistake(tmp_path: Path, glob: str, message: str) -> None:
    others = {"wedata/sql/x.sql": "", "wedata/link.sql": File("120000", "x"), "wedata/module": File("160000", "1" * 40)}
    text = f"task_id: a\nsources:\n- sql/x.sql\n- {glob}\n"
    assert mistakes(tmp_path, others, {"wedata/a.yml": text}) == [f"wedata/a.yml:4:3 {message}"]


def test_the_last_source_of_an_unchanged_definition_may_not_vanish(tmp_path: Path) -> None:
    found = mistakes(tmp_path, {"wedata/a.yml": SQL, "sql/one.sql": "1"}, {"sql/one.sql": None})
    assert found == ["wedata/a.yml:2:11 sources: '../sql/*.sql' matches no file"]


def test_a_mistake_of_a_file_is_told_once_and_stops_the_task_whose_sources_changed(tmp_path: Path) -> None:
    text = "tasks:\n- {task_id: a, sources: [x.sql]}\n- {task_id: b, sources: [x.sql]}\n- {task_id: c, nam: 1}\n"
    found = mistakes(tmp_path, {"wedata/a.yml": text, "wedata/x.sql": "1"}, {"wedata/x.sql": "2"})
    assert [line.split(" ")[0] for line in found] == ["wedata/a.yml:4:16"]


def test_an_aliased_glob_is_one_mistake(tmp_path: Path) -> None:
    text = "tasks:\n- {task_id: a, sources: &s [none.sql]}\n- {task_id: b, sources: *s}\n"
    assert len(mistakes(tmp_path, {}, {"wedata/a.yml": text})) == 1


@pytest.mark.parametrize(
    "disguised",
    [
        "sources: [x.sql]", "Sources: [x.sql]", '"s\\x6furces": [x.sql]', '"\\u0073ources": [x.sql]',
        '? "sour\\\n  ces"\n: [x.sql]', '"sourc\\U00000065s": [x.sql]', "? !!str sources\n: [x.sql]",
    ],
)  # fmt: skip
def test_the_key_sources_is_found_in_every_spelling(tmp_path: Path, disguised: str) -> None:
    old = {"wedata/a.yml": A + disguised + "\n", "wedata/x.sql": "1"}
    assert short(between(tmp_path, old, {"wedata/x.sql": "2"})) == {"changed": ["a"]}


def test_a_task_is_defined_once_in_one_file_and_in_changed_files(tmp_path: Path) -> None:
    new = {
        "wedata/a.yml": A + "---\n" + A,
        "wedata/b.yml": B,
        "wedata/c.json": json.dumps({"tasks": [{"TaskId": "b"}]}),
    }
    assert mistakes(tmp_path, {}, new) == [
        "wedata/a.yml:1:10 task a of project p is defined twice, here and at wedata/a.yml:3:10",
        "wedata/a.yml:3:10 task a of project p is defined twice, here and at wedata/a.yml:1:10",
        "wedata/b.yml:1:10 task b of project p is defined twice, here and at wedata/c.json:1:23",
        "wedata/c.json:1:23 task b of project p is defined twice, here and at wedata/b.yml:1:10",
    ]


def test_the_same_id_in_two_projects_is_two_tasks(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/a.yml": A}, {"wedata/b.yml": A + "project_id: q"})
    assert short(changes) == {"added": ["a"]}


@pytest.mark.parametrize("others", [0, 40])
@pytest.mark.parametrize(
    ("task_id", "spelled"),
    [
        ("1234", "task_id: 1234"), ("1234", "TaskId: '1234'"), ("1234", 'task_id: "12\\x334"'),
        ("1234", 'task_id: "1\\u00324"\n---\ntask_id: "1\\u0032\\u00334"'), ("1234", 'task_id: "12\\\n  34"'),
        ("1234", 'task_id: "\\U0000003134"\n---\ntask_id: "12\\\r  34"'), ("1234", 'task_id: "12\\\u2028 34"'),
        ("x-9_y", "{task_id: x-9_y}"), ("x.9:y", "task_id: x.9:y"), ("x.9:y", 'task_id: "x\\x2e9\\x3ay"'),
        ("1234", "{name: &id 1234, task_id: *id}"),
    ],
)  # fmt: skip
def test_a_twin_in_an_unchanged_file_is_found(tmp_path: Path, others: int, task_id: str, spelled: str) -> None:
    new = {"wedata/new.json": json.dumps({"task_id": task_id}, ensure_ascii=False)}
    new |= {f"wedata/{number}.yml": f"task_id: other{number}" for number in range(others)}
    found = mistakes(tmp_path, {"wedata/twin.yml": spelled + "\n", "wedata/far.yml": "task_id: x" * 30}, new)
    assert len(found) == 2
    assert all("is defined twice" in line for line in found)


def test_an_id_within_a_longer_one_is_no_twin(tmp_path: Path) -> None:
    old = {"wedata/x.yml": "task_id: '112'\nname: '12'"}
    assert short(between(tmp_path, old, {"wedata/y.yml": "task_id: '12'"})) == {"added": ["12"]}


@pytest.mark.parametrize("kept", ["unchanged", "changed"])
def test_of_two_definitions_the_one_that_stays_is_submitted_where_they_differed(tmp_path: Path, kept: str) -> None:
    first, second = A + "folder_id: one\n", A + "folder_id: two\n"
    old = {"wedata/a.yml": first, "wedata/b.yml": second, "wedata/c.yml": B, "wedata/d.yml": B}
    comment = {} if kept == "unchanged" else {"wedata/b.yml": second + "# x", "wedata/d.yml": B + "# x"}
    changes = between(tmp_path, old, {"wedata/a.yml": None, "wedata/c.yml": None, **comment})
    assert short(changes) == {"changed": ["a"], "skipped": ["b: only another definition of it was removed"]}


def test_a_task_that_stays_in_an_invalid_file_is_not_submitted(tmp_path: Path) -> None:
    old = {"wedata/a.yml": A + "folder_id: one\n", "wedata/b.yml": A + "folder_id: two\nunknown: 1\n"}
    assert [line.split(" ")[0] for line in mistakes(tmp_path, old, {"wedata/a.yml": None})] == ["wedata/b.yml:3:1"]


def test_attributes_of_the_repository_do_not_change_what_is_read(tmp_path: Path) -> None:
    attributes = "* text=auto eol=crlf export-ignore filter=x diff=x ident working-tree-encoding=UTF-16\n"
    old = {"wedata/a.yml": SQL, "sql/one.sql": "$Id$\n", ".gitattributes": attributes}
    assert short(between(tmp_path, old, {"sql/one.sql": "$Id$ \n"})) == {"changed": ["a"]}


@pytest.mark.parametrize("option", ["--filter=blob:none", "--filter=tree:0"])
def test_a_partial_clone_finds_the_same_changes(tmp_path: Path, option: str) -> None:
    source = init(tmp_path / "source")
    git(source, "config", "uploadpack.allowFilter", "true")
    base = commit(source, {"wedata/a.yml": A, "wedata/b.yml": SQL.replace(": a", ": b"), "sql/one.sql": "1",
                           "wedata/c.yml": "task_id: c\ncode: c.sql", "wedata/c.sql": "1\n"})  # fmt: skip
    head = commit(source, {"wedata/a.yml": A + "folder_id: x", "sql/one.sql": "2", "wedata/c.sql": "1\n2\n"})
    folder = clone(source, tmp_path / "clone", option, "--sparse", "--no-checkout")
    assert list((folder / ".git" / "objects" / "pack").glob("*.promisor"))
    changes = find(folder, base, head)
    assert short(changes) == {"changed": ["a", "b", "c"]}
    assert changes.changed[2].why == "wedata/c.sql changed (+1 -0 lines)"


def test_a_repository_of_sha256_is_compared(tmp_path: Path) -> None:
    folder = init(tmp_path, "--object-format=sha256")
    base = commit(folder, {"wedata/a.yml": A})
    head = commit(folder, {"wedata/a.yml": A + "folder_id: x", "wedata/b.yml": B})
    assert short(find(folder, base, head)) == {"changed": ["a"], "added": ["b"]}
    assert short(find(folder, None, head)) == {"added": ["a", "b"]}


def test_the_order_is_that_of_paths_and_places(tmp_path: Path) -> None:
    files = {
        "wedata/z.yml": "tasks: [{task_id: 3}, {task_id: 1}]",
        "wedata/b.yml": "task_id: 9",
        "wedata/a/c.yml": "task_id: 5",
    }
    changes = between(tmp_path, {}, files, globs=GLOBS)
    assert short(changes) == {"added": ["5", "9", "3", "1"]}
