"""Keeps the comment on the pull request up to date, which is for people: whatever goes wrong here, the plan stands."""

from __future__ import annotations

from wedata_action.changes.record import scope_of
from wedata_action.commands.step import Step
from wedata_action.github.comments import LIMIT, keep_comment
from wedata_action.report.comment import comment, mark
from wedata_action.report.tables import Links
from wedata_action.result import Result, ResultWord


def comment_on_pull_request(step: Step, result: Result) -> None:
    """Says in the pull request of the event what a merge would submit. Raises nothing.

    A plan without a task makes no new comment.
    """
    context, settings = step.context, step.settings
    if result.result is ResultWord.CANCELLED:
        return
    number = context.at("pull_request", "number") if context and context.event_name == "pull_request" else None
    if not context or settings.mode != "plan" or type(number) is not int:
        where = f"under the event {context.event_name}" if context else "in a shell"
        step.console.line(
            f"No comment was written: {settings.names['comment']} is for mode plan under the event pull_request with "
            f"its number, and this is mode {settings.mode} {where}"
        )
        return
    try:
        clean = step.console.secrets.hide_in(result)
        own = mark(context.workflow, context.job, scope_of(settings))
        links = Links(context.server_url, context.repository)
        said = comment(clean, links, context, LIMIT - len(own) - 1)
        create = result.result is not ResultWord.NOOP
        kind = keep_comment(step.api(context, "pull-requests: write"), number, own, said, create=create)
    except Exception as error:  # noqa: BLE001 - a plan must not fail for a comment
        step.console.line(f"The comment on the pull request was not written: {error}")
    else:
        if kind not in {"", "Bot"}:
            step.console.line(
                "The comment on the pull request was written as a person, so later runs will not find it: leave "
                f"{settings.names['github-token']} out"
            )
