from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_action.changes.globs import PathFilter, compile_globs, static_prefix


@pytest.mark.parametrize(
    ("glob", "fits", "does_not_fit"),
    [
        ("wedata/**/*.yml", ["wedata/a.yml", "wedata/x/y/a.yml", "wedata/.yml"], ["a.yml", "wedata/a.yaml"]),
        ("*.json", ["a.json"], ["x/a.json", "a.json/b"]),
        ("**", ["a", "a/b/c"], []),
        ("jobs/**", ["jobs/a", "jobs/a/b"], ["jobs", "jobsa"]),
        ("**/daily/*.sql", ["daily/a.sql", "x/daily/b.sql"], ["daily/x/a.sql"]),
        ("a/**/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab"]),
        ("a**b", ["ab", "axb"], ["a/b"]),
        ("a?[x]{y}.yml", ["a?[x]{y}.yml"], ["abx.yml"]),
        ("a/**/b/*c*d/**/e*f", ["a/b/cd/ef", "a/q/b/xcyd/z/e1f"], ["a/b/dc/ef"]),
        ("line\nbreak*", ["line\nbreak.yml"], ["line\nbreak.yml\n/x"]),
    ],
)
def test_a_star_stays_in_its_folder_and_two_stars_cross_folders(
    glob: str, fits: list[str], does_not_fit: list[str]
) -> None:
    pattern = compile_globs([glob])
    assert [path for path in fits if not pattern.match(path)] == []
    assert [path for path in does_not_fit if pattern.match(path)] == []


def test_a_path_counts_when_a_positive_glob_fits_and_no_negative_one() -> None:
    files = PathFilter(["etl/**/*.yml", "!etl/drafts/**", "./etl/x.json"])
    assert "etl/a.yml" in files
    assert "etl/x.json" in files
    assert "etl/drafts/a.yml" not in files
    assert "a.yml" not in files
    assert "drafts/a.yml" not in files


@pytest.mark.parametrize(
    ("path", "told"),
    [("wedata/a.YAML", True), ("wedata/A.yaml", False), ("Wedata/x/a.yaml", True), ("wedata/drafts/a.YAML", False),
     ("wedata/drafts/a.yaml", False), ("wedata/a.sql", False)],
)  # fmt: skip
def test_a_path_that_fits_but_for_its_letter_case_is_told(path: str, told: bool) -> None:
    assert PathFilter(["wedata/**/*.yaml", "!wedata/drafts/*"]).fits_but_for_case(path) is told


def test_the_globs_that_fit_nothing_are_told() -> None:
    assert PathFilter(["a/*", "./b/*", "!c/*"]).unmatched(["a/x", "c/x"]) == ("b/*",)


def test_the_static_prefix_is_the_folder_before_the_first_star() -> None:
    assert static_prefix("wedata/x/**/*.yml") == "wedata/x/"
    assert static_prefix("wedata/day*/a.yml") == "wedata/"
    assert static_prefix("a.yml") == ""


def test_a_hostile_glob_does_not_run_away() -> None:
    start = time.process_time()
    assert not compile_globs(["*a" * 200 + "b"]).match("a" * 4000)
    assert not compile_globs(["**/a/" * 200 + "b"]).match("a/" * 1000 + "c")
    assert not compile_globs(["**/*a*/" * 100 + "b"]).match("aaaa/" * 500 + "c")
    assert time.process_time() - start < 2


def naive(glob: str, path: str) -> bool:
    segments = glob.split("/")
    last = ".+" if segments[-1] == "**" else re.sub(r"\*+", "[^/]*", segments[-1])
    folders = "".join(
        "(?:[^/]+/)*" if segment == "**" else re.sub(r"\*+", "[^/]*", segment) + "/" for segment in segments[:-1]
    )
    return re.fullmatch(folders + last, path, re.DOTALL) is not None


@given(
    st.lists(st.text("ab*", min_size=1, max_size=6), min_size=1, max_size=5).map("/".join),
    st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=6).map("/".join),
)
def test_the_pattern_fits_what_a_plain_translation_fits(glob: str, path: str) -> None:
    assert (compile_globs([glob]).match(path) is not None) == naive(glob, path)
