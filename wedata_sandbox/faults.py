"""Faults on demand: what goes wrong, and for which calls."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from wedata_sandbox.outcomes import NoAnswer, Outcome, Reset, answer, api_answer, api_error

SUBMIT: Final = "BatchCreateTaskVersionAsync"


class Kind(enum.StrEnum):
    """What the client sees."""

    DELAY = "delay"
    RESET = "reset"
    HTTP = "http"
    HTML = "html"
    TRUNCATED = "truncated"
    ERROR = "error"
    NULL = "null"
    MISSING = "missing"
    PUT = "put"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. With `after`, the request takes effect first. Build it with the methods below.

    `path` leads to a field of the answer, from what stands under `Response`: `Data.Items.VersionNum` is that field of
    every item, `Data.Items.0.VersionNum` of the first.
    """

    kind: Kind
    after: bool
    seconds: float = 0.0
    status: int = 0
    code: str = ""
    message: str = ""
    path: str = ""
    value: Any = None

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """The request takes effect at once, and its answer comes `seconds` later."""
        return cls(Kind.DELAY, after=True, seconds=seconds)

    @classmethod
    def reset(cls, *, after: bool = False) -> Fault:
        """The connection is reset."""
        return cls(Kind.RESET, after)

    @classmethod
    def http(cls, status: int, *, after: bool = False) -> Fault:
        """A proxy answers with this HTTP status, such as 502."""
        return cls(Kind.HTTP, after, status=status)

    @classmethod
    def html(cls, *, after: bool = False) -> Fault:
        """An HTML page with status 200 in place of JSON."""
        return cls(Kind.HTML, after, status=200)

    @classmethod
    def truncated(cls, *, after: bool = True) -> Fault:
        """The answer ends in the middle of its body."""
        return cls(Kind.TRUNCATED, after)

    @classmethod
    def error(cls, code: str, message: str = "Injected by the sandbox.", *, after: bool = False) -> Fault:
        """An error answer of the API."""
        return cls(Kind.ERROR, after, code=code, message=message)

    @classmethod
    def null(cls, path: str, *, after: bool = True) -> Fault:
        """A success in which the field at `path` is null."""
        return cls(Kind.NULL, after, path=path)

    @classmethod
    def missing(cls, path: str, *, after: bool = True) -> Fault:
        """A success without the field at `path`."""
        return cls(Kind.MISSING, after, path=path)

    @classmethod
    def put(cls, path: str, value: object, *, after: bool = True) -> Fault:
        """A success in which the field at `path` has this value, anything that JSON can say."""
        return cls(Kind.PUT, after, path=path, value=value)

    @classmethod
    def drop(cls, *, after: bool = False) -> Fault:
        """No answer ever comes: the client runs into its read timeout."""
        return cls(Kind.DROP, after)

    def __str__(self) -> str:
        return f"{self.kind}-{'after' if self.after else 'before'}"

    def strike(self, response: Mapping[str, Any] | None, request_id: str) -> Outcome:
        """What the client gets in place of `response`, what stands under `Response`; None if nothing was executed."""
        match self.kind:
            case Kind.RESET:
                return Reset()
            case Kind.DROP:
                return NoAnswer()
            case Kind.HTTP | Kind.HTML:
                page = f"<html><body><h1>{self.status}</h1><p>Injected by the sandbox.</p></body></html>\n"
                return answer(self.status, "text/html; charset=utf-8", page.encode())
        whole = api_answer(self.altered(response), request_id)
        if self.kind is Kind.TRUNCATED:
            return replace(whole, body=whole.body[: len(whole.body) // 2])
        return replace(whole, delay=self.seconds)

    def altered(self, response: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """What stands under `Response` under this fault; an error stays as it is unless the fault is one."""
        if self.kind is Kind.ERROR:
            return api_error(self.code, self.message)
        if not self.path or (response and "Error" in response):
            return {"Data": None} if response is None else response
        changed: Mapping[str, Any] = _changed(response or {}, self.path.split("."), self._change)
        return changed

    def _change(self, fields: dict[str, Any], name: str) -> None:
        if self.kind is Kind.MISSING:
            fields.pop(name, None)
        else:
            fields[name] = self.value


def _changed(value: Any, path: Sequence[str], change: Callable[[dict[str, Any], str], None]) -> Any:
    """A copy of `value` in which `change` was done to each object that holds the field at `path`."""
    name, *rest = path
    if isinstance(value, list):
        if name.isdecimal():
            return [_changed(item, rest, change) if n == int(name) else item for n, item in enumerate(value)]
        return [_changed(item, path, change) for item in value]
    if not isinstance(value, dict):
        return value
    copy = dict(value)
    if rest:
        copy[name] = _changed(value.get(name, {}), rest, change)
    else:
        change(copy, name)
    return copy


@dataclass(slots=True)
class Rule:
    """A fault for an action: for every `every`-th call from now on, `times` in all (None: without end)."""

    action: str
    fault: Fault
    times: int | None = 1
    every: int = 1
    _seen: int = 0

    def take(self) -> Fault | None:
        """The fault if it strikes this call."""
        self._seen += 1
        if self.times == 0 or self._seen % self.every:
            return None
        if self.times is not None:
            self.times -= 1
        return self.fault
