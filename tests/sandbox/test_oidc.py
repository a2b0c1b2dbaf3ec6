import base64
from typing import Any

import pytest

from wedata_sandbox import oidc
from wedata_sandbox.oidc import TokenError

KEYS = oidc.key_set(oidc.process_key())


def claims(**changed: Any) -> dict[str, Any]:
    return oidc.Job("octocat/warehouse", changed=changed).claims("https://issuer.example", "client", 1000)


def test_a_token_is_valid_in_its_time_only() -> None:
    token = oidc.signed(claims(), oidc.process_key())
    for now in (400, 1000, 1299):
        assert oidc.verified(token, KEYS, now)["sub"] == "repo:octocat/warehouse:ref:refs/heads/main"
    for now in (399, 1300):
        with pytest.raises(TokenError, match="time"):
            oidc.verified(token, KEYS, now)


def test_a_token_that_was_touched_is_refused() -> None:
    header, body, signature = oidc.signed(claims(), oidc.process_key()).split(".")
    _, other, _ = oidc.signed(claims(sub="repo:evil/evil:ref:refs/heads/main"), oidc.process_key()).split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"sandbox"}').decode().rstrip("=")
    for token in (
        f"{header}.{other}.{signature}",
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        f"{header}.{body}.{signature[:-8]}",
        f"{header}.{body}",
        "",
        "..",
        "not a token",
        "\ud800",
    ):
        with pytest.raises(TokenError):
            oidc.verified(token, KEYS, 1000)
    with pytest.raises(TokenError, match="no known key"):
        oidc.verified(oidc.signed(claims(), oidc.new_key()), KEYS, 1000)


def test_without_an_audience_the_token_is_for_the_owner() -> None:
    assert oidc.Job("octocat/warehouse").claims("https://issuer.example", "", 0)["aud"] == "https://github.com/octocat"
