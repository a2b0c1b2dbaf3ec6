"""What YAML and JSON have in common once they are read: nodes, each with its place; and the limits."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

from wedata_action.parsers import shortened

MAX_BYTES = 1024 * 1024
"""Size of the largest file that is read."""

MAX_DEPTH = 16
"""Lists and mappings inside one another; definitions need four."""

MAX_TEXT = 1000
"""Characters of the longest text. An alias gives a long text to every task, and reports and requests repeat it."""


class Kind(enum.Enum):
    """What a node is, and the type of its value."""

    PLAIN = enum.auto()  # str: a YAML scalar without quotes, whose key decides if it is a text, a boolean or null
    TEXT = enum.auto()  # str
    NUMBER = enum.auto()  # str: a JSON number as it is written
    BOOLEAN = enum.auto()  # bool
    NULL = enum.auto()  # None
    SEQUENCE = enum.auto()  # list of nodes
    MAPPING = enum.auto()  # list of nodes: key, value, key, value, ...
    BAD = enum.auto()  # None: its mistake is reported already


class Node(NamedTuple):
    """`at` is the index of the node's first character in the text."""

    kind: Kind
    value: Any
    at: int


NULL_WORDS = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEAN_WORDS = {word: word[0] in "tT" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}

_LONGEST_QUOTE = 100


class Unreadable(Exception):  # noqa: N818 - it says what the text is
    """The rest of the text cannot be read, from the character at index `at`."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


def too_deep(at: int) -> Unreadable:
    """The error of a list or mapping at `at` inside `MAX_DEPTH` others."""
    return Unreadable(at, f"lists and mappings are nested more than {MAX_DEPTH} deep")


def is_null(node: Node) -> bool:
    """Whether `node` says that nothing is given."""
    return node.kind is Kind.NULL or (node.kind is Kind.PLAIN and node.value in NULL_WORDS)


def describe(node: Node) -> str:
    """What `node` is, for a message."""
    if is_null(node):
        return "null"
    match node.kind:
        case Kind.SEQUENCE:
            return "a list"
        case Kind.MAPPING:
            return "a mapping"
        case Kind.BOOLEAN:
            return f"the boolean {'true' if node.value else 'false'}"
        case Kind.NUMBER:
            return f"the number {shortened(node.value, _LONGEST_QUOTE)}"
    return f"the text {quote(node.value)}"


def quote(text: str) -> str:
    """`text` in quotes for a message: on one line, without control characters, cut where it is long."""
    return repr(shortened(text, _LONGEST_QUOTE))
