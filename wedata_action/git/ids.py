"""The one test for ids of commits, trees and blobs. Every id from outside passes it before git sees it."""

from __future__ import annotations

import re

_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_object_id(text: str) -> bool:
    """Whether `text` is a full id (SHA-1 or SHA-256) in lower case. Whether the object exists is another question."""
    return _OBJECT_ID.fullmatch(text) is not None
