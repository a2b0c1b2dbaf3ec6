import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_sandbox import catalogue


def written(folder: Path, text: str, name: str = "tasks.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_ids_are_the_text_that_stands_there(tmp_path: Path) -> None:
    path = written(tmp_path, "146: [0001, task_id: 0x10]\n'147': []\n")
    assert catalogue.read(path) == {"146": ["0001", "0x10"], "147": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML or JSON"),
        ("", "must map each project id"),
        ("[1]", "must map each project id"),
        ("1: 2", "project 1 must have a list of tasks"),
        ("1: [name: a]", "a task of project 1 has no task_id"),
        ("1: [[2]]", "a task of project 1 has no task_id"),
    ],
)
def test_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        catalogue.read(written(tmp_path, text))


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text(min_size=1))))
def test_json_is_read_as_well(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, list[str]]) -> None:
    assert catalogue.read(written(tmp_path_factory.mktemp("c"), json.dumps(tasks), "tasks.json")) == tasks
