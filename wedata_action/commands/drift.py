"""`drift`: what in WeData is not as git has it, for every definition at head. It reads and sends nothing."""

from __future__ import annotations

from wedata_action.changes.compare import find_changes
from wedata_action.changes.find_base import find_head
from wedata_action.commands.compare import scope_of, warnings_of
from wedata_action.commands.sign_in import new_client, sign_in
from wedata_action.commands.step import Step, at_most_every
from wedata_action.outcome.drift import conclude_drift
from wedata_action.outcome.drift_reads import find_drift
from wedata_action.report.log import log_outcomes
from wedata_action.report.words import count
from wedata_action.result import Result
from wedata_action.task import Change


def drift(step: Step) -> Result:
    """Raises `RunError` and `GitError`."""
    settings, console, clock = step.settings, step.console, step.clock
    client = new_client(step)
    with step.open() as repository:
        head = find_head(settings, repository, step.context)
        step.publish(result := step.known._replace(head=head))
        found = find_changes(repository, [repository.empty_tree], head, scope_of(settings))
        tasks = [task._replace(change=Change.UNCHANGED, why="") for task in found.changed]
        console.line(f"Head: {head}, with {count(len(tasks), 'task')} to compare with WeData")
        sign_in(client)
        progress = at_most_every(2, clock, step.progress())
        outcomes = find_drift(client.call, clock, step.files(repository), tasks, progress)
    log_outcomes(console, outcomes)
    warnings = (*result.warnings, *warnings_of(settings, found))
    return conclude_drift(result._replace(settled=outcomes, warnings=warnings))
