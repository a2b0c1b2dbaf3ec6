"""`validate`: every definition that the globs match, changed or not, and each mistake at its line."""

from __future__ import annotations

import dataclasses

from wedata_action.changes.find_base import find_head
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.trees import CommitTree, Tree, WorkTree
from wedata_action.changes.validation import validate as find_mistakes
from wedata_action.commands.step import Step
from wedata_action.errors import Reason, RunError
from wedata_action.report.words import count
from wedata_action.result import Result, ResultWord


def validate(step: Step) -> Result:
    """In Actions of the commit, in a shell of the work tree. Raises `RunError` with every mistake."""
    result = step.known
    with step.repository(step.settings, step.context, step.environ) as repository:
        files = PathFilter(step.settings.definitions)
        tree: Tree = WorkTree(repository.root)
        if step.context:
            head = find_head(step.settings, repository, step.context)
            step.publish(result := dataclasses.replace(result, head=head))
            tree = CommitTree(repository, head)
        tasks, mistakes = find_mistakes(tree, files, step.settings.project_id or "")
    if mistakes:
        message = f"{count(len(mistakes), 'mistake')} in the definitions"
        raise RunError(Reason.INVALID_DEFINITION, message, tuple(mistakes))
    step.console.line(f"{count(len(tasks), 'task')}, no mistake")
    return dataclasses.replace(result, result=ResultWord.VALID)
