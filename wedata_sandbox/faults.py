"""Faults on demand: what goes wrong, to which calls, and how a command line says so."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wedata_sandbox.outcomes import NoAnswer, Outcome, Reset, answer, api_answer, api_error

SUBMIT: Final = "BatchCreateTaskVersionAsync"

FORMS: Final = """KIND[-after|-before][=VALUE][:TIMES][/EVERY][@ACTION], where
  KIND    delay=SECONDS, reset, http=STATUS, html, truncated, error=CODE, null-data, null-job-id or drop
  -after  the request takes effect and its answer is lost; -before: it takes no effect. Unsaid, reset, http, html,
          error and drop strike before, the others after; a delay has neither
  TIMES   how many calls it strikes (1; with /EVERY without end)
  EVERY   it strikes every EVERY-th call only
  ACTION  the action that it strikes (BatchCreateTaskVersionAsync)"""

_SPEC: Final = re.compile(
    r"(?P<kind>[a-z]+(?:-[a-z]+)*?)(?P<when>-after|-before)?(?:=(?P<value>[^:/@=]+))?"
    r"(?::(?P<times>[1-9][0-9]{0,8}))?(?:/(?P<every>[1-9][0-9]{0,8}))?(?:@(?P<action>[A-Za-z]+))?"
)


class Kind(enum.StrEnum):
    """What the client sees."""

    DELAY = "delay"
    RESET = "reset"
    HTTP = "http"
    HTML = "html"
    TRUNCATED = "truncated"
    ERROR = "error"
    NULL_DATA = "null-data"
    NULL_JOB_ID = "null-job-id"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. With `after` the request takes effect first. Build it with the methods below."""

    kind: Kind
    after: bool
    seconds: float = 0.0
    status: int = 0
    code: str = ""
    message: str = ""

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
        """An answer of a proxy with this HTTP status, such as 502."""
        return cls(Kind.HTTP, after, status=status)

    @classmethod
    def html(cls, *, after: bool = False) -> Fault:
        """A page with status 200 instead of JSON."""
        return cls(Kind.HTML, after, status=200)

    @classmethod
    def truncated(cls, *, after: bool = True) -> Fault:
        """The answer breaks off in the middle of its body."""
        return cls(Kind.TRUNCATED, after)

    @classmethod
    def error(cls, code: str, message: str = "Injected by the sandbox.", *, after: bool = False) -> Fault:
        """An error answer of the API."""
        return cls(Kind.ERROR, after, code=code, message=message)

    @classmethod
    def null_data(cls, *, after: bool = True) -> Fault:
        """A success whose Data is null."""
        return cls(Kind.NULL_DATA, after)

    @classmethod
    def null_job_id(cls, *, after: bool = True) -> Fault:
        """A success whose Data.JobId is null."""
        return cls(Kind.NULL_JOB_ID, after)

    @classmethod
    def drop(cls, *, after: bool = False) -> Fault:
        """No answer ever comes: the client runs into its read time-out."""
        return cls(Kind.DROP, after)

    def __str__(self) -> str:
        return f"{self.kind}-{'after' if self.after else 'before'}"

    def strike(self, response: Mapping[str, Any] | None, request_id: str) -> Outcome:
        """What the client gets instead of `response`, what stands under `Response`; None if nothing was executed."""
        match self.kind:
            case Kind.RESET:
                return Reset()
            case Kind.DROP:
                return NoAnswer()
            case Kind.HTTP | Kind.HTML:
                page = f"<html><body><h1>{self.status}</h1><p>Injected by the sandbox.</p></body></html>\n"
                return answer(self.status, "text/html; charset=utf-8", page.encode())
        genuine = {"Data": None} if response is None else response
        whole = api_answer(self._altered(genuine), request_id)
        if self.kind is Kind.TRUNCATED:
            return replace(whole, body=whole.body[: len(whole.body) // 2])
        return replace(whole, delay=self.seconds)

    def _altered(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.kind is Kind.ERROR:
            return api_error(self.code, self.message)
        if self.kind in {Kind.NULL_DATA, Kind.NULL_JOB_ID} and "Error" not in response:
            return {"Data": {"JobId": None} if self.kind is Kind.NULL_JOB_ID else None}
        return response


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


def parse(text: str) -> Rule:
    """The rule that `text` describes in the form of `FORMS`, such as `reset-after:2`; ValueError for any other text."""
    match = _SPEC.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a fault; the form is {FORMS}")
    try:
        fault = _fault(match["kind"], match["when"], match["value"])
    except ValueError as error:
        raise ValueError(f"{text!r} is not a fault: {error}; the form is {FORMS}") from None
    endless = match["every"] and not match["times"]
    times = None if endless else int(match["times"] or 1)
    return Rule(match["action"] or SUBMIT, fault, times, int(match["every"] or 1))


def _fault(name: str, when: str | None, value: str | None) -> Fault:
    if name not in set(Kind):
        raise ValueError(f"no kind of fault is called {name}")
    kind = Kind(name)
    if (value is not None) is not (kind in {Kind.DELAY, Kind.HTTP, Kind.ERROR}):
        raise ValueError(f"{kind} takes no value" if value else f"{kind} needs a value")
    fault = _with_value(kind, value or "")
    if when is None:
        return fault
    if kind is Kind.DELAY:
        raise ValueError("a delay is neither before nor after")
    return replace(fault, after=when == "-after")


def _with_value(kind: Kind, value: str) -> Fault:
    match kind:
        case Kind.DELAY:
            if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value):
                raise ValueError(f"{value} is not a number of seconds")
            return Fault.delay(float(value))
        case Kind.HTTP:
            if not re.fullmatch(r"[45][0-9]{2}", value):
                raise ValueError(f"{value} is not an HTTP status from 400 to 599")
            return Fault.http(int(value))
        case Kind.ERROR:
            if not re.fullmatch(r"[A-Za-z]+(\.[A-Za-z0-9]+)*", value):
                raise ValueError(f"{value} is not an error code such as InternalError")
            return Fault.error(value)
    simple = {
        Kind.RESET: Fault.reset,
        Kind.HTML: Fault.html,
        Kind.TRUNCATED: Fault.truncated,
        Kind.NULL_DATA: Fault.null_data,
        Kind.NULL_JOB_ID: Fault.null_job_id,
        Kind.DROP: Fault.drop,
    }
    return simple[kind]()
