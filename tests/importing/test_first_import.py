"""A project with tasks, and an empty repository: what the first import writes."""

import pytest

from tests.importing.place import PROJECT, Place
from wedata_action.errors import Reason
from wedata_action.result import ResultWord
from wedata_sandbox.content import NewTask
from wedata_sandbox.faults import Fault

SQL = "SELECT 1;\r\nSELECT '数据';\n"


def orders(place: Place) -> None:
    place.create(
        NewTask("0001", "load_orders", "orders", code=SQL, submitted=True),
        NewTask("0002", "sum", "orders", type_id=30, code="print(1)\n", submitted=True),
        NewTask("0003", "sync", "orders", type_id=26, code=None, submitted=True),
        NewTask("0004", "每日 报表", "报表/日", code="SELECT 3", submitted=True),
    )


def test_a_workflow_becomes_a_definition_file_with_the_code_beside_it(place: Place) -> None:
    orders(place)
    assert place.import_().exit_code == 0
    assert place.files() == {
        "wedata/orders/tasks.yml": (
            b'# WeData workflow orders\nproject_id: "1470547050521227264"\ntasks:\n'
            b'  - task_id: "0001"\n    name: load_orders\n    code: load_orders.sql\n'
            b'  - task_id: "0002"\n    name: sum\n    code: sum.py\n'
            b'  - task_id: "0003"\n    name: sync\n'
        ),
        "wedata/orders/load_orders.sql": SQL.encode(),
        "wedata/orders/sum.py": b"print(1)\n",
        "wedata/报表_日/tasks.yml": (
            '# WeData workflow 报表/日\nproject_id: "1470547050521227264"\ntasks:\n'
            '  - task_id: "0004"\n    name: "每日 报表"\n    code: 每日_报表.sql\n'
        ).encode(),
        "wedata/报表_日/每日_报表.sql": b"SELECT 3",
    }
    assert "Wrote 4 new definitions, 3 new code files; 0 code files had" in place.said
    assert "[skip ci]" in place.said
    assert "base: adopt" in place.said


def test_a_dry_run_says_the_same_and_writes_nothing(place: Place) -> None:
    orders(place)
    assert place.import_(dry_run=True).exit_code == 0
    assert place.files() == {}
    assert "Would write 4 new definitions, 3 new code files; 0 code files had" in place.said
    assert "wedata/orders/tasks.yml: 3 tasks" in place.said
    assert "skip ci" not in place.said


def test_workflows_and_tasks_can_be_chosen(place: Place) -> None:
    orders(place)
    place.import_(workflows=("报表/日",), task_ids=("0002",))
    assert set(place.files()) == {
        "wedata/报表_日/tasks.yml",
        "wedata/报表_日/每日_报表.sql",
        "wedata/orders/tasks.yml",
        "wedata/orders/sum.py",
    }
    assert place.import_(workflows=("order",), task_ids=("0009", "0001")).failure_reason is Reason.INVALID_INPUT
    assert "no workflow 'order' and no task '0009'" in place.said


def test_what_runs_is_written_and_unusual_tasks_are_named(place: Place) -> None:
    place.create(
        NewTask("1", "edited", "w", code="SELECT 1", submitted=True),
        NewTask("2", "new", "w", code="SELECT 2"),
        NewTask("3", "bundled", "w", code="SELECT 3", submitted=True, bundle_id="b-1"),
        NewTask("4", "huge", "w", code="x" * (5 << 20) + "x", submitted=True),
        NewTask("5", "awaiting", "w", code="SELECT 5"),
        NewTask("a b", "bad id", "w", code="SELECT 6", submitted=True),
    )
    place.wedata.save(PROJECT, "1", "SELECT 'typed'")
    place.wedata.add_by_hand(PROJECT, "5", "x", approve_status="审批中", status="N")
    assert place.import_().exit_code == 0
    files = place.files()
    assert set(files) == {"wedata/w/tasks.yml", "wedata/w/edited.sql", "wedata/w/new.sql"}
    assert (files["wedata/w/edited.sql"], files["wedata/w/new.sql"]) == (b"SELECT 1", b"SELECT 2")
    for task, why in [
        ("edited (1)", "1 task with an unsubmitted draft"),
        ("new (2)", "1 task never submitted: what is written is the draft"),
        ("bundled (3)", "1 task owned by a WeData bundle"),
        ("huge (4)", "1 task with a code over 5 MiB"),
        ("awaiting (5)", "1 task submitted but not in production"),
        ("bad id (a b)", "1 task whose id no definition can hold"),
    ]:
        title = place.said.index(why)
        assert f"\n  w: {task}" in place.said[title : title + 200]
    place.commit()
    assert place.run("validate").result is ResultWord.VALID
    assert place.run("drift").result is ResultWord.IN_SYNC


