"""Stamps in remarks: what is written is read again, what was not written is not, and a cut one is recognized."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action.stamps import (
    REMARK_LENGTH,
    Stamp,
    is_beginning,
    is_cut,
    make_remark,
    make_stamp,
    read_stamp,
)

HEAD = "0123456789ab" + "c" * 28
CONTENT = hashlib.sha256(b"the definition").hexdigest()
STAMP = make_stamp(HEAD, CONTENT, "123456789012.3")
FINGERPRINTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
STAMPS = st.builds(
    make_stamp,
    st.binary(min_size=20, max_size=20).map(bytes.hex),
    FINGERPRINTS,
    st.from_regex(r"[1-9][0-9]{0,19}\.[1-9][0-9]{0,8}|0\.[0-9]{13}", fullmatch=True),
)


def test_a_remark_has_the_form_of_the_contract() -> None:
    stamp = make_stamp(HEAD, "00" * 15 + "ff" + "12" * 16, "123456789012.3")
    assert make_remark("tune the load", stamp) == (
        "tune the load (git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w run:123456789012.3)"
    )
    assert make_remark("", stamp) == "(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w run:123456789012.3)"
    assert make_remark("备注\r\nzwei\u2028drei", stamp).startswith("备注 zwei drei (git:")


@given(texts, STAMPS)
def test_a_stamp_is_read_as_it_was_written_whatever_stands_before_it(text: str, stamp: Stamp) -> None:
    remark = make_remark(text, stamp)
    assert read_stamp(remark) == stamp
    assert len(remark) <= REMARK_LENGTH
    assert len(remark.splitlines()) == 1
    # What an editor in the console puts around a remark does no harm.
    assert read_stamp(f" {remark} (copy)") == stamp


@given(texts, STAMPS, STAMPS)
def test_a_text_cannot_pose_as_a_stamp(text: str, forged: Stamp, stamp: Stamp) -> None:
    remark = make_remark(f"{forged} {text} {forged}", stamp)
    assert read_stamp(remark) == stamp
    assert read_stamp(remark.removesuffix(str(stamp))) is None


@given(FINGERPRINTS, FINGERPRINTS)
def test_contents_are_told_apart_by_their_first_sixteen_bytes(one: str, other: str) -> None:
    stamp = make_stamp(HEAD, one, "1.1")
    assert stamp.is_of(one)
    assert stamp.is_of(one[:32] + other[32:])
    assert stamp.is_of(other) is (one[:32] == other[:32])


def test_two_contents_that_share_48_bits_are_two_contents() -> None:
    # Earlier stamps held 12 hexadecimal digits, and two contents with the same ones were found in half a minute.
    one, other = "5b3f0a1e77c2" + "0" * 52, "5b3f0a1e77c2" + "1" * 52
    assert not make_stamp(HEAD, one, "1.1").is_of(other)


@pytest.mark.parametrize("text", ["x" * 75, "x" * 500, "备" * 500, "a b " * 100, "🚀" * 100])
def test_a_long_text_is_cut_visibly_and_not_the_stamp(text: str) -> None:
    remark = make_remark(text, STAMP)
    assert REMARK_LENGTH - 1 <= len(remark) <= REMARK_LENGTH
    assert remark.endswith(f"… {STAMP}")
    assert remark.startswith(text[:50])


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "tune",
        "(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w)",
        "(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w run:1)",
        "(git:0123456789AB def:AAAAAAAAAAAAAAAAAAAA_w run:1.1)",
        "(git:0123456789a def:AAAAAAAAAAAAAAAAAAAA_w run:1.1)",
        "(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w run:1.1",
        "(git:0123456789ab  def:AAAAAAAAAAAAAAAAAAAA_w run:1.1)",
        "(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w run:١.١)",
        "(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA+w run:1.1)",
        "(git:0123456789ab def:fedcba987654 run:1.1)",
        "(git:0123456789ab def2:AAAAAAAAAAAAAAAAAAAA_w run:1.1)",
        f"(git:0123456789ab def:AAAAAAAAAAAAAAAAAAAA_w run:{'1' * 5000}.1)",
    ],
)
def test_what_is_not_a_whole_stamp_is_none(remark: str) -> None:
    assert read_stamp(remark) is None


def test_the_last_stamp_counts() -> None:
    other = make_stamp("f" * 40, "ab" * 32, "1.1")
    assert read_stamp(f"{STAMP} {other}") == other


def test_runs_outside_github_have_the_id_0() -> None:
    for run, run_id in (("0.1700000000000", 0), ("9412345678.2", 9412345678)):
        stamp = read_stamp(make_remark("", make_stamp(HEAD, CONTENT, run)))
        assert stamp
        assert (stamp.run, stamp.run_id) == (run, run_id)


@given(texts, st.integers(0, REMARK_LENGTH))
def test_a_proper_prefix_is_a_beginning_and_surely_cut_once_its_stamp_has_begun(text: str, cut: int) -> None:
    sent = make_remark(text, STAMP)
    remark = sent[:cut]
    assert is_beginning(remark, sent) is (0 < len(remark) < len(sent))
    assert is_cut(remark, sent) is ("(git:" in remark and remark != sent)
    assert not is_cut(f"{remark}!", sent)
