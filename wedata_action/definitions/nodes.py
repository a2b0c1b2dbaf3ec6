"""What YAML and JSON have in common once they are read: nodes without types, each with its place; and the limits.

A node is a plain tuple, since ten thousand files make hundreds of thousands of them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

MAX_BYTES = 1024 * 1024
"""Size of the largest file that is read."""

MAX_DEPTH = 16
"""Lists and mappings that may stand within one another; definitions need four."""

Node: TypeAlias = tuple[int, Any, int]
"""Kind, value, and the index of the node's first character in the text."""

# The value of a node of each kind:
PLAIN = 0  # str: a YAML scalar without quotes, which is a text, a boolean or null as its key decides
TEXT = 1  # str: a text and nothing else
NUMBER = 2  # str: a JSON number as it is written
BOOLEAN = 3  # bool
NULL = 4  # None
SEQUENCE = 5  # list of nodes
MAPPING = 6  # list of nodes: key, value, key, value, ...
BAD = 7  # None: its mistake is reported already

NULL_WORDS = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEAN_WORDS = {word: word[0] in "tT" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}

_LONGEST_QUOTE = 60


class Unreadable(Exception):  # noqa: N818 - it says what the text is
    """The text cannot be read on from `at`, the index of a character."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


def too_deep(at: int) -> Unreadable:
    """The error of a list or mapping at `at` that stands within `MAX_DEPTH` others."""
    return Unreadable(at, f"lists and mappings are nested more than {MAX_DEPTH} deep")


def is_null(node: Node) -> bool:
    """Whether `node` says that nothing is given."""
    return node[0] == NULL or (node[0] == PLAIN and node[1] in NULL_WORDS)


def describe(node: Node) -> str:
    """What `node` is, for a message."""
    kind, value, _ = node
    if is_null(node):
        return "null"
    if kind == SEQUENCE:
        return "a list"
    if kind == MAPPING:
        return "a mapping"
    if kind == BOOLEAN:
        return f"the boolean {'true' if value else 'false'}"
    if kind == NUMBER:
        return f"the number {_cut(value)}"
    return f"the text {quote(value)}"


def quote(text: str) -> str:
    """`text` in quotes for a message: on one line, without control characters, cut where it is long."""
    return repr(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 3] + "..."
