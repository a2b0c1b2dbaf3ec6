"""Definition files: from the bytes of a file to its tasks, or to its mistakes with line and column."""

from wedata_action.definitions.mistakes import MAX_MISTAKES
from wedata_action.definitions.nodes import MAX_BYTES, quote
from wedata_action.definitions.parser import parse

__all__ = ["MAX_BYTES", "MAX_MISTAKES", "parse", "quote"]
