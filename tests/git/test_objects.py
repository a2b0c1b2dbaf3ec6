"""Objects are read whole, in order, and never one for another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.repositories import ENVIRON, commit, init
from wedata_action.git import (
    GitError,
    MissingObjectError,
    Repository,
    is_object_id,
)


def test_a_long_object_is_cut_and_the_next_one_is_read(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    files = {"a": b"x" * 200_000, "b": b"\n", "c": b"", "d": b"end"}
    head = commit(folder, files)
    with Repository(folder, ENVIRON) as repository:
        ids = [entry.id for entry in repository.list_tree(head, [""]).values()]
        assert list(repository.objects.read(ids, 10)) == [b"x" * 11, b"\n", b"", b"end"]
        assert [b"".join(chunks) for chunks in repository.objects.stream(ids)] == list(files.values())
        assert len(list(repository.objects.read(ids * 400))) == 1600


def test_a_reading_that_is_given_up_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1", "b": "2"})
    with Repository(folder, ENVIRON) as repository:
        a, b = (entry.id for entry in repository.list_tree(head, [""]).values())
        reading = repository.objects.read([a, b])
        next(reading)
        del reading
        assert list(repository.objects.read([b])) == [b"2"]
        with pytest.raises(MissingObjectError):
            list(repository.objects.read([a, "0" * 40, b]))
        assert list(repository.objects.read([b])) == [b"2"]


@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_a_damaged_object_is_an_error_and_never_a_short_text(tmp_path: Path, kept: float) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": os.urandom(300_000), "b": "2"})
    with Repository(folder, ENVIRON) as repository:
        a, b = (entry.id for entry in repository.list_tree(head, [""]).values())
        loose = folder / ".git" / "objects" / a[:2] / a[2:]
        loose.chmod(0o600)
        os.truncate(loose, int(loose.stat().st_size * kept))
        with pytest.raises(GitError):
            list(repository.objects.read([a, b]))
        with pytest.raises(GitError):
            [b"".join(chunks) for chunks in repository.objects.stream([a])]
        assert list(repository.objects.read([b])) == [b"2"]


def test_a_process_that_has_ended_is_an_error_and_the_next_request_starts_another(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1"})
    with Repository(folder, ENVIRON) as repository:
        assert repository.objects.has_commit(head)
        process = repository.objects._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(GitError):
            repository.commit(head)
        assert repository.commit(head).id == head


@pytest.mark.parametrize("end", ["\n", "\ncontents {other}", " ", "\r", "^{{tree}}", ":a", "0"])
def test_an_id_with_more_than_an_id_in_it_is_not_sent(tmp_path: Path, end: str) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "HONEST", "b": "FORGED"})
    with Repository(folder, ENVIRON) as repository:
        honest, forged = (entry.id for entry in repository.list_tree(head, [""]).values())
        bad = head + end.format(other=forged)
        assert not repository.objects.has_commit(bad)
        for reading in (repository.objects.read, repository.objects.stream):
            with pytest.raises(GitError, match="is not an object id"):
                list(reading([honest, bad]))
            assert list(repository.objects.read([honest])) == [b"HONEST"]
        with pytest.raises(GitError, match="is not an object id"):
            repository.fetch([bad], have=head)


@pytest.mark.parametrize("text", ["", "HEAD", "a" * 39, "a" * 41, "A" * 40, "g" * 40, "٣" * 40, f"{'a' * 40}\n"])
def test_only_a_full_id_in_lower_case_is_one(text: str) -> None:
    assert not is_object_id(text)
    assert is_object_id("0a" * 20)
    assert is_object_id("f" * 64)


def test_an_answer_for_another_object_is_an_error(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, {"a": "1", "b": "2"})
    with Repository(folder, ENVIRON) as repository:
        a, b = (entry.id for entry in repository.list_tree(head, [""]).values())
        repository.objects._request("contents", [a])  # whose answer nobody reads
        with pytest.raises(GitError, match=f"git answered '{a} blob 1' when asked for object {b}"):
            list(repository.objects.read([b]))
        assert list(repository.objects.read([b])) == [b"2"]
