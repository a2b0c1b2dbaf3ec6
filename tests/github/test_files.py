"""The runner's files, read back by ports of the parsers of GitHub's runner and of act."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support import act, command_files
from tests.support.command_files import SUMMARY_LIMIT, read_summary
from tests.support.hostile import texts
from wedata_action.github.commands import replace_surrogates, without_record
from wedata_action.github.files import OutputFile, append_summary

many = settings(max_examples=500, deadline=None)
names = st.sampled_from(["result", "job-ids", "task_count", "earlier", "A1"])


@many
@given(
    st.sampled_from(["", "earlier=1\n", "earlier=1", "earlier<<EOF\nx\nEOF"]), st.lists(st.dictionaries(names, texts))
)
@example("", [{"result": "a\r\nresult=forged\nx", "job-ids": "<<EOF"}])
def test_after_every_write_both_runners_read_the_last_outputs_and_what_was_there_before(
    tmp_path_factory: pytest.TempPathFactory, before: str, writes: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "outputs"
    path.write_text(before)
    file = OutputFile(path)
    for outputs in writes:
        file.write(outputs)
        shown = {name: without_record(replace_surrogates(value)) for name, value in outputs.items()}
        values = {name: value.replace("\r", " ").replace("\n", " ") for name, value in shown.items()}
        assert command_files.read_outputs(path) == command_files.read_outputs(before) | values
        assert act.read_outputs(path) == act.read_outputs(before) | values
        assert path.read_text().startswith(before)
        assert "\n\n" not in path.read_text()


WRITES = [
    {"result": "unknown", "job-ids": "[]"},
    {"result": "unknown", "job-ids": "[7]"},
    {"result": "success", "job-ids": "[7]", "task-ids": json.dumps([str(number) for number in range(3000)])},
    {"result": "noop"},
]
KILLED_AT_EACH_CALL = """
import itertools, json, os, pathlib, signal, sys
from wedata_action.github.files import OutputFile

path, before, writes = pathlib.Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])

def write_until(call):
    calls = itertools.count()
    def count(frame, event, argument):
        if event == "c_call" and next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
    file = OutputFile(path)
    sys.setprofile(count)
    for outputs in writes:
        file.write(outputs)
    os._exit(0)

status, call = -1, 0
while status:
    path.write_text(before)
    child = os.fork()
    if not child:
        write_until(call)
    status, call = os.waitpid(child, 0)[1], call + 1
    print(json.dumps(path.read_text()))
"""


@pytest.mark.parametrize("before", ["", "earlier=1\n", "earlier=1"])
def test_the_file_holds_one_write_completely_whenever_the_process_is_killed(tmp_path: Path, before: str) -> None:
    arguments = [sys.executable, "-c", KILLED_AT_EACH_CALL, str(tmp_path / "outputs"), before, json.dumps(WRITES)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60)
    left = [json.loads(line) for line in done.stdout.splitlines()]
    earlier = command_files.read_outputs(before)
    known = [earlier, *(earlier | outputs for outputs in WRITES)]
    seen = [known.index(command_files.read_outputs(text)) for text in left]
    assert [known.index(act.read_outputs(text)) for text in left] == seen
    assert seen == sorted(seen)
    assert set(seen) == set(range(len(known)))


KILLED_BY_THE_SIZE = """
import json, pathlib, resource, signal, sys
from wedata_action.github.files import OutputFile

file = OutputFile(pathlib.Path(sys.argv[1]))
file.write({"result": "unknown"})
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
file.write({"result": "success", "task-ids": "x" * 10000})
"""


@pytest.mark.parametrize("size", [0, 1, 12, 20, 4096, 10_000, 10_024])
def test_a_write_that_is_torn_at_any_byte_leaves_the_last_outputs(tmp_path: Path, size: int) -> None:
    path = tmp_path / "outputs"
    done = subprocess.run([sys.executable, "-c", KILLED_BY_THE_SIZE, path, str(size)], check=False, timeout=60)
    assert done.returncode < 0
    assert command_files.read_outputs(path) == act.read_outputs(path) == {"result": "unknown"}


def test_the_runner_may_still_read_the_file_that_replaces_its_own(tmp_path: Path) -> None:
    path = tmp_path / "outputs"
    path.write_text("")
    path.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(path, 1001, 121)
    before = path.stat()
    mask = os.umask(0o077)
    try:
        OutputFile(path).write({"result": "noop"})
    finally:
        os.umask(mask)
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (before.st_uid, before.st_gid, 0o664)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("outputs")
    (tmp_path / "outputs").touch()
    OutputFile(tmp_path / "link").write({"result": "noop"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "outputs").read_text() == "result=noop\n"


def test_a_file_in_a_folder_of_others_is_written_in_place() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "outputs")
        path.touch()
        path.chmod(0o666)
        path.parent.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # root may write to any folder
        try:
            file = OutputFile(path)
            for value in ("a long value", "short"):
                file.write({"result": value})
                assert path.read_text() == f"result={value}\n"
        finally:
            os.seteuid(user)
            path.parent.chmod(0o755)


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a<<b", "a\n", "1a", "é"])
def test_what_is_not_the_name_of_an_output_is_refused(tmp_path: Path, name: str) -> None:
    file = OutputFile(tmp_path / "outputs")
    with pytest.raises(ValueError, match="is not the name of an output"):
        file.write({name: "x"})


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
