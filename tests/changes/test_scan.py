"""The search of bytes finds every file that may define a task or name a source, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import ENVIRON, commit, init
from wedata_action.changes.scan import having_ids, naming_files, search
from wedata_action.changes.trees import CommitTree
from wedata_action.git import Repository

CONTENTS = {
    "wedata/a.yml": b"task_id: '1001'\n",
    "wedata/b.yml": b"# 1001 in a comment\n",
    "wedata/c.json": b'{"TaskId": "10\\u00301"}',
    "wedata/d.yml": b"task_id: a:b\n",
    "wedata/f.yml": b"task_id: '2002'\n",
    "wedata/g.yml": b"\0task_id: 1001 after a NUL\n",
    "wedata/[i]*.yml": b'{"task_id":1001}\n',
    "wedata/j\n.yml": b"task_id: '1001'\n",
}


@pytest.mark.parametrize("others", [0, 40])
def test_every_file_that_may_have_an_id_is_found(tmp_path: Path, others: int) -> None:
    head = commit(init(tmp_path / "clone"), CONTENTS)
    with Repository(tmp_path / "clone", ENVIRON) as repository:
        tree = CommitTree(repository, head)

        def found(*task_ids: str) -> list[str]:
            ids = [*task_ids, *(f"other-{number}.x" for number in range(others))]
            return sorted(search(tree, tree.list(["wedata/"]), having_ids(ids)))

        assert found("1001") == [
            "wedata/[i]*.yml",
            "wedata/a.yml",
            "wedata/b.yml",
            "wedata/c.json",
            "wedata/g.yml",
            "wedata/j\n.yml",
        ]
        assert found("a:b", "2002") == ["wedata/c.json", "wedata/d.yml", "wedata/f.yml"]
        assert found("nowhere") == ["wedata/c.json"]


@pytest.mark.parametrize(
    ("content", "changed", "found"),
    [
        (b"sources: [x.sql]", "wedata/x.sql", True),
        (b"Sources: [x.sql]", "wedata/x.sql", True),
        (b"sources: [x.sql]", "wedata/y.sql", False),
        (b"sources: [sub/./x.sql/]", "wedata/sub/x.sql", True),
        (b"sources: ['*.sql']", "wedata/x.sql", True),
        (b"sources: ['*.sql']", "other/x.sql", False),
        (b"sources: ['../*.sql']", "other/x.sql", True),
        (b"sources: [../other/x.sql]", "other/x.sql", True),
        (b"sources: [../other/x.sql]", "other/y.sql", False),
        (b"sources: ['it''s.sql']", "wedata/it's.sql", True),
        (b'{"sources": "\\u0078.sql"}', "wedata/x.sql", True),
        (b'{"\\u0073ources": ["x.sql"]}', "wedata/x.sql", True),
        (b"sources: [a\n  b.sql]", "wedata/a b.sql", True),
        (b"code: x.sql", "wedata/x.sql", True),
        (b"Code: ./x.sql", "wedata/x.sql", True),
        (b"code: x.sql", "wedata/y.sql", False),
        (b"code: x.sql", "other/x.sql", False),
        (b"code: ../other/x.sql", "other/x.sql", True),
        (b"x.sql", "wedata/x.sql", False),
    ],
)
def test_a_file_is_found_if_it_may_name_a_changed_path(content: bytes, changed: str, found: bool) -> None:
    assert naming_files([changed])("wedata/a.yml", content) is found
    assert naming_files([changed, *(f"far/{number}.x" for number in range(40))])("wedata/a.yml", content) is found


def test_a_definition_at_the_root_has_its_sources_anywhere() -> None:
    assert naming_files(["x.sql"])("a.yml", b"sources: [x.sql]")
    assert naming_files(["sql/x.sql"])("a.yml", b"sources: ['**']")
