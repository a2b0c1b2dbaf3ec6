import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wedata_action.tencent import signature
from wedata_sandbox.authorization import parse

SECRET_ID = "AKIDexample"
SECRET_KEY = "not-a-secret"
HEADERS = {"content-type": "application/json; charset=utf-8", "host": "127.0.0.1:1", "x-tc-action": "ListTaskVersions"}
FORM = "TC3-HMAC-SHA256 Credential=AKID/2025-08-27/wedata/tc3_request, SignedHeaders=content-type;host, Signature=" + (
    "0" * 64
)


@settings(deadline=None)
@given(
    key=st.text(min_size=1),
    body=st.binary(),
    timestamp=st.integers(min_value=0, max_value=4_000_000_000),
    charset=st.sampled_from(["", "; charset=utf-8", "; charset=UTF-8"]),
)
def test_what_the_client_signs_is_accepted_and_any_other_body_is_not(
    key: str, body: bytes, timestamp: int, charset: str
) -> None:
    headers = {"content-type": f"application/json{charset}", "host": "127.0.0.1:1"}
    header = signature.authorization(
        SECRET_ID,
        key,
        service="wedata",
        host=headers["host"],
        content_type=headers["content-type"],
        body=body,
        timestamp=timestamp,
    )
    parts = parse(header)
    assert parts is not None
    assert parts.signed_by(key, timestamp, headers, body)
    assert not parts.signed_by(key, timestamp, headers, body + b" ")
    assert not parts.signed_by(key + "x", timestamp, headers, body)
    assert not parts.signed_by(key, timestamp + 1, headers, body)


def test_a_signed_action_enters_in_lower_case() -> None:
    canonical = (
        "POST\n/\n\ncontent-type:application/json; charset=utf-8\nhost:127.0.0.1:1\nx-tc-action:listtaskversions\n\n"
        f"content-type;host;x-tc-action\n{hashlib.sha256(b'{}').hexdigest()}"
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = b"TC3" + SECRET_KEY.encode()
    for part in (b"2025-08-27", b"wedata", b"tc3_request"):
        key = hmac.digest(key, part, "sha256")
    text = f"TC3-HMAC-SHA256\n1756277312\n2025-08-27/wedata/tc3_request\n{digest}"
    signed = hmac.digest(key, text.encode(), "sha256").hex()
    parts = parse(FORM.replace("host", "host;x-tc-action").replace("0" * 64, signed))
    assert parts is not None
    assert parts.signed_by(SECRET_KEY, 1756277312, HEADERS, b"{}")
    assert not parts.signed_by(SECRET_KEY, 1756277312, HEADERS | {"x-tc-action": "GetTaskVersion"}, b"{}")
    assert not parts.signed_by(SECRET_KEY, 1756277312, {"content-type": "x", "host": "y"}, b"{}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("TC3-HMAC-SHA256", "TC3-HMAC-SHA1"),
        ("Credential=AKID/", "Credential=/"),
        ("2025-08-27", "20250827"),
        ("tc3_request", "tc2_request"),
        (", SignedHeaders", " SignedHeaders"),
        ("content-type;host", "host;content-type"),
        ("content-type;host", "host"),
        ("content-type;host", "content-type;host;host"),
        ("content-type;host", "Content-Type;Host"),
        ("0" * 64, "0" * 63),
        ("0" * 64, "F" * 64),
        (FORM, FORM + "\n"),
        (FORM, "SKIP"),
        (FORM, ""),
    ],
)
def test_any_other_form_is_no_authorization(old: str, new: str) -> None:
    assert parse(FORM) is not None
    assert old in FORM
    assert parse(FORM.replace(old, new)) is None
