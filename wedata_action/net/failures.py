"""Why a connection or an answer failed, in short words.

The texts of `requests` name objects, whole addresses, and a proxy with its password.
"""

from __future__ import annotations

import http.client
import re
import ssl

import requests
import urllib3.exceptions

# The first that fits. An exception's own words are used only where no address can be in them.
_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (urllib3.exceptions.LocationValueError, requests.exceptions.InvalidURL),
        "the address, or the address of a proxy in the environment, is malformed",
    ),
    ((TimeoutError, urllib3.exceptions.TimeoutError), "timed out"),
    ((http.client.RemoteDisconnected,), "the connection was closed"),
    ((http.client.IncompleteRead,), "the answer broke off"),
    ((http.client.HTTPException,), "the answer is not HTTP"),
)


def words_of(error: BaseException) -> str:
    """The innermost cause of an exception of `requests`."""
    while (inner := _inner(error)) is not None:
        error = inner
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "TLS failed: " + re.sub(r"^\[.*?\] | \(_ssl.*", "", error.strerror or str(error))
    for types, words in _WORDS:
        if isinstance(error, types):
            return words
    if isinstance(error, OSError):
        text = (error.strerror or str(error)).rstrip(".")
        return text[:1].lower() + text[1:]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()


def _inner(error: BaseException) -> BaseException | None:
    causes = (getattr(error, "reason", None), error.__cause__, *reversed(error.args))
    return next((cause for cause in causes if isinstance(cause, BaseException)), None)
