"""The run as the Actions runner describes it: variables of the step and the event's file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from wedata_action.errors import Diagnostic, Reason, RunError
from wedata_action.inputs import KEYS

_EVENT_LIMIT = 32 << 20


class Context(NamedTuple):
    """One run in GitHub Actions.

    `event` is the webhook's payload, `sha` the commit of the event, `workflow` the name of the
    workflow's file, `job` the key of the job in it.
    """

    event_name: str
    event: Mapping[str, Any]
    sha: str
    ref: str
    repository: str
    server_url: str
    api_url: str
    run_id: str
    run_attempt: int
    workspace: Path
    workflow: str = ""
    job: str = ""

    @property
    def run(self) -> str:
        """Run id and attempt as the stamp of a remark has them."""
        return f"{self.run_id}.{self.run_attempt}"

    @property
    def of_a_change(self) -> bool:
        """Whether the event is about a change that is not merged yet."""
        return self.event_name in {"pull_request", "pull_request_target", "merge_group"}

    @property
    def branch(self) -> str:
        """The branch that the run is for, or an empty text."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else ""

    @property
    def before(self) -> str:
        """The commit of the branch before this push; empty where there was none or the event is no push."""
        before = str(self.at("before") or "")
        return before if before.strip("0") else ""

    @property
    def default_branch(self) -> str:
        """The repository's default branch, as the event names it."""
        return str(self.at("repository", "default_branch") or "")

    @property
    def pull_request_head(self) -> str:
        """The last commit of the event's pull request, or an empty text."""
        return str(self.at("pull_request", "head", "sha") or "")

    def at(self, *keys: str) -> Any:
        """What the event's payload has under a path of keys, or `None`."""
        value: Any = self.event
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


def in_actions(environ: Mapping[str, str]) -> bool:
    """Whether the runner started us."""
    return environ.get("GITHUB_ACTIONS") == "true"


def read_context(environ: Mapping[str, str]) -> Context:
    """Reads the runner's variables and `GITHUB_EVENT_PATH`. Raises `RunError` where one is missing or malformed."""
    missing = [name for name in ("GITHUB_EVENT_NAME", "GITHUB_SHA", "GITHUB_REPOSITORY") if not environ.get(name)]
    if missing:
        raise RunError(
            Reason.INVALID_INPUT,
            f"GITHUB_ACTIONS is true, but {', '.join(missing)} is not set: run the action in a workflow, or unset "
            "GITHUB_ACTIONS in a shell",
        )
    attempt, run_id = environ.get("GITHUB_RUN_ATTEMPT", "1"), environ.get("GITHUB_RUN_ID", "0")
    if not re.fullmatch(r"[0-9]{1,20}", run_id):
        raise RunError(Reason.INVALID_INPUT, f"GITHUB_RUN_ID is not a number: {run_id!r}")
    workflow, _, _ = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")
    return Context(
        event_name=environ["GITHUB_EVENT_NAME"],
        event=_event(environ.get("GITHUB_EVENT_PATH", "")),
        sha=environ["GITHUB_SHA"],
        ref=environ.get("GITHUB_REF", ""),
        repository=environ["GITHUB_REPOSITORY"],
        server_url=environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/"),
        api_url=environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
        run_id=run_id,
        run_attempt=int(attempt) if attempt.isdecimal() else 1,
        workspace=Path(environ.get("GITHUB_WORKSPACE") or "."),
        workflow=workflow.rpartition("/")[2],
        job=environ.get("GITHUB_JOB", ""),
    )


def refuse_submission(context: Context) -> None:
    """Raises `RunError` under an event whose commit is not on a branch yet, and may never be."""
    queue = context.branch.startswith("gh-readonly-queue/")
    if context.of_a_change or queue:
        where = f"the branch {context.branch} of a merge queue" if queue else f"the event {context.event_name}"
        raise RunError(
            Reason.INVALID_INPUT,
            f"mode submit is not allowed for {where}, whose commit is not merged yet: submit on push to the branch, "
            "and use mode plan or validate here",
        )


def warn_of_keys(context: Context, environ: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """A warning where a stranger's pull request runs with keys at hand, which no mode that is allowed there needs."""
    names = [name for name in (*KEYS, "ACTIONS_ID_TOKEN_REQUEST_TOKEN") if environ.get(name)]
    if context.event_name != "pull_request_target" or not names:
        return ()
    return (
        Diagnostic(
            "under pull_request_target anyone who opens a pull request runs this workflow with its secrets, and this "
            f"step has {', '.join(names)}: use the event pull_request, and remove them from here, since the modes plan "
            "and validate need none"
        ),
    )


def _event(path: str) -> dict[str, Any]:
    try:
        with Path(path).open("rb") as file:
            event = json.loads(file.read(_EVENT_LIMIT))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(Reason.INVALID_INPUT, f"GITHUB_EVENT_PATH {path!r} cannot be read: {error}") from error
    if not isinstance(event, dict):
        raise RunError(Reason.INVALID_INPUT, f"GITHUB_EVENT_PATH {path!r} holds no JSON object")
    return event
