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

from tests.changes.finding import find
from tests.support.repositories import commit, init
from wedata_action.changes.fingerprint import content_digest

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("fingerprints.json").read_text(encoding="utf-8"))


def content(source: dict[str, str]) -> bytes:
    return source["text"].encode() if "text" in source else bytes.fromhex(source["hex"])


def digest_by_hand(data: bytes) -> str:
    if b"\0" not in data[:8000]:
        data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest()


def canonical_by_hand(vector: dict[str, Any]) -> str:
    values = {key: value for key, value in vector["task"].items() if key not in ("task_id", "name", "project_id")}
    if vector["sources"]:
        paths = sorted(vector["sources"], key=str.encode)
        values["source_digests"] = [digest_by_hand(content(vector["sources"][path])) for path in paths]
    for code in vector.get("code", {}).values():
        values["code_digest"] = digest_by_hand(content(code))
    pairs = [
        f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in sorted(values.items())
    ]
    return "{" + ",".join(pairs) + "}"


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["what"] for vector in VECTORS])
def test_the_published_vectors_hold(vector: dict[str, Any], tmp_path: Path) -> None:
    globs = [f"../{path}" for path in vector["sources"]]
    codes = vector.get("code", {})
    code = next((f"../{path}" for path in codes), None)
    definition = json.dumps({**vector["task"], "project_id": "p", "sources": globs, "code": code}).encode()
    files = {path: content(source) for path, source in {**vector["sources"], **codes}.items()}
    head = commit(init(tmp_path), {"wedata/task.json": definition, **files})
    [task] = find(tmp_path, None, head, globs=["wedata/task.json"]).changed
    assert task.fingerprint == vector["fingerprint"]
    assert vector["canonical"] == canonical_by_hand(vector)
    assert vector["fingerprint"] == hashlib.sha256(vector["canonical"].encode()).hexdigest()


def test_no_two_vectors_have_the_same_fingerprint_but_those_that_say_so() -> None:
    different = [vector["fingerprint"] for vector in VECTORS if not vector["what"].endswith("the same")]
    assert len(set(different)) == len(different)


def test_sources_are_ordered_by_their_bytes_where_they_are_not_utf8(tmp_path: Path) -> None:
    files: dict[str | bytes, str] = {b"wedata/\xff.sql": "1", "wedata/\U0001f469.sql": "2"}
    head = commit(init(tmp_path), {"wedata/a.yml": "task_id: a\nsources: ['*.sql']", **files})
    [task] = find(tmp_path, None, head).changed
    digests = ",".join(f'"{hashlib.sha256(text).hexdigest()}"' for text in (b"2", b"1"))
    assert task.fingerprint == hashlib.sha256(f'{{"source_digests":[{digests}]}}'.encode()).hexdigest()


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Contents around the 8,000 bytes in which git looks for a NUL, rich in line ends and BOMs."""
    pieces = st.sampled_from([b"\r", b"\n", b"\r\n", b"\0", b"a", b"\xff", b"\xef\xbb\xbf"])
    start = draw(st.sampled_from([0, 10, 7990, 7998, 7999, 8000]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + b"x" * start + b"".join(draw(st.lists(pieces, max_size=12)))


@given(texts(), st.lists(st.integers(0, 8020), max_size=6))
def test_the_digest_does_not_depend_on_how_the_content_is_cut(text: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(text)]
    chunks = [text[start:end] for start, end in itertools.pairwise(edges)]
    assert content_digest(chunks) == digest_by_hand(text)


@given(texts())
def test_single_bytes_give_the_same_digest(text: bytes) -> None:
    assert content_digest(text[index : index + 1] for index in range(len(text))) == content_digest([text])
