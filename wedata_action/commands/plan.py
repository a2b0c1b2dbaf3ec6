"""`plan`: everything up to the first call, and nothing is sent."""

from __future__ import annotations

from wedata_action.commands.compare import batches_of, compare
from wedata_action.commands.step import Step
from wedata_action.errors import Diagnostic
from wedata_action.report.log import log_plan
from wedata_action.result import Result, ResultWord


def plan(step: Step) -> Result:
    """Raises `RunError` and `GitError`."""
    with step.open() as repository:
        compared = compare(step, repository)
    batches = batches_of(step, compared, (compared.plan,))
    result = compared.result._replace(batches=batches)
    log_plan(step.console, result)
    most = step.settings.max_tasks
    if most and len(compared.plan) > most:
        warning = Diagnostic(
            f"{len(compared.plan)} tasks are in the plan, and max-tasks allows {most} to be sent: submit would send "
            "none, unless a look-up finds some of them settled"
        )
        result = result._replace(warnings=(*result.warnings, warning))
    return result._replace(result=ResultWord.PLANNED if batches else ResultWord.NOOP)
