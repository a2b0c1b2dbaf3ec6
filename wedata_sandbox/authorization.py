"""The Authorization header of TC3-HMAC-SHA256: parsed strictly, and its signature computed anew.

The signature covers the headers that the client chose to sign, so it is rebuilt here from the received request and
not by the client's own function; the official SDK proves it in the tests (documentation page 555/30750).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wedata_action.tencent.signature import ALGORITHM

_FORM: Final = re.compile(
    re.escape(ALGORITHM) + r" Credential=(?P<secret_id>[^/,\s]+)/(?P<date>\d{4}-\d{2}-\d{2})/(?P<service>[a-z0-9]+)"
    r"/tc3_request, SignedHeaders=(?P<signed>[a-z0-9-]+(?:;[a-z0-9-]+)*), Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_REQUIRED: Final = frozenset(("content-type", "host"))


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of the header. `date` as in `2019-02-25`; `signed_headers` in lower case and sorted."""

    secret_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    def signed_by(self, secret_key: str, timestamp: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the signature is this key's for a POST to `/`; the names of `headers` are in lower case."""
        if any(name not in headers for name in self.signed_headers):
            return False
        lines = "".join(f"{name}:{_canonical(name, headers[name])}\n" for name in self.signed_headers)
        payload = hashlib.sha256(body).hexdigest()
        canonical_request = f"POST\n/\n\n{lines}\n{';'.join(self.signed_headers)}\n{payload}"
        scope = f"{self.date}/{self.service}/tc3_request"
        digest = hashlib.sha256(canonical_request.encode()).hexdigest()
        key = f"TC3{secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        string_to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
        expected = hmac.digest(key, string_to_sign.encode(), "sha256").hex()
        return hmac.compare_digest(expected, self.signature)


def parse(header: str) -> Authorization | None:
    """The parts of an Authorization header, or None if it has another form."""
    match = _FORM.fullmatch(header)
    if not match:
        return None
    signed = tuple(match["signed"].split(";"))
    if signed != tuple(sorted(set(signed))) or not _REQUIRED.issubset(signed):
        return None
    return Authorization(match["secret_id"], match["date"], match["service"], signed, match["signature"])


def _canonical(name: str, value: str) -> str:
    # Content-Type and Host enter as they are sent; the pages that sign x-tc-action want its value in lower case.
    return value if name in _REQUIRED else value.strip().lower()
