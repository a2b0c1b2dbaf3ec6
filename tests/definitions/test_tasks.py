from __future__ import annotations

import json

import pytest

from tests.definitions.reading import given_by, mistakes, task, tasks
from wedata_action.definitions import parse
from wedata_action.definitions.schema import TABLE, Level
from wedata_action.errors import Location
from wedata_action.task import Code, Source

TASK_KEYS = [key.name for key in TABLE if Level.TASK in key.levels]

# The two request bodies of the documentation of BatchCreateTaskVersionAsync.
EXAMPLES = [
    (
        {
            "Tasks": [{"TaskId": "20250227112817430", "VersionRemark": "test"}],
            "AutoRun": True,
            "AlarmWays": "true",
            "AlarmRecipientTypes": "all",
            "ProjectId": "1470547050521227264",
        },
        "20250227112817430",
    ),
    (
        {
            "Tasks": [{"TaskId": "20230425181533351", "VersionRemark": "ces"}],
            "AutoRun": True,
            "AlarmWays": "email",
            "AlarmRecipientTypes": "2",
            "ProjectId": "1470561602745229312",
        },
        "20230425181533351",
    ),
]


@pytest.mark.parametrize("path", ["a.json", "a.yml"])
@pytest.mark.parametrize(("body", "task_id"), EXAMPLES)
def test_a_request_body_of_the_api_is_a_definition_file(body: dict[str, object], task_id: str, path: str) -> None:
    found = task(json.dumps(body, indent=4), path)
    shared = {name: value for name, value in body.items() if name != "Tasks"}
    assert found.task_id == task_id
    assert given_by(found) == {**shared, **body["Tasks"][0]}  # type: ignore[index]  # a list of mappings


def test_every_key_is_read_in_both_spellings() -> None:
    values = {
        "task_id": "t", "name": "n", "version_remark": "r", "folder_id": "f", "project_id": "p", "auto_run": True,
        "need_check_parent_submitted": False, "alarm_ways": "email", "alarm_recipient_types": "1",
    }  # fmt: skip
    api_names = {key.name: key.api_name for key in TABLE}
    by_api_name = {api_names[name]: value for name, value in values.items()}
    for body in (values, by_api_name):
        found = task(json.dumps(body), "a.json")
        read = {**found._asdict(), **found.options._asdict()}
        assert {name: read[name] for name in values} == values
        assert given_by(found) == by_api_name
    assert task("Sources: [x]\nTaskId: 1").sources == (Source("x", Location("wedata/a.yml", 1, 11)),)


def test_what_is_not_given_is_not_given_by() -> None:
    assert given_by(task("task_id: 1\nname: ~\nauto_run:\nsources: [a]\n")) == {"TaskId": "1"}
    assert given_by(task("task_id: 1\nname: ''\nauto_run: false\n")) == {"TaskId": "1", "AutoRun": False}


def test_an_empty_remark_is_a_remark() -> None:
    assert given_by(task("task_id: 1\nversion_remark: ''")) == {"TaskId": "1", "VersionRemark": ""}


def test_a_key_of_the_task_wins_over_the_shared_one_wherever_that_stands() -> None:
    text = "tasks:\n- {task_id: 1, ProjectId: own, auto_run: false}\n- {task_id: 2}\nproject_id: all\nAutoRun: true\n"
    first, second = tasks(text)
    assert (first.project_id, first.options.auto_run) == ("own", False)
    assert (second.project_id, second.options.auto_run) == ("all", True)


def test_null_on_a_task_leaves_the_shared_value() -> None:
    assert task("project_id: p\ntasks:\n- {task_id: 1, project_id: ~}").project_id == "p"


@pytest.mark.parametrize(
    "scalar",
    [
        "00123",
        "1.10",
        "0x1F",
        "1_000",
        "12:30:45",
        "2024-01-01",
        "1e3",
        ".5",
        "yes",
        "on",
        "true",
        "0o17",
        "123456789012345678901",
    ],
)
def test_a_scalar_is_read_as_it_is_written(scalar: str) -> None:
    found = task(f"task_id: {scalar}\nversion_remark: {scalar}\nalarm_recipient_types: {scalar}\n")
    assert {found.task_id, found.version_remark, found.options.alarm_recipient_types} == {scalar}


@pytest.mark.parametrize("number", ["20250227112817430", "-1.50", "1E+400", "0.10"])
def test_a_json_number_keeps_its_digits(number: str) -> None:
    found = task(f'{{"task_id": {number.replace("+", "")}, "alarm_ways": {number}}}', "a.json")
    assert (found.task_id, found.options.alarm_ways) == (number.replace("+", ""), number)