def test_the_draft_is_written_where_it_is_asked_for(place: Place) -> None:
    orders(place)
    place.wedata.save(PROJECT, "0001", "SELECT 'typed'")
    place.import_(draft=True)
    assert place.files()["wedata/orders/load_orders.sql"] == b"SELECT 'typed'"
    assert "by themselves" in place.said


@pytest.mark.parametrize(
    "code", ["\ufeffSELECT 1;\r\n", "a\rb", "\x00", "\x1b[31m::error::x\n", "\u202e", "\n\n", "#!/bin/sh"]
)
def test_codes_are_written_byte_for_byte_and_drift_agrees(place: Place, code: str) -> None:
    place.create(NewTask("1", "a", "w", type_id=35, code=code, submitted=True))
    place.import_()
    assert place.files()["wedata/w/a.sh"] == code.encode()
    place.commit()
    assert (place.run("validate").exit_code, place.run("drift").exit_code) == (0, 0)


@pytest.mark.parametrize(
    ("type_id", "kept", "suffix"),
    [
        (34, "x/a.py", ".sql"),
        (39, "warehouse/w/a_1.SCALA", ".scala"),
        (39, "a.yml", ".txt"),
        (39, "a.json", ".txt"),
        (39, "a.x/y", ".txt"),
        (39, "a.tar.g/../z", ".txt"),
        (39, "a.超", ".txt"),
        (39, "", ".txt"),
    ],
)
def test_the_suffix_follows_from_the_type_or_from_where_wedata_keeps_the_code(
    place: Place, type_id: int, kept: str, suffix: str
) -> None:
    place.create(NewTask("1", "a", "w", type_id=type_id, code="x", submitted=True))
    setting = {"TaskConfiguration": {"TaskExtConfigurationList": [{"ParamKey": "ftp.file.name", "ParamValue": kept}]}}
    place.wedata.call("UpdateTaskPartially", "2025-08-06", {"ProjectId": PROJECT, "TaskId": "1", "NewSetting": setting})
    place.import_()
    assert set(place.files()) == {"wedata/w/tasks.yml", f"wedata/w/a{suffix}"}


def test_names_that_clash_become_files_of_their_own(place: Place) -> None:
    place.create(
        *(
            NewTask(str(n), name, "w", code=f"{n}", submitted=True)
            for n, name in enumerate(["a", "A", "a ", "a_", "a"])
        ),
        NewTask("10", "a", "W", code="10", submitted=True),
        NewTask("11", "a", "w/", code="11", submitted=True),
    )
    place.write("wedata/W_", "a file where a folder would be")
    place.import_()
    files = place.files()
    assert {code for path, code in files.items() if path.endswith(".sql")} == {
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
        b"10",
        b"11",
    }
    assert len({path.casefold() for path in files}) == len(files)
    assert place.run("validate").exit_code == 0


def test_a_workflow_too_large_for_one_file_becomes_several(place: Place) -> None:
    place.create(*(NewTask(f"{n:060}", "\u202e" * 200, "w", submitted=True) for n in range(900)))
    place.without_sockets = True
    place.import_()
    assert sorted(place.files()) == ["wedata/w/tasks-2.yml", "wedata/w/tasks.yml"]
    assert place.run("validate").exit_code == 0


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("jobs", "--definitions 'jobs/**/*.yml'"),
        ("../x", "is not allowed"),
        ("/tmp", "is not allowed"),
        (".git/x", "is not allowed"),
        ("wedata/linked", "over a link"),
        ("wedata/module", "into a submodule"),
    ],
)
def test_a_folder_that_definitions_are_not_read_from_is_refused_at_once(place: Place, folder: str, says: str) -> None:
    orders(place)
    root = place.repository.folder
    (root / "wedata/module/.git").mkdir(parents=True)
    (root / "elsewhere").mkdir()
    (root / "wedata/linked").symlink_to(root / "elsewhere")
    assert place.import_(folder=folder).exit_code == 2
    assert says in place.said
    assert place.sandbox.gateway.calls == ()
    assert not list((root / "elsewhere").iterdir())


