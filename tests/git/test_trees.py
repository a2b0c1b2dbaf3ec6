"""Trees are listed and compared path by path, as far as a limit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.git.reading import contents
from tests.support.repositories import ENVIRON, Content, File, commit, git, init
from wedata_action.git import (
    Difference,
    Entry,
    GitError,
    Repository,
    TooManyPathsError,
)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_trees_are_compared_path_by_path(tmp_path: Path, object_format: str) -> None:
    folder = init(tmp_path / "clone", f"--object-format={object_format}")
    one = commit(folder, {"same": "s", "edited": "1", "gone": "x", "mode": "m", "kind": "k", "d/moved": "long enough"})
    other = commit(
        folder,
        {
            "edited": "2", "gone": None, "mode": File("100755", "m"), "kind": File("120000", "same"),
            "d/moved": None, "e/moved": "long enough", "module": File("160000", "1" * len(one)),
        },
    )  # fmt: skip
    with Repository(folder, ENVIRON) as repository:
        found = {difference.path: difference for difference in repository.diff(one, other)}
        assert sorted(found) == ["d/moved", "e/moved", "edited", "gone", "kind", "mode", "module"]
        assert found["d/moved"].new is None
        assert found["e/moved"].old is None
        assert [entry and entry.mode for entry in found["kind"][1:]] == ["100644", "120000"]
        assert [entry and entry.mode for entry in found["mode"][1:]] == ["100644", "100755"]
        assert found["module"] == Difference("module", None, Entry("160000", "1" * len(one)))
        everything = {difference.path for difference in repository.diff(repository.empty_tree, one)}
        assert everything == repository.list_tree(one, [""]).keys() == repository.list_tree(one, ["", "d/"]).keys()
        assert repository.list_tree(one, ["d/"]).keys() == {"d/moved"}
        assert repository.list_tree(other, ["kind/", "module/", "nothing/"]).keys() <= {"module"}
        assert repository.commit(other).parents == (one,)


NAMES = [
    b"a b", b"it's", b'say "x"', b"line\nbreak", b"%25", b"::error::x", "👩‍👩‍👧".encode(), b"\xff\xfe", b":colon",
    b"-dash", b"--output=x", b"tab\there", b"back\\slash", b"\r", b":(glob)**", b"*", b"100644 blob 0\ta",
]  # fmt: skip


@pytest.mark.parametrize("folder", [b"", b"wedata/", b"-d/", b":d/", b"*/"])
def test_any_name_is_read_as_it_is(tmp_path: Path, folder: bytes) -> None:
    clone_of = init(tmp_path / "clone")
    one = commit(clone_of, {"other/x": "x"})
    files: dict[str | bytes, Content] = {folder + name: name for name in NAMES}
    other = commit(clone_of, files)
    paths = {(folder + name).decode("utf-8", "surrogateescape"): name for name in NAMES}
    with Repository(clone_of, ENVIRON) as repository:
        assert {difference.path for difference in repository.diff(one, other)} == paths.keys()
        entries = repository.list_tree(other, [folder.decode()])
        assert {path: entry for path, entry in entries.items() if path != "other/x"}.keys() == paths.keys()
        assert {**contents(repository, other), "other/x": b""} == {**paths, "other/x": b""}


def bomb(folder: Path, depth: int) -> str:
    """The tree of 10^depth files, made of `depth` objects."""
    blob = git(folder, "hash-object", "-w", "--stdin", data=b"x")
    tree = git(folder, "mktree", data="".join(f"100644 blob {blob}\tf{i}\n" for i in range(10)).encode())
    for _ in range(depth - 1):
        tree = git(folder, "mktree", data="".join(f"040000 tree {tree}\td{i}\n" for i in range(10)).encode())
    return tree


def test_a_tree_that_stands_for_too_many_paths_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wedata_action.git.trees.MOST_PATHS", 5_000)
    folder = init(tmp_path / "clone")
    commit(folder, {"wedata/a.yml": "1"})
    entries = f"{git(folder, 'ls-tree', 'main')}\n040000 tree {bomb(folder, 12)}\tbomb\n"
    root = git(folder, "mktree", data=entries.encode())
    with Repository(folder, ENVIRON) as repository:
        assert repository.list_tree(root, ["wedata/"]).keys() == {"wedata/a.yml"}
        assert len(repository.list_tree(bomb(folder, 3), [""])) == 1000
        with pytest.raises(TooManyPathsError, match="more than 5,000 paths below bomb/d1/: let the globs"):
            repository.list_tree(root, ["bomb/d1/"])
        with pytest.raises(TooManyPathsError, match="below the whole repository"):
            repository.list_tree(root, [""])
        with pytest.raises(TooManyPathsError, match="the base and the head differ in more than 5,000 paths"):
            repository.diff(repository.empty_tree, root)
        assert repository.diff(root, root) == []
        assert len(repository.diff(bomb(folder, 2), bomb(folder, 3))) == 1100


def test_a_damaged_tree_is_an_error(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    for content in (b"100644 a\0short", b"junk", b"100644 \0" + bytes(20), b"999999 a\0" + bytes(20)):
        head = git(folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=content)
        with Repository(folder, ENVIRON) as repository, pytest.raises(GitError, match="a tree of the clone is damaged"):
            repository.list_tree(head, [""])


def test_a_blob_is_not_read_as_a_tree(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    blob = git(folder, "hash-object", "-w", "--stdin", data=b"x")
    with Repository(folder, ENVIRON) as repository, pytest.raises(GitError, match="a blob of 1 bytes stands where"):
        repository.list_tree(blob, [""])


names = st.sampled_from(["a", "b", "a.b", "a-b", "a0", "ä"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
files = st.dictionaries(paths, st.sampled_from(["1", "2", File("100755", "1"), File("120000", "2")]), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=files, new=files, folder=st.sampled_from(["", "a/", "a/b/", "b/"]))
def test_the_walk_finds_what_git_finds(
    tmp_path: Path, old: dict[str, Content], new: dict[str, Content], folder: str
) -> None:
    clone_of = init(tmp_path / "clone")
    ends = [commit(clone_of, {"x": "x", **without_clashes(side)}, parents=[]) for side in (old, new)]
    options = ["-r", "-z", "--raw", "--no-renames", "--no-abbrev"]
    raw = git(clone_of, "diff-tree", *options, *ends).strip("\0").split("\0")
    listed = git(clone_of, "ls-tree", "-r", "-z", ends[1], *([folder] if folder else [])).split("\0")[:-1]
    with Repository(clone_of, ENVIRON) as repository:
        found = repository.diff(*ends)
        assert [difference.path for difference in found] == raw[1::2]
        assert [
            " ".join([*((entry or Entry("000000", "0" * 40))[at] for at in (0, 1) for entry in difference[1:])])
            for difference in found
        ] == [words[1:-2] for words in raw[::2] if words]
        # git names a file in the place of the folder too.
        wanted = [line.split("\t")[1] for line in listed if line.split("\t")[1].startswith(folder)]
        assert list(repository.list_tree(ends[1], [folder])) == wanted


def without_clashes(files: Mapping[str, Content]) -> dict[str | bytes, Content]:
    """No path that is the folder of another one."""
    return {path: content for path, content in files.items() if not any(o.startswith(f"{path}/") for o in files)}
