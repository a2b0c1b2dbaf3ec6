"""The fingerprint is kept in WeData, so it may not change: published vectors, and any way to cut a content."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_action.changes.fingerprint import content_digest, fingerprint

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("fingerprints.json").read_text(encoding="utf-8"))


def content(source: dict[str, str]) -> bytes:
    return source["text"].encode() if "text" in source else bytes.fromhex(source["hex"])


def by_hand(vector: dict[str, Any]) -> str:
    pairs = [
        f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False)}" for key, value in sorted(vector["entry"].items())
    ]
    text = ("{" + ",".join(pairs) + "}").encode()
    for path, source in sorted(vector["sources"].items(), key=lambda item: item[0].encode()):
        data = content(source)
        read = data if b"\0" in data[:8000] else data.replace(b"\r\n", b"\n")
        text += b"\0" + path.encode() + b"\0" + hashlib.sha256(read).hexdigest().encode()
    return hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["what"] for vector in VECTORS])
def test_the_published_vectors_hold(vector: dict[str, Any]) -> None:
    sources = [(path, content_digest([content(source)])) for path, source in vector["sources"].items()]
    assert fingerprint(vector["entry"], sources) == vector["fingerprint"] == by_hand(vector)
    assert fingerprint(dict(reversed(vector["entry"].items())), reversed(sources)) == vector["fingerprint"]


def test_no_two_vectors_have_the_same_fingerprint_but_those_that_say_so() -> None:
    different = [vector["fingerprint"] for vector in VECTORS if not vector["what"].endswith("the same")]
    assert len(set(different)) == len(different)


def test_a_path_that_is_not_utf8_has_a_fingerprint() -> None:
    expected = hashlib.sha256(b'{"TaskId":"1"}\0\xff.sql\0' + b"0" * 64).hexdigest()
    assert fingerprint({"TaskId": "1"}, [("\udcff.sql", "0" * 64)]) == expected


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Contents around the 8,000 bytes in which git looks for a NUL, rich in line ends."""
    pieces = st.sampled_from([b"\r", b"\n", b"\r\n", b"\0", b"a", b"\xff"])
    start = draw(st.sampled_from([0, 10, 7990, 7998, 7999, 8000]))
    return b"x" * start + b"".join(draw(st.lists(pieces, max_size=12)))


@given(texts(), st.lists(st.integers(0, 8020), max_size=6))
def test_the_digest_does_not_depend_on_how_the_content_is_cut(text: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(text)]
    chunks = [text[start:end] for start, end in itertools.pairwise(edges)]
    read = text if b"\0" in text[:8000] else text.replace(b"\r\n", b"\n")
    assert content_digest(chunks) == hashlib.sha256(read).hexdigest()


@given(texts())
def test_single_bytes_give_the_same_digest(text: bytes) -> None:
    assert content_digest(text[index : index + 1] for index in range(len(text))) == content_digest([text])
