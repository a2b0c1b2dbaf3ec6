"""The runner's files, read back by a port of its parser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hostile import texts
from tests.support.runner import SUMMARY_LIMIT, read_outputs, read_summary
from wedata_action.github.commands import replace_surrogates
from wedata_action.github.files import OutputFile, append_summary

if TYPE_CHECKING:
    from pathlib import Path

many = settings(max_examples=500, deadline=None)
keys = st.sampled_from(["result", "job-ids", "task_count", "earlier", "A1"])


@many
@given(
    st.sampled_from(["", "earlier=1\n", "earlier=1", "earlier<<EOF\nx\nEOF", "\n"]),
    st.lists(st.dictionaries(keys, texts)),
)
def test_after_every_write_the_file_holds_the_last_outputs_and_what_was_there_before(
    tmp_path_factory: pytest.TempPathFactory, before: str, writes: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "outputs"
    path.write_text(before)
    file = OutputFile(path)
    try:
        for outputs in writes:
            file.write(outputs)
            values = {key: replace_surrogates(value) for key, value in outputs.items()}
            assert read_outputs(path) == read_outputs(before) | values
    finally:
        file.close()
    assert path.read_text().startswith(before)


def test_the_file_is_whole_when_the_process_is_killed_at_any_instant(tmp_path: Path) -> None:
    path = tmp_path / "outputs"
    program = (
        "import itertools, pathlib, sys\n"
        "from wedata_action.github.files import OutputFile\n"
        "file = OutputFile(pathlib.Path(sys.argv[1]))\n"
        "for size in itertools.cycle((1, 3000, 7, 0)):\n"
        "    file.write({'a': 'x' * size, 'b': str(size)})\n"
    )
    for _ in range(3):
        path.write_text("earlier=1\n")
        with subprocess.Popen([sys.executable, "-c", program, path]) as writer:
            deadline = time.monotonic() + 20
            while path.stat().st_size < 100 and time.monotonic() < deadline:
                time.sleep(0.002)
            writer.send_signal(signal.SIGKILL)
        found = read_outputs(path)
        assert found.keys() == {"earlier", "a", "b"}
        assert found["b"] == str(len(found["a"]))


@pytest.mark.parametrize("key", ["", "a b", "a=b", "a<<b", "a\n", "1a", "é"])
def test_a_key_that_is_no_output_name_is_refused(tmp_path: Path, key: str) -> None:
    file = OutputFile(tmp_path / "outputs")
    with pytest.raises(ValueError, match="is not the name of an output"):
        file.write({key: "x"})
    file.close()


def test_a_value_that_holds_its_delimiter_is_refused(tmp_path: Path) -> None:
    file = OutputFile(tmp_path / "outputs", token=lambda: "guessed")
    with pytest.raises(ValueError, match="occurs in its value"):
        file.write({"a": "x\nEND_guessed\nforged=1"})
    file.close()
    assert (tmp_path / "outputs").read_bytes() == b""


def test_what_cannot_hold_outputs_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "missing/outputs", "."):
        with pytest.raises(OSError):  # noqa: PT011 - the system's words differ
            OutputFile(tmp_path / name)


def test_a_summary_is_appended_on_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("earlier")
    assert append_summary(path, "## mine \udcff\n") == ""
    assert path.read_text() == "earlier\n## mine \ufffd\n"


@many
@given(st.integers(0, 2500), st.lists(st.text(st.sampled_from("aé💥\n"), max_size=60), max_size=60))
def test_a_summary_never_grows_beyond_what_github_shows(
    tmp_path_factory: pytest.TempPathFactory, short_of: int, parts: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "summary"
    before = b"x" * (SUMMARY_LIMIT - short_of - 1) + b"\n"
    path.write_bytes(before)
    text = "\n".join(parts)
    left_out = append_summary(path, text)
    shown = read_summary(path)
    assert shown is not None
    added = shown.encode()[len(before) :].decode()
    if len(text.encode()) <= short_of:
        assert (added, left_out) == (text, "")
    else:
        kept = added.partition("\n\nThe rest is left out")[0]
        assert text.startswith(kept)
        assert "were left out" in left_out


def test_a_summary_that_is_over_the_limit_already_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * (SUMMARY_LIMIT + 5))
    assert append_summary(path, "a\nb\n")
    assert path.stat().st_size == SUMMARY_LIMIT + 5
