"""What to do about a task that is not live: by the error code of its call, else by its end.

The codes are those of the documentation: the common errors of API 3.0, and BatchCreateTaskVersionAsync (page
1174/69838). What WeData itself said stands beside the advice, so that it only has to say what follows from it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from wedata_action.errors import Reason
from wedata_action.report import words
from wedata_action.result import Drift, Result, State, TaskOutcome

_MOST_IDS = 10  # in a command
_AGAIN = "Then run again: a change whose run failed is submitted again."

# By code, or by the beginning of one that ends at a dot.
_BY_CODE = {
    "AuthFailure.SignatureExpire": (
        "Set the clock of the machine: Tencent Cloud accepts a difference of at most five minutes."
    ),
    # What to do about keys and permissions is said by the error itself.
    "AuthFailure": "",
    "UnauthorizedOperation": "",
    "OperationDenied.UserNotInProject": "",
    "ResourceNotFound": (
        "Check task_id and project_id: the project must have this task. A task that was deleted in WeData needs no "
        "definition."
    ),
    "UnsupportedRegion": "Set region to one that has WeData, such as ap-singapore.",
    "InvalidAction": "Check endpoint: this host does not offer the call.",
    "NoSuchVersion": "Check endpoint: this host does not offer the call.",
    "RequestLimitExceeded": ("Lower requests-per-second, or run later: other programs of the account share the limit."),
    "RequestSizeLimitExceeded": "Lower batch-size.",
    "InvalidParameter.MaxLimitExceeded": "Lower batch-size.",
    "InvalidParameter": "Fix what WeData names, in the definition or in the inputs.",
    "InvalidParameterValue": "Fix what WeData names, in the definition or in the inputs.",
}
# What the braces stand for is filled in last: the options of `import` for the tasks, and the target, if there is one.
# Not `base: empty`: that sends whatever WeData doesn't have, and with `code: overwrite` drops everybody's edits.
_SUBMIT = "To submit what git has, give the definition another version_remark, and push."
_KEEP = "To keep what production runs, run `wedata-action import{ids}` in a clone, commit what it writes and push."
_DROP = "`submit` with {target}`code: overwrite`: that drops WeData's draft."
_BY_REASON = {
    Reason.UNREACHABLE: "Check endpoint, and that the machine may connect to it.",
    Reason.JOB_FAILED: f"Fix what WeData names, in the task or in its code. {_AGAIN}",
    Reason.CODE_MISMATCH: f"Look in WeData at who submitted last. {_KEEP} To go back to the file in git, run {_DROP}",
    Reason.CONFLICT: (
        "To keep that draft, run `wedata-action import{ids} --draft` in a clone and commit what it writes by itself; "
        "merge your own change in a second commit, and push both. To drop it, run once with `code: overwrite`."
    ),
}
# Of the run as a whole, whatever became of its tasks.
_BY_RUN = {
    Reason.CANCELLED: "Run again, or push: what was submitted is looked up first, so nothing is sent twice.",
    Reason.INVALID_DEFINITION: "Fix and push. In a shell, `wedata-action validate` finds mistakes before that.",
}
_BY_STATE = {
    State.FAILED: f"Fix what WeData names. {_AGAIN}",
    State.PENDING: "Approve it in WeData, then run again: what was approved counts, and nothing is sent twice.",
    State.UNKNOWN: "Look at the versions in WeData. A later run does so too before it sends anything again.",
    State.UNSENT: "A later run submits what is missing.",
}
_BY_DRIFT = {
    Drift.MISSING: "Check task_id and project_id; if the task was deleted in WeData, remove its definition.",
    Drift.CODE_DIFFERS: (
        f"{_KEEP} To go back to the file in git, give the definition another version_remark, and run {_DROP}"
    ),
    Drift.NOT_SUBMITTED: _SUBMIT,
    Drift.NEVER_SUBMITTED: _SUBMIT,
    Drift.CHANGED_IN_WEDATA: (
        "Git does not hold what changed. For a task whose definition names no code that may be the code: to have it in "
        "git, add `code` to the definition and run `wedata-action import{ids}` in a clone."
    ),
    Drift.DRAFT_DIFFERS: (
        "The next submission of this task ends as a conflict, unless git has the edit by then. To bring it into git, "
        "run `wedata-action import{ids} --draft` in a clone, and commit what it writes."
    ),
    Drift.AWAITS_APPROVAL: "Approve or reject the submission in WeData.",
}


def advice(alike: Sequence[TaskOutcome], code: str, *, target: str = "", in_shell: bool = False) -> str:
    """What a person can do about tasks of one project that ended alike.

    `code` is the error code that their call was answered with, if it was, and `target` the run's. Inputs are named as
    they are written: `code: overwrite` in a workflow, `--code overwrite` in a shell.
    """
    said = _advice(alike[0], code).replace("{target}", f"`target: {target}` and " if target else "")
    if in_shell:
        said = re.sub(r"`([a-z-]+): ([^`]+)`", r"`--\1 \2`", said)
    ids = [f" --task-id {outcome.task.task_id}" for outcome in alike[:_MOST_IDS]]
    more = " …" if len(alike) > len(ids) else ""
    return said.replace("{ids}", f" --project-id {shlex.quote(alike[0].task.project_id)}{''.join(ids)}{more}")


def steps(result: Result, *, in_shell: bool = False) -> Iterator[tuple[str, list[TaskOutcome]]]:
    """What to do about a run, each advice once, with the tasks that it is about; the most urgent first."""
    if result.failure_reason in _BY_RUN:
        yield _BY_RUN[result.failure_reason], []
        return
    codes = {batch.number: batch.code for batch in result.batches}
    found: dict[tuple[str, str], list[TaskOutcome]] = {}
    for outcome in words.by_urgency(result.outcomes):
        if outcome.failure_reason or outcome.drift or (outcome.state is State.PENDING):
            said = _advice(outcome, codes.get(outcome.batch, ""))
            found.setdefault((said, outcome.task.project_id if "{ids}" in said else ""), []).append(outcome)
    for (said, _), alike in found.items():
        if said:
            code = codes.get(alike[0].batch, "")
            yield advice(alike, code, target=result.target, in_shell=in_shell), alike


def _advice(outcome: TaskOutcome, code: str) -> str:
    if outcome.drift:
        return _BY_DRIFT.get(outcome.drift, "")
    if outcome.state in {State.FAILED, State.UNSENT}:
        known = _by_code(code)
        if known is not None:
            return f"{known} {_AGAIN}".strip()
        if outcome.failure_reason in _BY_REASON:
            return _BY_REASON[outcome.failure_reason]
    return _BY_STATE.get(outcome.state, "")


def _by_code(code: str) -> str | None:
    while code:
        if code in _BY_CODE:
            return _BY_CODE[code]
        code = code.rpartition(".")[0]
    return None