@pytest.mark.parametrize("word", ["true", "True", "TRUE"])
def test_the_words_for_true(word: str) -> None:
    assert task(f"task_id: 1\nauto_run: {word}").options.auto_run is True


@pytest.mark.parametrize("word", ["false", "False", "FALSE"])
def test_the_words_for_false(word: str) -> None:
    assert task(f"task_id: 1\nauto_run: {word}").options.auto_run is False


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("yes", "the text 'yes'"), ("on", "the text 'on'"), ("1", "the text '1'"), ("tRUE", "the text 'tRUE'"),
        ("'true'", "the text 'true'"), ("[true]", "a list"),
    ],
)  # fmt: skip
def test_nothing_else_is_a_boolean(value: str, what: str) -> None:
    message = f"2:11 'auto_run' must be true or false, without quotes, not {what}"
    assert mistakes(f"task_id: 1\nauto_run: {value}") == [message]


@pytest.mark.parametrize(("value", "what"), [('"true"', "the text 'true'"), ("1", "the number 1")])
def test_nothing_else_is_a_boolean_in_json(value: str, what: str) -> None:
    message = f"1:28 'auto_run' must be true or false, without quotes, not {what}"
    assert mistakes(f'{{"TaskId": "1", "AutoRun": {value}}}', "a.json") == [message]


@pytest.mark.parametrize("null", ["", "~", "null", "Null", "NULL"])
def test_null_means_not_given(null: str) -> None:
    text = f"task_id: 1\nname: {null}\nproject_id: {null}\nauto_run: {null}\nsources: {null}\ncode: {null}\n"
    assert given_by(task(text)) == {"TaskId": "1"}
    assert task(text).code is None


def test_null_in_quotes_is_a_text() -> None:
    assert given_by(task("task_id: 'null'\nname: '~'")) == {"TaskId": "null", "Name": "~"}


def test_json_null_means_not_given() -> None:
    assert given_by(task('{"TaskId": "1", "Name": null, "AutoRun": null, "FolderId": null}', "a.json")) == {
        "TaskId": "1"
    }


@pytest.mark.parametrize("key", ["task_id", "name", "version_remark", "folder_id", "project_id", "alarm_ways"])
@pytest.mark.parametrize(
    ("value", "what"), [("[1]", "a list"), ('{"a": {"b": 1}}', "a mapping"), ("true", "the boolean true")]
)
def test_a_text_is_neither_a_collection_nor_a_json_boolean(key: str, value: str, what: str) -> None:
    body = {"task_id": "1", key: json.loads(value)}
    assert mistakes(json.dumps(body), "a.json")[0].endswith(f"'{key}' must be a text, not {what}")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("name: x\n", "1:1 the task's 'task_id' is missing"),
        ("# x\n{}\n", "2:1 the task's 'task_id' is missing"),
        ("name: x\ntask_id:\n", "1:1 the task's 'task_id' is empty"),
        ("name: x\ntask_id: ''\n", "1:1 the task's 'task_id' is empty"),
        ("tasks:\n  - name: x\n", "2:5 the task's 'task_id' is missing"),
        ("project_id: p\n", "1:1 the task's 'task_id' is missing"),
    ],
)
def test_a_task_needs_an_id(text: str, mistake: str) -> None:
    assert mistakes(text) == [mistake]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("'$(id)'", "'$(id)' has '$' (U+0024)"), ('"1 "', "'1 ' has ' ' (U+0020)"), ("é", "'é' has 'é' (U+00E9)"),
        ('"1\\n"', r"'1\n' has '\n' (U+000A)"), ('"a\\u202e1"', r"'a\u202e1' has '\u202e' (U+202E)"),
        ("１", "'１' has '１' (U+FF11)"),
        ("a" * 65, f"'{'a' * 65}' has 65 characters"),
        ("a" * 101, "'…' has 101 characters"),
    ],
)  # fmt: skip
def test_a_task_id_is_safe_in_any_shell(written: str, why: str) -> None:
    what = "'task_id' must be 1 to 64 letters from A to Z, digits, '_', '-', '.' and ':'"
    assert mistakes(f"task_id: {written}\n") == [f"1:10 {what}: {why}"]


def test_a_task_id_may_have_64_characters() -> None:
    task_id = "aZ09_-.:" * 8
    assert task(f"task_id: '{task_id}'\n").task_id == task_id


