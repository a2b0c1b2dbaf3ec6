"""What git has of a code: in the clone, or on GitHub where the clone is shallow."""

from __future__ import annotations

import codecs
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.action import Repository
from wedata_action.code.files import Files
from wedata_action.code_text import code_digest, comparable, difference
from wedata_action.git import Repository as Clone
from wedata_action.github.errors import GitHubError


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.make(tmp_path / "clone")


def commit(repository: Repository, content: bytes) -> str:
    """Commits one file with this content; gives its blob's id."""
    (repository.folder / "a.sql").write_bytes(content)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "x")
    return repository.git("rev-parse", "HEAD:a.sql")


def test_a_code_is_known_by_its_content_alone(repository: Repository) -> None:
    old = commit(repository, b"select 1;\n")
    commit(repository, b"select 2;\n")
    with Clone(repository.folder, os.environ) as clone:
        files = Files(clone, None)
        assert files.read(old) == b"select 1;\n"
        assert files.knows(b"select 1;\n")
        assert files.knows(b"select 2;")
        assert not files.knows(b"select 3;\n")


@pytest.mark.parametrize("in_git", [b"a\nb\n", b"a\r\nb\r\n", codecs.BOM_UTF8 + b"a\nb\n", b"a\nb"])
@pytest.mark.parametrize("draft", [b"a\nb", b"a\nb\n", b"a\r\nb\r\n", b"a\r\nb"])
def test_a_code_is_known_whatever_its_line_endings_and_its_last_newline(
    repository: Repository, in_git: bytes, draft: bytes
) -> None:
    commit(repository, in_git)
    with Clone(repository.folder, os.environ) as clone:
        assert Files(clone, None).knows(draft)
        assert not Files(clone, None).knows(draft + b" ")


def test_a_byte_order_mark_is_not_written(repository: Repository) -> None:
    blob = commit(repository, codecs.BOM_UTF8 + b"select 1;\r\n")
    with Clone(repository.folder, os.environ) as clone:
        assert Files(clone, None).read(blob) == b"select 1;\r\n"


def test_what_the_clone_lacks_is_asked_of_github_by_the_ids_of_git(repository: Repository) -> None:
    commit(repository, b"select 1;\n")
    (repository.folder / "other").write_bytes(b"select 0;\n")
    wanted = repository.git("hash-object", "other")
    asked: list[str] = []

    def has_blob(blob: str) -> bool:
        asked.append(blob)
        return blob == wanted

    with Clone(repository.folder, os.environ) as clone:
        files = Files(clone, has_blob)
        assert files.knows(b"select 1;\n")
        assert asked == []
        assert files.knows(b"select 0;")
        assert not files.knows(b"typed")


def test_a_github_that_does_not_answer_is_no_yes(repository: Repository) -> None:
    commit(repository, b"select 1;\n")

    def has_blob(_: str) -> bool:
        raise GitHubError(502, "no answer")

    with Clone(repository.folder, os.environ) as clone, pytest.raises(GitHubError):
        Files(clone, has_blob).knows(b"typed")


def test_the_ids_of_a_sha256_repository_are_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    repository = Repository(folder)
    repository.git("init", "--quiet", "--object-format=sha256")
    commit(repository, b"select 1;\n")
    with Clone(folder, os.environ) as clone:
        assert Files(clone, None).knows(b"select 1;\n")
        assert not Files(clone, None).knows(b"select 2;\n")


_LINES = st.lists(st.sampled_from(["", "a", "b ", "\r", "é", "\0"]), max_size=6)


@given(_LINES, st.sampled_from(["\n", "\r\n"]), st.integers(0, 3), st.booleans())
def test_only_line_endings_newlines_at_the_end_and_a_bom_do_not_count(
    lines: list[str], ending: str, more: int, bom: bool
) -> None:
    plain = "\n".join(lines).encode()
    other = (codecs.BOM_UTF8 if bom else b"") + ending.join(lines).encode() + ending.encode() * more
    if "\r" not in lines:
        assert code_digest(plain) == code_digest(other)
    assert (code_digest(plain) == code_digest(plain + b"x")) is False
    assert comparable(plain) == comparable(comparable(plain))


def test_a_difference_shows_lines_of_both_sides_and_is_cut() -> None:
    assert difference(b"a\nb\nc\n", b"a\nx\nc") == "--- git\n+++ WeData\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c"
    long = "\n".join(map(str, range(500))).encode()
    assert difference(b"", long).endswith("more lines")
    assert len(difference(b"", long).split("\n")) == 61
    assert len(difference(b"", b"x" * 100_000)) < 1000
    huge = b"a\n" * (1 << 20)
    assert difference(huge, huge + b"x") == "they differ only behind what is shown of long codes"


def test_a_draft_of_nothing_but_newlines_takes_little_memory(repository: Repository) -> None:
    commit(repository, b"select 1;\n")
    hostile = b"x" + b"\n" * (5 << 20) + b"y"
    tracemalloc.start()
    try:
        assert "more lines" in difference(hostile, hostile.replace(b"\n", b"\n ", 200))
        with Clone(repository.folder, os.environ) as clone:
            assert not Files(clone, None).knows(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 << 20
