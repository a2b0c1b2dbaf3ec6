"""The file that `code` names: where it is looked for, what it may be, and which of its changes change the task."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.changes.finding import between, find, mistakes, short
from tests.support.repositories import File, commit, git, init
from wedata_action.changes.sources import code_path
from wedata_action.changes.why import _changed_lines
from wedata_action.code_text import MAX_CODE
from wedata_action.errors import Location, RunError
from wedata_action.task import Code, Task

A = "task_id: a\n"
CODE = A + "code: a.sql\n"
SQL = "SELECT 1;\nSELECT 2;\n"
OLD = {"wedata/a.yml": CODE, "wedata/a.sql": SQL}
NOTATION = "a: only line endings or the byte order mark of wedata/a.sql changed"
RELEASED = "a: its definition no longer names its code, so WeData keeps what it has"


def changed(folder: Path, new: object, old: object = None) -> Task:
    """The one task that changed between `OLD` and its change."""
    [task] = between(folder, {**OLD, **(old or {})}, new).changed  # type: ignore[dict-item, arg-type]  # any YAML
    return task


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("a.sql", "wedata/sub/a.sql"), ("./x/.//y.sql", "wedata/sub/x/y.sql"), ("../a.sql", "wedata/a.sql"),
        ("../../a.sql", "a.sql"), ("x/../../a.sql", "wedata/a.sql"), ("../../../a.sql", None),
        ("*.sql", "wedata/sub/*.sql"),
    ],
)  # fmt: skip
def test_the_path_is_relative_to_the_folder_of_the_definition(file: str, path: str | None) -> None:
    assert code_path(Code(file, Location("wedata/sub/a.yml"))) == path


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b", "*", "**", "..."]), min_size=1, max_size=8))
def test_no_path_leads_out_of_the_repository(names: list[str]) -> None:
    path = code_path(Code("/".join(names), Location("wedata/sub/a.yml")))
    deepest = 2
    for name in names:
        deepest += {"..": -1, ".": 0, "": 0}.get(name, 1)
        if deepest < 0:
            assert path is None
            return
    assert path is not None
    assert not {"..", "."} & set(path.split("/"))
    assert not path.startswith("/")


def test_the_file_is_read_with_its_blob_and_digest(tmp_path: Path) -> None:
    head = commit(init(tmp_path), {"wedata/a.yml": CODE, "wedata/a.sql": "\ufeffSELECT 1;\r\n"})
    [task] = find(tmp_path, None, head).changed
    digest = hashlib.sha256(b"SELECT 1;\n").hexdigest()
    blob = git(tmp_path, "rev-parse", f"{head}:wedata/a.sql")
    assert task.code == Code("a.sql", Location("wedata/a.yml", 2, 7), "wedata/a.sql", blob, digest)
    assert task.fingerprint == hashlib.sha256(f'{{"code_digest":"{digest}"}}'.encode()).hexdigest()


def test_the_blob_at_the_base_is_told(tmp_path: Path) -> None:
    task = changed(tmp_path, {"wedata/a.sql": "SELECT 3;\n"})
    assert task.code
    assert task.code.base_blob == git(tmp_path, "hash-object", "--stdin", data=SQL.encode())
    assert task.code.blob == git(tmp_path, "hash-object", "--stdin", data=b"SELECT 3;\n")


def test_a_task_that_had_no_code_has_no_blob_at_the_base(tmp_path: Path) -> None:
    task = changed(tmp_path, {"wedata/a.yml": CODE}, {"wedata/a.yml": A})
    assert task.code
    assert (task.code.base_blob, task.why) == ("", "its code is now wedata/a.sql")


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ({"wedata/a.sql": "SELECT 1;\nSELECT 3;\nSELECT 4;\n"}, "wedata/a.sql changed (+2 -1 lines)"),
        ({"wedata/a.sql": "SELECT 2;\r\nSELECT 1;\r\n"}, "wedata/a.sql changed (the order of its lines)"),
        ({"wedata/a.sql": SQL.rstrip()}, "wedata/a.sql changed (+0 -1 lines)"),
        ({"wedata/a.sql": ""}, "wedata/a.sql changed (+0 -2 lines)"),
        ({"wedata/a.sql": SQL + "\0\n"}, "wedata/a.sql changed (+1 -0 lines)"),
        ({"wedata/a.yml": A + "code: b.sql", "wedata/b.sql": SQL + "--\n"},
         "wedata/b.sql moved from wedata/a.sql and changed (+1 -0 lines)"),
        ({"wedata/a.yml": CODE + "auto_run: true\nfolder_id: x", "wedata/a.sql": "1\n"},
         "wedata/a.sql changed (+1 -2 lines); folder_id and auto_run changed"),
        ({"wedata/a.yml": CODE + "sources: ['*.sql']", "wedata/a.sql": "1\n", "wedata/b.sql": "2"},
         "wedata/a.sql changed (+1 -2 lines); wedata/b.sql changed"),
        ({"wedata/a.yml": A + "auto_run: true"}, "its definition no longer names its code; auto_run changed"),
    ],
)  # fmt: skip
def test_a_changed_task_says_which_file_and_how_many_lines(tmp_path: Path, new: dict[str, str], why: str) -> None:
    assert changed(tmp_path, new).why == why


def test_lines_are_counted_up_to_a_limit(tmp_path: Path) -> None:
    task = changed(tmp_path, {"wedata/a.sql": "".join(f"{number:x}\n" for number in range(800_000))})
    assert task.why == "wedata/a.sql changed (too many lines to count)"


lines = st.lists(st.sampled_from(["a", "b", "c", "\u2028", ""]), max_size=9).map("\n".join)


@given(lines, lines)
def test_added_and_removed_lines_are_those_that_one_side_has_more_often(old: str, new: str) -> None:
    said = _changed_lines(old.encode(), ("\ufeff" + new).replace("\n", "\r\n").encode())
    before, after = old.split("\n"), new.split("\n")
    names = {*before, *after}
    added = sum(max(0, after.count(line) - before.count(line)) for line in names)
    removed = sum(max(0, before.count(line) - after.count(line)) for line in names)
    assert said == (f" (+{added} -{removed} lines)" if added or removed else " (the order of its lines)")


def test_code_that_was_wrong_at_the_base_is_no_mistake(tmp_path: Path) -> None:
    task = changed(tmp_path, {"wedata/a.sql": SQL}, {"wedata/a.sql": b"\xff"})
    assert task.why == "wedata/a.sql changed"


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ({"wedata/a.sql": SQL.replace("\n", "\r\n")}, NOTATION),
        ({"wedata/a.sql": "\ufeff" + SQL}, NOTATION),
        ({"wedata/a.sql": "\ufeff" + SQL, "wedata/a.yml": "# x\n" + CODE}, NOTATION),
        ({"wedata/a.sql": File("100755", SQL)}, "a: only line endings, BOMs or modes of its code changed"),
        ({"wedata/a.yml": A + "code: b.sql", "wedata/a.sql": None, "wedata/b.sql": SQL},
         "a: only its code moved from wedata/a.sql"),
        ({"wedata/a.yml": None, "wedata/a.sql": None, "wedata/x/a.yml": CODE, "wedata/x/a.sql": SQL},
         "a: only moved from wedata/a.yml"),
        ({"wedata/a.yml": A}, RELEASED),
        ({"wedata/a.yml": A, "wedata/a.sql": None}, RELEASED),
        ({"wedata/a.yml": A + "name: x\ncode: ~", "wedata/a.sql": "changed"}, RELEASED),
    ],
)  # fmt: skip
def test_what_does_not_change_the_code_is_skipped(tmp_path: Path, new: dict[str, str], reason: str) -> None:
    assert short(between(tmp_path, OLD, new)) == {"skipped": [reason]}


def test_a_removed_code_hides_no_other_change(tmp_path: Path) -> None:
    sources = {"wedata/a.yml": CODE + "sources: b.sql", "wedata/b.sql": "1"}
    new = {"wedata/a.yml": A + "sources: b.sql", "wedata/b.sql": "2"}
    assert short(between(tmp_path / "sources", {**OLD, **sources}, new)) == {"changed": ["a"]}
    assert short(between(tmp_path / "key", OLD, {"wedata/a.yml": A + "auto_run: false"})) == {"changed": ["a"]}
    assert short(between(tmp_path / "same", {**OLD, **sources}, {"wedata/a.yml": A + "sources: b.sql"})) == {
        "skipped": [RELEASED]
    }


def test_an_untouched_definition_is_found_by_its_code(tmp_path: Path) -> None:
    old = {**OLD, "wedata/b.yml": "task_id: b\ncode: ../sql/b.sql", "sql/b.sql": "1", "wedata/c.yml": "task_id: c"}
    assert short(between(tmp_path, old, {"sql/b.sql": "2"})) == {"changed": ["b"]}


@pytest.mark.parametrize("key", ["code", "Code", '"c\\x6fde"', '"\\u0063ode"', '? "co\\\n  de"\n'])
def test_the_key_is_found_in_every_spelling(tmp_path: Path, key: str) -> None:
    old = {"wedata/a.yml": f"{A}{key}: a.sql\n", "wedata/a.sql": "1"}
    assert short(between(tmp_path, old, {"wedata/a.sql": "2"})) == {"changed": ["a"]}


@pytest.mark.parametrize(
    ("file", "mistake"),
    [
        ("../../a.sql", "'../../a.sql' leads out of the repository"),
        ("b.yml", "'wedata/b.yml' is a definition file"),
        ("wedata/a.sql", "there is no file 'wedata/wedata/a.sql'; write the path relative to the definition's folder"),
        ("folder", "'wedata/folder' is a folder; name the file in it"),
        ("A.SQL", "there is no file 'wedata/A.SQL'; did you mean 'wedata/a.sql'?"),
        ("..", "there is no file ''; "),
        ("'*.sql'", "there is no file 'wedata/*.sql'; "),
        ("link.sql", "'wedata/link.sql' is a symbolic link or a submodule, not a regular file"),
        ("linked/x.sql", "there is no file 'wedata/linked/x.sql'; "),
        ("module", "'wedata/module' is a symbolic link or a submodule, not a regular file"),
        ("module/x.sql", "there is no file 'wedata/module/x.sql'; "),
        ("large.sql", "'wedata/large.sql' is larger than 5 MiB"),
        ("latin.sql", "'wedata/latin.sql' is not UTF-8: the byte 0xe9 in line 2 is invalid; save the file as UTF-8"),
        ("utf16.sql", "'wedata/utf16.sql' is not UTF-8: the byte 0xff in line 1 is invalid; save the file as UTF-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_code_is_a_mistake_at_its_place(tmp_path: Path, file: str, mistake: str) -> None:
    others = {
        "wedata/b.yml": "task_id: b", "wedata/folder/x.sql": "", "wedata/link.sql": File("120000", "a.sql"),
        "wedata/linked": File("120000", "folder"), "wedata/module": File("160000", "1" * 40),
        "wedata/large.sql": b"x" * (MAX_CODE + 1), "wedata/latin.sql": b"--\ncaf\xe9\n",
        "wedata/utf16.sql": "SELECT 1;\n".encode("utf-16"),
    }  # fmt: skip
    [found] = mistakes(tmp_path, others, {"wedata/a.yml": f"name: x\ncode: {file}\n{A}", "wedata/a.sql": SQL})
    assert found.startswith(f"wedata/a.yml:2:7 code: {mistake}")


@pytest.mark.parametrize(
    "content", [b"", b"x" * MAX_CODE, b"\0\r\n", b"\xef\xbb\xbf", b"\r\r\n\n", "\u202e; ::error::x\n".encode()]
)
def test_any_other_content_can_be_code(tmp_path: Path, content: bytes) -> None:
    task = changed(tmp_path, {"wedata/a.sql": content})
    plain = content if b"\0" in content else content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    assert task.code
    assert task.code.digest == hashlib.sha256(plain).hexdigest()


@pytest.mark.parametrize("new", [None, File("120000", "b.sql"), b"\xff"])
def test_an_untouched_definition_whose_code_breaks_is_a_mistake(tmp_path: Path, new: object) -> None:
    [found] = mistakes(tmp_path, OLD, {"wedata/a.sql": new})
    assert found.startswith("wedata/a.yml:2:7 code: ")


def test_a_file_can_be_the_code_of_one_task_and_a_source_of_another(tmp_path: Path) -> None:
    old = {**OLD, "wedata/b.yml": "task_id: b\nsources: '*.sql'", "wedata/c.yml": "task_id: c\ncode: a.sql"}
    assert short(between(tmp_path / "text", old, {"wedata/a.sql": "1"})) == {"changed": ["a", "b", "c"]}
    [first, second] = mistakes(tmp_path / "binary", old, {"wedata/a.sql": b"\xff"})
    assert (first[:16], second[:16]) == ("wedata/a.yml:2:7", "wedata/c.yml:2:7")


pieces = st.lists(st.sampled_from(["a", "b", "link", "module", "..", ".", "a.sql", "b.sql"]), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(pieces.map("/".join), min_size=1, max_size=4, unique=True))
def test_only_a_regular_file_of_the_commit_is_ever_read(files: list[str]) -> None:
    regular = {f"wedata/{name}": name for name in ("a.sql", "a/a.sql", "a/b/b.sql")} | {"b.sql": "root"}
    links = {
        "wedata/link": File("120000", "a"), "wedata/b.sql": File("120000", "/etc/passwd"),
        "wedata/module": File("160000", "1" * 40), "link": File("120000", "wedata"),
    }  # fmt: skip
    definitions = {f"wedata/{number}.yml": f"task_id: '{number}'\ncode: {file}" for number, file in enumerate(files)}
    with tempfile.TemporaryDirectory() as folder:
        head = commit(init(Path(folder)), {**regular, **links, **definitions})
        paths = [code_path(Code(file, Location("wedata/0.yml"))) for file in files]
        wrong = {f"wedata/{number}.yml" for number, path in enumerate(paths) if path not in regular}
        if wrong:
            with pytest.raises(RunError) as caught:
                find(Path(folder), None, head)
            assert {mistake.location.path for mistake in caught.value.diagnostics if mistake.location} == wrong
            return
        found = [task.code for task in find(Path(folder), None, head).changed]
    assert [code and code.path for code in found] == paths
    assert [code and code.digest for code in found] == [
        hashlib.sha256(regular[path or ""].encode()).hexdigest() for path in paths
    ]
