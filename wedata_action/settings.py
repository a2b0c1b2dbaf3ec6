"""Options, `INPUT_*`, `WEDATA_*` and `.env` become `Settings`: the first stage.

Reads no file but `.env` and what `--env-file` names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.inputs import ALARM_RECIPIENT_TYPES, ALARM_WAYS, INPUTS, KEYS, Input

INTERNATIONAL_ENDPOINT = "https://wedata.intl.tencentcloudapi.com"
INTERNATIONAL_REGIONS = ("ap-singapore", "eu-frankfurt", "na-ashburn", "na-siliconvalley")
_OF_DOT_ENV = (*KEYS, "TENCENTCLOUD_REGION", "WEDATA_REGION")


class Settings(NamedTuple):
    """The inputs, parsed; `None` means unset where the contract gives no default."""

    mode: str
    target: str | None
    project_id: str | None
    allowed_projects: tuple[str, ...]
    region: str | None
    endpoint: str
    definitions: tuple[str, ...]
    base: str
    head: str | None
    job_ids: tuple[int, ...]
    code: str
    max_tasks: int
    batch_size: int
    auto_run: bool | None
    need_check_parent_submitted: bool | None
    alarm_ways: str | None
    alarm_recipient_types: str | None
    version_remark: str | None
    wait: bool
    wait_timeout: int | None
    pending_approval: str
    requests_per_second: int
    report_file: str | None
    comment: bool
    github_token: str | None
    role_arn: str | None
    oidc_provider: str | None
    oidc_audience: str | None
    given: frozenset[str]  # names of the inputs that the user set
    names: Mapping[str, str]  # each input as the user wrote it, or would write it here
    warnings: tuple[Diagnostic, ...]


def read_env_file(
    path: str | None, environ: Mapping[str, str], *, in_actions: bool, log: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """`environ` with the variables of the file `path` that it does not set, or with those of `.env`.

    Without `path`, `.env` in the current folder is read, but not in CI, and it gives keys and the region only: it may
    have come with a stranger's repository, and another variable could send the signed calls to their server. `log` is
    told what was left out. Raises `RunError` when a file that was asked for is missing, not text, or not read here.
    """
    if path:
        if in_actions:
            raise RunError(Reason.INVALID_INPUT, "--env-file is not read in GitHub Actions; set env: instead")
        found = _variables(Path(path), f"--env-file {path}")
    elif environ.get("CI") or environ.get("GITHUB_ACTIONS") or not Path(".env").is_file():
        return dict(environ)
    else:
        found = _variables(Path(".env"), ".env")
        ignored = [name for name in found if name not in _OF_DOT_ENV]
        if ignored:
            names = ", ".join(ignored)
            log(f"Ignored in .env, which gives only keys and the region: {names}. To read them: --env-file .env")
        found = {name: value for name, value in found.items() if name in _OF_DOT_ENV}
    return found | {name: value for name, value in environ.items() if value or name not in found}


def _variables(file: Path, written: str) -> dict[str, str]:
    """The variables of the program in a file. Others are never taken: they would tell git and Python what to do."""
    if not file.is_file():
        raise RunError(Reason.INVALID_INPUT, f"{written}: there is no such file")
    import dotenv

    try:
        values = dotenv.dotenv_values(file, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(Reason.INVALID_INPUT, f"{written}: the file cannot be read: {error}") from error
    return {name: value for name, value in values.items() if value and name.startswith(("WEDATA_", "TENCENTCLOUD_"))}


def read_settings(
    options: Mapping[str, str | None], environ: Mapping[str, str], files: Mapping[str, str] | None = None
) -> Settings:
    """One value for each input: option, `INPUT_…`, `WEDATA_…`, default; an empty text is no value.

    `options` are by input name, and `files` name the file of each variable that came from one. Raises one `RunError`
    that names every bad value as the user wrote it.
    """
    values: dict[str, Any] = {}
    given: dict[str, str] = {}
    diagnostics: list[str] = []
    for entry in INPUTS:
        written, value = _look_up(entry.name, options, {} if entry.shell_only else environ)
        if value:
            given[entry.name] = f"{written} in {files[written]}" if files and written in files else written
        try:
            values[_field(entry.name)] = entry.parse(value) if value else entry.default
        except ValueError as error:
            shown = "the value" if entry.secret else repr(value)
            diagnostics.append(f"{given[entry.name]}: {shown} is not allowed; give {error}")
    if diagnostics:
        raise RunError(Reason.INVALID_INPUT, ". ".join(diagnostics))
    if values["wait"] is None:
        values["wait"] = values["mode"] != "status"
    names = {entry.name: given.get(entry.name) or _name(entry, environ) for entry in INPUTS}
    return Settings(**values, given=frozenset(given), names=names, warnings=tuple(_warnings(values, names)))


def _look_up(name: str, options: Mapping[str, str | None], environ: Mapping[str, str]) -> tuple[str, str]:
    """How the user wrote the first spelling that has a value, and the value; empty texts if none has."""
    variables = [_variable(name), *(["TENCENTCLOUD_REGION"] if name == "region" else [])]
    for written, value in (
        (f"--{name}", options.get(name)),
        (f"input '{name}'", environ.get(f"INPUT_{name.upper()}")),
        *((variable, environ.get(variable)) for variable in variables),
    ):
        if value and value.strip():
            return written, value.strip()
    return "", ""


def _name(entry: Input, environ: Mapping[str, str]) -> str:
    """How the user would write an input that is not set."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return f"input '{entry.name}'"
    return _variable(entry.name) if entry.secret else f"--{entry.name}"


def _variable(name: str) -> str:
    return f"WEDATA_{name.upper().replace('-', '_')}"


def _field(name: str) -> str:
    return name.replace("-", "_")


def _warnings(values: Mapping[str, Any], names: Mapping[str, str]) -> list[Diagnostic]:
    warnings = []
    region = values["region"]
    if region and values["endpoint"] == INTERNATIONAL_ENDPOINT and region not in INTERNATIONAL_REGIONS:
        warnings.append(
            f"{names['region']}: {region} is not among the regions documented for the international site "
            f"({', '.join(INTERNATIONAL_REGIONS)}); it is sent as given"
        )
    for name, known in (("alarm-ways", ALARM_WAYS), ("alarm-recipient-types", ALARM_RECIPIENT_TYPES)):
        documented = ", ".join(known)
        warnings += [
            f"{names[name]}: {entry!r} is not documented ({documented} are); it is sent as given"
            for entry in unlisted(values[_field(name)], known)
        ]
    return [Diagnostic(message) for message in warnings]


def unlisted(value: str | None, known: tuple[str, ...]) -> list[str]:
    """The words of a comma-separated value that the documentation does not list."""
    return [entry for part in (value or "").split(",") if (entry := part.strip()) and entry not in known]
