"""GitHub's OIDC service: tokens for a job, and the keys and the document by which others verify them.

The claims are those of GitHub's documentation, "OpenID Connect reference", and so are the times: a token is good from
ten minutes before it is made until five minutes after.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

KEY_ID: Final = "sandbox"
BEFORE, AFTER = 600, 300  # seconds


class TokenError(Exception):
    """A token that is not valid, and why."""


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
        """The claims of a token made at `now`; those in `changed` override them. No audience: the owner's address."""
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


@functools.cache
def process_key() -> RSAPrivateKey:
    """A key that is made when it is first needed. The same for the whole process: one takes a tenth of a second."""
    return new_key()


def new_key() -> RSAPrivateKey:
    """A random key of 2048 bits."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def signed(claims: Mapping[str, Any], key: RSAPrivateKey) -> str:
    """A JSON Web Token of these claims, RS256."""
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": KEY_ID})


def verified(token: str, keys: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The claims of a token that a key of the JWK set `keys` signed and that is valid `now`; else `TokenError`."""
    try:
        key = jwt.PyJWKSet.from_dict(dict(keys))[jwt.get_unverified_header(token)["kid"]]
        # The times are compared with the sandbox's own clock, and the other claims by those who trust them.
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise TokenError(f"no known key signed it ({error})") from None
    if not claims["nbf"] <= now < claims["exp"]:
        raise TokenError("it is not valid at this time")
    return claims


def key_set(key: RSAPrivateKey) -> dict[str, Any]:
    """The JWK set (RFC 7517) with the public half of `key`."""
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [{**public, "use": "sig", "alg": "RS256", "kid": KEY_ID}]}


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
