"""Secrets are hidden in every form in which a server or a library writes them."""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.builders import failure, outcome
from wedata_action.errors import Location, Reason
from wedata_action.report.secrets import Secrets

SECRET = 'Ab+/= "é<%9secret'
TOKEN = "AbCdEf0123456789/tokenPart+AbCdEf0123456789tail=="

many = settings(max_examples=500, deadline=None)
hostile_secrets = st.text(st.characters(codec="utf-8"), min_size=12, max_size=40).filter(lambda secret: secret.strip())
plain_secrets = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=12, max_size=40)
Encoder = Callable[[str], str]


def each(encode: Encoder, kept: str = "") -> Encoder:
    """Encodes every character but ASCII letters and digits, as most libraries do."""
    return lambda text: "".join(
        char if (char.isascii() and char.isalnum()) or char in kept else encode(char) for char in text
    )


def utf_16(char: str, form: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(form.format(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2))


NAMED = {"&": "&amp;", "/": "&sol;", "+": "&plus;", "=": "&equals;", "<": "&lt;", '"': "&quot;", "%": "&percnt;"}
ENCODERS: dict[str, Encoder] = {
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes kept": quote,
    "lower-case percent": each(lambda char: "".join(f"%{byte:02x}" for byte in char.encode())),
    "form": quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not ASCII": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON of Gson": each(lambda char: utf_16(char, "\\u{:04x}")),
    "JSON in upper case": each(lambda char: utf_16(char, "\\u{:04X}")),
    "HTML": html.escape,
    "HTML, decimal": each(lambda char: f"&#{ord(char)};"),
    "HTML, hexadecimal": each(lambda char: f"&#x{ord(char):X};"),
    "HTML, named": lambda text: "".join(NAMED.get(char, char) for char in text),
}


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
@pytest.mark.parametrize("secret", [SECRET, TOKEN])
def test_an_encoded_secret_is_replaced_and_nothing_around_it(encode: Encoder, secret: str) -> None:
    assert Secrets([secret]).hide(f"<b>{encode(secret)}</b> 5% &amp; \\n") == "<b>***</b> 5% &amp; \\n"


@many
@given(hostile_secrets, st.text(max_size=5), st.text(max_size=5))
def test_a_secret_is_hidden_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    secrets = Secrets([secret])
    raw = secret.encode()
    forms = (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        html.escape(secret),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
    )
    for form in forms:
        assert "***" in secrets.hide(f"{before}{form}{after}")


@many
@given(plain_secrets, st.sampled_from([*ENCODERS.values()]), st.sampled_from([*ENCODERS.values()]))
def test_a_secret_that_is_encoded_twice_is_hidden(secret: str, inner: Encoder, outer: Encoder) -> None:
    assert Secrets([secret]).hide(f'"{outer(inner(secret))}"') == '"***"'


@many
@given(st.text(max_size=40), st.sampled_from([*ENCODERS.values()]))
def test_text_without_a_secret_stays_as_it_is(text: str, encode: Encoder) -> None:
    written = text + encode(text)
    assert Secrets(["another-secret/of=this&run"]).hide(written) == written


@many
@given(st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_within_a_longer_base64_text_is_hidden(before: bytes, after: bytes) -> None:
    shown = Secrets([SECRET]).hide(base64.b64encode(before + SECRET.encode() + after).decode())
    assert "***" in shown
    assert len(shown) < 24


def test_nothing_else_is_hidden() -> None:
    secrets = Secrets([SECRET, "", " "])
    assert secrets.hide("a plain text, *** and all") == "a plain text, *** and all"
    assert Secrets().hide("x") == "x"


def test_the_longest_form_wins_and_each_line_of_a_secret_counts() -> None:
    assert Secrets(["abcd", "abcdefgh"]).hide("abcdefgh abcdx") == "*** ***x"
    assert Secrets(["first line\nsecond line"]).hide("the second line\n}") == "the ***\n}"


def test_a_secret_that_is_added_later_is_hidden_from_then_on() -> None:
    secrets = Secrets(["first-secret"])
    threads = [threading.Thread(target=secrets.add, args=(f"secret-number-{number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert secrets.hide(" ".join(f"secret-number-{number}" for number in range(20))) == " ".join(["***"] * 20)


def test_every_text_of_a_result_is_hidden_and_nothing_else_changes() -> None:
    dirty = failure(
        outcome("1", message="key hunter22", location=Location("hunter22.yml", 7)), message="hunter22 refused"
    )
    clean = failure(outcome("1", message="key ***", location=Location("***.yml", 7)), message="*** refused")
    assert Secrets(["hunter22"]).hide_in(dirty) == clean
    assert Secrets(["rejected"]).hide_in(dirty).failure_reason is Reason.REJECTED
