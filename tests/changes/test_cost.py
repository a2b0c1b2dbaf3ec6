"""What a comparison may cost: processes, and the parsing of what did not change."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.changes.finding import GLOBS, find, short
from tests.support.repositories import ENVIRON, commit, init
from wedata_action.changes import reading
from wedata_action.changes.compare import find_changes
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import Scope
from wedata_action.definitions import parse
from wedata_action.git import Repository, trees


def logged(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """An environment in which each start of git adds a line to a file."""
    log, wrapper = tmp_path / "log", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    return {**ENVIRON, "PATH": f"{wrapper.parent}:{ENVIRON['PATH']}"}, log


def test_a_push_takes_two_git_processes(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    base = commit(folder, {f"wedata/{number}.yml": f"task_id: '{number}'" for number in range(20)})
    head = commit(folder, {"wedata/3.yml": "task_id: '3'\nfolder_id: x", "README.md": "x"})
    environ, log = logged(tmp_path)
    with Repository(folder, environ) as repository:
        assert repository.objects.has_commit(base)
        assert short(find_changes(repository, [base], head, Scope(PathFilter(GLOBS), "p"))) == {"changed": ["3"]}
        assert repository.commit(head).message == "change"
    assert len(log.read_text().splitlines()) == 2


def test_the_empty_base_is_compared_below_the_folders_of_definitions_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = commit(
        init(tmp_path / "clone"), {f"other/{number}": "" for number in range(100)} | {"wedata/a.yml": "task_id: a"}
    )
    monkeypatch.setattr(trees, "MOST_PATHS", 50)
    assert short(find(tmp_path / "clone", None, head)) == {"added": ["a"]}


def test_sources_of_many_folders_are_listed_at_once(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    old = {f"wedata/{number}/a.yml": f"task_id: '{number}'\nsources: ['*.sql']" for number in range(300)}
    base = commit(folder, old | {f"wedata/{number}/a.sql": "1" for number in range(300)})
    head = commit(folder, {f"wedata/{number}/a.sql": "2" for number in range(300)})
    environ, log = logged(tmp_path)
    with Repository(folder, environ) as repository:
        assert len(find_changes(repository, [base], head, Scope(PathFilter(GLOBS), "p")).changed) == 300
    assert len(log.read_text().splitlines()) == 2


def test_an_unchanged_definition_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = init(tmp_path / "clone")
    base = commit(folder, {f"wedata/{number}.yml": f"task_id: t{number}\nname: '\\'" for number in range(100, 200)})
    head = commit(folder, {"wedata/103.yml": "task_id: t103\nfolder_id: x", "README.md": "x"})
    parsed: list[str] = []

    def noted(path: str, data: bytes) -> object:
        parsed.append(path)
        return parse(path, data)

    monkeypatch.setattr(reading, "parse", noted)
    assert short(find(folder, base, head)) == {"changed": ["t103"]}
    assert parsed == ["wedata/103.yml"] * 2


def test_an_unchanged_definition_is_parsed_only_if_its_files_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {f"wedata/{number}.yml": f"task_id: t{number}\nsources: ../sql/{number}.sql" for number in range(100, 200)}
    old |= {f"wedata/c{number}.yml": f"task_id: c{number}\ncode: ../sql/{number}.sql" for number in range(100, 200)}
    old["wedata/all.yml"] = "task_id: all\nsources: ['../sql/*.sql']\n"
    old["wedata/own.yml"] = "task_id: own\nsources: ['*.x']\n"
    old |= {f"sql/{number}.sql": "1" for number in range(100, 200)} | {"wedata/a.x": ""}
    base = commit(init(tmp_path / "clone"), old)
    head = commit(tmp_path / "clone", {"sql/107.sql": "2"})
    parsed: list[str] = []

    def noted(path: str, data: bytes) -> object:
        parsed.append(path)
        return parse(path, data)

    monkeypatch.setattr(reading, "parse", noted)
    assert short(find(tmp_path / "clone", base, head)) == {"changed": ["t107", "all", "c107"]}
    assert parsed == ["wedata/107.yml", "wedata/all.yml", "wedata/c107.yml"]


def test_many_sources_and_many_changed_files_do_not_multiply(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    old = {
        f"wedata/{number}/a.yml": f"task_id: '{number}'\nsources: ['*.sql', ../../x/*.sql]" for number in range(1500)
    }
    old |= {f"wedata/{number}/a.sql": "1" for number in range(1500)}
    base = commit(folder, {**old, "x/y.sql": ""})
    head = commit(folder, {f"other/{number}.txt": "2" for number in range(1500)} | {"wedata/7/a.sql": "2"})
    start = time.process_time()
    assert short(find(folder, base, head)) == {"changed": ["7"]}
    assert time.process_time() - start < 2
