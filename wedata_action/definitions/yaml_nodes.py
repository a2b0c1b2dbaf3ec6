"""YAML text → a node for each document, built from the parser's events without recursion.

PyYAML's own composer recurses in C: a file full of opening brackets would crash the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from wedata_action.definitions.nodes import (
    BOOLEAN_WORDS,
    MAX_DEPTH,
    NULL_WORDS,
    Kind,
    Node,
    Unreadable,
    quote,
    too_deep,
)

try:
    from yaml import CSafeLoader as EventParser
except ImportError:  # PyYAML without libyaml: slower, and the same events
    from yaml import SafeLoader as EventParser  # type: ignore[assignment]  # of both, only get_event is used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wedata_action.definitions.mistakes import Mistakes

MAX_ALIASED = 100_000
"""Nodes that all aliases of one file together may stand for."""

MAX_TAG_DIRECTIVES = 100
"""libyaml compares each %TAG directive with all earlier ones, which takes quadratic time."""

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset((_CORE + "str", _CORE + "int", _CORE + "float"))  # a number is a text as well: as written
# The commonest mistakes in plain words, by what libyaml says of them.
_IN_WORDS = {
    "mapping values are not allowed in this context": "a ':' is not allowed here; put a text that has ': ' in quotes, "
    "and check the indentation",
    "could not find expected ':'": "a key without ':', or a text that goes on where a key should be; check the "
    "indentation",
}
_KINDS = {SequenceStartEvent: Kind.SEQUENCE, MappingStartEvent: Kind.MAPPING}
_COLLECTION_TAGS = {Kind.SEQUENCE: _CORE + "seq", Kind.MAPPING: _CORE + "map"}


def documents(mistakes: Mistakes, event_parser: Callable[[str], Any] = EventParser) -> Iterator[Node]:
    """Yields the documents of `mistakes.text` in order. Raises `Unreadable` at the first syntax error.

    Tags and aliases that are not allowed are added to `mistakes`.
    """
    text = mistakes.text
    if text.count("%TAG") > MAX_TAG_DIRECTIVES:
        raise Unreadable(text.index("%TAG"), f"more than {MAX_TAG_DIRECTIVES} %TAG directives")
    anchors = _Anchors(mistakes)
    try:
        next_event = event_parser(text).get_event
        while (event := next_event()).__class__ is not StreamEndEvent:
            if event.__class__ is DocumentStartEvent:
                anchors.nodes.clear()
                yield _document(next_event, anchors)
    except YAMLError as error:
        raise _unreadable(text, error) from None
    except UnicodeDecodeError:
        # libyaml lets percent escapes that are not UTF-8 through in a tag, and there is no mark for them
        raise Unreadable(max(text.find("%"), 0), "not valid YAML: a tag is not UTF-8") from None


def _document(next_event: Callable[[], Any], anchors: _Anchors) -> Node:
    """The document whose start event was read last."""
    top: list[Node] = []
    children = top  # of the innermost list or mapping that is open
    opened: list[Node] = []
    while True:
        event = next_event()
        what = event.__class__
        if what is ScalarEvent:
            if event.tag is None:
                node = Node(Kind.TEXT if event.style else Kind.PLAIN, event.value, event.start_mark.index)
            else:
                node = _tagged_scalar(event, anchors.mistakes)
            children.append(node)
        elif what in _KINDS:
            node = Node(_KINDS[what], [], event.start_mark.index)
            if len(opened) == MAX_DEPTH:
                raise too_deep(node.at)
            children.append(_checked_collection(event, node, anchors.mistakes))
            opened.append(node)
            children = node.value
        elif what is AliasEvent:
            children.append(anchors.resolve(event, opened))
            continue
        elif what is DocumentEndEvent:
            return top[0]
        else:
            opened.pop()
            children = opened[-1].value if opened else top
            continue
        if event.anchor is not None:
            anchors.nodes[event.anchor] = node


class _Anchors:
    """The anchors of the current document, and the number of nodes that the file's aliases stand for so far."""

    __slots__ = ("_aliased", "mistakes", "nodes")

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.nodes: dict[str, Node] = {}
        self._aliased = 0

    def resolve(self, event: Any, opened: list[Node]) -> Node:
        """The node that the alias `event` stands for. Raises `Unreadable` if the aliases stand for too many nodes."""
        at = event.start_mark.index
        name = event.anchor
        node = self.nodes.get(name)
        if node is None:
            self.mistakes.add(at, f"the alias {quote('*' + name)} has no anchor before it in its document")
        elif any(node is around for around in opened):
            self.mistakes.add(at, f"the alias {quote('*' + name)} is inside the node that it stands for")
        else:
            self._count(node, at)
            return node
        return Node(Kind.BAD, None, at)

    def _count(self, node: Node, at: int) -> None:
        pending = [node]
        while pending:
            kind, value, _ = pending.pop()
            self._aliased += 1
            if self._aliased > MAX_ALIASED:
                raise Unreadable(at, f"the aliases of the file stand for more than {MAX_ALIASED} nodes")
            if kind in _COLLECTION_TAGS:
                pending.extend(value)


def _tagged_scalar(event: Any, mistakes: Mistakes) -> Node:
    tag, value, at = event.tag, event.value, event.start_mark.index
    if tag in _TEXT_TAGS:
        return Node(Kind.TEXT, value, at)
    if tag == _CORE + "bool" and value in BOOLEAN_WORDS:
        return Node(Kind.BOOLEAN, BOOLEAN_WORDS[value], at)
    if tag == _CORE + "null" and value in NULL_WORDS:
        return Node(Kind.NULL, None, at)
    return _refused(event, mistakes)


def _checked_collection(event: Any, node: Node, mistakes: Mistakes) -> Node:
    if event.tag is None or event.tag == _COLLECTION_TAGS[node.kind]:
        return node
    return _refused(event, mistakes)


def _refused(event: Any, mistakes: Mistakes) -> Node:
    tag, at = event.tag, event.start_mark.index
    if tag in _TEXT_TAGS or tag in _COLLECTION_TAGS.values() or tag in (_CORE + "bool", _CORE + "null"):
        mistakes.add(at, f"the value does not fit its tag '!!{tag.removeprefix(_CORE)}'")
    else:
        shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        mistakes.add(at, f"the tag {quote(shown)} is not allowed: write the value itself, without a tag")
    return Node(Kind.BAD, None, at)


def _unreadable(text: str, error: YAMLError) -> Unreadable:
    if isinstance(error, ReaderError):
        at = error.position  # counted in characters by the parser in Python, in bytes by libyaml
        if error.encoding != "unicode":
            at = len(text.encode()[:at].decode(errors="ignore"))
        return Unreadable(at, f"not valid YAML: {error.reason} (U+{error.character:04X})")
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark else 0
        if text[at : at + 1] == "\t":
            return Unreadable(at, "not valid YAML: a tab is not allowed here; indent with spaces")
        message = _IN_WORDS.get(error.problem or "") or " ".join(filter(None, (error.problem, error.context)))
        return Unreadable(at, f"not valid YAML: {message}")
    return Unreadable(0, f"not valid YAML: {error}")
