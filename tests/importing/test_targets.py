"""A second project: its ids join the definitions of the first one, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.place import PROJECT, Place
from wedata_action.definitions import parse
from wedata_action.importing.targets import match, named, with_ids
from wedata_action.result import ResultWord
from wedata_action.tencent.task_list import Listed
from wedata_sandbox.content import NewTask

PROD = "1460947878944567296"
FILE = "wedata/orders/tasks.yml"
TASKS = (
    NewTask("1", "load", "orders", code="SELECT 1;\n", submitted=True),
    NewTask("2", "sum", "orders", code="SELECT 2;\n", submitted=True),
)


def in_prod(place: Place, *tasks: NewTask) -> None:
    for task in tasks:
        place.wedata.create_task(PROD, task)


def commit(place: Place) -> None:
    place.commit()
    assert place.run("validate").result is ResultWord.VALID


@pytest.fixture
def dev(place: Place) -> Place:
    """Two tasks of dev, imported, with a comment of somebody's; prod has the same tasks."""
    place.create(*TASKS)
    place.import_(target="dev")
    place.write(FILE, place.files()[FILE].decode().replace("    name: sum\n", "    name: sum # of the day\n"))
    commit(place)
    in_prod(
        place, *(NewTask(f"7{task.task_id}", task.name, "orders", code=task.code, submitted=True) for task in TASKS)
    )
    return place


def test_the_first_import_can_name_its_target(dev: Place) -> None:
    assert dev.files()[FILE].decode() == (
        f'# WeData workflow orders\nproject_id: {{dev: "{PROJECT}"}}\ntasks:\n'
        '  - task_id: {dev: "1"}\n    name: load\n    code: load.sql\n'
        '  - task_id: {dev: "2"}\n    name: sum # of the day\n    code: sum.sql\n'
    )
    assert dev.run("drift", target="dev").result is ResultWord.IN_SYNC


def test_the_ids_of_a_second_project_are_added_and_nothing_else_changes(dev: Place) -> None:
    before = dev.files()[FILE].decode()
    assert dev.import_(project=PROD, target="prod").exit_code == 0
    assert dev.files()[FILE].decode() == (
        before.replace(f'{{dev: "{PROJECT}"}}', f'{{dev: "{PROJECT}", prod: "{PROD}"}}')
        .replace('{dev: "1"}', '{dev: "1", prod: "71"}')
        .replace('{dev: "2"}', '{dev: "2", prod: "72"}')
    )
    assert f"Wrote ids of 2 tasks for the target prod\n  {FILE}: 2 tasks" in dev.said
    commit(dev)
    assert dev.run("drift", target="prod").result is ResultWord.IN_SYNC
    dev.import_(project=PROD, target="prod")
    dev.import_()
    assert dev.repository.git("status", "--porcelain") == ""


def test_code_is_never_written_for_a_second_target_and_differences_are_listed(dev: Place) -> None:
    in_prod(dev, NewTask("72", "sum", "orders", code="SELECT 'of prod';\n", submitted=True))
    for _ in range(2):
        dev.import_(project=PROD, target="prod")
        assert dev.files()["wedata/orders/sum.sql"] == b"SELECT 2;\n"
        assert "second target nothing is written\n  orders: sum (72): wedata/orders/sum.sql" in dev.said
    dev.commit()
    dev.import_(project=PROD, task_ids=("72",))  # an edit of prod is taken where its project is imported by itself
    assert dev.files()["wedata/orders/sum.sql"] == b"SELECT 'of prod';\n"


