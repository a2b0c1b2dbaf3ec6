"""The request fields of each action, and the check of a body against them.

Source: the documentation page of each action and the request classes of the official SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


class ApiError(Exception):
    """An error answer: `Response.Error.Code` and `.Message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its JSON type, an object's `fields`, and the type (`item`) or fields (`items`) of a list's items."""

    kind: type
    required: bool = False
    choices: Sequence[str] = ()
    item: type | None = None
    items: Mapping[str, Field] | None = None
    fields: Mapping[str, Field] | None = None


TEXT: Final = Field(str)
FLAG: Final = Field(bool)
NUMBER: Final = Field(int)
REQUIRED_TEXT: Final = Field(str, required=True)
REQUIRED_NUMBER: Final = Field(int, required=True)

CREATE: Final[Mapping[str, Field]] = {
    "Tasks": Field(list, required=True, items={"TaskId": REQUIRED_TEXT, "VersionRemark": TEXT, "FolderId": TEXT}),
    "ProjectId": REQUIRED_TEXT,
    "AutoRun": FLAG,
    "AlarmWays": TEXT,
    "AlarmRecipientTypes": TEXT,
    "NeedCheckParentSubmitted": FLAG,
}
CREATE_DOMESTIC: Final[Mapping[str, Field]] = {
    **CREATE,
    "EnableMakeUp": FLAG,
    "AssignApprovalList": Field(list, item=str),
    "PerTaskMissingInstanceStrategy": Field(
        list,
        items={
            "TaskId": REQUIRED_TEXT,
            "MissingInstanceStrategy": Field(str, choices=("MAKEUP", "FORCE_SUCCESS", "SKIP")),
        },
    ),
}
JOB_DETAIL: Final[Mapping[str, Field]] = {"JobId": REQUIRED_NUMBER, "ProjectId": REQUIRED_TEXT}
JOB_ERROR_LOG: Final[Mapping[str, Field]] = {**JOB_DETAIL, "ResourceId": REQUIRED_TEXT}
JSON_NAMES: Final = {str: "a string", bool: "a boolean", int: "an integer", list: "a list", dict: "an object"}


def check(params: Mapping[str, Any], fields: Mapping[str, Field], location: str = "") -> None:
    """Raise `ApiError` unless `params` has these fields, all that are required, and no other.

    Codes: UnknownParameter, MissingParameter, InvalidParameter for a wrong JSON type (null is one) or an empty
    required text or list, InvalidParameterValue for a word that is not among the choices.
    """
    for name in params:
        if name not in fields:
            raise ApiError("UnknownParameter", f"The parameter `{location}{name}` is not defined.")
    for name, field in fields.items():
        if name in params:
            _check_value(params[name], field, location + name)
        elif field.required:
            raise ApiError("MissingParameter", f"The required parameter `{location}{name}` is missing.")


def between(params: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    """The whole number `name` of `params`, or the default; `ApiError` InvalidParameterValue out of its range."""
    value: int = params.get(name, default)
    if not least <= value <= most:
        raise ApiError("InvalidParameterValue", f"`{name}` is {value}; it must be from {least} to {most}.")
    return value


def _check_value(value: object, field: Field, name: str) -> None:
    _check_type(value, field.kind, name)
    if field.required and value in ("", []):
        raise ApiError("InvalidParameter", f"The parameter `{name}` is empty.")
    if field.choices and value not in field.choices:
        raise ApiError("InvalidParameterValue", f"`{name}` must be one of {', '.join(field.choices)}.")
    if isinstance(value, dict) and field.fields:
        check(value, field.fields, f"{name}.")
    if isinstance(value, list):
        for position, element in enumerate(value):
            if field.item:
                _check_type(element, field.item, f"{name}.{position}")
            if field.items:
                _check_type(element, dict, f"{name}.{position}")
                check(element, field.items, f"{name}.{position}.")


def _check_type(value: object, expected: type, name: str) -> None:
    # bool is a subclass of int, so isinstance would take true for a number.
    if type(value) is not expected:
        raise ApiError("InvalidParameter", f"The parameter `{name}` must be {JSON_NAMES[expected]}.")
