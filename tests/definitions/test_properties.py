"""Properties of `parse` over files as tools write them, and over texts that nobody would write."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.definitions.reading import given_by
from wedata_action.definitions import parse
from wedata_action.definitions.schema import TABLE
from wedata_action.errors import Location

API_NAMES = {key.name: key.api_name for key in TABLE}

ids = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)
# PyYAML writes these line breaks as they are and reads them back as spaces.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=20)
shared_keys = {
    "project_id": ids,
    "auto_run": st.booleans(),
    "need_check_parent_submitted": st.booleans(),
    "alarm_ways": texts,
    "alarm_recipient_types": texts,
}
task_keys = {
    **shared_keys,
    "name": texts,
    "version_remark": texts,
    "folder_id": ids,
    "sources": st.lists(st.sampled_from(["a.sql", "sql/**/*.sql", "../x/*", "数据/é.sql", "!no", "*"]), max_size=3),
    "code": st.sampled_from(["a.sql", "../x/数据.py", "a*.sql"]),
}
task_bodies = st.fixed_dictionaries({"task_id": ids}, optional=task_keys)
shared_bodies = st.fixed_dictionaries({}, optional=shared_keys)
writers = st.sampled_from(
    [
        ("a.json", json.dumps),
        ("a.json", lambda body: json.dumps(body, ensure_ascii=False, indent=2)),
        ("a.yml", yaml.safe_dump),
        ("a.yml", lambda body: yaml.safe_dump(body, allow_unicode=True, default_flow_style=True)),
        ("a.yml", lambda body: "# a comment\n\n" + yaml.safe_dump(body, sort_keys=False, explicit_start=True)),
        ("a.yml", lambda body: yaml.safe_dump(body, default_style='"', width=10)),
    ]
)


def expected(body: dict[str, Any]) -> dict[str, Any]:
    return {
        API_NAMES[name]: value
        for name, value in body.items()
        if name not in ("sources", "code") and (name, value) != ("name", "")
    }


def respelled(body: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """`body` in a random order, each key in one of its spellings."""
    items = data.draw(st.permutations(list(body.items())))
    api_names = data.draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items)))
    return {API_NAMES[name] if api else name: value for (name, value), api in zip(items, api_names, strict=True)}


@given(task_bodies, writers, st.data())
def test_a_task_is_read_as_it_was_written(body: dict[str, Any], writer: Any, data: st.DataObject) -> None:
    path, write = writer
    (found,), diagnostics = parse(path, write(respelled(body, data)).encode())
    assert diagnostics == ()
    assert given_by(found) == expected(body)
    assert [source.glob for source in found.sources] == body.get("sources", [])
    assert (found.code and found.code.file) == body.get("code")


@given(shared_bodies, st.lists(task_bodies, max_size=4), writers, st.data())
def test_shared_keys_are_the_keys_of_every_task(
    shared: dict[str, Any], bodies: list[dict[str, Any]], writer: Any, data: st.DataObject
) -> None:
    path, write = writer
    written = respelled({**shared, "tasks": [respelled(body, data) for body in bodies]}, data)
    found, diagnostics = parse(path, write(written).encode())
    assert diagnostics == ()
    assert [given_by(definition) for definition in found] == [expected({**shared, **body}) for body in bodies]


@given(st.lists(task_bodies, max_size=3))
def test_a_stream_gives_the_tasks_of_its_documents(bodies: list[dict[str, Any]]) -> None:
    found, diagnostics = parse("a.yml", yaml.safe_dump_all(bodies).encode())
    assert diagnostics == ()
    assert [given_by(definition) for definition in found] == [expected(body) for body in bodies]


PIECES = [
    "task_id", "TaskId", "tasks", "Tasks", "name", "auto_run", "sources", ":", ": ", "\n", "\n  ", "- ", "[", "]", "{",
    "}", ",", '"', "'", "a", "1", "true", "null", "~", "<<", "&a ", "*a", "!!str ", "!x ",
    "---\n", "...\n", "# c\n", "|\n",
    "> ", "? ", "%TAG ! x\n", "\t", "\r\n", "\u2028", "\x85", "\ufeff", "😀", "\x00", "\\", "\\ud800", "/", " ",
]  # fmt: skip
hostile = st.lists(st.sampled_from(PIECES), max_size=40).map("".join).map(str.encode) | st.binary(max_size=60)


@pytest.mark.parametrize("path", ["a.yml", "a.json"])
@settings(max_examples=500)
@given(hostile)
def test_whatever_the_bytes_every_mistake_has_a_place_in_the_text(path: str, data: bytes) -> None:
    found, diagnostics = parse(path, data)
    lines = data.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").split("\n")

    def inside(location: Location | None) -> bool:
        return (
            location is not None and location.path == path and 1 <= location.column <= len(lines[location.line - 1]) + 1
        )

    assert all(inside(diagnostic.location) and diagnostic.message.isprintable() for diagnostic in diagnostics)
    assert all(inside(source.location) for definition in found for source in definition.sources)
    assert all(inside(definition.location) and definition.task_id for definition in found)
    assert parse(path, data) == (found, diagnostics)
