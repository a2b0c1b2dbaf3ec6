"""git commands, isolated: nothing that lies around on the machine decides what they do."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class GitError(Exception):
    """git did not do what was asked. The text is git's own complaint, in one line."""


class NoGitError(GitError):
    """git is not there, or cannot be started."""


# The only variables that reach git. Others, such as GIT_DIR, GIT_EXTERNAL_DIFF or SSLKEYLOGFILE, are meant for the
# caller's own git, or were left by someone else.
_PASSED_ON = re.compile(r"(?i)PATH|TMPDIR|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|SSH_AUTH_SOCK|SYSTEMROOT")

# No configuration of the system or the user, hence no credential helper, and nothing from HOME: in a job it is shared
# with the containers of other steps. What could ask a person fails instead.
_ISOLATED = {
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "ssh -F none -o BatchMode=yes",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}

_USER_INFORMATION = re.compile(r"(?<=://)[^\s'\"]*@")


def isolated(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every git process."""
    passed_on = {name: value for name, value in environ.items() if _PASSED_ON.fullmatch(name)}
    return passed_on | _certificates(environ) | _ISOLATED


def run_git(arguments: Sequence[str], environ: Mapping[str, str], folder: Path, stdin: bytes = b"") -> bytes:
    """What the command prints. Raises `GitError` when it ends with anything but 0."""
    try:
        done = subprocess.run(
            ["git", *arguments], env=environ, cwd=folder, capture_output=True, input=stdin, check=False
        )
    except OSError as error:
        raise NoGitError(f"git cannot be started: {error.strerror}. Install git 2.36 or newer") from error
    if done.returncode == 0:
        return done.stdout
    # The line that says why: warnings, hints and what the other side tells stand around it.
    lines = done.stderr.decode("utf-8", "replace").strip().split("\n")
    line = next((line for word in ("fatal: ", "error: ") for line in lines if line.startswith(word)), lines[0])
    raise GitError(_USER_INFORMATION.sub("***@", line) or f"git ended with {done.returncode}")


def _certificates(environ: Mapping[str, str]) -> dict[str, str]:
    """The certificates that `requests` trusts, by the same variables: a company's own authority signs git's too."""
    bundle = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    if not bundle:
        return {}
    return {"GIT_SSL_CAPATH" if Path(bundle).is_dir() else "GIT_SSL_CAINFO": str(Path(bundle).absolute())}