def test_what_does_not_match_is_listed_both_ways_and_two_hits_are_no_match(dev: Place) -> None:
    dev.create(NewTask("3", "only dev", "orders", code="SELECT 3;\n", submitted=True))
    dev.import_()
    commit(dev)
    assert 'task_id: {dev: "3"}' in dev.files()[FILE].decode()
    in_prod(dev, NewTask("79", "only prod", "orders"), NewTask("78", "load", "orders"), NewTask("77", "load", "other"))
    in_prod(dev, NewTask("76", "load", "orders", type_id=30))
    dev.import_(project=PROD, target="prod")
    text = dev.files()[FILE].decode()
    assert '{dev: "2", prod: "72"}' in text
    assert '{dev: "1"}' in text
    title = "3 tasks matched by workflow, name and type more than once"
    ambiguous = dev.said[dev.said.index(title) :].split("\n")[1:4]
    assert ambiguous == ["  orders: load (1)", "  orders: load (71)", "  orders: load (78)"]
    for line in ("orders: only prod (79)", "other: load (77)", "orders: load (76)", "orders: only dev (3)"):
        assert f"\n  {line}\n" in dev.said
    assert "3 tasks in this project, but matched by no definition" in dev.said
    assert "1 task defined, but matched by no task of this project\n  orders: only dev (3)" in dev.said
    dev.import_(project=PROD, task_ids=("79",))
    assert '  - task_id: {prod: "79"}\n    name: "only prod"\n' in dev.files()[FILE].decode()
    commit(dev)


def test_two_hits_are_refused_whichever_of_them_is_asked_for(dev: Place) -> None:
    in_prod(dev, NewTask("78", "load", "orders"))
    dev.import_(project=PROD, target="prod", task_ids=("78",))
    assert "orders: load (1)" in dev.said
    assert '{dev: "1"}' in dev.files()[FILE].decode()


def test_a_second_task_of_the_first_project_is_a_hit_though_git_does_not_define_it(dev: Place) -> None:
    dev.create(NewTask("5", "load", "orders"))
    dev.import_(project=PROD, target="prod")
    assert "2 tasks matched by workflow, name and type more than once" in dev.said
    assert '{dev: "1"}' in dev.files()[FILE].decode()
    assert '{dev: "2", prod: "72"}' in dev.files()[FILE].decode()


def test_definitions_that_name_no_project_are_listed_as_such(dev: Place) -> None:
    dev.write(FILE, dev.files()[FILE].decode().replace("project_id: ", "# "))
    commit(dev)
    dev.import_(project=PROD, target="prod")
    assert (
        f"2 tasks defined without a project, where they would be looked for: add project_id\n  {FILE}: load (1)\n"
        in (dev.said)
    )


def test_json_that_is_no_yaml_is_left_for_a_person(dev: Place) -> None:
    text = f'{{"task_id": {{"dev": "1"}}, "project_id": "{PROJECT}", "name": "\x7f", "code": "orders/load.sql"}}'
    dev.write("wedata/a.json", text)
    dev.write(FILE, f"project_id: '{PROJECT}'\ntask_id: {{dev: '2'}}\n")
    commit(dev)
    dev.import_(project=PROD, target="prod")
    assert "add the ids by hand\n  orders: load (71): wedata/a.json" in dev.said
    for path, content in (("wedata/a.json", text.replace('{"dev": "1"}', '"1"')), (FILE, "task_id: '2'\n")):
        dev.write(path, content)
    commit(dev)
    assert dev.import_(target="dev").exit_code == 2
    assert "wedata/a.json: the ids cannot safely be made those of the target dev" in dev.said


def test_definitions_without_targets_get_their_own_first(place: Place) -> None:
    place.create(*TASKS)
    place.import_()
    commit(place)
    before = place.files()[FILE].decode()
    in_prod(place, NewTask("71", "load", "orders", code="SELECT 1;\n", submitted=True))
    assert place.import_(project=PROD, target="prod").exit_code == 2
    assert f"`wedata-action import --project-id {PROJECT} --target NAME`" in place.said
    place.import_(target="dev")
    assert place.files()[FILE].decode() == before.replace('"1"', '{dev: "1"}').replace('"2"', '{dev: "2"}')
    commit(place)
    place.import_(project=PROD, target="prod")
    assert f'project_id: {{dev: "{PROJECT}", prod: "{PROD}"}}' in place.files()[FILE].decode()
    assert '{dev: "1", prod: "71"}' in place.files()[FILE].decode()
    commit(place)


