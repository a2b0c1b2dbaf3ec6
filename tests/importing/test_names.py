"""Names of files: whatever WeData calls its tasks, one safe segment, and never the same file twice."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action.errors import RunError
from wedata_action.importing.names import Names, numbered, safe_name

HARD = [
    "CON",
    "nul.sql",
    "com1",
    "LPT³",
    ".git",
    "..",
    "...",
    "-rf",
    "a/../b",
    "!x",
    "*",
    "a b ",
    "x.",
    "数据",
    "\u3164",
    "",
]
names = texts | st.sampled_from(HARD) | st.text(max_size=300)


def folded(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


@given(names)
def test_any_name_becomes_one_segment_that_every_system_takes(name: str) -> None:
    safe = safe_name(name, "id-1")
    assert 0 < len(safe.encode()) <= 101
    assert safe.isprintable()
    assert not set(safe) & set("/\\:*?\"<>|!'`$;&[]{}()#%~ \t")
    assert safe[0] not in ".-"
    assert safe[-1] != "."
    assert safe.partition(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", *(f"COM{digit}" for digit in range(10))}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("load_orders", "load_orders"),
        ("每日订单（汇总）", "每日订单_汇总_"),
        ("ODS 层/订单", "ODS_层_订单"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".git", "git"),
        ("--force", "force"),
        ("con", "_con"),
        ("NUL.sql", "_NUL.sql"),
        ("a\u202eb\x1b[31m\n", "a_b_31m_"),
        ("e\u0301", "é"),
        ("🎉", "id-1"),
        ("...", "id-1"),
        ("表" * 200, "表" * 33),
        ("x. .", "x._"),
    ],
)
def test_names_stay_readable(name: str, safe: str) -> None:
    assert safe_name(name, "id-1") == safe


@given(st.lists(names, max_size=30))
def test_no_two_paths_are_one_file_on_any_system(given_names: list[str]) -> None:
    taken = Names(["wedata/A/x.sql", "wedata/b"])
    paths = [taken.take(numbered(f"wedata/{safe_name(name, 'x')}", "/x.sql"), lambda _: True) for name in given_names]
    assert len({folded(path) for path in (*paths, "wedata/A/x.sql")}) == len(paths) + 1
    assert not [path for path in paths if path.startswith("wedata/b/")]


def test_letter_case_and_the_spelling_of_accents_make_no_second_file() -> None:
    taken = Names([])
    for name in ("Orders", "orders", "ORDERS", "caf\u00e9", "cafe\u0301"):
        taken.take(numbered(name, ".sql"), lambda _: True)
    assert taken.take(numbered("orders", ".sql"), lambda _: True) == "orders-4.sql"
    assert taken.take(numbered("CAFÉ", ".sql"), lambda _: True) == "CAFÉ-3.sql"


def test_where_no_name_is_allowed_the_globs_are_to_blame() -> None:
    with pytest.raises(RunError, match="globs of definitions"):
        Names([]).take(numbered("a", ".sql"), lambda _: False)
