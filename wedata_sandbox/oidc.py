"""GitHub's OIDC service: tokens for a job, and the keys and the document by which others verify them.

The claims are those of GitHub's documentation, "OpenID Connect reference", and so are the times: a token is good from
ten minutes before it is made until five minutes after.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wedata_sandbox.rsa import PrivateKey, PublicKey

KEY_ID: Final = "sandbox"
BEFORE, AFTER = 600, 300  # seconds


class TokenError(Exception):
    """A token that must not be believed, and why."""


@dataclass(frozen=True, slots=True)
class Job:
    """The job that tokens are for, as far as the claims tell it."""

    repository: str = "example/warehouse"
    ref: str = "refs/heads/main"
    sha: str = "0" * 40
    run_id: str = "1"
    event_name: str = "push"
    changed: Mapping[str, Any] = field(default_factory=dict)

    def claims(self, issuer: str, audience: str, now: int) -> dict[str, Any]:
        """The claims of a token made at `now`; those in `changed` go over them. No audience: the owner's address."""
        owner = self.repository.partition("/")[0]
        workflow = f"{self.repository}/.github/workflows/wedata.yml@{self.ref}"
        return {
            "jti": str(uuid.uuid4()),
            "sub": f"repo:{self.repository}:ref:{self.ref}",
            "aud": audience or f"https://github.com/{owner}",
            "ref": self.ref,
            "sha": self.sha,
            "repository": self.repository,
            "repository_id": "1000",
            "repository_owner": owner,
            "repository_owner_id": "100",
            "repository_visibility": "private",
            "run_id": self.run_id,
            "run_number": "1",
            "run_attempt": "1",
            "runner_environment": "github-hosted",
            "actor": owner,
            "actor_id": "100",
            "workflow": "WeData",
            "workflow_ref": workflow,
            "workflow_sha": self.sha,
            "job_workflow_ref": workflow,
            "job_workflow_sha": self.sha,
            "head_ref": "",
            "base_ref": "",
            "event_name": self.event_name,
            "ref_type": "branch",
            "ref_protected": "true",
            "iss": issuer,
            "nbf": now - BEFORE,
            "iat": now,
            "exp": now + AFTER,
            **self.changed,
        }


def signed(claims: Mapping[str, Any], key: PrivateKey) -> str:
    """A JSON Web Token of these claims, RS256."""
    header = {"typ": "JWT", "alg": "RS256", "kid": KEY_ID}
    text = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{text}.{_encode(key.sign(text.encode()))}"


def verified(token: str, keys: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The claims of a token that a key of the JWK set `keys` has signed, and whose time it is; else `TokenError`."""
    try:
        text, _, signature = token.rpartition(".")
        header, claims = (json.loads(_decode(part)) for part in text.split("."))
        key = next(_public_key(key) for key in keys["keys"] if key["kid"] == header["kid"])
        genuine = header["alg"] == "RS256" and key.verifies(_decode(signature), text.encode())
    except (ValueError, TypeError, KeyError, StopIteration):
        raise TokenError("it is no token of a key that is known") from None
    if not genuine:
        raise TokenError("its signature is not genuine")
    if not claims["nbf"] <= now < claims["exp"]:
        raise TokenError("it is not its time, or no longer")
    return dict(claims)


def key_set(key: PublicKey) -> dict[str, Any]:
    """The JWK set (RFC 7517) of one key."""
    numbers = {name: _encode_number(number) for name, number in (("n", key.modulus), ("e", key.exponent))}
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, **numbers}]}


def discovery(issuer: str) -> dict[str, Any]:
    """The document at `/.well-known/openid-configuration` of an issuer."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks",
        "subject_types_supported": ["public", "pairwise"],
        "response_types_supported": ["id_token"],
        "claims_supported": sorted(Job().claims(issuer, "", 0)),
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
    }


def _public_key(key: Mapping[str, str]) -> PublicKey:
    return PublicKey(int.from_bytes(_decode(key["n"])), int.from_bytes(_decode(key["e"])))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _encode_number(number: int) -> str:
    return _encode(number.to_bytes((number.bit_length() + 7) // 8))


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
