"""Values by target: the chosen target is compared, and mistakes of all of them are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.changes.finding import GLOBS, Files, between, find, mistakes, short
from tests.support.repositories import commit, init
from wedata_action.changes import head as head_module
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import Scope, Validated, parse_files, validate
from wedata_action.changes.trees import WorkTree
from wedata_action.errors import Reason, RunError

BOTH = "project_id: {dev: p, prod: q}\ntasks:\n- task_id: {dev: a1, prod: a7}\n- task_id: {dev: b1, prod: b7}\n"
PLAIN = "project_id: p\ntasks:\n- task_id: a1\n- task_id: b1\n"
OTHER = "only other tasks of the file changed"


def refused(folder: Path, old: Files, new: Files, target: str) -> str:
    with pytest.raises(RunError) as caught:
        between(folder, old, new, target=target)
    assert caught.value.reason is Reason.INVALID_INPUT
    return caught.value.message


@pytest.mark.parametrize(("target", "ids"), [("dev", ["a1", "b1"]), ("prod", ["a7", "b7"])])
def test_the_target_chooses_the_tasks(tmp_path: Path, target: str, ids: list[str]) -> None:
    changes = between(tmp_path, {}, {"wedata/x.yml": BOTH}, target=target)
    assert short(changes) == {"added": ids}
    assert {task.project_id for task in changes.changed} == {{"dev": "p", "prod": "q"}[target]}


def test_an_edit_for_one_target_changes_no_task_of_another(tmp_path: Path) -> None:
    old, new = (
        {"wedata/x.yml": "task_id: {dev: a1, prod: a7}\nauto_run: {dev: true, prod: " + word + "}\n"}
        for word in ("true", "false")
    )
    assert short(between(tmp_path / "dev", old, new, target="dev")) == {"skipped": [f"a1: {OTHER}"]}
    [task] = between(tmp_path / "prod", old, new, target="prod").changed
    assert (task.task_id, task.why) == ("a7", "auto_run changed")


def test_content_that_was_there_before_there_were_targets_is_not_submitted_again(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/x.yml": PLAIN}, {"wedata/x.yml": BOTH}, target="dev")
    assert [task.task_id for task in changes.skipped] == ["a1", "b1"]
    assert not changes.changed


def test_a_new_target_has_only_new_tasks_and_the_old_ones_are_not_called_removed(tmp_path: Path) -> None:
    changes = between(tmp_path, {"wedata/x.yml": PLAIN}, {"wedata/x.yml": BOTH}, target="prod")
    assert short(changes) == {"added": ["a7", "b7"]}


def test_a_task_that_leaves_a_target_is_removed_from_it(tmp_path: Path) -> None:
    new = {"wedata/x.yml": BOTH.replace("{dev: b1, prod: b7}", "{prod: b7}")}
    changes = between(tmp_path, {"wedata/x.yml": BOTH}, new, target="dev")
    assert (short(changes)["removed"], changes.changed) == (["b1"], ())


def test_a_task_that_moves_to_another_project_is_removed_from_its_own(tmp_path: Path) -> None:
    text = "project_id: {dev: p, prod: q}\ntasks: [{task_id: a, project_id: {dev: %s}}]\n"
    changes = between(tmp_path, {"wedata/x.yml": text % "p"}, {"wedata/x.yml": text % "r"}, target="dev")
    assert [task.identity for task in changes.removed] == [("p", "a")]


def test_a_change_of_code_changes_the_task_of_each_target(tmp_path: Path) -> None:
    init(tmp_path)
    text = "task_id: {dev: a1, prod: a7}\nproject_id: {dev: p, prod: q}\ncode: a.sql\n"
    base = commit(tmp_path, {"wedata/x.yml": text, "wedata/a.sql": "1"})
    head = commit(tmp_path, {"wedata/a.sql": "2"})
    for target, task_id in (("dev", "a1"), ("prod", "a7")):
        assert short(find(tmp_path, base, head, target=target)) == {"changed": [task_id]}


def test_the_fingerprint_is_the_same_in_every_target(tmp_path: Path) -> None:
    init(tmp_path)
    plain = commit(tmp_path, {"wedata/x.yml": "task_id: a\nauto_run: true\nversion_remark: r\n"})
    head = commit(tmp_path, {"wedata/x.yml": "task_id: {dev: b, prod: c}\nauto_run: {dev: true, prod: true}\n"
                                             "version_remark: r\n"})  # fmt: skip
    found = [find(tmp_path, None, plain), *(find(tmp_path, None, head, target=name) for name in ("dev", "prod"))]
    assert len({changes.changed[0].fingerprint for changes in found}) == 1


@pytest.mark.parametrize("target", ["dev", "prod"])
def test_a_file_that_is_missing_is_a_mistake_in_every_run(tmp_path: Path, target: str) -> None:
    new = {
        "wedata/x.yml": BOTH,
        "wedata/y.yml": "task_id: {prod: c7}\nproject_id: q\ncode: no.sql\nsources: [no/*]\n",
    }
    found = mistakes(tmp_path, {}, new, target=target)
    assert [mistake.partition(" ")[0] for mistake in found] == ["wedata/y.yml:3:7", "wedata/y.yml:4:11"]


def test_projects_are_checked_for_the_chosen_target_only(tmp_path: Path) -> None:
    init(tmp_path)
    head = commit(tmp_path, {"wedata/x.yml": "task_id: {dev: a, prod: b}\nproject_id: {dev: p}\n"})
    assert short(find(tmp_path, None, head, project_id="", target="dev")) == {"added": ["a"]}
    with pytest.raises(RunError) as caught:
        find(tmp_path, None, head, project_id="", target="prod")
    assert caught.value.diagnostics[0].message.startswith("task b has no project in the target prod: ")


def test_a_target_that_no_definition_names_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    files = {"wedata/x.yml": BOTH, "wedata/y.yml": "task_id: {stage: a}\nproject_id: s\n"}
    assert refused(tmp_path, files, {"README.md": ""}, "prdo") == (
        "target: no definition at head names the target 'prdo'; the definitions name dev, prod, stage"
    )


def test_a_target_without_any_values_by_target_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, {}, {"wedata/x.yml": PLAIN}, "dev")
    assert message.endswith("names the target 'dev'; no definition has values by target")


def test_values_by_target_without_a_chosen_one_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, {}, {"wedata/x.yml": BOTH, "wedata/y.yml": "task_id: [", "wedata/z.yml": PLAIN}, "") == (
        "target is not set, and definitions have values by target: set it; the definitions name dev, prod"
    )


def test_a_reverted_task_with_values_by_target_is_refused_without_a_chosen_one(tmp_path: Path) -> None:
    init(tmp_path)
    files = {"wedata/x.yml": "task_id: a\nauto_run: {dev: true}\n"}
    base = commit(tmp_path, files)
    unsettled = commit(tmp_path, {"wedata/x.yml": "task_id: a\nauto_run: {dev: false}\nalarm_ways: email\n"})
    head = commit(tmp_path, files)
    with pytest.raises(RunError, match="target is not set"):
        find(tmp_path, base, head, unsettled=[unsettled])


def test_entries_that_no_target_leaves_alone_are_no_fault_of_the_program(tmp_path: Path) -> None:
    text = "task_id: a\nauto_run: {{dev: true, prod: false}}\nproject_id: {{dev: {}, prod: {}}}\n"
    files = {"wedata/x.yml": text.format(1, 2), "wedata/y.yml": text.format(3, 4)}
    assert "is not set" in refused(tmp_path, {}, files, "")


def test_a_target_is_found_in_a_file_that_did_not_change(tmp_path: Path) -> None:
    old = {f"wedata/{number}.yml": f"task_id: {{dev: t{number}}}\nproject_id: p\n" for number in range(20)}
    old["wedata/last.yml"] = 'task_id: {"pr\\u006fd": z}\nproject_id: q\n'
    assert short(between(tmp_path, old, {"README.md": ""}, target="prod")) == {}


def test_two_targets_that_lead_to_one_task_are_a_mistake_at_its_line(tmp_path: Path) -> None:
    text = "tasks:\n- task_id: {dev: a, prod: a}\n- task_id: {dev: b}\n- {task_id: {prod: b}}\n"
    why = "the targets dev and prod lead to the same task"
    what = "give each its own task_id or project_id"
    assert mistakes(tmp_path, {}, {"wedata/x.yml": text}, target="dev") == [
        f"wedata/x.yml:2:18 {why} a of project p, here and at wedata/x.yml:2:27: {what}",
        f"wedata/x.yml:2:27 {why} a of project p, here and at wedata/x.yml:2:18: {what}",
        f"wedata/x.yml:3:18 {why} b of project p, here and at wedata/x.yml:4:20: {what}",
        f"wedata/x.yml:4:20 {why} b of project p, here and at wedata/x.yml:3:18: {what}",
    ]


@pytest.mark.parametrize("changed", [{}, {"wedata/y.yml": BOTH + "---\ntask_id: {prod: d7}\n"}])
def test_a_task_of_every_target_is_a_mistake_once_there_are_two(tmp_path: Path, changed: Files) -> None:
    """Wherever the values by target are: in a file that changed, or in one that is read for nothing else."""
    old = {"wedata/0.yml": "task_id: {dev: n}\n", "wedata/y.yml": BOTH}
    [mistake] = mistakes(tmp_path, old, {"wedata/x.yml": "task_id: c\n", **changed}, target="dev")
    assert mistake.startswith("wedata/x.yml:1:10 the targets dev and prod lead to the same task c of project p: give")


def test_a_task_of_every_target_is_none_while_there_is_one_target(tmp_path: Path) -> None:
    files = {"wedata/x.yml": "task_id: {dev: a}\n", "wedata/y.yml": "task_id: c\n"}
    assert short(between(tmp_path, {}, files, target="dev")) == {"added": ["a", "c"]}


def test_the_same_id_in_another_project_is_no_mistake(tmp_path: Path) -> None:
    files = {
        "wedata/x.yml": "project_id: {dev: p, prod: q}\ntasks:\n- task_id: a\n- {task_id: b, auto_run: {dev: true}}\n"
    }
    assert short(between(tmp_path, {}, files, target="prod")) == {"added": ["a", "b"]}


def test_a_second_definition_for_another_target_is_found_in_a_file_that_did_not_change(tmp_path: Path) -> None:
    old = {"wedata/x.yml": BOTH, "wedata/y.yml": "task_id: {dev: c1}\nproject_id: p\n"}
    new = {"wedata/y.yml": "task_id: {dev: c1, prod: a7}\nproject_id: {dev: p, prod: q}\n"}
    found = mistakes(tmp_path, old, new, target="dev")
    assert found == [
        "wedata/x.yml:3:28 task a7 of project q is defined twice, here and at wedata/y.yml:1:26",
        "wedata/y.yml:1:26 task a7 of project q is defined twice, here and at wedata/x.yml:3:28",
    ]


def test_of_unchanged_definitions_by_target_only_the_first_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {f"wedata/{number}.yml": f"task_id: {{dev: d{number}, prod: p{number}}}\n" for number in range(100, 200)}
    parsed: list[str] = []

    def noted(tree: object, files: dict[str, object]) -> object:
        parsed.extend(files)
        return parse_files(tree, files)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(head_module, "parse_files", noted)
    assert short(between(tmp_path, old, {"README.md": ""}, target="dev")) == {}
    assert parsed == ["wedata/100.yml"]


def checked(folder: Path, files: dict[str, str], **scope: object) -> Validated:
    (folder / "wedata").mkdir()
    for path, text in files.items():
        (folder / path).write_text(text)
    return validate(WorkTree(folder), Scope(PathFilter(GLOBS), "p", **scope))  # type: ignore[arg-type]  # fields


def test_validation_without_a_target_checks_all_of_them(tmp_path: Path) -> None:
    found = checked(tmp_path, {"wedata/x.yml": BOTH, "wedata/y.yml": "task_id: {prod: c7}\ncode: no.sql\n"})
    assert sorted(task.task_id for task in found.tasks) == ["a1", "a7", "b1", "b7", "c7"]
    assert (found.targets, [str(mistake.location) for mistake in found.mistakes]) == (
        ("dev", "prod"), ["wedata/y.yml:2:7"],
    )  # fmt: skip


def test_validation_counts_no_task_of_targets_that_do_not_exist(tmp_path: Path) -> None:
    found = checked(tmp_path, {"wedata/x.yml": "task_id: a\nproject_id: {dev: p, prod: q}\n"}, allowed=["p"])
    assert ([task.target for task in found.tasks], found.mistakes) == (["dev", "prod"], ())


def test_validation_of_one_target_counts_its_tasks(tmp_path: Path) -> None:
    found = checked(tmp_path, {"wedata/x.yml": BOTH}, target="prod", allowed=["q"])
    assert ([task.task_id for task in found.tasks], found.targets, found.mistakes) == (["a7", "b7"], ("prod",), ())


def test_validation_of_a_target_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="names the target 'no'; the definitions name dev, prod"):
        checked(tmp_path, {"wedata/x.yml": BOTH}, target="no")
