"""TC3-HMAC-SHA256, the signature of Tencent Cloud's API 3.0 (documentation page 555/30750).

Pure functions. The sandbox verifies requests with them; the tests compare them with the published vector and with the
official SDK.
"""

from __future__ import annotations

import hashlib
import hmac
import time

ALGORITHM = "TC3-HMAC-SHA256"
SIGNED_HEADERS = "content-type;host"


def signature(secret_key: str, *, service: str, host: str, content_type: str, body: bytes, timestamp: int) -> str:
    """The hexadecimal signature of a POST of `body` to `/`; `timestamp` in Unix seconds."""
    date = utc_date(timestamp)
    canonical_request = "\n".join(
        (
            "POST",
            "/",
            "",
            f"content-type:{content_type}\nhost:{host}\n",
            SIGNED_HEADERS,
            hashlib.sha256(body).hexdigest(),
        )
    )
    string_to_sign = "\n".join(
        (
            ALGORITHM,
            str(timestamp),
            f"{date}/{service}/tc3_request",
            hashlib.sha256(canonical_request.encode()).hexdigest(),
        )
    )
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, string_to_sign.encode(), "sha256").hex()


def authorization(
    secret_id: str,
    secret_key: str,
    *,
    service: str,
    host: str,
    content_type: str,
    body: bytes,
    timestamp: int,
) -> str:
    """The value of the `Authorization` header for such a request."""
    signed = signature(
        secret_key, service=service, host=host, content_type=content_type, body=body, timestamp=timestamp
    )
    scope = f"{utc_date(timestamp)}/{service}/tc3_request"
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signed}"


def utc_date(timestamp: int) -> str:
    """The UTC date of `timestamp` as the credential scope writes it: `2019-02-25`."""
    return time.strftime("%Y-%m-%d", time.gmtime(timestamp))
