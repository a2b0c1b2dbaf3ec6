"""The code files of a run as git has them."""

from __future__ import annotations

import codecs
import hashlib
import threading
from collections.abc import Callable, Iterator

from wedata_action.code_text import code_digest, without_bom
from wedata_action.errors import Reason, RunError
from wedata_action.git import GitError, Repository

HasBlob = Callable[[str], bool]
"""Whether GitHub has a blob of this id in the repository. May raise `GitHubError`."""


class Files:
    """Reads and recognises contents. Safe to share between threads; keeps no content."""

    def __init__(self, repository: Repository, has_blob: HasBlob | None) -> None:
        """`has_blob` is asked where the clone, which may be shallow, doesn't have it."""
        self._repository = repository
        self._has_blob = has_blob
        self._lock = threading.Lock()  # one `git cat-file` answers one question at a time
        self._digests: dict[str, bytes] = {}

    def read(self, blob: str) -> bytes:
        """The content of a file without its byte order mark: what is written to WeData. Raises `RunError`."""
        try:
            with self._lock:
                [content] = self._repository.objects.read([blob])
        except GitError as error:
            message = f"the file of a task's code could be read from the clone, and now cannot: {error}"
            raise RunError(Reason.INTERNAL, message) from error
        return without_bom(content)

    def digest(self, blob: str) -> bytes:
        """The `code_digest` of a file."""
        if blob not in self._digests:
            self._digests[blob] = code_digest(self.read(blob))
        return self._digests[blob]

    def knows(self, code: bytes) -> bool:
        """Whether the repository has this code as a blob, in the clone or on GitHub.

        Raises `GitHubError` and `RunError`.
        """
        ids = list(dict.fromkeys(map(self._blob_id, _variants(code))))
        try:
            with self._lock:
                if self._repository.objects.has_any(ids):
                    return True
        except GitError as error:
            message = f"the clone could be read, and now cannot tell whether it has WeData's draft: {error}"
            raise RunError(Reason.INTERNAL, message) from error
        return self._has_blob is not None and any(map(self._has_blob, ids))

    def _blob_id(self, content: bytes) -> str:
        return hashlib.new(self._repository.object_format, b"blob %d\0" % len(content) + content).hexdigest()


def _variants(code: bytes) -> Iterator[bytes]:
    """How git may have a code: as it is, with or without a newline at its end, with LF or CRLF, and with a BOM."""
    bare = code.replace(b"\r\n", b"\n").rstrip(b"\n")
    for text in (code, bare + b"\n", bare):
        for variant in (text, text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
            yield variant
            yield codecs.BOM_UTF8 + variant
