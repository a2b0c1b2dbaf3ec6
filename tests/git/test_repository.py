"""What a clone says of itself and of its commits."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from tests.git.reading import contents
from tests.support.repositories import ENVIRON, clone, commit, git, init
from wedata_action.git import (
    GitError,
    Remote,
    Repository,
)


def test_a_clone_tells_its_top_and_its_head_from_any_of_its_folders(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"etl/a.yml": "a"})
    (folder / "etl").mkdir()
    for place in (folder, folder / "etl"):
        with Repository(place, ENVIRON) as repository:
            assert (repository.root, repository.head, repository.shallow) == (folder, head, False)


def test_an_unborn_branch_has_no_head(tmp_path: Path) -> None:
    with Repository(init(tmp_path / "clone"), ENVIRON) as repository:
        assert repository.head is None
        assert repository.resolve("HEAD") is None


@pytest.mark.parametrize("kind", ["none", "bare", "git-dir"])
def test_a_folder_that_is_no_work_tree_is_an_error(tmp_path: Path, kind: str) -> None:
    folder = {
        "none": lambda: tmp_path,
        "bare": lambda: init(tmp_path / "bare", "--bare"),
        "git-dir": lambda: init(tmp_path / "clone") / ".git",
    }[kind]()
    with pytest.raises(GitError, match=r"not a git repository|must be run in a work tree|cannot use bare repository"):
        Repository(folder, ENVIRON)


def test_a_clone_whose_path_has_a_line_break_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="line break"):
        Repository(init(tmp_path / "a\nb"), ENVIRON)


def test_a_clone_whose_path_has_other_line_separators_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "a\x85b\u2028c\x0bd '\"")
    head = commit(folder, {"a": "1"})
    with Repository(folder, ENVIRON) as repository:
        assert contents(repository, head) == {"a": b"1"}


def test_without_git_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git cannot be started: No such file"):
        Repository(tmp_path, {"PATH": str(tmp_path)})


def commit_in(folder: Path, encoding: str, message: bytes) -> str:
    """A commit whose header names `encoding`."""
    person = "a <a@example.com> 1700000000 +0000"
    header = f"tree {git(folder, 'write-tree')}\nauthor {person}\ncommitter {person}\nencoding {encoding}\n\n"
    return git(folder, "hash-object", "-t", "commit", "-w", "--stdin", data=header.encode() + message)


@pytest.mark.parametrize(
    ("encoding", "message", "text"),
    [
        ("latin1", b"\xdc", "Ü"),
        ("ISO-8859-1", b"\xdc", "Ü"),
        ("gbk", b"\xc8\xce\xce\xf1", "任务"),
        ("Shift_JIS", b"\x83^\x83X\x83N", "タスク"),
        ("unknown", b"\xdc", "\ufffd"),
        ("idna", b"x", "x"),
        ("undefined", b"x", "x"),
        ("punycode", b"a-b", "a-b"),
        ("unicode_escape", b"\\x1b[31m", "\\x1b[31m"),
        ("utf-7", b"+2AA-x", "+2AA-x"),
        ("rot13", b"x", "x"),
        ("../x", b"x", "x"),
        ("a\0b", b"x", "x"),
    ],
)
def test_a_message_is_decoded_as_a_common_encoding_or_as_utf_8(
    tmp_path: Path, encoding: str, message: bytes, text: str
) -> None:
    folder = init(tmp_path / "clone")
    made = commit_in(folder, encoding, message)
    with Repository(folder, ENVIRON) as repository:
        assert repository.commit(made).message == text
        assert repository.commit(made).tree == git(folder, "write-tree")


def test_no_encoding_makes_a_long_message_slow(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    made = commit_in(folder, "punycode", b"a-" + b"b" * 900_000)
    with Repository(folder, ENVIRON) as repository:
        started = time.monotonic()
        assert len(repository.commit(made).message) == 900_002
        assert time.monotonic() - started < 5


def test_what_is_not_a_commit_is_an_error(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1"})
    with Repository(folder, ENVIRON) as repository, pytest.raises(GitError, match="is not a commit"):
        repository.commit(repository.commit(head).tree)


def test_a_commit_is_an_ancestor_of_itself_and_of_what_follows(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    two = commit(folder, {"a": "2"})
    side = commit(folder, {"a": "3"}, branch="side", parents=[one])
    with Repository(folder, ENVIRON) as repository:
        pairs = [(one, two), (two, two), (two, one), (side, two), (one, side)]
        assert [repository.is_ancestor(*pair) for pair in pairs] == [True, True, False, False, True]
        for stranger in ("1" * 40, "HEAD", "--all", f"{two}\n", ""):
            assert not repository.is_ancestor(stranger, two)
            assert not repository.is_ancestor(two, stranger)


def test_a_shallow_clone_proves_no_ancestry_beyond_its_edge(tmp_path: Path, source: Path) -> None:
    one = commit(source, {"a": "1"})
    two = commit(source, {"a": "2"})
    three = commit(source, {"a": "3"})
    folder = clone(source, tmp_path / "clone", "--depth=2")
    with Repository(folder, ENVIRON, Remote(source.as_uri())) as repository:
        assert repository.is_ancestor(two, three)
        repository.fetch([one], have=None)
        assert not repository.is_ancestor(one, three)


def test_a_revision_is_resolved_in_the_clone(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    two = commit(folder, {"a": "2"})
    git(folder, "tag", "-a", "-m", "v1", "v1", one)
    with Repository(folder, ENVIRON) as repository:
        resolved = [repository.resolve(revision) for revision in ("HEAD~1", "v1", "main", two[:12], two, "HEAD~2")]
        assert resolved == [one, one, two, two, two, None]
        assert [repository.resolve(text) for text in ("--all", "a\nb", "-h", "", "f" * 40, f"{two}^{{tree}}")] == [
            None
        ] * 6


def test_a_linked_worktree_is_read_at_its_own_head(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    commit(folder, {"a": "2"})
    git(folder, "worktree", "add", "--quiet", "--detach", tmp_path / "linked", one)
    with Repository(tmp_path / "linked", ENVIRON) as repository:
        assert (repository.head, contents(repository, one)) == (one, {"a": b"1"})


def test_a_clone_that_borrows_its_objects_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "lender")
    head = commit(folder, {"a": "1"})
    git(tmp_path, "clone", "--quiet", "--shared", "--no-checkout", folder, tmp_path / "clone")
    with Repository(tmp_path / "clone", ENVIRON) as repository:
        assert contents(repository, head) == {"a": b"1"}


def test_a_clone_of_another_owner_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1"})
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 12345, 12345)
    with Repository(folder, ENVIRON) as repository:
        assert (repository.head, contents(repository, head)) == (head, {"a": b"1"})


def test_replaced_and_grafted_history_is_not_believed(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    one = commit(folder, {"a": "1"})
    two = commit(folder, {"a": "2"})
    three = commit(folder, {"a": "3"})
    forged = commit(folder, {"a": "forged"}, branch="forged", parents=[])
    git(folder, "replace", two, forged)
    git(folder, "replace", git(folder, "rev-parse", f"{three}:a"), git(folder, "rev-parse", f"{forged}:a"))
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "grafts").write_text(f"{three} {forged}\n")
    with Repository(folder, ENVIRON) as repository:
        assert repository.commit(two).parents == (one,)
        assert contents(repository, three) == {"a": b"3"}
        assert repository.merge_base(three, one) == one
        assert [repository.resolve(revision) for revision in ("HEAD~1", "HEAD~2")] == [two, one]


def test_a_sparse_checkout_is_read_from_its_commits(tmp_path: Path, source: Path) -> None:
    head = commit(source, {"wedata/a.yml": "1", "src/b": "2"})
    folder = clone(source, tmp_path / "clone", "--sparse")
    git(folder, "sparse-checkout", "set", "src")
    assert not (folder / "wedata").exists()
    with Repository(folder / "src", ENVIRON) as repository:
        assert contents(repository, head) == {"wedata/a.yml": b"1", "src/b": b"2"}


def test_the_private_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    with Repository(folder, ENVIRON) as repository:
        assert stat.S_IMODE(repository._git_dir.stat().st_mode) == 0o700