@pytest.mark.parametrize("key", ["project_id", "folder_id"])
@pytest.mark.parametrize(
    ("written", "code"),
    [('" 1"', "0020"), ('"1 "', "0020"), ('"1 2"', "0020"), ('"1\\t"', "0009"), ('"1\\u0000"', "0000"),
     ('"\\u00a01"', "00A0"), ('"1\\u200b"', "200B"), ('"1\\n"', "000A"), ('"\\u202e1"', "202E")],
)  # fmt: skip
def test_an_id_has_neither_white_space_nor_invisible_characters(key: str, written: str, code: str) -> None:
    body = {"task_id": '"1"', key: written}
    text = "".join(f"{name}: {value}\n" for name, value in body.items())
    (mistake,) = mistakes(text)
    assert f"'{key}' must not have white space" in mistake
    assert mistake.endswith(f"U+{code}")


@pytest.mark.parametrize("key", ["project_id", "folder_id"])
def test_an_empty_id_is_a_mistake(key: str) -> None:
    assert mistakes(f"task_id: 1\n{key}: ''") == [f"2:{len(key) + 3} '{key}' is empty: give an id or leave the key out"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("task_id", "task_id"), ("task_id", "TaskId"), ("TaskId", "task_id"), ("'task_id'", "TaskId")],
)
def test_a_key_stands_once_in_either_spelling(first: str, second: str) -> None:
    found, diagnostics = parse("a.yml", f"name: x\n{first}: 1\n{second}: 2\n".encode())
    name = first.strip("'")
    assert [diagnostic.message for diagnostic in diagnostics] == [
        f"duplicate key '{second}': '{name}' is in line 2, column 1"
    ]
    assert diagnostics[0].location == Location("a.yml", 3, 1)
    assert [definition.task_id for definition in found] == ["1"]


def test_a_duplicate_key_is_found_in_json_in_shared_keys_and_through_an_alias() -> None:
    assert mistakes('{"Tasks": [], "ProjectId": "1", "project_id": "1"}', "a.json") == [
        "1:33 duplicate key 'project_id': 'ProjectId' is in line 1, column 15"
    ]
    assert mistakes("tasks: []\nTasks: []\n") == ["2:1 duplicate key 'Tasks': 'tasks' is in line 1, column 1"]
    assert mistakes("&k task_id: 1\n*k : 2\n") == ["1:1 duplicate key 'task_id': 'task_id' is in line 1, column 1"]


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("taskid", "task_id"), ("TaskID", "TaskId"), ("TASKID", "TaskId"), ("autorun", "auto_run"),
        ("project", "project_id"), ("source", "sources"), ("alarm_way", "alarm_ways"), ("folderId", "FolderId"),
        ("remark", "version_remark"), ("owner", None), ("x" * 1000, None), ("''", None), ("~", None),
    ],
)  # fmt: skip
def test_an_unknown_key_names_the_nearest_known_one(key: str, known: str | None) -> None:
    (mistake,) = mistakes(f"task_id: 1\n{key} : 1\n")
    assert mistake.startswith("2:1 unknown key '")
    if known:
        assert mistake.endswith(f"'{key}'; did you mean '{known}'?")
    else:
        assert "; a task has these keys: task_id, name, " in mistake
    assert len(mistake) < 260


def test_the_nearest_key_is_one_that_may_stand_there() -> None:
    assert mistakes("tasks: []\ntask_ids: 1\n") == ["2:1 unknown key 'task_ids'; did you mean 'tasks'?"]


@pytest.mark.parametrize("key", ["task_id", "TaskId", "version_remark", "FolderId", "name", "sources", "code"])
def test_a_key_of_a_task_may_not_be_shared(key: str) -> None:
    assert mistakes(f"tasks: [task_id: 1]\n{key}: x\n") == [
        f"2:1 '{key}' belongs to one task: move it into an entry of 'tasks'"
    ]


def test_tasks_may_not_stand_within_a_task() -> None:
    assert mistakes("tasks:\n- task_id: 1\n  tasks: []\n") == [
        "3:3 'tasks' is not a key of a task, only of a whole document"
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("- task_id: 1\n", "1:1 a document must be a mapping, one task or shared keys and 'tasks', not a list"),
        ("hello\n", "1:1 a document must be a mapping, one task or shared keys and 'tasks', not the text 'hello'"),
        ("tasks: {task_id: 1}\n", "1:8 'tasks' must be a list of tasks, not a mapping"),
        ("tasks: abc\n", "1:8 'tasks' must be a list of tasks, not the text 'abc'"),
        ("tasks: [1]\n", "1:9 a task must be a mapping, not the text '1'"),
        ("tasks: [~]\n", "1:9 a task must be a mapping, not null"),
        ("tasks:\n- [task_id]\n", "2:3 a task must be a mapping, not a list"),
        ("task_id: 1\n[a]: 1\n", "2:1 a key must be a text, not a list"),
        ("task_id: 1\n? {a: b}\n: 1\n", "2:3 a key must be a text, not a mapping"),
    ],
)
def test_a_node_of_the_wrong_kind_is_named(text: str, mistake: str) -> None:
    assert mistakes(text) == [mistake]


