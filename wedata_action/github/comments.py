"""One comment on a pull request, kept up to date: the only thing that the program writes to GitHub.

The comments of a pull request are those of an issue with its number, in the order in which they were made. No request
is tried again: nobody should wait for a comment, and what is written twice stands there twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wedata_action.github.api import Api
from wedata_action.github.errors import GitHubError

LIMIT = 65_536
"""Characters of a comment. GitHub refuses longer ones."""
_PAGE = 100
_MOST_PAGES = 30
_SECONDS = 60.0  # for all pages together


def keep_comment(api: Api, number: int, mark: str, text: str, *, create: bool = True) -> str:
    """Makes the comment of the pull request `number` whose first line is `mark` say `text` below it.

    Only a comment that a bot wrote counts: anybody may write the mark into one of theirs. Where there is none, one is
    made if `create` says so. Gives the author's kind of a comment that was made, such as `Bot`, or an empty text.
    Raises `GitHubError`.
    """
    body = f"{mark}\n{text}"
    found = next((comment for comment in _comments(api, number) if _is_ours(comment, mark)), None)
    if found:
        if found["body"] == body:
            return ""
        try:
            api.once("PATCH", f"issues/comments/{found['id']}", {"body": body})
        except GitHubError as error:
            if error.status != 404:  # deleted since it was read
                raise
        else:
            return ""
    if not create:
        return ""
    made = api.once("POST", f"issues/{number}/comments", {"body": body})
    return _kind(made) if isinstance(made, dict) else ""


def _comments(api: Api, number: int) -> Iterator[dict[str, Any]]:
    end = api.clock.monotonic() + _SECONDS
    for page in range(1, _MOST_PAGES + 1):
        found = api.once("GET", f"issues/{number}/comments?per_page={_PAGE}&page={page}")
        if not isinstance(found, list):
            raise GitHubError(0, f"{api.url} gave no list of comments")
        yield from (comment for comment in found if isinstance(comment, dict))
        if len(found) < _PAGE:
            return
        if api.clock.monotonic() > end:
            break
    raise GitHubError(0, f"the pull request has more comments than can be read in {_SECONDS:.0f} s")


def _is_ours(comment: dict[str, Any], mark: str) -> bool:
    body, number = comment.get("body"), comment.get("id")
    # GitHub may give back the line breaks as CR LF.
    return isinstance(body, str) and body.splitlines()[:1] == [mark] and type(number) is int and _kind(comment) == "Bot"


def _kind(comment: dict[str, Any]) -> str:
    user = comment.get("user")
    return str(user.get("type") or "") if isinstance(user, dict) else ""
