"""The inputs, one table: name, what a value may be, default and one sentence of help.

`action.yml`, the options of the command line, `settings.py` and the README's table are held to this one by tests.
A parser takes the trimmed text and raises `ValueError`, whose text says what is allowed.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

MODES = ("submit", "plan", "validate", "status")
BASES = ("auto", "event", "last-success", "adopt", "empty")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ENDPOINT = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?P<host>(?:{_LABEL}\.)*{_LABEL}|\[[0-9a-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?/?"
)
DEFINITIONS = ("wedata/**/*.yml", "wedata/**/*.yaml", "wedata/**/*.json")


class Input(NamedTuple):
    """`parse` makes the value; `default` is what an unset input means, already parsed."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str
    secret: bool = False


def text(value: str) -> str:
    """Any text of one line without control characters."""
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        raise ValueError("text of one line without control characters")
    return value


def token(value: str) -> str:
    """A secret: long enough that hiding it does not blot out harmless text."""
    if not re.fullmatch(r"[!-~]{8,}", value):
        raise ValueError("a token, which has no white space and at least 8 characters")
    return value


def boolean(value: str) -> bool:
    """`true` or `false`, in whatever case."""
    if value.lower() not in {"true", "false"}:
        raise ValueError("true or false")
    return value.lower() == "true"


def word(*words: str) -> Callable[[str], str]:
    """One of `words`."""

    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return parse


def whole_number(least: int) -> Callable[[str], int]:
    """A whole number of at least `least`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < least:
            raise ValueError(f"a whole number of at least {least}")
        return int(value)

    return parse


def lines(value: str) -> tuple[str, ...]:
    """One entry a line; empty lines don't count."""
    return tuple(entry for line in value.splitlines() if (entry := line.strip()))


def globs(value: str) -> tuple[str, ...]:
    """Globs relative to the working directory, one a line, at least one of them without `!`."""
    entries = lines(value)
    if all(entry.startswith("!") for entry in entries):
        raise ValueError("globs, one a line, at least one of them without '!'")
    for entry in entries:
        path = entry.removeprefix("!").removeprefix("./")
        if not path or path.startswith("/") or ".." in path.split("/") or "\\" in path:
            raise ValueError("globs relative to working-directory, with '/' between folders and without '..'")
    return entries


def folder(value: str) -> str:
    """A folder, relative to the current one."""
    if value.startswith("/") or ".." in value.split("/"):
        raise ValueError("a folder below the repository, relative, without '..'")
    return text(value)


def job_ids(value: str) -> tuple[int, ...]:
    """JobIds, separated by commas or white space, or the JSON list that the output `job-ids` holds."""
    entries = re.sub(r"^\[(.*)\]$", r"\1", value, flags=re.DOTALL).replace(",", " ").split()
    if not all(re.fullmatch(r"[0-9]{1,18}", entry) for entry in entries):
        raise ValueError("JobIds, which are whole numbers, separated by commas")
    return tuple(map(int, entries))


def region(value: str) -> str:
    """The form of a Tencent Cloud region; which of them exist is the service's to say."""
    if not re.fullmatch(r"[a-z]{2,4}(-[a-z0-9]+)+", value):
        raise ValueError("a region such as ap-singapore")
    return value


def endpoint(value: str) -> str:
    """A host name, as the URL of the requests to it: https, or http on a loopback address."""
    found = _ENDPOINT.fullmatch(value.lower())
    if not found or not 0 < int(found["port"] or 443) < 1 << 16:
        raise ValueError("a host name such as wedata.intl.tencentcloudapi.com, without a user or a path")
    scheme, host = found["scheme"] or "https", found["host"]
    address = _ip_address(host.strip("[]"))
    if host.startswith("[") and not address:
        raise ValueError("a host name, or an IPv6 address in brackets")
    if scheme == "http" and not (address.is_loopback if address else host == "localhost"):
        raise ValueError("a host name, always reached by https; http:// is for loopback addresses only")
    return f"{scheme}://{host}" + (f":{found['port']}" if found["port"] else "")


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


INPUTS = (
    Input("mode", word(*MODES), "submit", "What to do: submit, plan, validate or status."),
    Input("project-id", text, None, "WeData project of the definitions that name none."),
    Input("region", region, None, "Tencent Cloud region, such as ap-singapore."),
    Input(
        "endpoint",
        endpoint,
        "https://wedata.intl.tencentcloudapi.com",
        "Host name of the WeData API; http:// for loopback addresses only.",
    ),
    Input("definitions", globs, DEFINITIONS, "Globs of the definition files, one a line; '!' excludes."),
    Input("working-directory", folder, ".", "Folder of the repository that the globs are relative to."),
    Input("base", text, "auto", "What to compare with: auto, event, last-success, adopt, empty or a revision."),
    Input("head", text, None, "Commit to submit; in Actions only the event's own."),
    Input("max-tasks", whole_number(0), 200, "More tasks than this in one run are refused; 0 lifts the limit."),
    Input("batch-size", whole_number(1), 100, "Most tasks in one call."),
    Input("auto-run", boolean, None, "AutoRun of the definitions that don't set it."),
    Input(
        "need-check-parent-submitted",
        boolean,
        None,
        "NeedCheckParentSubmitted of the definitions that don't set it.",
    ),
    Input("alarm-ways", text, None, "AlarmWays of the definitions that set none: email, sms, wecom."),
    Input(
        "alarm-recipient-types",
        text,
        None,
        "AlarmRecipientTypes of the definitions that set none: 1 project administrator, 2 task owner.",
    ),
    Input("version-remark", text, None, "Remark of the definitions that have none."),
    Input("stamp-remark", boolean, True, "Append the stamp to each remark."),
    Input("wait", boolean, True, "Wait for the outcome."),
    Input("wait-timeout", whole_number(1), None, "Seconds to wait for all outcomes together."),
    Input(
        "pending-approval",
        word("fail", "pass"),
        "fail",
        "What a submission that awaits approval means: fail or pass.",
    ),
    Input(
        "on-error",
        word("continue", "stop"),
        "continue",
        "After a rejected batch: continue with the others or stop.",
    ),
    Input(
        "resume",
        word("auto", "always", "never"),
        "auto",
        "Look tasks up before submitting: auto, always, never.",
    ),
    Input("requests-per-second", whole_number(1), 20, "Most calls a second, retries and polls included."),
    Input("request-timeout", whole_number(1), 30, "Seconds to wait for a connection, and for an answer."),
    Input("report-file", text, None, "Path below the workspace for the machine-readable report."),
    Input("job-ids", job_ids, (), "JobIds to ask about (status only)."),
    Input("github-token", token, None, "Reads run history and fetches a missing base.", secret=True),
    Input("role-arn", text, None, "Role to assume with GitHub's OIDC token."),
    Input("oidc-provider", text, None, "Name of the CAM identity provider."),
    Input("oidc-audience", text, None, "Audience of the OIDC token: a client id of the identity provider."),
    Input(
        "sts-endpoint",
        endpoint,
        "https://sts.intl.tencentcloudapi.com",
        "Host name of the STS API; http:// for loopback addresses only.",
    ),
)
