"""Definitions as text: what is written is read back, by this program and by others."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action.definitions import parse
from wedata_action.importing.text import Entry, new_file, shown_name

words = st.sampled_from(
    ["null", "~", "yes", "NO", "on", "true", "1e3", "0x1", "- a", "a: b", "# c", "&a", "*a", "!t", "%x"]
)
names = texts | words
entries = st.lists(
    st.builds(
        Entry,
        st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True),
        names.map(shown_name),
        st.sampled_from(["", "a.sql", "数据-1.py", "_con.txt", "1.sql"]),
        st.just(""),
    ),
    min_size=1,
    max_size=6,
)
targets = st.sampled_from(["", "prod", "null", "1", "-", "."])


def of(target: str, given_entries: list[Entry]) -> list[Entry]:
    return [entry._replace(target=target) for entry in given_entries]


@given(texts, entries, targets)
def test_what_is_written_is_what_is_read(workflow: str, given_entries: list[Entry], target: str) -> None:
    text = new_file(workflow, "0123", of(target, given_entries))
    assert all(char == "\n" or char.isprintable() for char in text)
    tasks, mistakes = parse("wedata/a.yml", text.encode())
    assert mistakes == ()
    read = [
        Entry(task.task_id, task.name, task.code.file if task.code else "", task.target)
        for task in tasks
        if task.project_id == "0123"
    ]
    assert read == of(target, given_entries)
    assert len(read) == len(tasks)


@given(texts, entries)
def test_other_readers_of_yaml_read_texts_and_the_same(workflow: str, given_entries: list[Entry]) -> None:
    read = yaml.safe_load(new_file(workflow, "0123", given_entries))
    assert read["project_id"] == "0123"
    meant = [{"task_id": entry.task_id, "name": entry.name, "code": entry.code} for entry in given_entries]
    assert read["tasks"] == [{key: value for key, value in task.items() if value} for task in meant]


def test_a_file_looks_as_a_person_would_have_written_it() -> None:
    tasks = [Entry("0001", "load_orders", "load_orders.sql"), Entry("2", "每日 订单", "")]
    assert new_file("订单\n# x", "1470547050521227264", tasks) == (
        "# WeData workflow 订单\\u000A# x\n"
        'project_id: "1470547050521227264"\n'
        "tasks:\n"
        '  - task_id: "0001"\n'
        "    name: load_orders\n"
        "    code: load_orders.sql\n"
        '  - task_id: "2"\n'
        '    name: "每日 订单"\n'
    )
