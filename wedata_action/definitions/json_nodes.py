"""JSON text → a node. Strict: RFC 8259 and nothing else. Numbers stay as written, and duplicate keys are kept."""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder

from wedata_action.definitions.nodes import MAX_DEPTH, Kind, Node, Unreadable, too_deep

_space = re.compile(r"[ \t\n\r]*").match
_word = re.compile(r"[0-9A-Za-z+.-]+").match  # anything meant as a number or a literal
_is_number = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").fullmatch
_decode_string = JSONDecoder().raw_decode

_LITERALS = {"true": (Kind.BOOLEAN, True), "false": (Kind.BOOLEAN, False), "null": (Kind.NULL, None)}
_COLLECTIONS = {"{": (Kind.MAPPING, "}"), "[": (Kind.SEQUENCE, "]")}


def document(text: str) -> Node:
    """The value that `text` is. Raises `Unreadable`."""
    node, end = _value(text, _skip(text, 0), 0)
    if end < len(text):
        raise _error(end, "there is more text after the end of the value")
    return node


def _value(text: str, at: int, depth: int) -> tuple[Node, int]:
    """The value at `at`, inside `depth` lists and mappings, and where the text continues."""
    first = text[at : at + 1]
    if first == '"':
        return _string(text, at)
    if first in _COLLECTIONS:
        return _collection(text, at, depth)
    match = _word(text, at)
    if match is None:
        raise _error(at, "expected a value" if first else "expected a value before the end of the file")
    word = match.group()
    if word in _LITERALS:
        kind, value = _LITERALS[word]
        return Node(kind, value, at), _skip(text, match.end())
    if _is_number(word):
        return Node(Kind.NUMBER, word, at), _skip(text, match.end())
    raise _error(at, "expected a text in double quotes, a number, true, false, null, a list or a mapping")


def _collection(text: str, at: int, depth: int) -> tuple[Node, int]:
    if depth == MAX_DEPTH:
        raise too_deep(at)
    kind, closing = _COLLECTIONS[text[at]]
    node, index = Node(kind, [], at), _skip(text, at + 1)
    while node.value or text[index : index + 1] != closing:
        if kind is Kind.MAPPING:
            index = _key(text, index, node.value)
        item, index = _value(text, index, depth + 1)
        node.value.append(item)
        following = text[index : index + 1]
        if following == closing:
            break
        if following != ",":
            raise _error(index, f"expected ',' or '{closing}'")
        index = _skip(text, index + 1)
    return node, _skip(text, index + 1)


def _key(text: str, index: int, children: list[Node]) -> int:
    """Appends the key at `index` to `children`. Returns where its value starts."""
    if text[index : index + 1] != '"':
        raise _error(index, "expected a key in double quotes")
    node, index = _string(text, index)
    children.append(node)
    if text[index : index + 1] != ":":
        raise _error(index, "expected ':' after the key")
    return _skip(text, index + 1)


def _string(text: str, start: int) -> tuple[Node, int]:
    try:
        value, end = _decode_string(text, start)
        if not value.isascii():
            value.encode()
    except JSONDecodeError as error:
        if error.msg.startswith("Invalid control character"):
            code = ord(text[error.pos])
            raise _error(error.pos, f"a text has the control character U+{code:04X}; write \\u{code:04x}") from None
        reason = error.msg.removesuffix(" at").removesuffix(" starting")
        raise _error(error.pos, reason[:1].lower() + reason[1:]) from None
    except UnicodeEncodeError:
        raise _error(start, "a text has a \\u escape of a surrogate without its pair") from None
    return Node(Kind.TEXT, value, start), _skip(text, end)


def _skip(text: str, index: int) -> int:
    match = _space(text, index)
    return match.end() if match else index


def _error(at: int, message: str) -> Unreadable:
    return Unreadable(at, f"not valid JSON: {message}")
