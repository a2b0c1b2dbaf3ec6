"""The options of `wedata-action sandbox`, from text to values. Each function raises ValueError for a bad text."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from wedata_sandbox.behaviour import APPROVALS_PENDING, TaskBehaviour
from wedata_sandbox.faults import SUBMIT, Fault, Kind, Rule

FAULT_FORM: Final = "KIND[-before|-after][=VALUE][:TIMES][/EVERY][@ACTION]"
BEHAVIOURS: Final = "approve, approve:SECONDS, refuse:TEXT, fail:TEXT or slow:SECONDS"
_FAULT: Final = re.compile(
    r"(?P<kind>[a-z]+)(?P<when>-after|-before)?(?:=(?P<value>[^:/@]+))?"
    r"(?::(?P<times>[1-9][0-9]{0,8}))?(?:/(?P<every>[1-9][0-9]{0,8}))?(?:@(?P<action>[A-Za-z]+))?"
)
_PATH: Final = re.compile(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*")
_PLAIN: Final = {
    Kind.RESET: Fault.reset,
    Kind.HTML: Fault.html,
    Kind.TRUNCATED: Fault.truncated,
    Kind.DROP: Fault.drop,
}


def fault(text: str) -> Rule:
    """The rule that a `--fault` describes, such as `reset-after:2`."""
    match = _FAULT.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a fault; the form is {FAULT_FORM}, for example reset-after:2")
    try:
        one = _one_fault(match["kind"], match["when"], match["value"])
    except ValueError as error:
        raise ValueError(f"{text!r} is not a fault: {error}") from None
    endless = match["every"] and not match["times"]
    times = None if endless else int(match["times"] or 1)
    return Rule(match["action"] or SUBMIT, one, times, int(match["every"] or 1))


def behaviours(texts: Sequence[str]) -> dict[str, TaskBehaviour]:
    """What the `--task` options say, by task id; several for one task add up."""
    found: dict[str, TaskBehaviour] = {}
    for text in texts:
        task_id, _, behaviour = text.partition("=")
        word, _, value = behaviour.partition(":")
        before = found.get(task_id, TaskBehaviour())
        if not task_id:
            raise ValueError(f"{text!r} names no task; the form is ID=BEHAVIOUR, for example 0001=approve")
        try:
            found[task_id] = _behaviour(before, word, value)
        except ValueError as error:
            raise ValueError(f"{text!r} is not a behaviour: {error}") from None
    return found


def _behaviour(before: TaskBehaviour, word: str, value: str) -> TaskBehaviour:
    match word:
        case "approve":
            after = _seconds(value) if value else None
            return replace(before, approve_status=APPROVALS_PENDING[-1], status="N", approved_after=after)
        case "slow":
            return replace(before, seconds=_seconds(value))
        case "refuse" | "fail" if not value:
            raise ValueError(f"{word} needs the text that WeData says, for example {word}:no access")
        case "refuse":
            return replace(before, call_refusal=value)
        case "fail":
            return replace(before, refusal=value)
    raise ValueError(f"it must be {BEHAVIOURS}")


def _one_fault(name: str, when: str | None, value: str | None) -> Fault:
    if name not in set(Kind):
        raise ValueError(f"the kinds are {', '.join(Kind)}")
    kind = Kind(name)
    if (value is None) is not (kind in _PLAIN):
        raise ValueError(f"{kind} needs a value" if value is None else f"{kind} takes no value")
    one = _PLAIN[kind]() if value is None else _with_value(kind, value)
    if when is None:
        return one
    if kind is Kind.DELAY:
        raise ValueError("a delay is neither before nor after")
    return replace(one, after=when == "-after")


def _with_value(kind: Kind, value: str) -> Fault:
    match kind:
        case Kind.DELAY:
            return Fault.delay(_seconds(value))
        case Kind.HTTP:
            if not re.fullmatch(r"[45][0-9]{2}", value):
                raise ValueError(f"{value} is not an HTTP status from 400 to 599")
            return Fault.http(int(value))
        case Kind.ERROR:
            if not re.fullmatch(r"[A-Za-z]+(\.[A-Za-z0-9]+)*", value):
                raise ValueError(f"{value} is not an error code such as InternalError")
            return Fault.error(value)
    path, equals, new = value.partition("=")
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path} is not a path such as Data.Items.VersionNum")
    if bool(equals) is not (kind is Kind.PUT):
        raise ValueError("the form is put=PATH=VALUE" if kind is Kind.PUT else f"{kind} takes a path alone")
    if kind is Kind.PUT:
        return Fault.put(path, _json_or_text(new))
    return Fault.null(path) if kind is Kind.NULL else Fault.missing(path)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text, re.ASCII):
        raise ValueError(f"{text or 'an empty text'} is not a number of seconds")
    return float(text)


def _json_or_text(text: str) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return text
