"""The workflow of a branch: its file, its jobs and the steps that submit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.branch import FILES, Definition, Definitions

PROJECTS = ("9000", "9001")
REGION = "ap-singapore"
GLOBS: Mapping[str, tuple[str, ...]] = {
    "": FILES,
    "wedata/*.yml": FILES,
    "wedata/a.yml": FILES[:1],
    "wedata/b.yml": FILES[1:],
    "wedata/*.yml\n!wedata/b.yml": FILES[:1],
}
"""Values of the input `definitions`, and which of the files they match."""
_DEFAULT_GLOBS = ["wedata/**/*.json", "wedata/**/*.yaml", "wedata/**/*.yml"]

Identity = tuple[str, str]


@dataclass(slots=True)
class Step:
    """One step that submits. `job` is the name of its job, which people may change; the rest are inputs."""

    job: str
    project: str = PROJECTS[0]
    globs: str = ""
    passes_pending: bool = False
    waits: bool = True
    max_tasks: int = 0
    code: str = "push"
    target: str = ""

    @property
    def inputs(self) -> dict[str, str]:
        found = {"project-id": self.project, "definitions": self.globs, "max-tasks": str(self.max_tasks)}
        found["pending-approval"] = "pass" if self.passes_pending else "fail"
        found["wait"] = "true" if self.waits else "false"
        found["code"], found["target"] = self.code, self.target
        return found

    @property
    def scope(self) -> str:
        """The scope of the records, by the formula of the contract."""
        values = {
            "definitions": sorted(self.globs.split("\n")) if self.globs else _DEFAULT_GLOBS,
            "endpoint": "127.0.0.1",
            "project-id": self.project,
            "region": REGION,
            "target": self.target,
        }
        canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def defines(self, definitions: Definitions) -> dict[Identity, Definition]:
        """The tasks of this step among those of a commit."""
        return {(self.project, task): found for task, found in definitions.items() if found.file in GLOBS[self.globs]}


@dataclass(slots=True)
class Workflow:
    """`one_job` says that the steps stand in one job; else each has its own."""

    file: str = "deploy.yml"
    steps: list[Step] = field(default_factory=lambda: [Step("deploy")])
    one_job: bool = False
