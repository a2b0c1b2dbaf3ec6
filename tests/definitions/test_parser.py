from __future__ import annotations

import subprocess
import sys

import pytest

from tests.definitions.reading import mistakes, task, tasks
from wedata_action.definitions import MAX_BYTES, parse
from wedata_action.errors import Location


def test_a_document_with_task_id_is_one_task() -> None:
    found = task("task_id: 1\nname: orders\n")
    assert (found.task_id, found.name, found.location) == ("1", "orders", Location("wedata/a.yml", 1, 10))


def test_a_stream_holds_the_tasks_of_all_its_documents_in_order() -> None:
    text = "task_id: a\n---\ntasks:\n- task_id: b\n- task_id: c\n---\n{task_id: d}\n"
    assert [found.task_id for found in tasks(text)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n---\n", "null\n", "~", "--- # one\n--- # two\n"])
def test_an_empty_document_holds_no_task(text: str) -> None:
    assert tasks(text) == []


def test_json_null_holds_no_task() -> None:
    assert tasks(" null\n", "a.json") == []


@pytest.mark.parametrize("text", ["tasks:\n", "tasks: []\n", "project_id: p\nTasks: ~\n"])
def test_an_empty_list_of_tasks_is_no_mistake(text: str) -> None:
    assert tasks(text) == []


def test_the_suffix_json_in_any_case_decides_for_json() -> None:
    assert mistakes("task_id: 1", "a.JSON")[0].startswith("1:1 not valid JSON")
    assert task('{"task_id": "\\u0031"}', "a.Json").task_id == "1"
    assert task('{"task_id": "1"}', "json").task_id == "1"


@pytest.mark.parametrize("path", ["a.yml", "a.json"])
def test_a_byte_order_mark_is_no_character_of_the_text(path: str) -> None:
    found, diagnostics = parse(path, b'\xef\xbb\xbf{"task_id": "1"}')
    assert diagnostics == ()
    assert found[0].location == Location(path, 1, 13)


@pytest.mark.parametrize("path", ["a.yml", "a.json"])
def test_a_file_over_the_limit_is_not_parsed(path: str) -> None:
    found, diagnostics = parse(path, b" " * (MAX_BYTES + 1))
    assert found == ()
    assert [diagnostic.location for diagnostic in diagnostics] == [Location(path, 1, 1)]
    assert "larger than 1,048,576 bytes" in diagnostics[0].message


def test_a_file_of_the_largest_size_is_parsed() -> None:
    found, diagnostics = parse("a.yml", b"task_id: 1\n#".ljust(MAX_BYTES, b" "))
    assert (len(found), diagnostics) == (1, ())


@pytest.mark.parametrize("path", ["a.yml", "a.json"])
@pytest.mark.parametrize(
    ("data", "location"),
    [
        (b"\xff\xfet\x00", "1:1"),
        (b"task_id: 1\n\x80", "2:1"),
        ("a: é\nb: 数据".encode() + b"\xe6", "2:6"),
        (b"\xef\xbb\xbfa\xc0\xaf", "1:2"),
        (b"name: \xed\xa0\x80", "1:7"),
    ],
)
def test_text_that_is_not_utf_8_is_a_mistake_at_its_first_bad_byte(path: str, data: bytes, location: str) -> None:
    (mistake,) = mistakes(data, path)
    assert mistake.startswith(f"{location} not UTF-8: the byte 0x")


def test_columns_count_characters() -> None:
    assert mistakes('{name: "数据😀", Name_: 1, task_id: 1}') == ["1:15 unknown key 'Name_'; did you mean 'Name'?"]
    assert mistakes('{"name": "数据😀", "Name_": 1, "task_id": 1}', "a.json") == [
        "1:17 unknown key 'Name_'; did you mean 'Name'?"
    ]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_lines_are_those_that_git_counts(separator: str) -> None:
    text = f'name: "a{separator}b"\ntask_id: 1\nnme: 1\n'
    assert mistakes(text) == ["3:1 unknown key 'nme'; did you mean 'name'?"]


def test_line_ends_of_windows_change_nothing() -> None:
    assert (
        mistakes("task_id: 1\r\nnme: 1\r\n")
        == mistakes("task_id: 1\nnme: 1\n")
        == ["2:1 unknown key 'nme'; did you mean 'name'?"]
    )


def test_documents_before_a_syntax_error_are_read() -> None:
    found, diagnostics = parse("a.yml", b"task_id: 1\nfoo: 2\n---\ntask_id: [\n")
    assert [definition.task_id for definition in found] == ["1"]
    assert [diagnostic.location for diagnostic in diagnostics] == [Location("a.yml", 2, 1), Location("a.yml", 4, 11)]


def test_every_mistake_is_reported_in_the_order_of_the_text() -> None:
    text = "tasks:\n- task_id: 1\n  auto_run: 1\n- nmae: 2\nauto_rum: 3\nalarm_ways: []\n"
    assert mistakes(text) == [
        "3:13 'auto_run' must be true or false, without quotes, not the text '1'",
        "4:3 the task's 'task_id' is missing",
        "4:3 unknown key 'nmae'; did you mean 'name'?",
        "5:1 unknown key 'auto_rum'; did you mean 'auto_run'?",
        "6:13 'alarm_ways' must be a text, not a list",
    ]


def test_a_mistake_in_an_anchored_node_is_reported_once() -> None:
    text = "tasks:\n- {task_id: 1, sources: &s [/a]}\n- {task_id: 2, sources: *s}\n"
    assert len(mistakes(text)) == 1


def test_reading_ends_at_the_hundred_first_mistake() -> None:
    text = "task_id: 1\n" + "".join(f"key{number}x: 1\n" for number in range(100))
    assert len(mistakes(text)) == 100
    more = "102:1 there are more mistakes than the 100 that are listed: fix those first"
    assert mistakes(text + "auto_rum: 1\n")[100:] == [more]
    assert mistakes(text + "auto_rum: 1\nbar: 2\n")[100:] == [more]


def test_a_task_with_a_mistake_beside_its_id_is_still_read() -> None:
    found, diagnostics = parse("a.yml", b"task_id: 1\nfoo: 2\n")
    assert (len(found), len(diagnostics)) == (1, 1)


def test_yaml_is_loaded_when_a_yaml_file_is_parsed() -> None:
    program = (
        "import sys\n"
        "from wedata_action.definitions import parse\n"
        "parse('a.json', b'{}')\n"
        "assert 'yaml' not in sys.modules\n"
        "parse('a.yml', b'{}')\n"
        "assert 'yaml' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


_TAB = "not valid YAML: a tab is not allowed here; indent with spaces"


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("tasks:\n\t- task_id: a\n", "2:1"), ("task_id: a\n\tname: b\n", "2:1"), ("\ttask_id: a\n", "1:1"),
        ("tasks:\n  - task_id: a\n \tname: b\n", "3:2"), ("tasks:\n-\ttask_id: a\n\tname: b\n", "2:2"),
        ("name: |\n\ta\n", "2:1"),
    ],
)  # fmt: skip
def test_a_tab_is_told_in_plain_words(text: str, location: str) -> None:
    assert mistakes(text) == [f"{location} {_TAB}"]


