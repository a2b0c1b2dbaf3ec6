"""The port of the runner's parsers against what the runner's source and its own tests say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.command_files import MalformedFileError, read_outputs, read_summary
from tests.support.runner import Issue, replay

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("stream", "issue"),
    [
        ("::error::x", Issue("error", "x")),
        ("\t\u3000::ERROR file=a%2Cb,line=3,col=4::x%0Ay%250A", Issue("error", "x\ny%0A", "a,b", "3", None, "4")),
        ("before ##[warning file=a%3Bb;line=3]x%5D", Issue("warning", "x]", "a;b", "3")),
        ("::notice title==x::m", Issue("notice", "m", title="x")),
        ("::error col=4::m", Issue("error", "m")),
        ("::error endLine=2::m", Issue("error", "m", line="2", end_line="2")),
        ("::error line=3,endLine=2,col=1::m", Issue("error", "m")),
        ("::error line=3,col=5,endColumn=4::m", Issue("error", "m", line="3")),
        ("::error::\u0301 ##[warning]forged", Issue("warning", "forged")),
        (f"::error::{'x' * 5000}", Issue("error", "x" * 4096)),
    ],
)
def test_a_command_becomes_the_issue_that_the_runner_makes_of_it(stream: str, issue: Issue) -> None:
    assert replay(stream).annotations == [issue]


@pytest.mark.parametrize("line", ["x ::error::y", "::error:y", "::unknown::x", "##[unknown]", "\u200b::error::x"])
def test_what_is_no_command_is_a_plain_line(line: str) -> None:
    assert replay(line).plain_lines == [line]


def test_every_kind_of_line_break_ends_a_line() -> None:
    assert replay("a\rb\r\nc\n\nd").plain_lines == ["a", "b", "c", "", "d"]


def test_nothing_counts_between_stop_commands_and_its_token() -> None:
    seen = replay("::stop-commands::T1\n::add-mask::a\n::t1::\n::add-mask::b")
    assert seen.masks == ["b"]
    assert seen.plain_lines == ["::add-mask::a"]


def test_output_files_are_read_as_the_runner_reads_them() -> None:
    text = "a=1\n\nb<<EOF\nx\n\nEOF\nc<<E\nE\nd==<<\na=2\ne<<E\n=\nE"
    assert read_outputs(text) == {"a": "2", "b": "x\n", "c": "", "d": "=<<", "e": "="}


@pytest.mark.parametrize("text", ["x", "a<<EOF\nb\n", "a<<EOF\nb", "<<EOF\nEOF\n", "a<<\n"])
def test_a_malformed_output_file_is_an_error(text: str) -> None:
    with pytest.raises(MalformedFileError):
        read_outputs(text)


@pytest.mark.parametrize(("size", "shown"), [(0, False), (1024 * 1024, True), (1024 * 1024 + 1, False)])
def test_a_summary_over_one_mebibyte_is_dropped(tmp_path: Path, size: int, shown: bool) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * size)
    assert (read_summary(path) is not None) is shown
