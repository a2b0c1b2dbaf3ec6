"""Secrets stay out of what is shown."""

from __future__ import annotations

import base64
import json
from html import escape
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.builders import failure, task
from wedata_action.errors import Location, Reason
from wedata_action.report.redact import redacted, redactor

SECRET = 'Ab+/= "é<%9secret'
hostile_secrets = st.text(st.characters(codec="utf-8"), min_size=12, max_size=40).filter(lambda secret: secret.strip())


@settings(max_examples=500, deadline=None)
@given(hostile_secrets, st.text(max_size=5), st.text(max_size=5))
def test_a_secret_is_hidden_in_every_form(secret: str, before: str, after: str) -> None:
    redact = redactor([secret])
    forms = (
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        escape(secret),
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode(),
    )
    for form in forms:
        assert redact(f"{before}{form}{after}").count("***") >= 1


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_within_a_longer_base64_text_is_hidden(before: bytes, after: bytes) -> None:
    shown = redactor([SECRET])(base64.b64encode(before + SECRET.encode() + after).decode())
    assert "***" in shown
    assert len(shown) < 24


def test_nothing_else_is_hidden() -> None:
    redact = redactor([SECRET, "", " "])
    assert redact("a plain text, *** and all") == "a plain text, *** and all"
    assert redactor([])("x") == "x"


def test_the_longest_form_wins_and_each_line_of_a_secret_counts() -> None:
    assert redactor(["abcd", "abcdefgh"])("abcdefgh abcdx") == "*** ***x"
    assert redactor(["first line\nsecond line"])("the second line\n}") == "the ***\n}"


def test_every_text_of_a_result_is_redacted_and_nothing_else_changes() -> None:
    dirty = failure(task("1", message="key hunter22", location=Location("hunter22.yml", 7)), message="hunter22 refused")
    clean = failure(task("1", message="key ***", location=Location("***.yml", 7)), message="*** refused")
    assert redacted(dirty, redactor(["hunter22"])) == clean
    assert redacted(dirty, redactor(["rejected"])).failure_reason is Reason.REJECTED
