"""Untrusted text in Markdown."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action.github.commands import printable
from wedata_action.report import markdown

many = settings(max_examples=500, deadline=None)


@many
@given(texts)
def test_text_has_no_character_that_means_anything_and_reads_as_it_was(text: str) -> None:
    shown = markdown.text(text)
    assert re.fullmatch(r"(&#\d+;|[^!-/:-@\[-`{-~\x00-\x1f\x7f-\x9f])*", shown)
    assert unescape(shown).replace("\u200b", "") == printable(" ".join(text.split()))


@many
@given(texts)
def test_code_has_only_its_own_tags(text: str) -> None:
    assert re.fullmatch(r"(<code>[^<>|`]+</code>)?", markdown.code(text))


@many
@given(texts)
def test_a_path_in_a_url_is_made_of_harmless_characters_and_keeps_its_bytes(text: str) -> None:
    quoted = markdown.url_path(text)
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]*", quoted)
    if "\ud800" not in text and text.isprintable():
        assert unquote_to_bytes(quoted) == text.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("load orders", "load orders"),
        ("a|b", "a&#124;b"),
        ("@octocat", "&#64;&#8203;octocat"),
        ("owner/a#12", "owner&#47;a&#35;\u200b12"),
        ("Gh-12", "Gh&#45;\u200b12"),
        ("a.yml:100:5", "a&#46;yml&#58;\u200b100&#58;5"),
        ("# 1", "&#35; 1"),
        (" a \n\t b ", "a b"),
        ("任务 💥", "任务 💥"),
        ("\x1b", "&#92;x1b"),
    ],
)
def test_text_by_example(text: str, shown: str) -> None:
    assert markdown.text(text) == shown


@many
@given(texts, st.sampled_from(["@octocat", "octo/cat#12", "GH-12", ":100:", ":+1:"]), texts)
def test_what_github_looks_for_in_the_decoded_text_is_parted(before: str, link: str, after: str) -> None:
    for shown in (markdown.text(f"{before} {link} {after}"), markdown.prose(f"{before} {link} {after}")):
        assert link not in unescape(re.sub("<code>.*?</code>", "", shown))


def test_code_can_be_copied() -> None:
    assert unescape(markdown.prose("#1 `run --id a:b:c#1` :a:")) == "#\u200b1 <code>run --id a:b:c#1</code> :\u200ba:"
    assert unescape(markdown.code("a:b:c#1")) == "<code>a:b:c#1</code>"
    assert unescape(markdown.preformatted("a@b :c: #1")) == '<pre lang="diff">a@b :c: #1</pre>'


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert markdown.text("a" * 50, 10) == "a" * 9 + "…"
    assert markdown.text("a" * 10, 10) == "a" * 10
    assert markdown.lines("a\nb" + "c" * 10, 5) == "a<br>bc…"


def test_a_file_name_that_is_no_utf_8_keeps_its_bytes_in_a_url() -> None:
    assert markdown.url_path(b"a/\xff b#.yml".decode("utf-8", "surrogateescape")) == "a/%FF%20b%23.yml"


def test_lines_keep_their_breaks_and_a_link_needs_a_url() -> None:
    assert markdown.lines("a\n\nb") == "a<br>b"
    assert markdown.link("a", "") == "a"
    assert markdown.link("a", "u") == "[a](u)"
