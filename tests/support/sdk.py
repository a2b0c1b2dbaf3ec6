"""What the official SDK documents about an answer, read from its models."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

MAY_BE_NULL = "此字段可能返回 null"
_PARAM = re.compile(r":param _(?P<name>\w+): (?P<text>.*?):type (?P=name): (?P<type>\S+(?: of \S+)?)", re.DOTALL)


class Documented(NamedTuple):
    """A field: its path below `Response`, such as `Data.Items.VersionNum`, and whether it may be null."""

    path: str
    nullable: bool


def answer_fields(models: ModuleType, action: str) -> list[Documented]:
    """Every field of the answer of `action`, the RequestId left out."""
    return [one for one in _fields(models, f"{action}Response", "") if one.path != "RequestId"]


def nullable_paths(models: ModuleType, action: str) -> list[str]:
    """The paths of the fields that may be null, for `Fault.null`."""
    return [one.path for one in answer_fields(models, action) if one.nullable]


def _fields(models: ModuleType, model: str, prefix: str) -> Iterator[Documented]:
    made: Any = getattr(models, model)
    for match in _PARAM.finditer(inspect.getdoc(made.__init__) or ""):
        path = f"{prefix}{match['name']}"
        yield Documented(path, MAY_BE_NULL in match["text"])
        inner = re.findall(r"(\w+)`?$", match["type"])[0]
        if hasattr(models, inner):
            yield from _fields(models, inner, f"{path}.")
