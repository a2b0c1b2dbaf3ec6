"""The comment on a pull request: what a merge would submit, below a hidden mark by which the next run finds it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from wedata_action.report.markdown import code
from wedata_action.report.summary import summary
from wedata_action.report.tables import Links
from wedata_action.result import Result, ResultWord

if TYPE_CHECKING:
    from wedata_action.github.context import Context

_BYTES = 60_000  # of the tables; GitHub counts characters, and takes 65,536
_CUT = "\n\nThe rest is left out here; the job summary has it.\n"


def mark(workflow: str, job: str, scope: str) -> str:
    """The hidden first line of the comment of a workflow, a job and a scope.

    A digest, so that no name can end the HTML comment or pass for another one's.
    """
    named = json.dumps([workflow, job, scope], ensure_ascii=True)
    return f"<!-- wedata-action {hashlib.sha256(named.encode()).hexdigest()[:24]} -->"


def comment(result: Result, links: Links, context: Context, limit: int) -> str:
    """The comment without its mark, at most `limit` characters, under the event of a pull request."""
    parts = [summary(result, links, _BYTES)]
    if result.result in {ResultWord.PLANNED, ResultWord.NOOP}:
        branch = code(str(context.at("pull_request", "base", "ref") or "")) or "the branch"
        parts.append(f"On top come changes of earlier runs on {branch} that failed, were cancelled or were skipped.\n")
    # Nobody knows the commit of the trial merge, which is the one that was read.
    head = code(context.pull_request_head[:7])
    parts.append(f"From the job {code(context.job)}, for commit {head}.\n" if context.job and head else "")
    whole = "\n".join(filter(None, parts))
    if len(whole) <= limit:
        return whole
    kept = whole[: limit - len(_CUT)]
    return kept[: kept.rfind("\n") + 1] + _CUT
