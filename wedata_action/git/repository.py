"""A clone, read through a private git directory.

The clone is only asked where its objects lie and what its names mean. All else runs in a private git directory in a
temporary folder, whose alternates are the clone's objects: no hook, filter, alias or owner of the clone has a say, and
what has to be fetched leaves the clone as it was. Paths are text relative to the root, `surrogateescape` for what is
not UTF-8.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from wedata_action.git.objects import MissingObjectError, ObjectReader
from wedata_action.git.process import ISOLATED, GitError, run_git

REGULAR = ("100644", "100755", "100664")  # the last one is in old histories
SYMLINK = "120000"
SUBMODULE = "160000"

_FORMAT_1 = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = {}\n"
_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_COMMIT_LIMIT = 1 << 20
_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# What a variable such as GIT_DIR or GIT_EXTERNAL_DIFF says is meant for the caller's own git.
_PASSED_ON = re.compile(r"(?i)PATH|HOME|TMPDIR|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|SSH_AUTH_SOCK|SYSTEMROOT")

_FIXED = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
}

# Neither refs of the clone nor hooks of its owner have a say, and nothing runs on in the background.
_FETCH_CONFIG = (
    *("-c", "core.alternateRefsCommand=:", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"),
)
# A folder of the work tree may look like a bare repository, with objects that are not what their ids say.
_CLONE_CONFIG = ("-c", "safe.directory=*", "-c", "safe.bareRepository=explicit")
# One thread: to start more takes longer than to look through some thousand small files.
_GREP_OPTIONS = [
    "-l",
    "-z",
    "-a",
    "-F",
    "--full-name",
    "--no-color",
    "--no-textconv",
    "--no-recurse-submodules",
    "--threads=1",
]
_LARGE = re.compile(rb" [1-9][0-9]{6,}\t")  # a size of a megabyte or more in the list of `ls-tree -l`
_FETCH_OPTIONS = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", "--quiet")


class Entry(NamedTuple):
    """What a tree says of a path: the mode in six octal digits, and the id of the blob, link or commit."""

    mode: str
    id: str


class Difference(NamedTuple):
    """A path whose entries differ between two trees; `None` where a tree has none."""

    path: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's ids, and its message as text."""

    id: str
    tree: str
    parents: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Remote:
    """Where missing commits come from. `authorization` is a header's value that goes to `url`'s host alone."""

    url: str
    authorization: str | None = None