@pytest.mark.parametrize("text", ["[]", '"a"', "1", "true"])
def test_a_json_document_is_a_mapping(text: str) -> None:
    (mistake,) = mistakes(text, "a.json")
    assert mistake.startswith("1:1 a document must be a mapping")


def test_sources_are_globs_with_their_places() -> None:
    found = task("task_id: 1\nsources:\n  - sql/*.sql\n  - '../common/**/*.sql'\n  - 5\n")
    assert found.sources == (
        Source("sql/*.sql", Location("wedata/a.yml", 3, 5)),
        Source("../common/**/*.sql", Location("wedata/a.yml", 4, 5)),
        Source("5", Location("wedata/a.yml", 5, 5)),
    )


def test_one_source_needs_no_list() -> None:
    assert task("sources: a.sql\ntask_id: 1").sources == (Source("a.sql", Location("wedata/a.yml", 1, 10)),)


@pytest.mark.parametrize(
    ("glob", "mistake"),
    [
        ("/etc/*", "the glob '/etc/*' is absolute: write it relative to the definition's folder"),
        ("C:/a", "the glob 'C:/a' is absolute: write it relative to the definition's folder"),
        ("a\\b", "the glob 'a\\\\b' has a backslash: separate folders by '/'"),
        ("''", "a glob of 'sources' is empty"),
        ("'  '", "a glob of 'sources' is empty"),
        ("~", "a glob of 'sources' must be a text, not null"),
        ("[a]", "a glob of 'sources' must be a text, not a list"),
    ],
)
def test_a_glob_is_a_relative_path_with_slashes(glob: str, mistake: str) -> None:
    assert mistakes(f"task_id: 1\nsources:\n- ok\n- {glob}\n") == [f"4:3 {mistake}"]


@pytest.mark.parametrize(
    ("path", "mistake"),
    [
        ("/etc/x.sql", "the path '/etc/x.sql' is absolute: write it relative to the definition's folder"),
        ("c:/a.sql", "the path 'c:/a.sql' is absolute: write it relative to the definition's folder"),
        ("sql\\a.sql", "the path 'sql\\\\a.sql' has a backslash: separate folders by '/'"),
        ("''", "'code' is empty"),
        ("' '", "'code' is empty"),
        ("[a.sql]", "'code' must be a text, not a list"),
        ("{dev: a.sql}", "'code' must be a text, not a mapping"),
        ("x" * 1001, "'code' has 1,001 characters; at most 1,000 are allowed"),
    ],
)
def test_code_is_one_relative_path_with_slashes(path: str, mistake: str) -> None:
    assert mistakes(f"task_id: 1\ncode: {path}\n") == [f"2:7 {mistake}"]


@pytest.mark.parametrize("path", ["load.sql", "../sql/a b.sql", "'*.sql'", "'!x'", "5"])
def test_code_is_read_with_its_place(path: str) -> None:
    for text in (f"task_id: 1\ncode: {path}", f"TaskId: 1\nCode: {path}"):
        assert task(text).code == Code(path.strip("'"), Location("wedata/a.yml", 2, 7))


@pytest.mark.parametrize(("value", "what"), [('{"a": "b"}', "a mapping"), ("true", "the boolean true")])
def test_sources_are_a_list(value: str, what: str) -> None:
    text = f'{{"task_id": "1", "sources": {value}}}'
    assert mistakes(text, "a.json") == [f"1:29 'sources' must be a list of globs, not {what}"]


def test_a_number_is_no_glob_in_json() -> None:
    assert mistakes('{"TaskId": "1", "Sources": [1]}', "a.json") == [
        "1:29 a glob of 'sources' must be a text, not the number 1"
    ]


def test_merge_keys_are_refused_with_what_to_do_instead() -> None:
    text = "tasks:\n- &a {task_id: 1}\n- <<: *a\n  name: x\n"
    assert mistakes(text) == [
        "3:3 merge keys ('<<') are not supported: put the keys that tasks share beside 'tasks'",
        "3:3 the task's 'task_id' is missing",
    ]
    assert mistakes("task_id: 1\n'<<': x") == ["2:1 unknown key '<<'; a task has these keys: " + ", ".join(TASK_KEYS)]


def test_one_task_twice_is_for_the_caller_to_find() -> None:
    assert len(tasks("tasks: [{task_id: 1}, {task_id: 1}]")) == 2


def test_a_message_is_one_line_whatever_the_text_holds() -> None:
    (mistake,) = mistakes('task_id: 1\n"a\\n::error::\\u001b[0m": 1\n')
    assert mistake.startswith("2:1 unknown key 'a\\n::error::\\x1b[0m'; a task has these keys: ")
