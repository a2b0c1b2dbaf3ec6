"""TC3-HMAC-SHA256, the signature of Tencent Cloud's API 3.0 (documentation page 555/30750).

Pure functions, which the tests compare with the published vector and with the official SDK.
"""

from __future__ import annotations

import hashlib
import hmac
import time

ALGORITHM = "TC3-HMAC-SHA256"


def authorization(
    secret_id: str, secret_key: str, *, service: str, host: str, content_type: str, body: bytes, timestamp: int
) -> str:
    """The `Authorization` header of a POST of `body` to `/`; `timestamp` in Unix seconds.

    Everything that is signed is an argument, hence their number.
    """
    signed_headers = "content-type;host"
    headers = f"content-type:{content_type}\nhost:{host}\n"
    canonical_request = f"POST\n/\n\n{headers}\n{signed_headers}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{utc_date(timestamp)}/{service}/tc3_request"
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    key = f"TC3{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"


def utc_date(timestamp: int) -> str:
    """The UTC date of `timestamp` as the credential scope writes it: `2019-02-25`."""
    return time.strftime("%Y-%m-%d", time.gmtime(timestamp))
