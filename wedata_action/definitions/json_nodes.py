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
_OPENING = {"{": Kind.MAPPING, "[": Kind.SEQUENCE}
_CLOSING = {Kind.MAPPING: "}", Kind.SEQUENCE: "]"}


def document(text: str) -> Node:
    """The value that `text` is. Raises `Unreadable`."""
    top: list[Node] = []
    children = top  # of the innermost list or mapping that is open
    opened: list[Node] = []
    index = _skip(text, 0)
    while True:
        node, index = _value(text, index)
        children.append(node)
        if node.kind in _CLOSING:
            opened.append(node)
            if len(opened) > MAX_DEPTH:
                raise too_deep(node.at)
            children = node.value
            if text[index : index + 1] != _CLOSING[node.kind]:
                if node.kind is Kind.MAPPING:
                    index = _key(text, index, children)
                continue
        index = _behind_value(text, index, opened)
        if not opened:
            if index < len(text):
                raise _error(index, "there is more text after the end of the value")
            return top[0]
        children = opened[-1].value


def _behind_value(text: str, index: int, opened: list[Node]) -> int:
    """Closes what ends at `index` and takes it off `opened`. Returns where the next value or the end is."""
    while opened:
        kind, children, _ = opened[-1]
        following = text[index : index + 1]
        if following == _CLOSING[kind]:
            opened.pop()
            index = _skip(text, index + 1)
        elif following == ",":
            index = _skip(text, index + 1)
            return _key(text, index, children) if kind is Kind.MAPPING else index
        else:
            raise _error(index, f"expected ',' or '{_CLOSING[kind]}'")
    return index


def _value(text: str, index: int) -> tuple[Node, int]:
    """The scalar at `index`, or the list or mapping that opens there, still empty; and where the text continues."""
    first = text[index : index + 1]
    if first == '"':
        return _string(text, index)
    if first in _OPENING:
        return Node(_OPENING[first], [], index), _skip(text, index + 1)
    match = _word(text, index)
    if match is None:
        raise _error(index, "expected a value" if first else "expected a value before the end of the file")
    word = match.group()
    if word in _LITERALS:
        kind, value = _LITERALS[word]
        return Node(kind, value, index), _skip(text, match.end())
    if _is_number(word):
        return Node(Kind.NUMBER, word, index), _skip(text, match.end())
    raise _error(index, "expected a text in double quotes, a number, true, false, null, a list or a mapping")


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
