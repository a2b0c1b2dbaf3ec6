"""Definition files: from the bytes of a file to its tasks, or to its mistakes with line and column."""

from wedata_action.definitions.nodes import MAX_BYTES
from wedata_action.definitions.parser import parse

__all__ = ["MAX_BYTES", "parse"]