def test_a_new_task_gets_the_target_of_its_project_or_none_at_all(dev: Place) -> None:
    dev.import_(project=PROD, target="prod")
    commit(dev)
    dev.create(NewTask("3", "new", "orders", code="SELECT 3;\n", submitted=True))
    dev.import_()
    assert '  - task_id: {dev: "3"}\n    name: new\n    code: new.sql\n' in dev.files()[FILE].decode()
    in_prod(dev, NewTask("73", "new", "orders", code="SELECT 3;\n", submitted=True))
    dev.import_(project=PROD, target="prod")
    assert '  - task_id: {dev: "3", prod: "73"}\n' in dev.files()[FILE].decode()
    commit(dev)
    dev.wedata.create_task("99", NewTask("1", "of a third project", "orders"))
    dev.import_(project="99")
    assert "1 task left out: the definitions do not say which target has this project" in dev.said
    assert dev.repository.git("status", "--porcelain") == ""


def test_a_target_can_have_several_projects(dev: Place) -> None:
    dev.wedata.create_task("99", NewTask("1", "load", "other", code="SELECT 9;\n", submitted=True))
    dev.import_(project="99", target="dev")
    assert 'project_id: {dev: "99"}' in dev.files()["wedata/other/tasks.yml"].decode()
    commit(dev)


def test_a_dry_run_writes_no_ids(dev: Place) -> None:
    dev.import_(project=PROD, target="prod", dry_run=True)
    assert "Would write ids of 2 tasks for the target prod" in dev.said
    assert dev.repository.git("status", "--porcelain") == ""


# Files as people write them


def listed(task_id: str) -> Listed:
    return Listed(task_id, "x", "", "w", "34", submitted=True)


BLOCK = """\
project_id:
  dev: p1 # one
  # two
tasks:
- task_id:
    dev: 0001
  name: x
"""


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.yml", BLOCK, BLOCK.replace("one\n", 'one\n  prod: "p2"\n').replace("1\n  n", '1\n    prod: "9"\n  n')),
        (
            "a.yml",
            "tasks:\r\n- {task_id: {dev: '0001' }, project_id: p1} # c\r\n",
            'tasks:\r\n- {task_id: {dev: \'0001\', prod: "9" }, project_id: {dev: "p1", prod: "p2"}} # c\r\n',
        ),
        ("a.yml", "\ufefftask_id: {dev: a:b}\n", '\ufefftask_id: {dev: a:b, prod: "9"}\n'),
        (
            "a.json",
            '{\n\t"ProjectId": {"dev": "p1"},\n\t"Tasks": [{"TaskId": {"dev": "0001"}}]\n}',
            '{\n\t"ProjectId": {"dev": "p1", "prod": "p2"},\n\t"Tasks": [{"TaskId": {"dev": "0001", "prod": "9"}}]\n}',
        ),
        (
            "a.json",
            '{"Name": "\\ud83c\\udf89", "TaskId": {"dev": "0001"}}',
            '{"Name": "\\ud83c\\udf89", "TaskId": {"dev": "0001", "prod": "9"}}',
        ),
        ("a.json", '{"TaskId": {"dev": "0001"}, "Name": "\x7f"}', None),
        ("a.yml", "tasks: null\n---\ntask_id: {dev: 1}\n", 'tasks: null\n---\ntask_id: {dev: 1, prod: "9"}\n'),
        (
            "a.yml",
            "project_id: {dev: p1}\ntasks: # c\n- task_id: 1\n",
            'project_id: {dev: p1, prod: "p2"}\ntasks: # c\n- task_id: {dev: "1", prod: "91"}\n',
        ),
        ("a.yml", "project_id: {dev: p1}\ntasks: # c\n- task_id: 1\n- task_id: 2 # which prod would have too\n", None),
        ("a.yml", "project_id: p1\ntasks:\n- task_id: {dev: 1}\n- task_id: 2\n", None),
    ],
)
def test_ids_are_added_in_the_style_of_the_file_or_not_at_all(path: str, before: str, after: str | None) -> None:
    tasks, mistakes = parse(path, before.encode())
    assert mistakes == ()
    pairs = [(task, listed(f"9{number or ''}")) for number, task in enumerate(tasks) if task.target == "dev"][:1]
    found = with_ids(path, before.encode(), pairs, "p2", "prod")
    assert found == (None if after is None else after.encode())


