"""YAML text → a node for each document, built from the parser's events.

PyYAML's own composer recurses in C without a limit: a file full of opening brackets would crash the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from wedata_action.definitions.nodes import MAX_DEPTH, Kind, Node, Unreadable, quote, too_deep

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
_SCALARS = (Kind.PLAIN, Kind.TEXT)
_COLLECTIONS = (Kind.SEQUENCE, Kind.MAPPING)
_TAGS = {
    **dict.fromkeys((f"{_CORE}str", f"{_CORE}int", f"{_CORE}float"), Kind.TEXT),  # a number is a text, as written
    **dict.fromkeys((f"{_CORE}bool", f"{_CORE}null"), Kind.PLAIN),
    f"{_CORE}seq": Kind.SEQUENCE,
    f"{_CORE}map": Kind.MAPPING,
}
# The commonest mistakes in plain words, by what libyaml says of them.
_IN_WORDS = {
    "mapping values are not allowed in this context": "a ':' is not allowed here; put a text that has ': ' in quotes, "
    "and check the indentation",
    "could not find expected ':'": "a key without ':', or a text that goes on where a key should be; check the "
    "indentation",
}


def documents(mistakes: Mistakes, event_parser: Callable[[str], Any] = EventParser) -> Iterator[Node]:
    """Yields the documents of `mistakes.text` in order. Raises `Unreadable` at the first syntax error.

    Tags and aliases that are not allowed are added to `mistakes`.
    """
    text = mistakes.text
    if text.count("%TAG") > MAX_TAG_DIRECTIVES:
        raise Unreadable(text.index("%TAG"), f"more than {MAX_TAG_DIRECTIVES} %TAG directives")
    try:
        reader = _Reader(mistakes, event_parser(text).get_event)
        while (event := reader.next_event()).__class__ is not StreamEndEvent:
            if event.__class__ is DocumentStartEvent:
                yield reader.document()
    except YAMLError as error:
        raise _unreadable(text, error) from None
    except UnicodeDecodeError:
        # libyaml lets percent escapes that are not UTF-8 through in a tag, and there is no mark for them
        raise Unreadable(max(text.find("%"), 0), "not valid YAML: a tag is not UTF-8") from None


class _Reader:
    """Reads the documents of one file. Anchors are those of one document, and the limit on aliases is the file's."""

    def __init__(self, mistakes: Mistakes, next_event: Callable[[], Any]) -> None:
        self.next_event = next_event
        self._mistakes = mistakes
        self._anchors: dict[str, Node] = {}
        self._opened: list[Node] = []
        self._aliased = 0

    def document(self) -> Node:
        """The document whose start event was read last."""
        self._anchors.clear()
        node = self._node(self.next_event())
        self.next_event()  # the document's end, or a syntax error behind the node
        return node

    def _node(self, event: Any) -> Node:
        """The node that begins with `event`."""
        what = event.__class__
        if what is AliasEvent:
            return self._alias(event)
        at = event.start_mark.index
        if what is ScalarEvent:
            node = Node(Kind.TEXT if event.style else Kind.PLAIN, event.value, at)
        else:
            node = Node(Kind.MAPPING if what is MappingStartEvent else Kind.SEQUENCE, [], at)
        if event.tag is not None:
            node = self._tagged(node, event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if what is not ScalarEvent:
            self._fill(node)
        return node

    def _fill(self, node: Node) -> None:
        """Reads what is inside a list or mapping, up to its end."""
        if len(self._opened) == MAX_DEPTH:
            raise too_deep(node.at)
        self._opened.append(node)
        children = [] if node.kind is Kind.BAD else node.value
        while (event := self.next_event()).__class__ not in (MappingEndEvent, SequenceEndEvent):
            children.append(self._node(event))
        self._opened.pop()

    def _alias(self, event: Any) -> Node:
        """The node that the alias stands for. Raises `Unreadable` if the aliases stand for too many nodes."""
        at, shown = event.start_mark.index, quote(f"*{event.anchor}")
        node = self._anchors.get(event.anchor)
        if node is None:
            return self._bad(at, f"the alias {shown} has no anchor before it in its document")
        if any(node is around for around in self._opened):
            return self._bad(at, f"the alias {shown} is inside the node that it stands for")
        pending = [node]
        while pending:
            kind, value, _ = pending.pop()
            self._aliased += 1
            if self._aliased > MAX_ALIASED:
                raise Unreadable(at, f"the aliases of the file stand for more than {MAX_ALIASED} nodes")
            if kind in _COLLECTIONS:
                pending.extend(value)
        return node

    def _tagged(self, node: Node, tag: str) -> Node:
        kind = _TAGS.get(tag)
        if kind is node.kind or (kind in _SCALARS and node.kind in _SCALARS):
            return node._replace(kind=kind)
        shown = quote("!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag)
        if kind:
            return self._bad(node.at, f"the value does not fit its tag {shown}")
        return self._bad(node.at, f"the tag {shown} is not allowed: write the value itself, without a tag")

    def _bad(self, at: int, message: str) -> Node:
        self._mistakes.add(at, message)
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
