"""Each line of the threat model names tests, and they exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "explanation" / "threat-model.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| tries to", "| ---"))
]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def test_there_are_lines_for_everyone() -> None:
    assert len(ROWS) >= 25
    assert TEXT.count("\n### ") == 9


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_line_says_what_stops_it_and_which_test_shows_it(row: list[str]) -> None:
    assert len(row) == 3
    assert all(row)
    assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`(, `tests/[\w/]+\.py::test_\w+`)*", row[2])


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_properties_are_tried_with_two_thousand_examples_each() -> None:
    for path in ("tests/security/test_untrusted_text.py", "tests/security/test_secrets.py"):
        counts = re.findall(r"max_examples=(\d+)", (ROOT / path).read_text("utf-8"))
        assert counts
        assert all(int(count) >= 2000 for count in counts)


def test_what_a_user_reads_leads_here() -> None:
    assert "docs/explanation/threat-model.md" in (ROOT / "SECURITY.md").read_text("utf-8")
    assert "docs/explanation/threat-model.md" in (ROOT / "README.md").read_text("utf-8")
