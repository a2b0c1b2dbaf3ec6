"""A stand-in for GitHub's run history: the runs of one workflow on one branch, by the REST API's own shapes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "owner/repository"
JOB, STEP = "Deploy", "Run owner/wedata-action@v"
WORKFLOW = 77


@dataclass(slots=True)
class WorkflowRun:
    """One run. `attempts` are the conclusions of this job's step, the last one `None` while it goes on.

    `absent` stands for an attempt that was cancelled before it had jobs; `noise` is a run of a pull request.
    """

    id: int
    number: int
    head: str
    event: dict[str, Any]
    attempts: list[str | None]
    workflow_conclusion: str | None = None
    noise: bool = False

    @property
    def succeeded(self) -> bool:
        return "success" in self.attempts and not self.noise

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "run_number": self.number,
            "run_attempt": len(self.attempts),
            "workflow_id": WORKFLOW,
            "head_sha": self.head,
            "head_branch": "main",
            "event": "pull_request" if self.noise else "push",
            "status": "in_progress" if self.attempts[-1] is None else "completed",
            "conclusion": self.workflow_conclusion,
            "head_repository": {"full_name": "stranger/fork" if self.noise else REPOSITORY},
        }

    def jobs(self, attempts: slice) -> list[dict[str, Any]]:
        numbered = list(enumerate(self.attempts, start=1))[attempts]
        return [{**job, "run_attempt": number} for number, conclusion in numbered for job in self._jobs(conclusion)]

    def _jobs(self, conclusion: str | None) -> list[dict[str, Any]]:
        if conclusion == "absent":
            return []
        status = "in_progress" if conclusion is None else "completed"
        step = {"name": f"{STEP}{self.number % 2}", "status": status, "conclusion": conclusion}
        before = {"name": "Run actions/checkout@v7", "status": "completed", "conclusion": "success"}
        skipped = conclusion == "skipped"
        return [
            {"name": "Tests", "status": "completed", "conclusion": "success", "runner_name": "other", "steps": []},
            {
                "name": JOB,
                "status": status,
                "conclusion": conclusion,
                "runner_name": None if skipped else f"runner-{self.id}",
                "steps": [] if skipped else [before, step],
            },
        ]


@dataclass(slots=True)
class GitHub:
    """Answers what `wedata_action.github` asks."""

    runs: list[WorkflowRun] = field(default_factory=list)

    def answer(self, url: str) -> tuple[int, Any]:
        parts = urlsplit(url)
        path = parts.path.removeprefix(f"/repos/{REPOSITORY}/")
        query = parse_qs(parts.query)
        if path == f"actions/workflows/{WORKFLOW}/runs":
            newest_first = sorted(self.runs, key=lambda run: run.number, reverse=True)
            return 200, {"workflow_runs": [run.as_json() for run in newest_first] if query["page"] == ["1"] else []}
        found = re.fullmatch(r"actions/runs/(\d+)(?:/attempts/(\d+))?(/jobs)?", path)
        run = next((run for run in self.runs if found and run.id == int(found[1])), None)
        if run is None or found is None:
            return 404, {"message": "Not Found"}
        if not found[3]:
            return 200, run.as_json()
        one = slice(int(found[2]) - 1, int(found[2])) if found[2] else slice(-1, None)
        return 200, {"jobs": run.jobs(slice(None) if query.get("filter") == ["all"] else one)}
