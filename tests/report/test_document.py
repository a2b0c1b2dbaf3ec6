"""The machine-readable report and where it may be written."""

from __future__ import annotations

import json
import os
import resource
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from tests.report.builders import failure, outcome, results
from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.report.document import check_report_path, document, write_report
from wedata_action.task import Code

if TYPE_CHECKING:
    from pathlib import Path

    from wedata_action.result import Result


def test_the_report_holds_the_whole_result() -> None:
    result = failure(
        outcome(job_id=77, version="V2"), diagnostics=(Diagnostic("x", Location("a", 2, 3)), Diagnostic("y")), base="b"
    )
    content = json.loads(document(result))
    assert content["version"] == 1
    assert (content["result"], content["failure_reason"], content["exit_code"]) == ("failure", "rejected", 1)
    assert content["base"] == {"commit": "b", "source": "", "explanation": ""}
    assert content["diagnostics"] == [
        {"message": "x", "location": {"path": "a", "line": 2, "column": 3}},
        {"message": "y", "location": None},
    ]
    assert content["tasks"][0] == {
        "project_id": "p1",
        "task_id": "1001",
        "name": "load orders",
        "location": {"path": "wedata/orders.yml", "line": 3, "column": 5},
        "change": "changed",
        "why": "",
        "fingerprint": "f" * 64,
        "code": None,
        "remark": "x",
        "batch": "1",
        "state": "live",
        "drift": "",
        "failure_reason": "",
        "job_id": 77,
        "request_id": "",
        "version": "V2",
        "message": "",
        "warning": "",
        "difference": "",
    }


def test_the_report_has_the_digest_of_the_code() -> None:
    content = json.loads(document(failure(outcome(code=Code("a", Location("a"), "wedata/a.sql", "b" * 40, "d" * 64)))))
    assert content["tasks"][0]["code"] == {
        "path": "wedata/a.sql",
        "digest": "d" * 64,
        "proved": "",
    }


@settings(max_examples=150, deadline=None)
@given(results)
def test_the_report_is_one_line_terminated_json_text_whatever_is_in_it(result: Result) -> None:
    text = document(result)
    content = json.loads(text.encode())
    assert text.endswith("}\n")
    assert len(content["tasks"]) == len(result.outcomes)
    assert len(content["skipped"]) == len(result.skipped)


@pytest.mark.parametrize(
    "name", ["report.json", "out/new/report.json", "./a/../report.json", ".github/x.json", "link/r.json"]
)
def test_a_file_below_the_workspace_is_written_and_readable_by_everyone(tmp_path: Path, name: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "a").mkdir()
    for text in ("long, then\n", "short\n"):
        write_report(tmp_path, name, text)
        assert (tmp_path / name).read_text() == text
    assert (tmp_path / name).stat().st_mode & 0o444 == 0o444 & ~_umask()
    assert [path.name for path in (tmp_path / name).parent.iterdir() if path.suffix == ".tmp"] == []


def test_an_absolute_path_below_the_workspace_is_allowed(tmp_path: Path) -> None:
    assert check_report_path(tmp_path, str(tmp_path / "r.json")) == tmp_path.resolve() / "r.json"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/..",
        "../report.json",
        "/etc/report.json",
        "out/report.json",
        "dangling",
        "inside",
        "folder",
        "folder/",
        "file/report.json",
        "loop/report.json",
        ".git/config",
        "sub/.GIT/hooks/pre-commit",
        "gitlink/config",
        "a\0b",
        "a\ud800b",
        "x" * 5000,
    ],
)
def test_any_other_path_is_refused_and_nothing_is_touched(tmp_path: Path, name: str) -> None:
    workspace = tmp_path / "workspace"
    (workspace / ".git").mkdir(parents=True)
    (workspace / "folder").mkdir()
    (workspace / "file").write_text("x")
    for link, target in (
        ("out", ".."),
        ("dangling", "nowhere"),
        ("inside", "file"),
        ("loop", "loop"),
        ("gitlink", ".git"),
    ):
        (workspace / link).symlink_to(target)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RunError, match="report-file") as caught:
        write_report(workspace, name, "x")
    assert caught.value.reason is Reason.INVALID_INPUT
    assert sorted(tmp_path.rglob("*")) == before
    assert (workspace / "file").read_text() == "x"


def test_no_draft_is_left_where_the_report_cannot_be_written(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_report(tmp_path, "r.json", "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
