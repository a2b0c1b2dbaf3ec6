"""The inputs, one table: name, what a value may be, default, modes and one sentence of help.

`action.yml`, the options of the command line, `settings.py` and the tables in the documentation are made from it.
What a value may be is in `parsers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from wedata_action.parsers import (
    boolean,
    endpoint,
    globs,
    job_ids,
    names,
    region,
    target,
    text,
    token,
    whole_number,
    word,
)

MODES = ("submit", "plan", "validate", "status", "drift")
BASES = ("auto", "event", "adopt", "empty")
ALARM_WAYS = ("email", "sms", "wecom")
ALARM_RECIPIENT_TYPES = ("1", "2")
KEYS = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
"""The variables that hold Tencent Cloud's keys, which are never inputs."""
DEFINITIONS = ("wedata/**/*.yml", "wedata/**/*.yaml", "wedata/**/*.json")


class Input(NamedTuple):
    """`parse` makes the value; `default` is what an unset input means, already parsed.

    `modes` are those that take the input. `default_text` says the default where the value alone doesn't. An input with
    `shell_only` is an option of the command line only.
    """

    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str
    modes: tuple[str, ...] = MODES
    default_text: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False
    shell_only: bool = False


def _option(name: str, parse: Callable[[str], Any], help: str, choices: tuple[str, ...] = ()) -> Input:  # noqa: A002
    """An option of the request, for definitions that don't set it."""
    return Input(name, parse, None, help, _SENDS, "left out of the request", choices)


_READS = ("submit", "plan", "status")  # modes that compare two commits
_WAITS = ("submit", "status")  # modes that may wait for an outcome
_CALLS = (*_WAITS, "drift")  # modes that talk to WeData
_SITES = ("submit", "plan", "status", "drift")  # modes that know the site: its name is part of a plan's scope
_SENDS = ("submit", "plan")  # modes that make batches
_PENDING = ("fail", "pass")
_CODE = ("push", "overwrite", "verify")

INPUTS = (
    Input("mode", word(MODES), "submit", "What to do: submit, plan, validate, status or drift.", choices=MODES),
    Input("target", target, None, "Which of the values that differ by target are meant, such as dev or prod."),
    Input("project-id", text, None, "WeData project of the definitions that name none."),
    Input(
        "allowed-projects",
        names,
        (),
        "The only projects that the tasks of this run may belong to, comma-separated.",
        default_text="any",
    ),
    Input(
        "region",
        region,
        None,
        "Tencent Cloud region, such as ap-singapore or eu-frankfurt.",
        _SITES,
        default_text="the environment variable TENCENTCLOUD_REGION",
    ),
    Input(
        "endpoint",
        endpoint,
        "https://wedata.intl.tencentcloudapi.com",
        "Host name of the WeData API, always reached over https; http:// is accepted for loopback addresses only.",
        _SITES,
        default_text="wedata.intl.tencentcloudapi.com",
    ),
    Input(
        "definitions",
        globs,
        DEFINITIONS,
        "Globs of the definition files from the repository's root, one a line; ! excludes, * stays within a folder, "
        "**/ is any number of folders.",
        default_text="wedata/**/*.yml, wedata/**/*.yaml and wedata/**/*.json",
    ),
    Input(
        "base",
        text,
        "auto",
        "What the commit is compared with: auto, event, adopt, empty or a revision.",
        _READS,
        default_text="auto, on a branch the commit of the last run that recorded a success",
    ),
    Input("head", text, None, "Commit whose definitions are read.", _SITES, default_text="HEAD", shell_only=True),
    Input("job-ids", job_ids, (), "JobIds to ask about instead.", ("status",), default_text="none", shell_only=True),
    Input(
        "code",
        word(_CODE),
        "push",
        "What to do where WeData's draft is not the file that a definition names as code: push writes the file unless "
        "somebody edited the draft, overwrite always writes it, verify writes nothing and fails the task.",
        _SENDS,
        choices=_CODE,
    ),
    Input(
        "max-tasks",
        whole_number(0),
        200,
        "Most tasks that one run may send; with more, it ends before the first. 0 lifts the limit.",
        _SENDS,
    ),
    Input("batch-size", whole_number(1), 100, "Most tasks in one call.", _SENDS),
    _option("auto-run", boolean, "AutoRun of the definitions that don't set it.", ("true", "false")),
    _option(
        "need-check-parent-submitted",
        boolean,
        "NeedCheckParentSubmitted of the definitions that don't set it; where it is true, a task is sent after "
        "its parents.",
        ("true", "false"),
    ),
    _option("alarm-ways", text, "AlarmWays of the definitions that set none: email, sms and wecom, comma-separated."),
    _option(
        "alarm-recipient-types",
        text,
        "AlarmRecipientTypes of the definitions that set none: 1 for the project administrator, 2 for the task owner, "
        "comma-separated.",
    ),
    Input(
        "version-remark",
        text,
        None,
        "Text of the version remark for definitions that have none.",
        _SENDS,
        default_text="the subject of the head commit, for a merge commit made by GitHub the title of its pull request",
    ),
    Input(
        "wait",
        boolean,
        None,
        "Whether to wait for the outcome of every task. With false, submit ends once WeData has accepted the tasks, "
        "and status asks once.",
        _WAITS,
        default_text="true, for status false",
        choices=("true", "false"),
    ),
    Input(
        "wait-timeout",
        whole_number(1),
        None,
        "Seconds to wait for all outcomes together.",
        _WAITS,
        default_text="1800, or 600 where the site has no job API",
    ),
    Input(
        "pending-approval",
        word(_PENDING),
        "fail",
        "Whether the step fails or passes when a submission awaits approval in WeData.",
        _READS,
        choices=_PENDING,
    ),
    Input(
        "requests-per-second",
        whole_number(1),
        20,
        "Most calls of each API action in a second, retries and polls included.",
        _CALLS,
    ),
    Input(
        "report-file",
        text,
        None,
        "Path below the workspace for the machine-readable report.",
        default_text="none is written",
    ),
    Input(
        "comment",
        boolean,
        False,
        "Under pull_request, whether plan keeps one comment on the pull request up to date (pull-requests: write).",
        ("plan",),
        default_text="false",
        choices=("true", "false"),
    ),
    Input(
        "github-token",
        token,
        None,
        "Token that reads the history of runs (actions: read) and its records (checks: read), fetches a missing "
        "base (contents: read), and writes the comment.",
        default_text="the token of the job",
        secret=True,
    ),
    Input(
        "role-arn",
        text,
        None,
        "CAM role to assume with GitHub's OIDC token instead of keys (id-token: write).",
        _CALLS,
        default_text="none, the keys in the environment",
    ),
    Input(
        "oidc-provider",
        text,
        None,
        "Name of the OIDC identity provider in CAM, for role-arn.",
        _CALLS,
        default_text="none",
    ),
    Input(
        "oidc-audience",
        text,
        None,
        "Audience of the OIDC token, for role-arn: a client id of the identity provider.",
        _CALLS,
        default_text="GitHub's own",
    ),
)
