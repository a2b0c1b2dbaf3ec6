"""The same command again: new tasks and changed code come in, and nothing else is touched."""

from pathlib import Path

import pytest

from tests.importing.place import PROJECT, Place
from wedata_action.result import ResultWord
from wedata_sandbox.content import NewTask

LOAD, SUM = "wedata/orders/load.sql", "wedata/orders/sum.sql"
FILE = "wedata/orders/tasks.yml"


@pytest.fixture
def adopted(place: Place) -> Place:
    """Two tasks of a workflow, imported and committed."""
    place.create(
        NewTask("1", "load", "orders", code="SELECT 1;\n", submitted=True),
        NewTask("2", "sum", "orders", code="SELECT 2;\n", submitted=True),
    )
    place.import_()
    place.commit()
    return place


def submit(place: Place, task_id: str, code: str) -> None:
    """Somebody edits a task in WeData and submits it."""
    place.wedata.save(PROJECT, task_id, code)
    place.wedata.add_by_hand(PROJECT, task_id, "edited in Studio")


def status(place: Place) -> list[str]:
    return place.repository.git("status", "--porcelain", "--untracked-files=all").splitlines()


def test_without_a_change_nothing_is_written(adopted: Place) -> None:
    before = {path: path.stat().st_mtime_ns for path in adopted.repository.folder.rglob("*") if path.is_file()}
    assert adopted.import_().exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert status(adopted) == []
    assert "Wrote nothing; 2 code files had WeData's code already" in adopted.said
    assert "Next:" not in adopted.said


def test_changed_code_comes_in(adopted: Place) -> None:
    submit(adopted, "1", "SELECT 'edited';\n")
    adopted.import_()
    assert status(adopted) == [f"M {LOAD}"]
    assert adopted.files()[LOAD] == b"SELECT 'edited';\n"
    assert f"Wrote changed code of 1 task\n  {LOAD}" in adopted.said
    assert "commit them and push" in adopted.said


def test_a_new_task_joins_its_workflow_wherever_the_file_is_now(adopted: Place) -> None:
    text = adopted.files()[FILE].decode().replace("    name: load\n", "    name: load # the first\n")
    (adopted.repository.folder / FILE).unlink()
    adopted.write(
        "wedata/team/all of it.yml", "# ours\n" + text.replace("code: ", "code:  ../orders/") + "\n# the end\n"
    )
    adopted.commit("Move")
    adopted.create(NewTask("3", "new", "orders", code="SELECT 3", submitted=True))
    adopted.import_(task_ids=("3",))
    assert status(adopted) == ['M "wedata/team/all of it.yml"', "?? wedata/team/new.sql"]
    diff = adopted.repository.git("diff", "--unified=1")
    assert diff.split("@@")[-1].split("\n", 1)[1] == (
        '     code:  ../orders/sum.sql\n+  - task_id: "3"\n+    name: new\n+    code: new.sql'
    )
    assert adopted.run("validate").exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        "tasks: [{task_id: '1', code: load.sql}, {task_id: '2'}]\n",
        "task_id: '1'\n---\ntask_id: '2'\n",
        "tasks: ~\n---\ntask_id: '1'\n---\ntask_id: '2'\n",
    ],
)
def test_where_lines_cannot_be_added_new_tasks_get_a_file_of_their_own(adopted: Place, text: str) -> None:
    adopted.write(FILE, text)
    adopted.commit()
    adopted.create(NewTask("3", "new", "orders", code="SELECT 3", submitted=True))
    adopted.import_()
    assert status(adopted) == ["?? wedata/orders-2/new.sql", "?? wedata/orders-2/tasks.yml"]
    assert adopted.run("validate").exit_code == 0


def test_a_definition_in_json_stays_as_it_is(adopted: Place) -> None:
    (adopted.repository.folder / FILE).unlink()
    adopted.write("wedata/a.json", '{"TaskId": "1", "Code": "orders/load.sql"}')
    adopted.commit()
    submit(adopted, "1", "SELECT 'edited';\n")
    adopted.import_()
    assert status(adopted) == [f"M {LOAD}", "?? wedata/orders/sum-2.sql", "?? wedata/orders/tasks.yml"]
    assert adopted.files()["wedata/a.json"] == b'{"TaskId": "1", "Code": "orders/load.sql"}'


def test_the_same_id_in_another_project_is_another_task(adopted: Place) -> None:
    adopted.write(FILE, adopted.files()[FILE].decode().replace(PROJECT, "99"))
    adopted.commit()
    adopted.import_()
    assert status(adopted) == [
        "?? wedata/orders-2/load.sql",
        "?? wedata/orders-2/sum.sql",
        "?? wedata/orders-2/tasks.yml",
    ]


def test_a_definition_without_a_project_is_one_of_the_project_that_is_imported(adopted: Place) -> None:
    adopted.write(FILE, adopted.files()[FILE].decode().replace("project_id", "# project_id"))
    adopted.commit()
    adopted.create(NewTask("3", "new", "orders", code="SELECT 3", submitted=True))
    adopted.import_()
    assert status(adopted) == [f"M {FILE}", "?? wedata/orders/new.sql"]


def test_where_git_is_ahead_the_file_stays(adopted: Place) -> None:
    adopted.write(LOAD, "SELECT 'next';\n")
    adopted.commit("Not submitted yet")
    adopted.import_()
    assert status(adopted) == []
    assert f"git is ahead, and the file stays\n  orders: load (1): {LOAD}" in adopted.said


