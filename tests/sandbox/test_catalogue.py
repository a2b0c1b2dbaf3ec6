import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wedata_sandbox import catalogue
from wedata_sandbox.content import NewTask


def written(folder: Path, text: str, name: str = "tasks.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_ids_are_the_text_that_stands_there(tmp_path: Path) -> None:
    path = written(tmp_path, "146: [0001, task_id: 0x10]\n'147': []\n")
    assert catalogue.read(path) == {"146": [NewTask("0001"), NewTask("0x10")], "147": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML or JSON"),
        ("", "must map each project id"),
        ("[1]", "must map each project id"),
        ("1: 2", "project 1 must have a list of tasks"),
        ("1: [name: a]", "a task of project 1 has no task_id"),
        ("1: [[2]]", "a task of project 1 has no task_id"),
        ("1: [{task_id: 2, nmae: a}]", "task 2 has the unknown key nmae; the keys are task_id, name"),
        ("1: [{task_id: 2, name: [a]}]", "task 2 must have a text for name"),
        ("1: [{task_id: 2, upstream: 3}]", "task 2 must have a list of task ids for upstream"),
        ("1: [{task_id: 2, upstream: [[3]]}]", "task 2 must have a list of task ids for upstream"),
        ("1: [{task_id: 2, type_id: sql}]", "task 2 must have a number for type_id"),
    ],
)
def test_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        catalogue.read(written(tmp_path, text))


ALL = """\
"146":
  - task_id: 0001
    name: sum_orders
    workflow: orders
    type_id: 35
    code: |
      echo 1
    submitted: true
    draft: echo 2
    upstream: [0002]
    bundle_id: b
  - {task_id: 0002, type_id: 26}
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_task_has_what_is_said_of_it(tmp_path: Path, as_json: bool) -> None:
    path = written(tmp_path, ALL)
    if as_json:
        path = written(tmp_path, json.dumps(yaml.load(ALL, yaml.BaseLoader)).replace('"true"', "true"), "tasks.json")
    first = NewTask("0001", "sum_orders", "orders", 35, "echo 1\n", ("0002",), "b", submitted=True, edit="echo 2")
    assert catalogue.read(path) == {"146": [first, NewTask("0002", type_id=26, code=None)]}


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text(min_size=1))))
def test_json_is_read_as_well(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, list[str]]) -> None:
    assert catalogue.read(written(tmp_path_factory.mktemp("c"), json.dumps(tasks), "tasks.json")) == {
        project: [NewTask(task_id) for task_id in ids] for project, ids in tasks.items()
    }
