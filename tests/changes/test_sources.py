"""The files that globs of `sources` name, and the limits of what strangers may make of them."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.changes.finding import mistakes
from wedata_action.changes import sources
from wedata_action.changes.globs import compile_globs
from wedata_action.changes.sources import Paths, resolve
from wedata_action.errors import Location
from wedata_action.task import Source

TOO_MUCH = "sources: together the globs of the definitions match more than "


def fitting(glob: str, paths: Iterable[str], definition: str = "a.yml") -> list[str]:
    return Paths(paths).fitting(Source(glob, Location(definition)))


@given(
    st.lists(st.text("ab*", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join),
    st.lists(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join), max_size=20),
    st.sampled_from(["d.yml", "a/d.yml", "a/b/d.yml"]),
)
def test_a_search_finds_what_the_glob_fits(glob: str, paths: list[str], definition: str) -> None:
    folder = definition.removesuffix("d.yml")
    fits = compile_globs([folder + glob]).match
    assert fitting(glob, set(paths), definition) == sorted(path for path in set(paths) if fits(path))


@pytest.mark.parametrize(
    ("glob", "resolved"),
    [
        ("x.sql", ("wedata/sub/", "x.sql")), ("./x/.//y/", ("wedata/sub/", "x/y")), ("../x", ("wedata/", "x")),
        ("../../x/../y", ("", "y")), ("a/../../x", ("wedata/", "x")), ("../../../x", None),
        ("**/../x", ("wedata/sub/", "x")),
    ],
)  # fmt: skip
def test_a_glob_is_relative_to_the_folder_of_its_definition(glob: str, resolved: tuple[str, str] | None) -> None:
    assert resolve(Source(glob, Location("wedata/sub/a.yml"))) == resolved


def test_the_star_in_the_name_of_the_definitions_folder_is_literal() -> None:
    assert fitting("*.sql", ["a*/x.sql", "ab/x.sql"], "a*/d.yml") == ["a*/x.sql"]


def test_a_glob_that_is_repeated_is_one_mistake(tmp_path: Path) -> None:
    text = f"task_id: a\nsources:\n- &s {'x' * 1000}\n" + "- *s\n" * 90_000
    start = resource.getrusage(resource.RUSAGE_SELF)
    [mistake] = mistakes(tmp_path, {}, {"wedata/a.yml": text})
    end = resource.getrusage(resource.RUSAGE_SELF)
    assert mistake == "wedata/a.yml:3:3 sources: '…' matches no file"
    assert end.ru_utime - start.ru_utime < 5
    assert end.ru_maxrss - start.ru_maxrss < 150 << 10


def test_tasks_times_files_end_at_a_limit(tmp_path: Path) -> None:
    files = {f"sql/{number}.sql": "" for number in range(1000)}
    text = "tasks:\n" + "".join(f"- {{task_id: t{number}, sources: ../sql/*}}\n" for number in range(20_000))
    start = time.process_time()
    [mistake] = mistakes(tmp_path, {}, {"wedata/a.yml": text, **files})
    assert mistake.startswith(f"wedata/a.yml:1000:28 {TOO_MUCH}")
    assert time.process_time() - start < 5


@pytest.mark.parametrize("glob", ["../sql/*{}.sql", "../sql/*{}*"])
def test_globs_times_files_end_at_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, glob: str) -> None:
    monkeypatch.setattr(sources, "MOST_WORK", 1_000_000)
    files = {f"sql/{number}.sql": "" for number in range(1000)}
    tasks = (f"- {{task_id: t{number}, sources: '{glob.format(number)}'}}\n" for number in range(1000))
    [mistake] = mistakes(tmp_path, {}, {"wedata/a.yml": "tasks:\n" + "".join(tasks), **files})
    assert TOO_MUCH in mistake


def test_of_the_mistakes_of_one_file_the_first_are_listed(tmp_path: Path) -> None:
    text = "tasks:\n" + "- {task_id: t}\n" * 1000
    found = mistakes(tmp_path, {}, {"wedata/a.yml": text, "wedata/b.yml": "task_id: b\nx: 1\n"})
    assert len(found) == 103
    assert found[101] == "wedata/a.yml:103:13 and 899 more mistakes in this file"
    assert found[102].startswith("wedata/b.yml:2:1 unknown key 'x'")