def test_a_tab_that_yaml_allows_is_no_mistake() -> None:
    assert task("task_id:\ta\nname: 'x\ty'\n").name == "x\ty"


CONFLICT = "<<<<<<< HEAD\n{}: a\n||||||| base\n=======\n{}: b\n>>>>>>> topic\n"


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.yml", CONFLICT.replace("{}", "task_id"), 1),
        ("a.yml", "task_id: a\n" + CONFLICT.replace("{}", "name"), 2),
        ("a.yml", "tasks:\n- task_id: a\n" + CONFLICT.replace("{}", "- task_id"), 3),
        ("a.yml", "name: |\n  x\n" + CONFLICT.replace("{}", "task_id"), 3),
        ("a.json", "{\n" + CONFLICT.replace("{}", '"task_id"') + "}", 2),
    ],
)
def test_the_markers_of_a_merge_conflict_are_told_as_such(path: str, text: str, line: int) -> None:
    [mistake] = mistakes(text, path)
    assert mistake.startswith(f"{line}:1 a merge conflict is not resolved: ")


def test_markers_inside_a_text_are_text() -> None:
    assert task("task_id: a\nname: |\n  <<<<<<< HEAD\n").name == "<<<<<<< HEAD\n"


@pytest.mark.parametrize("key", ["name", "version_remark", "alarm_ways", "folder_id", "project_id", "sources"])
def test_a_text_has_at_most_1000_characters(key: str) -> None:
    assert task(f"task_id: a\n{key}: {'x' * 1000}\n").task_id == "a"
    [mistake] = mistakes(f"task_id: a\n{key}: {'x' * 1001}\n")
    assert mistake.endswith("has 1,001 characters; at most 1,000 are allowed")
