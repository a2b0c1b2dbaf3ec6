"""RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2), the RS256 of JSON Web Tokens, with nothing but Python's integers.

For the sandbox alone: `pow` takes a time that depends on the key, which a service that others can measure must not.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

BITS: Final = 2048
EXPONENT: Final = 65537
_ROUNDS: Final = 16  # of Miller-Rabin, for random candidates of 1024 bits
_DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")  # SHA-256, RFC 8017, 9.2
_SMALL_PRIMES: Final = tuple(n for n in range(3, 1000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A modulus and an exponent."""

    modulus: int
    exponent: int

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is that of `message` under this key; the whole encoded message is compared."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature)
        if len(signature) != size or number >= self.modulus:
            return False
        return hmac.compare_digest(pow(number, self.exponent, self.modulus).to_bytes(size), _encoded(message, size))


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs."""

    public: PublicKey
    exponent: int = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`."""
        size = (self.public.modulus.bit_length() + 7) // 8
        return pow(int.from_bytes(_encoded(message, size)), self.exponent, self.public.modulus).to_bytes(size)


@functools.cache
def process_key() -> PrivateKey:
    """A random key of 2048 bits, made when it is first needed: half a second. The same for the whole process."""
    while True:
        p, q = _prime(BITS // 2), _prime(BITS // 2)
        order = (p - 1) * (q - 1)
        if p != q and order % EXPONENT:
            return PrivateKey(PublicKey(p * q, EXPONENT), pow(EXPONENT, -1, order))


def _encoded(message: bytes, size: int) -> bytes:
    """EMSA-PKCS1-v1_5."""
    tail = b"\x00" + _DIGEST_INFO + hashlib.sha256(message).digest()
    return b"\x00\x01".ljust(size - len(tail), b"\xff") + tail


def _prime(bits: int) -> int:
    while True:
        # With the two highest bits set, the product of two has twice the bits.
        candidate = secrets.randbits(bits) | 3 << (bits - 2) | 1
        if is_prime(candidate):
            return candidate


def is_prime(number: int) -> bool:
    """Whether an odd number above a million is a prime: surely if not, all but surely if so."""
    if any(number % prime == 0 for prime in _SMALL_PRIMES):
        return False
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> twos
    return all(_passes(number, secrets.randbelow(number - 3) + 2, odd, twos) for _ in range(_ROUNDS))


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False
