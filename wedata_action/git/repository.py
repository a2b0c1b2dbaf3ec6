"""A clone, read through a private git directory.

The clone is only asked where its objects lie and what its names mean. All else runs in a private git directory in a
temporary folder, whose alternates are the clone's objects: no hook, filter, alias or setting of the clone has a say,
and what is fetched leaves the clone as it was. Paths are text relative to the root, with `surrogateescape` for what is
not UTF-8.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from wedata_action.git import trees
from wedata_action.git.objects import MissingObjectError, ObjectReader, check_ids, is_object_id
from wedata_action.git.process import GitError, isolated, run_git
from wedata_action.git.remote import Remote, fetch, origin_of
from wedata_action.git.trees import Difference, Entry

T = TypeVar("T")

_FORMAT_1 = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = {}\n"
_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_COMMIT_LIMIT = 1 << 20
# Anybody's clone is read. A folder of the work tree that looks like a bare repository is not: its objects need not be
# what their ids say.
_CLONE_CONFIG = ("-c", "safe.directory=*", "-c", "safe.bareRepository=explicit")
# Encodings that a commit may name: those in use, whose codecs take linear time. Others of Python raise what they like,
# take quadratic time, or interpret escapes.
_is_common_encoding = re.compile(
    r"utf-?8|(us-)?ascii|latin-?1|iso-8859-(1|2|15)|(windows-|cp)125[012]|koi8-r|gbk|gb2312|gb18030|big5"
    r"|shift[_-]jis|sjis|euc-(jp|kr)"
).fullmatch


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's ids, and its message as text."""

    id: str
    tree: str
    parents: tuple[str, ...]
    message: str


class Repository:
    """One clone. Close it, or use it in a `with`: it holds a temporary folder and a `git cat-file`.

    `root` is its top folder, `head` the commit of HEAD or `None` on an unborn branch, `objects` reads contents.
    `object_format` is `sha1` or `sha256`.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], remote: Remote | None = None) -> None:
        """Finds the clone around `folder`; `remote` defaults to the clone's own origin.

        Raises `GitError` where there is no work tree of a git repository.
        """
        self._environ = isolated(environ)
        self._remote = remote
        self._folder = folder.absolute()
        if "\n" in os.path.realpath(folder):
            raise GitError("its path has a line break")  # which the file of the alternates cannot hold
        questions = "--show-object-format --is-shallow-repository --git-path objects --git-path shallow --show-toplevel"
        answers = self._rev_parse("--path-format=absolute", *questions.split(), "--revs-only", "HEAD^{commit}")
        object_format, shallow, objects, shallow_file, root, *head = answers
        self.head = head[0] if head else None
        self.root = Path(root)
        self.shallow = shallow == "true"
        self._partial = any(Path(objects, "pack").glob("*.promisor"))
        self.object_format = object_format
        self.empty_tree = _EMPTY_TREE[object_format]
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
        if is_object_id(revision):
            return revision if self.objects.has_commit(revision) else None
        if not revision.isprintable():
            return None
        try:
            return self._rev_parse("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")[0]
        except GitError:
            return None

    def commit(self, commit: str) -> Commit:
        """Reads a commit, of a long message only the start. Raises `GitError`, `MissingObjectError` among them.

        The message is decoded as the commit says, if that encoding is a common one, otherwise as UTF-8.
        """
        [content] = self.objects.read([commit], _COMMIT_LIMIT)
        header, _, message = content.partition(b"\n\n")
        fields = [line.partition(" ")[::2] for line in header.decode("utf-8", "replace").split("\n")]
        named = dict(fields)
        if not is_object_id(named.get("tree", "")):
            raise GitError(f"{commit} is not a commit")
        encoding = named.get("encoding", "").strip().lower()
        text = message.decode(encoding if _is_common_encoding(encoding) else "utf-8", "replace")
        return Commit(commit, named["tree"], tuple(value for name, value in fields if name == "parent"), text)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor that the clone knows; a shallow one may know none, or not the best."""
        if not (is_object_id(one) and is_object_id(other)):
            return None
        try:
            found = run_git([f"--git-dir={self._git_dir}", "merge-base", one, other], self._environ, self.root)
        except GitError:
            return None
        return found.decode().strip()

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` is `older` or follows from it.

        True is proof. False is not if the clone is shallow or lacks one of the two: ask GitHub then.
        """
        return self.merge_base(older, newer) == older

    def diff(self, old: str, new: str) -> list[Difference]:
        """Paths that differ between two trees or commits; a rename is a removal and an addition.

        Raises `TooManyPathsError` where they differ in more than `MOST_PATHS`.
        """
        return self._of_trees([old, new], lambda ends: trees.diff(self.objects.trees, *ends))

    def list_tree(self, tree: str, folders: Sequence[str]) -> dict[str, Entry]:
        """Every path of a tree or commit below `folders`, each empty (the root) or ending in `/`.

        Raises `TooManyPathsError` where there are more than `MOST_PATHS`.
        """
        return self._of_trees([tree], lambda ends: trees.list_tree(self.objects.trees, ends[0], folders))

    def fetch(self, commits: Sequence[str], *, have: str | None) -> None:
        """Fetches commits by their exact ids at depth 1; `have` saves what that commit's tree already holds.

        Of a partial clone's remote only commits and trees are asked for: blobs come when they are read. Raises
        `GitError`, for a host that does not answer too.
        """
        options = ["--depth=1"]
        if self._partial:
            options.append("--filter=blob:none")
        elif have and is_object_id(have):
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
        check_ids(ids)
        fetch(self._remote or self._origin(), self._git_dir, self._environ, options, ids)
        # A fetch with a filter would leave behind that whatever is missing is to be fetched, one by one.
        (self._git_dir / "config").write_text(self._config)

    def _origin(self) -> Remote:
        try:
            return origin_of(self._clone("config", "--no-includes", "--get", "remote.origin.url"))
        except GitError as error:
            raise GitError("the clone has no remote named origin") from error

    def _of_trees(self, ends: Sequence[str], walk: Callable[[Sequence[str | None]], T]) -> T:
        """What `walk` gives of trees, after fetching them for a clone without trees."""
        try:
            return walk([self._tree(end) for end in ends])
        except MissingObjectError:
            commits = [end for end in ends if end != self.empty_tree]
            if not self._partial or not commits:
                raise
        self.fetch(commits, have=None)
        return walk([self._tree(end) for end in ends])

    def _tree(self, end: str) -> str | None:
        if end == self.empty_tree:
            return None
        return self.commit(end).tree if self.objects.has_commit(end) else end

    def _rev_parse(self, *arguments: str) -> list[str]:
        return self._clone("rev-parse", *arguments).split("\n")[:-1]

    def _clone(self, *arguments: str) -> str:
        """Runs a command that only looks up paths, names and settings of the clone itself."""
        return run_git([*_CLONE_CONFIG, *arguments], self._environ, self._folder).decode("utf-8", "surrogateescape")

    def _make_private_git_dir(self, objects: str, shallow: Path) -> None:
        """The least that git takes for a repository, with the clone's objects as its alternates."""
        (self._git_dir / "objects" / "info").mkdir(parents=True)
        (self._git_dir / "refs").mkdir()
        (self._git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self._git_dir / "config").write_text(self._config)
        (self._git_dir / "objects" / "info" / "alternates").write_text(f"{objects}\n", errors="surrogateescape")
        if shallow.is_file():
            (self._git_dir / "shallow").write_bytes(shallow.read_bytes())
