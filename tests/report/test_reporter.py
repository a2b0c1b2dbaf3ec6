from __future__ import annotations

import io
from pathlib import Path

import pytest

from wedata_action.errors import Reason, RunError
from wedata_action.report.console import ActionsConsole
from wedata_action.report.reporter import Reporter


def reporter_in(workspace: Path) -> Reporter:
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(workspace.parent / "output"),
        "GITHUB_WORKSPACE": str(workspace),
    }
    return Reporter(ActionsConsole(io.StringIO()), environ)


def test_a_report_of_an_earlier_step_is_gone_before_anything_is_sent(tmp_path: Path) -> None:
    report = tmp_path / "workspace" / "reports" / "wedata.json"
    report.parent.mkdir(parents=True)
    report.write_text('{"result": "success"}')
    reporter_in(tmp_path / "workspace").report_to("reports/wedata.json", "--report-file")
    assert not report.exists()


def test_no_file_outside_the_workspace_is_removed(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "kept.json").write_text("{}")
    (tmp_path / "workspace" / "out").symlink_to(tmp_path)
    for name in ("../kept.json", "out/kept.json", str(tmp_path / "kept.json")):
        with pytest.raises(RunError) as caught:
            reporter_in(tmp_path / "workspace").report_to(name, "--report-file")
        assert caught.value.reason is Reason.INVALID_INPUT
        assert caught.value.message.startswith("--report-file: ")
    assert (tmp_path / "kept.json").read_text() == "{}"
