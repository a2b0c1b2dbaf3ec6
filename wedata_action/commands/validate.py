"""`validate`: every definition that the globs match, changed or not, and each mistake at its line."""

from __future__ import annotations

from wedata_action.changes.find_base import find_head
from wedata_action.changes.reading import validate as find_mistakes
from wedata_action.changes.trees import CommitTree, Tree, WorkTree
from wedata_action.commands.compare import scope_of, warnings_of
from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.report.words import count
from wedata_action.result import Result, ResultWord
from wedata_action.submission.batches import option_warnings


def validate(step: Step) -> Result:
    """In Actions of the commit, in a shell of the work tree. Raises `RunError` with every mistake."""
    result = step.known
    with step.repository(step.settings, step.context, step.environ) as repository:
        tree: Tree = WorkTree(repository.root)
        if step.context:
            head = find_head(step.settings, repository, step.context)
            step.publish(result := result._replace(head=head))
            tree = CommitTree(repository, head)
        found = find_mistakes(tree, scope_of(step.settings))
    if found.mistakes:
        message = f"{count(len(found.mistakes), 'mistake')} in the definitions"
        raise RunError(Reason.INVALID_DEFINITION, message, found.mistakes)
    named = ", ".join(found.targets)
    targets = f" of the {'target' if len(found.targets) == 1 else 'targets'} {named}" if named else ""
    step.console.line(f"{count(len(found.tasks), 'task')}{targets}, no mistake")
    warnings = (*result.warnings, *warnings_of(step.settings, found), *option_warnings(found.tasks))
    return result._replace(result=ResultWord.VALID, warnings=warnings)
