"""What the demo plays: the files of its repository, and the pushes to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_ORDERS = """\
project_id: "1460947878944567296"
tasks:
  - task_id: "20250801000000001"
    name: load_orders
    code: ../sql/load_orders.sql
  - task_id: "20250801000000002"
    name: sum_orders
    version_remark: totals by day
"""
_REPORT = """\
{"ProjectId": "1460947878944567296", "AlarmWays": "email",
 "Tasks": [{"TaskId": "20250801000000003", "Name": "mail_report"}]}
"""
_ARCHIVE = """\
project_id: "1460947878944567296"
task_id: "20250801000000004"
"""
DRAFTS = {"20250801000000001": "SELECT id FROM orders;\n"}
"""What WeData has as the code of tasks."""

FILES = {
    "wedata/orders.yml": _ORDERS,
    "wedata/report.json": _REPORT,
    "wedata/archive.yml": _ARCHIVE,
    "sql/load_orders.sql": "SELECT id FROM orders;\n",
    "README.md": "Our warehouse.\n",
}


class Act(NamedTuple):
    """One push. `edits` are path, old and new text; `ends` is exit code, result, failure reason, tasks sent.

    `refusals` are the error logs of tasks from then on, None for one that WeData takes again.
    """

    title: str
    subject: str
    edits: tuple[tuple[str, str, str], ...]
    ends: tuple[int, str, str, int]
    refusals: Mapping[str, str | None] = MappingProxyType({})


ACTS = (
    Act(
        "a SQL file goes live; a comment in a definition changes nothing",
        "Count orders by region",
        (
            ("sql/load_orders.sql", "SELECT id FROM orders;", "SELECT id, region FROM orders;"),
            ("wedata/archive.yml", "task_id:", "# Kept for audits.\ntask_id:"),
        ),
        (0, "success", "", 1),
    ),
    Act(
        "a key is misspelt, so nothing is sent",
        "Reword the remark",
        (("wedata/orders.yml", "version_remark: totals", "version_remrak: all totals"),),
        (2, "failure", "invalid-definition", 0),
    ),
    Act(
        "the key is fixed, and WeData rejects one of two tasks",
        "Fix the key, alarm by text message",
        (
            ("wedata/orders.yml", "version_remrak", "version_remark"),
            ("wedata/report.json", '"AlarmWays": "email"', '"AlarmWays": "email,sms"'),
        ),
        (1, "failure", "job-failed", 2),
        {"20250801000000002": "任务提交失败：父任务 load_orders 没有输出表"},
    ),
    Act(
        "no definition changes, and the run catches up on the task that failed",
        "Say more in the README",
        (("README.md", "Our warehouse.", "Our warehouse, in WeData."),),
        (0, "success", "", 1),
        {"20250801000000002": None},
    ),
)
