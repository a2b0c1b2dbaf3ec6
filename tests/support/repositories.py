"""Real git repositories in temporary folders, written by `git fast-import`: any path, mode and history in one process.

Work trees stay empty unless something is checked out: the program reads commits.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
_CONFIG = (
    "gc.auto=0", "maintenance.auto=false", "user.name=a", "user.email=a@example.com", "protocol.file.allow=always",
    "advice.detachedHead=false",
)  # fmt: skip


class File(NamedTuple):
    """An entry of another mode than 100644: of a link the content is its target, of a submodule the commit's id."""

    mode: str
    content: str | bytes


Content: TypeAlias = str | bytes | File | None
"""What a path becomes; `None` removes it."""


def git(folder: Path, *arguments: str | Path, data: bytes = b"", environ: Mapping[str, str] = ENVIRON) -> str:
    """What the command prints, without white space around it. Raises where it fails."""
    config = [word for entry in _CONFIG for word in ("-c", entry)]
    command = ["git", *config, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environ, input=data, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def init(folder: Path, *options: str) -> Path:
    """A new repository on the unborn branch main."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", *options)
    return folder


def clone(source: Path | str, folder: Path, *options: str) -> Path:
    """A clone as `git clone` makes it; one of a path speaks git's protocol, so that `--depth` and `--filter` hold."""
    address = source if isinstance(source, str) else source.as_uri()
    git(folder.parent, "clone", "--quiet", *options, address, folder)
    return folder


def commit(
    folder: Path,
    files: Mapping[str | bytes, Any] | Mapping[str, Any],
    *,
    branch: str = "main",
    parents: Sequence[str] | None = None,
    message: str = "change",
) -> str:
    """Commits changes to the first parent's tree and moves the branch there, forward or not; gives the commit's id.

    Each value of `files` is a `Content`. Without `parents` the branch's own tip is the one, if it has any.
    """
    if parents is None:
        tip = git(folder, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        parents = [tip] if tip else []
    lines = [b"reset refs/heads/%s" % branch.encode(), b""] if not parents else []
    lines += [b"commit refs/heads/%s" % branch.encode(), b"mark :1", b"committer a <a@example.com> 1700000000 +0000"]
    lines += [_data(message)]
    lines += [b"%s %s" % (word, parent.encode()) for word, parent in zip([b"from", *[b"merge"] * 9], parents)]  # noqa: B905 - as many as there are parents
    for path, content in files.items():
        lines.append(_change(_quoted(path), content))
    lines += [b"", b"get-mark :1", b""]
    return git(folder, "fast-import", "--quiet", "--force", data=b"\n".join(lines))


def _change(path: bytes, content: Content) -> bytes:
    if content is None:
        return b"D " + path
    mode, text = content if isinstance(content, File) else ("100644", content)
    if mode == "160000":
        return b"M 160000 %s %s" % (str(text).encode(), path)
    return b"M %s inline %s\n%s" % (mode.encode(), path, _data(text))


def _data(text: str | bytes) -> bytes:
    content = text.encode() if isinstance(text, str) else text
    return b"data %d\n%s" % (len(content), content)


def _quoted(path: str | bytes) -> bytes:
    name = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
    return b'"%s"' % name.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content, to see whether anything was written."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class OriginAncestry:
    """What GitHub knows of commits: all that were ever pushed."""

    def __init__(self, origin: Path) -> None:
        self.origin = origin

    def has_commit(self, commit: str) -> bool:
        return bool(
            git(self.origin, "cat-file", "--batch-check", data=f"{commit}\n".encode()).endswith(tuple("0123456789"))
        )

    def merge_base(self, one: str, other: str) -> str | None:
        return git(self.origin, "merge-base", one, other)

    def ids(self, beginning: str) -> Sequence[str]:
        return [beginning]

    def has_blob(self, blob: str) -> bool:
        return self.has_commit(blob)