def test_a_file_with_changes_that_are_not_committed_is_overwritten_by_force_alone(adopted: Place) -> None:
    submit(adopted, "1", "SELECT 'edited';\n")
    submit(adopted, "2", "SELECT 'edited too';\n")
    adopted.write(LOAD, "SELECT 'typing';\n")
    (adopted.repository.folder / SUM).unlink()
    adopted.import_()
    assert adopted.files()[LOAD] == b"SELECT 'typing';\n"
    assert SUM not in adopted.files()
    for line in (f"  orders: load (1): {LOAD}", f"  orders: sum (2): {SUM}", "2 tasks whose code differs from a file"):
        assert line in adopted.said
    adopted.import_(force=True)
    assert (adopted.files()[LOAD], adopted.files()[SUM]) == (b"SELECT 'edited';\n", b"SELECT 'edited too';\n")


def test_a_file_that_was_never_committed_counts_as_changed(place: Place) -> None:
    place.create(NewTask("1", "load", "orders", code="SELECT 1;\n", submitted=True))
    place.import_()
    submit(place, "1", "SELECT 'edited';\n")
    place.create(NewTask("2", "late", "orders", code="SELECT 2;\n", submitted=True))
    place.import_()
    assert place.files()[LOAD] == b"SELECT 1;\n"
    assert "base: adopt" in place.said  # nothing was committed since the first import


def test_line_endings_of_the_work_tree_are_no_change(adopted: Place) -> None:
    adopted.write(LOAD, "SELECT 1;\r\n")
    adopted.import_()
    assert adopted.files()[LOAD] == b"SELECT 1;\r\n"
    submit(adopted, "1", "SELECT 'edited';\n")
    adopted.import_()
    assert adopted.files()[LOAD] == b"SELECT 'edited';\n"


def test_a_file_keeps_its_mode(adopted: Place) -> None:
    (adopted.repository.folder / LOAD).chmod(0o755)
    submit(adopted, "1", "SELECT 'edited';\n")
    adopted.import_()
    assert (adopted.repository.folder / LOAD).stat().st_mode & 0o777 == 0o755


def test_a_missing_code_file_comes_back(adopted: Place) -> None:
    """An import that was killed wrote the definition, and not yet all of its code."""
    adopted.repository.git("rm", "--quiet", LOAD)
    adopted.commit()
    adopted.import_()
    assert status(adopted) == [f"?? {LOAD}"]


def test_a_definition_without_code_stays_without_and_is_named(adopted: Place) -> None:
    adopted.write(FILE, adopted.files()[FILE].decode().replace("    code: load.sql\n", ""))
    adopted.commit()
    adopted.import_()
    assert status(adopted) == []
    assert (
        f"1 task with code in WeData, whose definition names no code: it stays as it is\n  orders: load (1): {FILE}"
        in (adopted.said)
    )


def test_a_code_behind_a_link_is_not_written(adopted: Place, tmp_path: Path) -> None:
    outside = tmp_path / "outside.sql"
    outside.write_text("mine\n")
    (adopted.repository.folder / LOAD).unlink()
    (adopted.repository.folder / LOAD).symlink_to(outside)
    submit(adopted, "1", "SELECT 'edited';\n")
    assert adopted.import_(force=True).exit_code == 2
    assert outside.read_text() == "mine\n"


@pytest.mark.parametrize("code", ["x" * 300, '"a\\0b"', "../orders"])
def test_a_code_that_is_no_file_is_refused_by_its_path(adopted: Place, code: str) -> None:
    adopted.write(FILE, adopted.files()[FILE].decode().replace("load.sql", code))
    assert adopted.import_().exit_code == 2
    assert "cannot be a regular file of this repository: it is a folder or no file's name" in adopted.said


def test_a_code_is_never_written_over_a_definition(adopted: Place) -> None:
    adopted.write(FILE, adopted.files()[FILE].decode().replace("load.sql", "tasks.yml"))
    adopted.commit()
    submit(adopted, "1", "task_id: evil\n")
    adopted.import_(force=True)
    assert status(adopted) == []


def test_a_temporary_file_that_a_killed_run_or_somebody_left_is_replaced(adopted: Place, tmp_path: Path) -> None:
    outside = tmp_path / "outside.sql"
    outside.write_text("mine\n")
    (adopted.repository.folder / "wedata/orders/.wedata-action.tmp").symlink_to(outside)
    submit(adopted, "1", "SELECT 'edited';\n")
    adopted.import_()
    assert outside.read_text() == "mine\n"
    assert status(adopted) == [f"M {LOAD}"]


def test_moved_and_renamed_tasks_are_found_by_their_id(adopted: Place) -> None:
    adopted.create(NewTask("1", "renamed", "elsewhere", code="SELECT 1;\n", submitted=True))
    adopted.import_()
    assert status(adopted) == []
    adopted.create(NewTask("3", "new", "elsewhere", code="SELECT 3", submitted=True))
    adopted.import_()
    assert status(adopted) == [f"M {FILE}", "?? wedata/orders/new.sql"]
    assert adopted.run("validate").result is ResultWord.VALID


def test_a_task_without_code_is_named_when_its_definition_is_written_and_not_again(place: Place) -> None:
    place.create(NewTask("1", "sync", "orders", 26, code=None, submitted=True))
    said = "1 task without code in WeData: what goes live is their saved draft"
    place.import_()
    assert said in place.said
    place.commit()
    place.import_()
    assert said not in place.said
