"""Requests to the official SDK, and what came back of an answer."""

import json
from collections.abc import Callable
from typing import Any

PROJECT = "1470547050521227264"
TASK = "20250227112817430"
SUBMIT = "BatchCreateTaskVersionAsync"
Connect = Callable[..., Any]
"""A sandbox, the client's class and changed credentials to a client of the SDK."""


def asked(request: Any, **fields: object) -> Any:
    request.from_json_string(json.dumps(fields))
    return request


def assert_nothing_is_lost(model: Any, sent: dict[str, Any]) -> None:
    received = json.loads(model.to_json_string())
    assert received.pop("RequestId")
    assert without_added_nulls(received, sent) == sent


def without_added_nulls(received: Any, sent: Any) -> Any:
    """The SDK adds the fields of a model that were not sent, as null."""
    if isinstance(received, dict) and isinstance(sent, dict):
        kept = {name: value for name, value in received.items() if value is not None or name in sent}
        return {name: without_added_nulls(value, sent.get(name)) for name, value in kept.items()}
    if isinstance(received, list) and isinstance(sent, list) and len(received) == len(sent):
        return [without_added_nulls(*pair) for pair in zip(received, sent, strict=True)]
    return received
