"""The sandbox's RS256, against the vector of RFC 7515 (appendix A.2) and against OpenSSL."""

import base64
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from wedata_sandbox import oidc
from wedata_sandbox.oidc import TokenError
from wedata_sandbox.rsa import BITS, PrivateKey, PublicKey, is_prime, process_key

# The key, the signing input and the signature of RFC 7515, A.2.1.
N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"
    "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
    "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
D = (
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0"
    "BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYT"
    "CBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"
)
SIGNED = (
    b"eyJhbGciOiJSUzI1NiJ9"
    b".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
    "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e"
    "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
ISSUER = "https://issuer.example"


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


RFC_KEY = PrivateKey(PublicKey(int.from_bytes(decoded(N)), 65537), int.from_bytes(decoded(D)))


def test_the_published_vector_is_signed_and_verified() -> None:
    assert RFC_KEY.sign(SIGNED) == decoded(SIGNATURE)
    assert RFC_KEY.public.verifies(decoded(SIGNATURE), SIGNED)


@pytest.mark.parametrize(
    "signature",
    [b"", b"\x00" * 256, b"\xff" * 256, decoded(SIGNATURE)[:-1], decoded(SIGNATURE) + b"\x00", b"\x00" * 255 + b"\x01"],
    ids=len,
)
def test_another_signature_is_refused(signature: bytes) -> None:
    assert not RFC_KEY.public.verifies(signature, SIGNED)
    assert not RFC_KEY.public.verifies(decoded(SIGNATURE), SIGNED + b"x")
    assert not process_key().public.verifies(decoded(SIGNATURE), SIGNED)


def test_the_key_of_a_process_is_made_once_and_in_time() -> None:
    started = time.monotonic()
    key = process_key()
    assert time.monotonic() - started < 10  # half a second where nobody else is at work
    assert key is process_key()
    assert key.public.modulus.bit_length() == BITS
    assert "exponent=65537" in repr(key)
    assert str(key.exponent) not in repr(key)


def test_primes_are_told_from_what_passes_for_them() -> None:
    assert is_prime(2**521 - 1)
    assert not is_prime((2**521 - 1) * (2**127 - 1))
    # 1590231231043178376951698401 is a Carmichael number: Fermat's test takes it for a prime.
    assert pow(2, 1590231231043178376951698400, 1590231231043178376951698401) == 1
    assert not is_prime(1590231231043178376951698401)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_what_is_signed(tmp_path: Path) -> None:
    token = oidc.signed({"sub": "repo:octocat/warehouse:ref:refs/heads/main"}, process_key())
    text, _, signature = token.rpartition(".")
    (tmp_path / "text").write_bytes(text.encode())
    (tmp_path / "signature").write_bytes(decoded(signature))
    (tmp_path / "key.der").write_bytes(public_key_der(process_key().public))
    arguments = ["-keyform", "DER", "-verify", "key.der", "-signature", "signature", "text"]
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", *arguments], cwd=tmp_path, capture_output=True, timeout=20, check=False
    )
    assert done.stdout == b"Verified OK\n", done.stderr


def public_key_der(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo, RFC 5280."""
    numbers = b"".join(der(2, n.to_bytes(n.bit_length() // 8 + 1)) for n in (key.modulus, key.exponent))
    algorithm = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")) + der(5, b""))
    return der(0x30, algorithm + der(3, b"\x00" + der(0x30, numbers)))


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = (
        bytes([size])
        if size < 128
        else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8)
    )
    return bytes([tag]) + length + content


def claims(**changed: Any) -> dict[str, Any]:
    return oidc.Job("octocat/warehouse", changed=changed).claims(ISSUER, "client", 1000)


KEYS = oidc.key_set(process_key().public)


def test_a_token_is_believed_in_its_time_alone() -> None:
    token = oidc.signed(claims(), process_key())
    for now in (400, 1000, 1299):
        assert oidc.verified(token, KEYS, now)["sub"] == "repo:octocat/warehouse:ref:refs/heads/main"
    for now in (399, 1300):
        with pytest.raises(TokenError, match="time"):
            oidc.verified(token, KEYS, now)


def test_a_token_is_not_believed_once_it_is_touched() -> None:
    header, body, signature = oidc.signed(claims(), process_key()).split(".")
    _, other, _ = oidc.signed(claims(sub="repo:evil/evil:ref:refs/heads/main"), process_key()).split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"sandbox"}').decode().rstrip("=")
    for token in (
        f"{header}.{other}.{signature}",
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        f"{header}.{body}.{signature[:-8]}",
        f"{header}.{body}",
        "",
        "..",
        "no token",
    ):
        with pytest.raises(TokenError):
            oidc.verified(token, KEYS, 1000)
    with pytest.raises(TokenError, match="signature"):
        oidc.verified(oidc.signed(claims(), RFC_KEY), KEYS, 1000)


def test_the_audience_that_nobody_asks_for_is_the_owner() -> None:
    assert oidc.Job("octocat/warehouse").claims(ISSUER, "", 0)["aud"] == "https://github.com/octocat"
