"""The fingerprint of a task's content. Versions in WeData carry it, so it is frozen within a major version.

`docs/reference/fingerprint.md` specifies it, and `tests/changes/fingerprints.json` holds the published test vectors.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterable, Sequence

from wedata_action.task import Task

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_BINARY_PROBE = 8000  # like git, which calls a file binary if it has a NUL among so many bytes


def fingerprint(task: Task, source_digests: Sequence[str] = ()) -> str:
    """SHA-256, in hexadecimal, of one JSON object: what the definition says, its code, and the content of its sources.

    The task's `code` is resolved. `source_digests` has the `content_digest` of each file that `sources` match, in the
    order of the files' paths.
    """
    content = {"version_remark": task.version_remark, "folder_id": task.folder_id, **task.options._asdict()}
    given = {key: value for key, value in content.items() if value is not None}
    if task.code:
        given["code_digest"] = task.code.digest
    if source_digests:
        given["source_digests"] = source_digests
    return hashlib.sha256(_encode(given).encode()).hexdigest()


def content_digest(chunks: Iterable[bytes]) -> str:
    """SHA-256 of a file's content, in hexadecimal; without a BOM and with LF for CRLF, unless the file is binary.

    A file is binary if it has a NUL among its first 8,000 bytes. The content may be of any size.
    """
    hashed = hashlib.sha256()
    pending = b""
    binary: bool | None = None
    for chunk in chunks:
        pending += chunk
        if binary is None:
            if len(pending) < _BINARY_PROBE:
                continue
            binary, pending = _probed(pending)
        kept = b"\r" if not binary and pending.endswith(b"\r") else b""
        ready = pending[: len(pending) - len(kept)]
        hashed.update(ready if binary else ready.replace(b"\r\n", b"\n"))
        pending = kept
    hashed.update(normalized(pending) if binary is None else pending)
    return hashed.hexdigest()


def normalized(content: bytes) -> bytes:
    """What the digest of a whole content is taken of."""
    binary, content = _probed(content)
    return content if binary else content.replace(b"\r\n", b"\n")


def _probed(start: bytes) -> tuple[bool, bytes]:
    """Whether the file is binary, and its start without a BOM if it is not."""
    binary = b"\0" in start[:_BINARY_PROBE]
    return binary, start if binary else start.removeprefix(codecs.BOM_UTF8)
