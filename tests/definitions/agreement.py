"""Whether the reader and the JSON schema judge a text alike, as an editor sees it."""

from __future__ import annotations

import functools
import re
from typing import Any

import jsonschema

from wedata_action.definitions import json_nodes, parse, yaml_nodes
from wedata_action.definitions.json_schema import json_schema
from wedata_action.definitions.mistakes import Mistakes
from wedata_action.definitions.nodes import BOOLEAN_WORDS, NULL_WORDS, Kind, Node, Unreadable

_number = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch
_ONLY_THE_READER_SAYS = re.compile(
    "duplicate key|has the target '.*' twice"
    "|must not have white space or invisible characters"  # a schema knows white space
    "|'task_id' must be .*: '[-+0-9.eE…]+' has |must be .*, not the number"  # how a number is written
    "|is absolute"  # with a letter that is not from A to Z
)
"""Mistakes that no schema can say."""


def check_agreement(path: str, data: bytes) -> None:
    """Fails where the two disagree, but for what no schema can say."""
    found, mistakes = parse(path, data)
    errors = schema_errors(path, data.decode("utf-8-sig", errors="replace"))
    if errors is None:
        return
    known = [mistake for mistake in mistakes if _ONLY_THE_READER_SAYS.search(mistake.message)]
    if len(known) < len(mistakes):
        assert errors, [mistake.message for mistake in mistakes]
    if not mistakes:
        assert not errors, (errors, found)


def schema_errors(path: str, text: str) -> list[str] | None:
    """What is wrong with the documents by the schema; `None` where an editor cannot tell, or tells something else."""
    mistakes = Mistakes(path, text)
    try:
        nodes = [json_nodes.document(text)] if path.lower().endswith(".json") else list(yaml_nodes.documents(mistakes))
        documents = [_instance(node) for node in nodes]
    except (Unreadable, _UntoldError):
        return None
    return [error.message for document in documents for error in _validator().iter_errors(document)]


class _UntoldError(Exception):
    """A value that an editor sees differently: a word such as `true` where a text is meant, or a list as a key."""


def _instance(node: Node, *, flag: bool = False) -> Any:
    """The value as an editor sees it: with the words and numbers of YAML 1.2."""
    kind, value, _ = node
    if kind is Kind.MAPPING:
        pairs = list(zip(value[::2], value[1::2], strict=True))
        if any(name.kind not in (Kind.PLAIN, Kind.TEXT) for name, _ in pairs):
            raise _UntoldError
        found: dict[str, Any] = {}
        for name, item in pairs:
            found.setdefault(name.value, _instance(item, flag=flag or "uto" in name.value or "eed" in name.value))
        return found
    if kind is Kind.SEQUENCE:
        return [_instance(item) for item in value]
    if kind is Kind.BAD:
        raise _UntoldError
    if kind is Kind.PLAIN:
        if value in NULL_WORDS:
            return None
        if value in BOOLEAN_WORDS and not flag:
            raise _UntoldError
        if value in BOOLEAN_WORDS:
            return BOOLEAN_WORDS[value]
        return float(value) if _number(value) else value
    return float(value) if kind is Kind.NUMBER else value


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Any:
    """The end of a pattern is the end of the text, as in ECMAScript: Python's takes a line break before it."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


@functools.cache
def _validator() -> Any:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": _pattern})(schema)
