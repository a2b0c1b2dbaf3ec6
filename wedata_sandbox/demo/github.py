"""GitHub's memory of the demo's runs: the part of its REST API by which a run finds the last success."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wedata_sandbox.demo.step import REPOSITORY, WORKFLOW, Notice
from wedata_sandbox.outcomes import Outcome, answer
from wedata_sandbox.server import Listener

_ENDED = "2025-08-27T06:48:32Z"  # long ago: a run that has just ended is read again


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of one job that has ended, and the notices that it left."""

    number: int
    commit: str
    notices: tuple[Notice, ...]


class GitHub(Listener):
    """Answers while the `with` block runs; `runs` are the runs so far."""

    def __init__(self) -> None:
        super().__init__(self.handle, 0)
        self.runs: list[PastRun] = []

    def handle(self, _method: str, target: str, _headers: Mapping[str, str], _body: bytes) -> Outcome:
        """The answer to a request; every number in a path is that of a run."""
        path = target.partition("?")[0].removeprefix(f"/repos/{REPOSITORY}/")
        if path in {f"actions/workflows/{WORKFLOW}/runs", "actions/runs"}:
            return _json({"total_count": len(self.runs), "workflow_runs": [_run(run) for run in self.runs]})
        named = re.fullmatch(r"(check-suites|check-runs)/(\d+)/(check-runs|annotations)", path)
        run = next((run for run in self.runs if named and run.number == int(named[2])), None)
        if run is None or named is None:
            return _json({"message": "Not Found"}, 404)
        if named[3] == "check-runs":
            return _json({"total_count": 1, "check_runs": [_check_run(run)]})
        return _json([_annotation(notice) for notice in run.notices])


def _run(run: PastRun) -> dict[str, Any]:
    return {
        "id": run.number,
        "workflow_id": 1,
        "check_suite_id": run.number,
        "head_sha": run.commit,
        "event": "push",
        "status": "completed",
        "updated_at": _ENDED,
        "head_repository": {"full_name": REPOSITORY},
    }


def _check_run(run: PastRun) -> dict[str, Any]:
    return {
        "id": run.number,
        "status": "completed",
        "started_at": _ENDED,
        "output": {"annotations_count": len(run.notices)},
    }


def _annotation(notice: Notice) -> dict[str, Any]:
    return {"annotation_level": "notice", "title": notice.title, "message": notice.text}


def _json(content: object, status: int = 200) -> Outcome:
    return answer(status, "application/json; charset=utf-8", json.dumps(content).encode())
