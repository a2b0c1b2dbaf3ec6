"""The byte scan finds every file in which a word may stand, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import ENVIRON, commit, git, init
from wedata_action.changes.scan import Scan
from wedata_action.changes.trees import CommitTree
from wedata_action.git import GitError, Repository

CONTENTS = {
    "wedata/a.yml": b"task_id: '1001'\n",
    "wedata/b.yml": b"# 1001 in a comment\n",
    "wedata/c.json": b'{"TaskId": "10\\u00301"}',
    "wedata/d.yml": b"sources: [x]\n",
    "wedata/e.yml": b"Sources: [x]\n",
    "wedata/f.yml": b"task_id: '2002'\n",
    "wedata/g.yml": b"\0task_id: 1001 after a NUL\n",
    "wedata/h.yml": b"task_id: 'it''s'\n",
    "wedata/[i]*.yml": b"task_id: '1001'\n",
    "wedata/j\n.yml": b"task_id: '1001'\n",
    "other/k.yml": b"task_id: '1001'\n",
}


def scan_of(repository: Repository, head: str) -> Scan:
    tree = CommitTree(repository, head)
    return Scan(tree, tree.list(["wedata/"]))


def test_every_file_that_may_hold_the_word_is_found(tmp_path: Path) -> None:
    head = commit(init(tmp_path / "clone"), CONTENTS)
    with Repository(tmp_path / "clone", ENVIRON) as repository:
        look = scan_of(repository, head)
        assert sorted(look.files_with_sources()) == ["wedata/c.json", "wedata/d.yml", "wedata/e.yml"]
        assert sorted(look.files_with_ids({"1001"})) == [
            "wedata/[i]*.yml",
            "wedata/a.yml",
            "wedata/b.yml",
            "wedata/c.json",
            "wedata/g.yml",
            "wedata/j\n.yml",
        ]
        assert sorted(look.files_with_ids({"it's"})) == ["wedata/c.json", "wedata/h.yml"]
        assert sorted(look.files_with_ids({"-e", "2002"})) == ["wedata/c.json", "wedata/f.yml"]
        assert look.files_with_ids({"nowhere"}).keys() == {"wedata/c.json"}


def test_a_file_that_cannot_be_read_is_an_error_and_not_a_file_without_the_word(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, CONTENTS)
    with Repository(folder, ENVIRON) as repository:
        blob = repository.list_tree(head, ["wedata/"])["wedata/f.yml"].id
        damage(folder, blob)
        with pytest.raises(GitError):
            scan_of(repository, head).files_with_ids({"2002"})


def damage(folder: Path, blob: str) -> None:
    """Removes one object, wherever git keeps it."""
    objects = folder / ".git" / "objects"
    for pack in objects.glob("pack/*.pack"):
        data = pack.read_bytes()
        for file in objects.glob(f"pack/{pack.stem}.*"):
            file.unlink()
        git(folder, "unpack-objects", "-q", data=data)
    (objects / blob[:2] / blob[2:]).unlink()
