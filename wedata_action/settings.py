"""Options, `INPUT_*`, `WEDATA_*` and `.env` become `Settings`: the first stage.

Reads no file but `.env`, and that one outside GitHub Actions only: in Actions it would be a stranger's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wedata_action.errors import Problem, Reason, RunError
from wedata_action.inputs import INPUTS, Input

INTERNATIONAL_ENDPOINT = "https://wedata.intl.tencentcloudapi.com"
INTERNATIONAL_REGIONS = ("ap-singapore", "eu-frankfurt", "na-ashburn", "na-siliconvalley")
ALARM_WAYS = ("email", "sms", "wecom")
ALARM_RECIPIENT_TYPES = ("1", "2")


@dataclass(frozen=True, slots=True)
class Settings:
    """The inputs, parsed; `None` means unset where the contract gives no default."""

    mode: str
    project_id: str | None
    region: str | None
    endpoint: str
    definitions: tuple[str, ...]
    working_directory: str
    base: str
    head: str | None
    max_tasks: int
    batch_size: int
    auto_run: bool | None
    need_check_parent_submitted: bool | None
    alarm_ways: str | None
    alarm_recipient_types: str | None
    version_remark: str | None
    stamp_remark: bool
    wait: bool
    wait_timeout: int | None
    pending_approval: str
    on_error: str
    resume: str
    requests_per_second: int
    request_timeout: int
    report_file: str | None
    job_ids: tuple[int, ...]
    github_token: str | None
    role_arn: str | None
    oidc_provider: str | None
    oidc_audience: str | None
    sts_endpoint: str
    given: frozenset[str]  # names of the inputs that the user set
    warnings: tuple[Problem, ...]


def read_env_file(path: str | None, environ: Mapping[str, str], *, in_actions: bool) -> dict[str, str]:
    """`environ` over the variables of `path`, or of `.env` in the current folder; never read in Actions.

    Raises `RunError` when a file that was asked for is missing or not text.
    """
    if in_actions:
        if path:
            raise RunError(Reason.INVALID_INPUT, "--env-file is not read in GitHub Actions; set env: instead")
        return dict(environ)
    file = Path(path or ".env")
    if not file.is_file():
        if path:
            raise RunError(Reason.INVALID_INPUT, f"--env-file {path}: there is no such file")
        return dict(environ)
    import dotenv

    try:
        values = dotenv.dotenv_values(file, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(Reason.INVALID_INPUT, f"{file}: cannot be read: {error}") from error
    return {name: value for name, value in values.items() if value is not None} | dict(environ)


def read_settings(options: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings:
    """One value for each input: option, `INPUT_…`, `WEDATA_…`, default; an empty text is no value.

    `options` are by input name. Raises one `RunError` that names every bad value as the user wrote it.
    """
    values: dict[str, Any] = {}
    given: set[str] = set()
    problems: list[Problem] = []
    for entry in INPUTS:
        written, value = _look_up(entry, options, environ)
        if value:
            given.add(entry.name)
        try:
            values[_field(entry)] = entry.parse(value) if value else entry.default
        except ValueError as error:
            shown = "the value" if entry.secret else repr(value)
            problems.append(Problem(f"{written}: {shown} is not allowed; give {error}"))
    if problems:
        raise RunError(Reason.INVALID_INPUT, "; ".join(problem.message for problem in problems))
    if values["region"] is None:
        values["region"] = _default_region(environ)
    return Settings(**values, given=frozenset(given), warnings=tuple(_warnings(values)))


def _look_up(entry: Input, options: Mapping[str, str | None], environ: Mapping[str, str]) -> tuple[str, str]:
    upper = entry.name.upper()
    wedata = f"WEDATA_{upper.replace('-', '_')}"
    for written, value in (
        (f"--{entry.name}", options.get(entry.name)),
        (f"input '{entry.name}'", environ.get(f"INPUT_{upper}")),
        (wedata, environ.get(wedata)),
    ):
        if value and value.strip():
            return written, value.strip()
    return f"input '{entry.name}'", ""


def _field(entry: Input) -> str:
    return entry.name.replace("-", "_")


def _default_region(environ: Mapping[str, str]) -> str | None:
    value = environ.get("TENCENTCLOUD_REGION", "").strip()
    if value and not re.fullmatch(r"[a-z]{2,4}(-[a-z0-9]+)+", value):
        raise RunError(
            Reason.INVALID_INPUT,
            f"TENCENTCLOUD_REGION: {value!r} is not allowed; give a region such as ap-singapore",
        )
    return value or None


def _warnings(values: Mapping[str, Any]) -> list[Problem]:
    warnings = []
    region = values["region"]
    if region and values["endpoint"] == INTERNATIONAL_ENDPOINT and region not in INTERNATIONAL_REGIONS:
        warnings.append(
            f"input 'region': {region} is not among the regions documented for the international site "
            f"({', '.join(INTERNATIONAL_REGIONS)}); it is sent as given"
        )
    for field, known in (("alarm_ways", ALARM_WAYS), ("alarm_recipient_types", ALARM_RECIPIENT_TYPES)):
        name, documented = field.replace("_", "-"), ", ".join(known)
        warnings += [
            f"input '{name}': {entry!r} is not documented ({documented} are); it is sent as given"
            for entry in unlisted(values[field], known)
        ]
    return [Problem(message) for message in warnings]


def unlisted(value: str | None, known: tuple[str, ...]) -> list[str]:
    """The words of a comma-separated value that the documentation does not list."""
    return [entry for part in (value or "").split(",") if (entry := part.strip()) and entry not in known]
