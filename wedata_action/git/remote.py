"""Fetching from a remote, with a token or anonymously, and with nothing that the machine has configured."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from wedata_action.git.process import GitError, run_git
from wedata_action.parsers import SHORTEST_SECRET

# Neither refs of the clone nor hooks have a say, and no host is waited for without end.
_CONFIG = (
    *("-c", "core.alternateRefsCommand=:", "-c", f"core.hooksPath={os.devnull}", "-c", "credential.helper="),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"),
)
_OPTIONS = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", "--quiet")

_USER_INFORMATION = re.compile(r"(?P<scheme>https?://)(?P<user>[^/?#]*)@", re.IGNORECASE)
_SIGN_IN = re.compile(r"could not read Username|Authentication failed|returned error: 40[13]|Permission denied")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where missing commits come from. `authorization` is a header's value that goes to `url`'s host alone."""

    url: str
    authorization: str | None = field(default=None, repr=False)


def origin_of(address: str) -> Remote:
    """The remote of an address in a clone's configuration.

    User information in the address becomes a header: arguments are for everyone on the machine to read, and git shows
    its addresses in messages.
    """
    url = address.removesuffix("\n")
    found = _USER_INFORMATION.match(url)
    if not found:
        return Remote(url)
    user, _, password = found["user"].partition(":")
    credentials = f"{unquote(user)}:{unquote(password)}".encode()
    return Remote(found["scheme"] + url[found.end() :], f"Basic {base64.b64encode(credentials).decode()}")


def fetch(
    remote: Remote, git_dir: Path, environ: Mapping[str, str], options: Sequence[str], ids: Sequence[str]
) -> None:
    """Fetches objects by their ids into `git_dir`. Raises `GitError`."""
    command = [f"--git-dir={git_dir}", "fetch", *_OPTIONS, *options, "--stdin", "--", remote.url]
    wanted = "".join(f"{object_id}\n" for object_id in ids).encode()
    try:
        run_git([*_CONFIG, *command], dict(environ) | _authorized(remote), git_dir, wanted)
    except GitError as error:
        said = _without_address(str(error), remote.url)
        if not _SIGN_IN.search(said):
            raise GitError(said) from None
        why = "rejects the token" if remote.authorization else "asks for credentials, and github-token is not set"
        raise GitError(f"{_host(remote)} {why}; git says: {said}") from None


def _without_address(said: str, url: str) -> str:
    """Git repeats the address, and a token may stand in its query, or in a path on this machine."""
    if re.match("https?://", url, re.IGNORECASE):
        return said.replace(url, url.partition("?")[0])
    path = unquote(url.partition("://")[2] or url)
    for address in (url, path, path.rpartition("/")[2]):
        said = said.replace(address, "origin") if len(address) >= SHORTEST_SECRET else said
    return said


def _authorized(remote: Remote) -> dict[str, str]:
    """The header goes through the environment, and not along with a redirect to another host."""
    if remote.authorization is None:
        return {}
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"http.{_host(remote)}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"Authorization: {remote.authorization}",
        "GIT_CONFIG_KEY_1": "http.followRedirects",
        "GIT_CONFIG_VALUE_1": "false",
    }


def _host(remote: Remote) -> str:
    """Scheme, host and port."""
    return "/".join(remote.url.split("/")[:3])
