"""What a run writes down about itself, and what of it a later run believes."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_action.changes.record import Record, read_records, record_of, scope_of
from wedata_action.result import Result, ResultWord
from wedata_action.settings import read_settings

HEAD, BASE = "a1" * 20, "b2" * 20
RECORD = Record("0123456789ab", BASE, HEAD, "success")


def scope(**inputs: str) -> str:
    return scope_of(read_settings({name.replace("_", "-"): value for name, value in inputs.items()}, {}))


def test_a_record_is_read_as_it_was_written() -> None:
    assert str(RECORD) == f"(record:1 scope:0123456789ab base:{BASE} head:{HEAD} result:success)"
    assert read_records([f"3 tasks are live {RECORD}"], HEAD) == (RECORD,)


def test_the_empty_tree_is_a_word() -> None:
    empty = RECORD._replace(base="")
    assert " base:empty " in str(empty)
    assert read_records([str(empty)], HEAD) == (empty,)


ids = st.sampled_from([40, 64]).flatmap(lambda length: st.text("0123456789abcdef", min_size=length, max_size=length))


@given(st.text(), st.builds(Record, st.text("0123456789abcdef", min_size=12, max_size=12), ids | st.just(""), ids,
                            st.sampled_from(["success", "pending-approval", "unknown"])))  # fmt: skip
def test_every_record_survives_behind_any_verdict(verdict: str, record: Record) -> None:
    assert read_records([f"{verdict} {record}"], record.head) == (record,)


@pytest.mark.parametrize(
    "message",
    [
        f"{RECORD} and more",
        str(RECORD).replace("record:1", "record:2"),
        str(RECORD._replace(head="c3" * 20)),
        str(RECORD._replace(scope="0123456789a")),
        str(RECORD._replace(base="main")),
        str(RECORD).replace(HEAD, HEAD + "\n"),
        "",
    ],
)
def test_nothing_else_is_a_record(message: str) -> None:
    assert read_records([message], HEAD) == ()


@pytest.mark.parametrize("result", ["success", "noop", "adopted", "submitted"])
def test_green_words_are_successes(result: str) -> None:
    assert RECORD._replace(result=result).is_success(pass_pending=False)


@pytest.mark.parametrize("result", ["failure", "unknown", "cancelled", "pending-approval", "planned", "drifted"])
def test_other_words_are_none(result: str) -> None:
    assert not RECORD._replace(result=result).is_success(pass_pending=False)


def test_an_approval_that_is_awaited_is_settled_for_a_run_that_passes_it() -> None:
    assert RECORD._replace(result="pending-approval").is_success(pass_pending=True)
    assert not RECORD._replace(result="unknown").is_success(pass_pending=True)


@pytest.mark.parametrize(
    ("inputs", "canonical"),
    [
        (
            {"definitions": " b/*.yml \na/*.yml\nb/*.yml", "project_id": "p", "region": "ap-singapore"},
            (
                '{"definitions":["a/*.yml","b/*.yml"],"endpoint":"wedata.intl.tencentcloudapi.com",'
                '"project-id":"p","region":"ap-singapore","target":""}'
            ),
        ),
        (
            {},
            (
                '{"definitions":["wedata/**/*.json","wedata/**/*.yaml","wedata/**/*.yml"],'
                '"endpoint":"wedata.intl.tencentcloudapi.com","project-id":"","region":"","target":""}'
            ),
        ),
        (
            {"definitions": "任务/*.yml", "endpoint": "http://127.0.0.1:8080", "region": "eu-frankfurt"},
            '{"definitions":["任务/*.yml"],"endpoint":"127.0.0.1","project-id":"","region":"eu-frankfurt","target":""}',
        ),
    ],
)
def test_the_scope_is_that_of_the_contract(inputs: dict[str, str], canonical: str) -> None:
    assert scope(**inputs) == hashlib.sha256(canonical.encode()).hexdigest()[:12]


def test_the_scope_tells_projects_sites_and_globs_apart_but_not_ports() -> None:
    scopes = {
        scope(),
        scope(project_id="p"),
        scope(region="ap-singapore"),
        scope(definitions="a/*.yml"),
        scope(endpoint="http://127.0.0.1:1234"),
    }
    assert len(scopes) == 5
    assert scope(endpoint="http://127.0.0.1:1") in scopes
    assert scope(batch_size="5", wait="false", base="empty", max_tasks="0") in scopes


def test_a_run_that_never_knew_its_base_records_nothing() -> None:
    result = Result(mode="submit", result=ResultWord.FAILURE)
    settings = read_settings({}, {})
    assert record_of(settings, result) is None
    known = result._replace(head=HEAD, base=BASE, base_source="last-success")
    assert record_of(settings, known) == Record(scope_of(settings), BASE, HEAD, "failure")
    assert record_of(settings, known._replace(head="")) is None


def test_only_an_adoption_that_succeeded_makes_head_a_base() -> None:
    settings = read_settings({}, {})
    failed = Result(mode="submit", result=ResultWord.CANCELLED, head=HEAD, base=HEAD, base_source="adopt")
    assert record_of(settings, failed) is None
    adopted = failed._replace(result=ResultWord.ADOPTED)
    assert record_of(settings, adopted) == Record(scope_of(settings), HEAD, HEAD, "adopted")
