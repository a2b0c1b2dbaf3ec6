"""New tasks in files that people edited: every line that was there stays, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_action.definitions import parse
from wedata_action.importing.edit import add_tasks
from wedata_action.importing.text import Entry

NEW = [Entry("9", "新 task", "x.sql")]
AS_LINES = '- task_id: "9"\n  name: "新 task"\n  code: x.sql\n'

EDITED = """\
# the orders team
project_id:   "1460947878944567296"   # prod
tasks:
  # first

  - task_id: "1"   # load
    name:      load_orders
    sources: [ "a.sql","b.sql" ]
  - {task_id: "2",name: 'x'}

  - task_id:  '0003'  # last
    version_remark: >-
      some text
      goes on

# end of file
---
task_id: 5
...
"""


def test_a_new_task_follows_the_last_one_and_nothing_else_changes() -> None:
    added = "".join(f"  {line}\n" for line in AS_LINES.splitlines())
    assert add_tasks(EDITED.encode(), {"2"}, NEW) == EDITED.replace("goes on\n", f"goes on\n{added}").encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tasks:\n- task_id: 1\n", "tasks:\n- task_id: 1\n{}"),
        ("tasks:\n- task_id: 1 # c\n# d\n", "tasks:\n- task_id: 1 # c\n{}# d\n"),
        ("tasks:\n- task_id: 1\n  alarm_ways:\n\n# x\n", "tasks:\n- task_id: 1\n  alarm_ways:\n{}\n# x\n"),
        ("tasks:\n- {task_id: 1,\n   name: b} # c\n# d\n", "tasks:\n- {task_id: 1,\n   name: b} # c\n{}# d\n"),
        ("tasks:\n- task_id: 1\nauto_run: true\n", "tasks:\n- task_id: 1\n{}auto_run: true\n"),
        ("\ufefftasks:\n- task_id: 1\n", "\ufefftasks:\n- task_id: 1\n{}"),
        ("tasks:\n- task_id: 7\n---\ntasks:\n- task_id: 1\n", "tasks:\n- task_id: 7\n---\ntasks:\n- task_id: 1\n{}"),
    ],
)
def test_comments_order_and_the_place_of_the_list_stay(before: str, after: str) -> None:
    assert add_tasks(before.encode(), {"1"}, NEW) == after.replace("{}", AS_LINES).encode()


def test_line_endings_stay_those_of_the_file() -> None:
    before = "tasks:\n  - task_id: 1 # c\n"
    after = add_tasks(before.replace("\n", "\r\n").encode(), {"1"}, NEW)
    assert after == (before + "".join(f"  {line}\n" for line in AS_LINES.splitlines())).replace("\n", "\r\n").encode()
    assert add_tasks(b"tasks:\n- task_id: 1", {"1"}, NEW) == f"tasks:\n- task_id: 1\n{AS_LINES}".encode()[:-1]


@pytest.mark.parametrize(
    "content", ["task_id: 1\n", "tasks: [{task_id: 1}]\n", "tasks:\n- task_id: 2\n", "tasks: []\n"]
)
def test_a_file_without_a_list_of_lines_that_has_the_workflow_is_left_alone(content: str) -> None:
    assert add_tasks(content.encode(), {"1"}, NEW) is None


comments = st.sampled_from(["", "\n", "# c\n", "  # c\n", "\n\n# x: y\n"])
tasks = st.sampled_from(
    [
        '- task_id: "{}"\n',
        "- name: x # y\n  task_id: '{}'\n",
        "- {{task_id: '{}', name: \"#\"}}\n",
        "-\n  task_id: '{}'\n  version_remark: |\n    a\n\n    b\n",
        "- task_id: '{}'\n  sources:\n  - a\n  - b\n",
        "- task_id: '{}'\n  version_remark:\n",
    ]
)


@given(
    st.lists(st.tuples(comments, tasks), min_size=1, max_size=4), comments, st.sampled_from(["", "  "]), st.booleans()
)
def test_whatever_the_style_old_tasks_stay_and_the_new_one_is_read(
    items: list[tuple[str, str]], end: str, indent: str, turned: bool
) -> None:
    lines = "".join(comment + task.format(number) for number, (comment, task) in enumerate(items))
    text = "tasks:\n" + "".join(f"{indent}{line}\n" if line else "\n" for line in lines.split("\n")[:-1]) + end
    before = text.replace("\n", "\r\n" if turned else "\n").encode()
    after = add_tasks(before, {"0"}, NEW)
    assert after is not None
    (old, _), (now, mistakes) = parse("a.yml", before), parse("a.yml", after)
    assert mistakes == ()
    assert [task.task_id for task in now] == [*(task.task_id for task in old), "9"]
    assert [task._replace(sources=(), location=now[0].location) for task in now[:-1]] == [
        task._replace(sources=(), location=now[0].location) for task in old
    ]
    kept = iter(after.splitlines(keepends=True))
    assert all(line in kept for line in before.splitlines(keepends=True))