def test_another_folder_needs_its_globs(place: Place) -> None:
    orders(place)
    place.import_(folder="jobs/dwh", definitions="jobs/**/*.yml")
    assert "jobs/dwh/orders/tasks.yml" in place.files()
    assert place.import_(definitions="wedata/**").failure_reason is Reason.INVALID_INPUT
    assert "not the code beside it" in place.said


def test_a_name_that_the_globs_exclude_is_passed_by(place: Place) -> None:
    orders(place)
    place.import_(definitions="wedata/**/*.yml\n!wedata/orders/**")
    assert "wedata/orders-2/tasks.yml" in place.files()
    assert place.run("validate", definitions="wedata/**/*.yml\n!wedata/orders/**").exit_code == 0


def test_a_linked_folder_of_a_workflow_is_passed_by(place: Place) -> None:
    orders(place)
    root = place.repository.folder
    (root / "elsewhere").mkdir()
    (root / "wedata").mkdir()
    (root / "wedata/orders").symlink_to(root / "elsewhere")
    assert place.import_().exit_code == 0
    assert not list((root / "elsewhere").iterdir())
    assert "wedata/orders-2/tasks.yml" in place.files()


def test_a_task_that_cannot_be_read_is_named_and_the_run_is_red(place: Place) -> None:
    orders(place)
    place.sandbox.fail_next("GetTask", Fault.error("FailedOperation", "no"), times=1)
    assert place.import_().exit_code == 4
    assert "1 task that could not be read: left out" in place.said
    assert place.import_().exit_code == 0
    assert len(place.files()) == 5


def test_any_number_of_refusals_leaves_the_other_tasks(place: Place) -> None:
    """No page says what WeData answers of a task that is not in production."""
    orders(place)
    place.create(*(NewTask(f"9{n}", f"t{n}", "orders", code="x", submitted=True) for n in range(40)))
    place.without_sockets = True
    place.sandbox.fail_next("GetOpsTaskCode", Fault.error("FailedOperation", "not in production"), times=39)
    assert place.import_().exit_code == 4
    assert "39 tasks that could not be read: left out" in place.said
    assert len([path for path in place.files() if not path.endswith(".yml")]) == 4


def test_a_site_that_answers_nonsense_ends_the_import(place: Place) -> None:
    orders(place)
    place.create(*(NewTask(f"9{n}", f"t{n}", "orders", code="x", submitted=True) for n in range(40)))
    place.without_sockets = True
    place.sandbox.fail_next("GetOpsTaskCode", Fault.null("Data.CodeContent"), times=1000)
    assert place.import_().exit_code == 4
    assert "cannot be read: WeData answered GetOpsTaskCode without a code" in place.said
    assert len(place.sandbox.gateway.calls) < 200


def test_rejected_keys_end_the_import(place: Place) -> None:
    orders(place)
    place.sandbox.fail_next("GetTask", Fault.error("AuthFailure.SecretIdNotFound", "no"), times=9)
    assert place.import_().exit_code == 3


def test_a_task_that_is_deleted_meanwhile_is_left_out(place: Place) -> None:
    orders(place)
    place.sandbox.fail_next("GetTask", Fault.error("ResourceNotFound", "gone"), times=1)
    assert place.import_().exit_code == 0
    assert "1 task deleted in WeData in the meantime" in place.said


def test_definitions_with_mistakes_are_mended_first(place: Place) -> None:
    orders(place)
    place.write("wedata/a.yml", "task_id: [\n")
    assert place.import_().failure_reason is Reason.INVALID_DEFINITION
    assert set(place.files()) == {"wedata/a.yml"}
    assert place.sandbox.gateway.calls == ()


def test_a_project_without_tasks_says_so(place: Place) -> None:
    assert place.import_().exit_code == 2
    assert "no task in this project" in place.said
