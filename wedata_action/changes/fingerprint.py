"""What makes a task the same task content: kept in WeData's remarks, so frozen within a major version.

`tests/changes/fingerprints.json` holds the published test vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_BINARY_PROBE = 8000  # bytes that git looks at for a NUL before it calls a file binary


def fingerprint(entry: Mapping[str, str | bool], sources: Iterable[tuple[str, str]] = ()) -> str:
    """SHA-256, in hexadecimal, of an entry and of its sources.

    `entry` holds the keys that are set, shared ones included, under the API's names; `sources` are pairs of a path
    relative to the definition's folder and the `content_digest` of the file. Hashed are the entry as JSON (keys
    sorted, no white space, UTF-8) and then, by path, a NUL, the path, a NUL and the digest of each source.
    """
    hashed = hashlib.sha256(_encode(entry).encode())
    for path, digest in sorted((path.encode("utf-8", "surrogateescape"), digest) for path, digest in sources):
        hashed.update(b"\0" + path + b"\0" + digest.encode())
    return hashed.hexdigest()


def content_digest(chunks: Iterable[bytes]) -> str:
    """SHA-256 of a file's content, in hexadecimal; CRLF counts as LF unless the file is binary.

    Binary is, as for git, what has a NUL among its first 8,000 bytes. The content may be of any size.
    """
    hashed = hashlib.sha256()
    pending = b""
    binary: bool | None = None
    for chunk in chunks:
        pending += chunk
        if binary is None and len(pending) < _BINARY_PROBE:
            continue
        if binary is None:
            binary = b"\0" in pending[:_BINARY_PROBE]
        kept = b"\r" if not binary and pending.endswith(b"\r") else b""
        ready = pending[: len(pending) - len(kept)]
        hashed.update(ready if binary else ready.replace(b"\r\n", b"\n"))
        pending = kept
    if binary is None:
        binary = b"\0" in pending[:_BINARY_PROBE]
    hashed.update(pending if binary else pending.replace(b"\r\n", b"\n"))
    return hashed.hexdigest()
