"""The plainest YAML, lines of `key: value` and comments, read without a YAML parser: in a quarter of its time.

Whatever might have a second meaning is left to `yaml_nodes`: the nodes here are those that it gives, or none.
"""

from __future__ import annotations

import re

from wedata_action.definitions.nodes import MAPPING, PLAIN, TEXT, Node

# A value is one word or several of letters, digits and harmless marks, or a text in quotes without quotes or escapes.
_line = re.compile(
    r"""(?: ([A-Za-z_]{1,64}):[ ] (?: (\w[\w ,./-]*(?<![ ])) | (["']) ([\w !#-&(-\[\]-~]*) \3 ) | \#[\w -~]* )? \n""",
    re.VERBOSE,
).match


def document(text: str) -> Node | None:
    """The mapping that `text` is, or None where it takes a YAML parser to tell."""
    children: list[Node] = []
    at = 0
    while at < len(text):
        line = _line(text, at)
        if line is None:
            return None
        key, plain, _, quoted = line.groups()
        if key:
            children.append((PLAIN, key, at))
            value = at + len(key) + 2
            children.append((PLAIN, plain, value) if plain else (TEXT, quoted, value))
        at = line.end()
    return (MAPPING, children, children[0][2]) if children else None