class Repository:
    """One clone. Close it, or use it in a `with`: it holds a temporary folder and a `git cat-file`.

    `root` is its top folder, `prefix` the way from there to the folder it was found from (empty, or ending in `/`),
    `head` the commit of HEAD or `None` on an unborn branch.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], remote: Remote | None = None) -> None:
        """Finds the clone around `folder`; `remote` defaults to the clone's own origin.

        Raises `GitError` where there is no work tree of a git repository.
        """
        self._environ = {name: value for name, value in environ.items() if _PASSED_ON.fullmatch(name)}
        self._environ |= _FIXED | _trusted(environ)
        self._remote = remote
        self._folder = folder = folder.absolute()
        while not self._folder.is_dir():  # a sparse checkout need not have it
            self._folder = self._folder.parent
        if "\n" in os.path.realpath(folder):
            raise GitError("its path has a line break")  # which the file of the alternates cannot hold
        questions = "--show-object-format --is-shallow-repository --git-path objects --git-path shallow --show-toplevel"
        answers = self._rev_parse("--path-format=absolute", *questions.split(), "--revs-only", "HEAD^{commit}")
        object_format, shallow, objects, shallow_file, root, *head = answers
        self.head = head[0] if head else None
        self.root = Path(root)
        self.shallow = shallow == "true"
        self._partial = any(Path(objects, "pack").glob("*.promisor"))
        self.empty_tree = _EMPTY_TREE[object_format]
        below = os.path.relpath(os.path.realpath(folder), root)
        self.prefix = "" if below == "." else f"{below}/"
        self._temporary = tempfile.TemporaryDirectory(prefix="wedata-action-", ignore_cleanup_errors=True)
        self._git_dir = Path(self._temporary.name)
        self._config = _FORMAT_1.format(object_format) if object_format != "sha1" else ""
        self._make_private_git_dir(objects, Path(shallow_file))
        self.objects = ObjectReader(self._git_dir, self._environ, self._fetch_objects if self._partial else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends `git cat-file` and removes the temporary folder."""
        self.objects.close()
        self._temporary.cleanup()

    def resolve(self, revision: str) -> str | None:
        """The id of the commit that `revision` names in the clone, if it names one there."""
        if _COMMIT_ID.fullmatch(revision):
            return revision if self.objects.has_commit(revision) else None
        if not revision.isprintable():
            return None
        try:
            return self._rev_parse("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")[0]
        except GitError:
            return None

    def commit(self, commit: str) -> Commit:
        """Reads a commit object, of a long message only the start. Raises `MissingObjectError`."""
        [content] = self.objects.read([commit], _COMMIT_LIMIT)
        header, _, message = content.partition(b"\n\n")
        fields = [line.partition(" ")[::2] for line in header.decode("utf-8", "replace").split("\n")]
        try:
            text = message.decode(dict(fields).get("encoding", "utf-8"), "replace")
        except LookupError:
            text = message.decode("utf-8", "replace")
        return Commit(commit, dict(fields)["tree"], tuple(value for name, value in fields if name == "parent"), text)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor that the clone knows; a shallow one may know none, or not the best."""
        try:
            return self._run("merge-base", one, other).decode().strip()
        except GitError:
            return None

    def diff(self, old: str, new: str) -> list[Difference]:
        """Paths that differ between two trees or commits; a rename is a removal and an addition."""
        out = self._read_trees("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", trees=[old, new])
        row = r":(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*\0([^\0]+)\0"
        return [
            Difference(path, _entry(old_mode, old_id), _entry(new_mode, new_id))
            for old_mode, new_mode, old_id, new_id, path in re.findall(row, out.decode("utf-8", "surrogateescape"))
        ]

    def list_tree(self, tree: str, folders: Sequence[str]) -> dict[str, Entry]:
        """Every path of a tree or commit below `folders`, each empty (the root) or ending in `/`.

        A submodule in the place of a folder is listed itself.
        """
        paths = [] if "" in folders else list(folders)
        out = self._read_trees("ls-tree", "-r", "-z", "--full-tree", trees=[tree], paths=paths)
        rows = re.findall(r"(\d{6}) \w+ ([0-9a-f]+)\t([^\0]+)\0", out.decode("utf-8", "surrogateescape"))
        return {path: Entry(mode, object_id) for mode, object_id, path in rows}

    def grep(self, tree: str, texts: Sequence[str], folders: Sequence[str]) -> set[str] | None:
        """Paths below `folders` in whose content one of `texts` stands, each on one line of it.

        `None` where git must not be asked: it would fetch what a partial clone lacks one by one, and it reads each
        file as a whole, also one of a gigabyte.
        """
        paths = [] if "" in folders else list(folders)
        if self._partial or _LARGE.search(self._run("ls-tree", "-r", "-l", "-z", "--full-tree", tree, "--", *paths)):
            return None
        patterns = [word for text in texts for word in ("-e", text)]
        command = [f"--git-dir={self._git_dir}", "grep", *_GREP_OPTIONS, *patterns, tree, "--", *paths]
        out = run_git(command, self._environ | ISOLATED, self.root, may_find_nothing=True)
        names = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
        return {name.removeprefix(f"{tree}:") for name in names}

    def fetch(self, commits: Sequence[str], *, have: str | None) -> None:
        """Fetches commits by their exact ids at depth 1; `have` saves what that commit's tree already holds.

        Of a partial clone's remote only commits and trees are asked for: blobs come when they are read. Raises
        `GitError`, for a host that does not answer too.
        """
        options = ["--depth=1"]
        if self._partial:
            options.append("--filter=blob:none")
        elif have:
            options.append(f"--negotiation-tip={have}")
        self._fetch(options, commits)

    def _fetch_objects(self, ids: list[str]) -> None:
        try:
            self._fetch([], ids)
        except GitError as error:
            raise MissingObjectError(
                f"the clone is partial, and {len(ids)} objects that it lacks cannot be fetched ({error}): check out "
                "without a filter"
            ) from error

    def _fetch(self, options: Sequence[str], ids: Sequence[str]) -> None:
        remote = self._remote or self._origin()
        environ = self._environ if remote.authorization is None else self._environ | _authorized(remote)
        command = [f"--git-dir={self._git_dir}", "fetch", *_FETCH_OPTIONS, *options, "--stdin", "--", remote.url]
        run_git([*_FETCH_CONFIG, *command], environ, self.root, "".join(f"{name}\n" for name in ids).encode())
        # A fetch with a filter would leave behind that whatever is missing is to be fetched, one by one.
        (self._git_dir / "config").write_text(self._config)

    def _origin(self) -> Remote:
        try:
            return Remote(self._clone("config", "--get", "remote.origin.url").rstrip("\n"))
        except GitError as error:
            raise GitError("the clone has no remote named origin") from error

    def _read_trees(self, *command: str, trees: Sequence[str], paths: Sequence[str] = ()) -> bytes:
        try:
            return self._run(*command, *trees, "--", *paths)
        except GitError:
            commits = [tree for tree in trees if tree != self.empty_tree]
            if not self._partial or not commits:
                raise
        self.fetch(commits, have=None)  # a clone without trees
        return self._run(*command, *trees, "--", *paths)

    def _rev_parse(self, *arguments: str) -> list[str]:
        return self._clone("rev-parse", *arguments).split("\n")[:-1]

    def _clone(self, *arguments: str) -> str:
        """Runs a command that only looks up paths, names and settings of the clone itself."""
        out = run_git([*_CLONE_CONFIG, *arguments], self._environ | ISOLATED, self._folder)
        return out.decode("utf-8", "surrogateescape")

    def _run(self, *arguments: str) -> bytes:
        return run_git([f"--git-dir={self._git_dir}", *arguments], self._environ | ISOLATED, self.root)

    def _make_private_git_dir(self, objects: str, shallow: Path) -> None:
        """The least that git takes for a repository, with the clone's objects as its alternates."""
        (self._git_dir / "objects" / "info").mkdir(parents=True)
        (self._git_dir / "refs").mkdir()
        (self._git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self._git_dir / "config").write_text(self._config)
        (self._git_dir / "objects" / "info" / "alternates").write_text(f"{objects}\n", errors="surrogateescape")
        if shallow.is_file():
            (self._git_dir / "shallow").write_bytes(shallow.read_bytes())


def _entry(mode: str, object_id: str) -> Entry | None:
    return None if mode == "000000" else Entry(mode, object_id)


def _trusted(environ: Mapping[str, str]) -> dict[str, str]:
    """The certificates that `requests` trusts, by the same variables: a company's own serve git as well."""
    bundle = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    if not bundle:
        return {}
    return {"GIT_SSL_CAPATH" if Path(bundle).is_dir() else "GIT_SSL_CAINFO": str(Path(bundle).absolute())}


def _authorized(remote: Remote) -> dict[str, str]:
    """The token goes through the environment: arguments are for everyone on the machine to read."""
    host = "/".join(remote.url.split("/")[:3])
    return ISOLATED | {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"http.{host}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"Authorization: {remote.authorization}",
        "GIT_CONFIG_KEY_1": "http.followRedirects",  # git takes the header along to another host
        "GIT_CONFIG_VALUE_1": "false",
    }
