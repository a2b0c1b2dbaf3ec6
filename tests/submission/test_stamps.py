"""Stamps in remarks: what is written is read again, what was not written is not, and a cut one is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action.submission.stamps import (
    REMARK_LENGTH,
    Stamp,
    is_beginning,
    is_cut,
    make_remark,
    make_stamp,
    read_stamp,
)

HEAD, CONTENT = "0123456789ab" + "c" * 28, "fedcba987654" + "3" * 52
STAMP = make_stamp(HEAD, CONTENT, "123456789012.3")
STAMPS = st.builds(
    make_stamp,
    st.text("0123456789abcdef", min_size=40, max_size=40),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.from_regex(r"[0-9]{1,12}\.[0-9]{1,3}", fullmatch=True),
)


def test_a_remark_has_the_form_of_the_contract() -> None:
    assert make_remark("tune the load", STAMP) == (
        "tune the load (git:0123456789ab def:fedcba987654 run:123456789012.3)"
    )
    assert make_remark("", STAMP) == "(git:0123456789ab def:fedcba987654 run:123456789012.3)"
    assert make_remark("tune the load", None) == "tune the load"
    assert make_remark("备注\r\nzwei\u2028drei", None) == "备注 zwei drei"


@given(texts, STAMPS)
def test_a_stamp_is_read_as_it_was_written_whatever_stands_before_it(text: str, stamp: Stamp) -> None:
    remark = make_remark(text, stamp)
    assert read_stamp(remark) == stamp
    assert len(remark) <= REMARK_LENGTH
    assert len(remark.splitlines()) == 1
    # What an editor in the console puts around a remark does no harm.
    assert read_stamp(f" {remark} (copy)") == stamp


@given(texts, STAMPS)
def test_a_text_cannot_pose_as_a_stamp(text: str, stamp: Stamp) -> None:
    remark = make_remark(f"{text} {stamp}", None)
    assert read_stamp(remark) is None
    assert len(remark) <= REMARK_LENGTH


@pytest.mark.parametrize("text", ["x" * 75, "x" * 500, "备" * 500, "a b " * 100, "🚀" * 100])
def test_a_long_text_is_cut_visibly_and_not_the_stamp(text: str) -> None:
    remark = make_remark(text, STAMP)
    assert REMARK_LENGTH - 1 <= len(remark) <= REMARK_LENGTH
    assert remark.endswith(f"… {STAMP}")
    assert make_remark(text, None).startswith(text[:70])


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "tune",
        "(git:0123456789ab def:fedcba987654)",
        "(git:0123456789ab def:fedcba987654 run:1)",
        "(git:0123456789AB def:fedcba987654 run:1.1)",
        "(git:0123456789a def:fedcba987654 run:1.1)",
        "(git:0123456789ab def:fedcba987654 run:1.1",
        "(git:0123456789ab  def:fedcba987654 run:1.1)",
        "(git:0123456789ab def:fedcba987654 run:١.١)",
    ],
)
def test_what_is_no_whole_stamp_is_none(remark: str) -> None:
    assert read_stamp(remark) is None


def test_the_last_stamp_counts() -> None:
    other = make_stamp(CONTENT, HEAD, "1.1")
    assert read_stamp(f"{STAMP} {other}") == other


@given(texts, st.integers(0, REMARK_LENGTH))
def test_every_proper_beginning_is_one_and_only_with_a_part_of_the_stamp_it_is_surely_cut(text: str, cut: int) -> None:
    sent = make_remark(text, STAMP)
    remark = sent[:cut]
    assert is_beginning(remark, sent) is (0 < len(remark) < len(sent))
    assert is_cut(remark, sent) is ("(git:" in remark and remark != sent)
    assert not is_cut(f"{remark}!", sent)
    assert not is_cut(remark, make_remark(text, None))