ids = st.sampled_from(
    [
        "{dev: '%s'}",
        "{dev: %s,} # c",
        "{\n        dev: %s # c\n    }",
        '\n        dev: "%s" # c\n        # d',
        "\n        ? dev\n        : %s",
        "{stage: s%s, dev: %s}",
        "!!map {dev: &a%s t%s}",
    ]
)
projects = st.sampled_from(["", "project_id: p1", "project_id: {dev: p1} # c", "project_id:\n    dev: p1\n    # c"])


@given(st.lists(st.tuples(ids, projects), min_size=1, max_size=4), projects, st.booleans())
def test_whatever_the_style_ids_are_added_and_the_rest_stays(
    styles: list[tuple[str, str]], shared: str, turned: bool
) -> None:
    text = f"# first\n{shared}\ntasks:\n"
    for number, (style, project) in enumerate(styles):
        text += f"  - name: n{number} # c\n    task_id: {style.replace('%s', str(number))}\n"
        text += f"    {project.replace(chr(10), chr(10) + '    ')}\n\n"
    before = text.replace("\n", "\r\n" if turned else "\n").encode()
    tasks, mistakes = parse("a.yml", before)
    assert mistakes == ()
    of_dev = [task for task in tasks if task.target == "dev"]
    assert len(of_dev) == len(styles)
    pairs = [(task, listed(f"9{number}")) for number, task in enumerate(of_dev)]
    after = with_ids("a.yml", before, pairs, "p2", "prod")
    assert after is not None
    found = [task for task in parse("a.yml", after)[0] if task.target == "prod"]
    assert [task.task_id for task in found] == [f"9{number}" for number in range(len(styles))]
    assert {task.project_id for task in found} <= {"p2", ""}
    assert [line.split()[-1] for line in after.splitlines() if b" # c" in line] == [
        b"c" for line in before.splitlines() if b" # c" in line
    ]


def test_a_file_in_which_an_id_serves_two_tasks_is_left_for_a_person() -> None:
    text = b"tasks:\n- task_id: &x {dev: '1'}\n  project_id: p1\n- task_id: *x\n  project_id: p2\n"
    tasks, mistakes = parse("a.yml", text)
    assert mistakes == ()
    assert with_ids("a.yml", text, [(tasks[0], listed("9"))], "p3", "prod") is None
    assert named("a.yml", b"task_id: &x a\nname: *x\n", parse("a.yml", b"task_id: &x a\nname: *x\n")[0], "dev") is None


def test_tasks_are_the_same_by_workflow_name_and_type() -> None:
    [task], _ = parse("a.yml", b"task_id: {dev: '1'}\n")
    here = Listed("1", "load", "id-1", "orders", "34", submitted=True)
    there = Listed("9", "load", "id-9", "orders", "34", submitted=False)
    assert match([(task, here)], [there]).pairs == [(task, there)]
    for other in (there._replace(name="Load"), there._replace(workflow="x"), there._replace(type="30")):
        found = match([(task, here)], [other])
        assert (found.pairs, found.not_defined, found.not_there) == ([], [other], [here])
    assert match([(task, here)], [there, there]).ambiguous == [here, there, there]
    assert match([(task, here), (task, here)], [there]).pairs == []
