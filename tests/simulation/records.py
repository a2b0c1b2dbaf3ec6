"""What the records of a branch say, read straight from the stand-in for GitHub and by the contract's own words."""

from __future__ import annotations

import re

from tests.simulation.origin import Origin
from tests.support.github import REPOSITORY, Annotation, WorkflowRun

_RECORD = re.compile(
    r"\(record:1 scope:([0-9a-f]{12}) base:([0-9a-f]{40}|empty) head:([0-9a-f]{40}) result:([a-z-]+)\)"
)
_SUCCESSES = frozenset({"success", "noop", "adopted", "submitted"})

Record = tuple[str, str, str, str]
"""Scope, base, head and result."""


def read_record(said: Annotation) -> Record | None:
    found = _RECORD.findall(said.message) if said.title == "wedata-action" else []
    return found[0] if len(found) == 1 else None


def shown_records(origin: Origin, runs: list[WorkflowRun], own: WorkflowRun, now: float) -> list[Record]:
    """The records on ancestors of a run's commit that GitHub showed at a time, of whatever run."""
    return [
        record
        for run in runs
        if run.repository == REPOSITORY and not run.event.startswith("pull_request")
        if run.branch == own.branch and origin.is_ancestor(run.head, own.head)
        for check in run.checks
        for said in check.shown(now)
        if said.level == "notice" and (record := read_record(said)) and record[2] == run.head
    ]


def is_superseded(runs: list[WorkflowRun], own: WorkflowRun, scope: str, now: float) -> bool:
    """Whether GitHub shows a success of a newer run."""
    return any(
        record[0] == scope and record[2] == run.head and is_success(record)
        for run in runs
        if run.repository == REPOSITORY and not run.event.startswith("pull_request") and run.id > own.id > 0
        for check in run.checks
        for said in check.shown(now)
        if said.level == "notice" and (record := read_record(said))
    )


def is_success(record: Record) -> bool:
    return record[3] in _SUCCESSES
