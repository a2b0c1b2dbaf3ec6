"""Every definition of a tree, changed or not, and each mistake in it: the mode `validate`."""

from __future__ import annotations

from wedata_action.changes.compare import definition_folders
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import SourceReader, duplicates, parse_files
from wedata_action.changes.trees import Tree
from wedata_action.errors import Diagnostic, Location, Reason, RunError
from wedata_action.task import Task


def validate(tree: Tree, files: PathFilter, project_id: str) -> tuple[list[Task], list[Diagnostic]]:
    """All tasks of the tree, and all mistakes in the order of their places.

    A task without a project is no mistake here: the input may be set only where tasks are submitted. Raises
    `RunError` where no definition matches.
    """
    found = {path: entry for path, entry in tree.list(definition_folders(files)).items() if path in files}
    if not found:
        raise RunError(Reason.INVALID_INPUT, f"no definition matches {', '.join(files.positive)}")
    parsed = parse_files(tree, found)
    definitions = [definition for file in parsed for definition in file.tasks]
    fingerprints, diagnostics = SourceReader(tree, files, {}).fingerprints(definitions)
    diagnostics += [diagnostic for file in parsed for diagnostic in file.diagnostics]
    tasks = [
        definition._replace(project_id=definition.project_id or project_id, fingerprint=fingerprint)
        for definition, fingerprint in zip(definitions, fingerprints, strict=True)
    ]
    diagnostics += duplicates(tasks)
    return tasks, sorted(diagnostics, key=lambda diagnostic: diagnostic.location or Location(""))
