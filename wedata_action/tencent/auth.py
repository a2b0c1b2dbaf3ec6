"""What proves to Tencent Cloud who sends a request."""

from __future__ import annotations

import requests

from wedata_action.clock import Clock
from wedata_action.net.exchange import Auth
from wedata_action.tencent.credentials import Credentials
from wedata_action.tencent.signature import authorization

_SERVICE = "wedata"
_SKIP = "SKIP"  # the Authorization of AssumeRoleWithWebIdentity (page 1150/49454)


def tc3(keys: Credentials | None, body: bytes, clock: Clock) -> Auth:
    """Signs `body` with `keys` when the request is sent; without keys it says that nothing is signed."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        timestamp = int(clock.now())
        request.headers["X-TC-Timestamp"] = str(timestamp)
        if keys is None:
            request.headers["Authorization"] = _SKIP
            return request
        if keys.token:
            request.headers["X-TC-Token"] = keys.token
        request.headers["Authorization"] = authorization(
            keys.secret_id,
            keys.secret_key,
            service=_SERVICE,
            host=request.headers["Host"],
            content_type=request.headers["Content-Type"],
            body=body,
            timestamp=timestamp,
        )
        return request

    return sign
