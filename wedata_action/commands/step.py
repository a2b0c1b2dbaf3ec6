"""What a command is given from outside: one step of a job in GitHub Actions, or one command in a shell."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wedata_action.changes.history import History
from wedata_action.changes.record import scope_of
from wedata_action.clock import Clock
from wedata_action.code.files import Files
from wedata_action.errors import Reason, RunError
from wedata_action.git import GitError, NoGitError, Remote, Repository
from wedata_action.github.context import Context
from wedata_action.github.errors import Get
from wedata_action.github.runs import has_blob
from wedata_action.report.console import Console
from wedata_action.result import Result
from wedata_action.settings import Settings

if TYPE_CHECKING:
    import requests

    from wedata_action.github.api import Api


@dataclass(frozen=True, slots=True)
class Step:
    """`known` is what is known before the first stage; `publish` makes the outputs say what is known now.

    `clock.workers` bounds the calls under way at once. `session` makes the HTTP session and `repository` opens the
    clone when they are needed.
    """

    settings: Settings
    context: Context | None
    environ: Mapping[str, str]
    console: Console
    clock: Clock
    session: Callable[[], requests.Session]
    repository: Callable[[Settings, Context | None, Mapping[str, str]], Repository]
    publish: Callable[[Result], None]
    known: Result

    def progress(self) -> Callable[[str], None]:
        """Says how far a wait has come: at each look on a terminal, twice a minute in a log that keeps every line."""
        return at_most_every(30, self.clock, self.console.progress) if self.context else self.console.progress

    def open(self) -> Repository:
        """The clone. Raises `RunError`."""
        return self.repository(self.settings, self.context, self.environ)

    def files(self, repository: Repository) -> Files:
        """The contents of files in the clone, and on GitHub those that it lacks."""
        get = self._github()
        return Files(repository, functools.partial(has_blob, get) if get else None)

    def history(self) -> History | None:
        """The runs of this workflow on this branch, read from GitHub when they are asked for; `None` in a shell."""
        context, get = self.context, self._github()
        if context is None or get is None:
            return None
        scope = scope_of(self.settings)
        return History(get, self.clock, context.repository, context.branch, context.workflow, scope)

    def _github(self) -> Get | None:
        """Reads GitHub's API for this repository, which is loaded when it is called; `None` in a shell."""
        context = self.context
        if context is None:
            return None
        api = functools.cache(lambda: self.api(context, "actions: read, checks: read, contents: read"))
        return lambda path, **parameters: api().get(path, **parameters)

    def api(self, context: Context, permissions: str) -> Api:
        """GitHub's API for this repository; `permissions` are those that the job's token needs."""
        from wedata_action.github.api import Api

        token, say = self.settings.github_token, self.console.line
        return Api(context.api_url, context.repository, token, self.session(), self.clock, say, permissions)


def at_most_every(seconds: float, clock: Clock, say: Callable[[str], None]) -> Callable[[str], None]:
    """`say`, but for texts that come sooner than `seconds` after the last one that was said."""
    said = [clock.monotonic()]

    def seldom(text: str) -> None:
        if clock.monotonic() - said[0] >= seconds:
            said[0] = clock.monotonic()
            say(text)

    return seldom


def open_repository(settings: Settings, context: Context | None, environ: Mapping[str, str]) -> Repository:
    """The clone around the current folder, with GitHub as its remote. Raises `RunError`."""
    remote = None
    if context and settings.github_token:
        token = base64.b64encode(f"x-access-token:{settings.github_token}".encode()).decode()
        remote = Remote(f"{context.server_url}/{context.repository}", f"Basic {token}")
    try:
        return Repository(Path(), environ, remote)
    except NoGitError as error:
        raise RunError(Reason.INVALID_INPUT, str(error)) from error
    except GitError as error:
        remedy = "check the repository out first, with actions/checkout" if context else "run it in a clone"
        message = f"{Path().absolute()} is not in a git work tree ({error}): {remedy}"
        raise RunError(Reason.INVALID_INPUT, message) from error
