"""Definition files: from the bytes of a file to its task definitions, or to its mistakes with line and column."""

from wedata_action.definitions.nodes import MAX_BYTES
from wedata_action.definitions.parser import parse
from wedata_action.definitions.schema import Source, TaskDefinition

__all__ = ["MAX_BYTES", "Source", "TaskDefinition", "parse"]
