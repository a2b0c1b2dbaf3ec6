"""What the runner must make of a run: exactly what the program meant, and nothing that a text brought along."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.security.program import Ended
from tests.support import act, command_files, runner
from wedata_action.github.commands import replace_surrogates

RECORD = "::notice title=wedata-action::"  # the only notice of a run
ROOT = Path(__file__).parent.parent.parent
OUTPUTS = list(yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["outputs"])
OWN_TAGS = re.compile(
    r"</?(?:code|details|summary|pre)>|<details open>|<pre lang=\"diff\">|<br>|&nbsp;|\*\*What to do:\*\*"
)
OWN_LINKS = re.compile(r"\[((?:[^\[\]]|&#\d+;)*)\]\(https://github\.com/[A-Za-z0-9_.~/%-]*(?:#L\d+)?\)")
OWN_HEADING = re.compile(r"## (?:\S|⚠️) .*|### (?:How WeData's code differs from the file in git|Warnings)")
REFERENCE = re.compile(r"&#\d+;")


def assert_nothing_is_forged(ended: Ended) -> None:
    for linguistic in (True, False):
        _assert_log(ended, runner.replay(ended.stream, linguistic=linguistic))
    _assert_outputs(ended)
    for text in ended.everything:
        assert not [line for line in text.split("\n") if "(record:" in line and not line.startswith(RECORD)]
    assert_inert(ended.summary)
    if ended.report:
        report: dict[str, Any] = json.loads(ended.report)
        assert [task["task_id"] for task in report["tasks"]] == _clean(
            [outcome.task.task_id for outcome in ended.result.outcomes]
        )


def _assert_log(ended: Ended, seen: runner.Replay) -> None:
    console = ended.console
    assert (seen.others, seen.outputs_set) == ([], {})
    assert seen.masks == console.masks
    assert (len(seen.groups), seen.endgroups) == (len(console.groups), len(console.groups))
    assert len(seen.debugs) == len(console.debugs)
    assert len(seen.plain_lines) == len(console.lines)
    assert len(seen.annotations) - len(console.annotations) == ended.stream.count(f"\n{RECORD}") <= 1
    annotations = [issue for issue in seen.annotations if issue.level != "notice"]
    assert [(issue.level, issue.line) for issue in annotations] == [
        (meant.level, str(meant.location.line) if meant.location else None) for meant in console.annotations
    ]
    for issue, meant in zip(annotations, console.annotations, strict=True):
        assert (issue.file is None) is (meant.location is None)
    notices = [issue.message for issue in seen.annotations if issue.level == "notice"]
    assert all(map(str.endswith, notices, console.records))
    everything = "\n".join((ended.summary, *(issue.message for issue in seen.annotations), *seen.plain_lines))
    assert everything.count("(record:") == len(console.records) == len(notices)


def _assert_outputs(ended: Ended) -> None:
    result, found = ended.result, command_files.read_outputs(ended.output_file)
    assert sorted(found) == sorted(OUTPUTS)
    assert (found["result"], found["failure-reason"]) == (result.result, str(result.failure_reason or ""))
    assert (found["base"], found["head"], found["report-file"]) == (result.base, result.head, "report.json")
    assert found == act.read_outputs(ended.output_file)
    ids = [outcome.task.task_id for outcome in result.outcomes]
    assert json.loads(found["task-ids"]) == list(
        dict.fromkeys(task_id for task_id in ids if re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", task_id))
    )
    for name in OUTPUTS:
        if name.endswith("-ids"):
            assert isinstance(json.loads(found[name]), list)
    for text in set(ended.published):
        before_the_end = command_files.read_outputs(text)
        assert before_the_end == act.read_outputs(text)
        assert before_the_end["result"] == "unknown"
        assert not [name for name in before_the_end if name.endswith("task-ids")]


def assert_inert(summary: str) -> None:
    """No markup but our own, and tables whose rows have as many cells as their heads."""
    cells = None
    for line in summary.split("\n"):
        plain = REFERENCE.sub("", OWN_LINKS.sub(r"\1", OWN_TAGS.sub("", line)))
        assert not re.search(r"[<>\[\]!*_~$@`{}\\&]|://|[\x00-\x1f\x7f-\x9f\u2028\u2029]", plain), line
        if line.startswith("#"):
            assert OWN_HEADING.fullmatch(line), line
        if line.startswith("|"):
            cells = cells or plain.count("|")
            assert plain.count("|") == cells, line
        else:
            cells = None
            assert "|" not in plain, line


def _clean(ids: list[str]) -> list[str]:
    return [replace_surrogates(task_id) for task_id in ids]
