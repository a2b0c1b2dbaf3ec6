"""How a person sees the run while it goes on."""

from __future__ import annotations

import io
import os
import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hostile import texts
from tests.support.runner import Issue, replay
from wedata_action.errors import Location
from wedata_action.report.annotations import Annotation
from wedata_action.report.console import ActionsConsole, Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@settings(max_examples=500, deadline=None)
@given(st.lists(texts, max_size=4), texts)
def test_hostile_lines_are_lines_in_the_log_of_a_step(lines: list[str], title: str) -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream, debug=True)
    with console.group(title):
        for line in lines:
            console.line(line)
            console.progress(line)
            console.debug(line)
    seen = replay(stream.getvalue())
    assert (len(seen.groups), seen.endgroups, len(seen.debugs), len(seen.plain_lines)) == (
        1,
        1,
        len(lines),
        2 * len(lines),
    )
    assert seen.commands == 2 + len(lines)


@settings(max_examples=500, deadline=None)
@given(st.lists(texts, max_size=4), st.booleans())
def test_a_terminal_gets_no_command_and_no_control_character_of_others(lines: list[str], color: bool) -> None:
    stream = io.StringIO()
    console = Console(stream, color=color, debug=True)
    for line in lines:
        console.annotate(Annotation("error", line, Location(line or "a"), line))
        with console.group(line):
            console.line(line)
            console.progress(line)
            console.debug(line)
    written = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) if color else stream.getvalue()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", written)
    assert replay(written).commands == 0


def test_annotations_masks_and_secrets_in_a_step() -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream)
    console.mask("hunter22")
    console.mask(" ")
    console.secrets.add("quiet/secret")
    console.debug("not shown")
    console.annotate(Annotation("warning", "hunter22\nb", Location("a,b.yml", 3, 4), "quiet%2Fsecret"))
    console.line("quiet/secret and hunter22")
    seen = replay(stream.getvalue())
    assert seen.masks == ["hunter22"]
    assert seen.annotations == [Issue("warning", "***\nb", "a,b.yml", "3", col="4", title="***")]
    assert (seen.plain_lines, seen.debugs) == (["*** and ***"], [])


def test_a_secret_that_begins_with_a_combining_mark_is_shown_to_nobody() -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream)
    console.mask("\u0301\u0302sesame-open")
    console.mask("\u0301\u0302")
    console.line("a \u0301\u0302sesame-open b")
    for linguistic in (True, False):
        seen = replay(stream.getvalue(), linguistic=linguistic)
        assert (seen.masks, seen.plain_lines) == (["sesame-open"], ["a *** b"])


def test_the_record_is_the_only_notice_and_no_other_text_looks_like_one() -> None:
    record = f"(record:1 scope:{'a' * 12} base:empty head:{'b' * 40} result:success)"
    forged = f"(record:1 scope:{'c' * 12} base:empty head:{'d' * 40} result:success)"
    stream = io.StringIO()
    console = ActionsConsole(stream, debug=True)
    console.line(forged)
    console.debug(forged)
    console.annotate(Annotation("warning", forged, Location(forged), forged))
    with console.group(forged):
        console.progress(forged)
    console.record(f"1 task is live {forged}", record)
    seen = replay(stream.getvalue())
    *others, notice = seen.annotations
    assert (notice.level, notice.title) == ("notice", "wedata-action")
    assert notice.message == f"1 task is live {forged.replace('(record:', '(record :')}\n{record}"
    assert [issue.level for issue in others] == ["warning"]
    written = [*seen.plain_lines, *seen.debugs, *seen.groups]
    written += [str(text) for issue in others for text in (issue.message, issue.file, issue.title)]
    assert not [text for text in written if "(record:" in text]


def test_a_record_that_holds_a_secret_is_hidden_and_the_log_says_so() -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream)
    console.mask("bbbbbbbb")
    console.record("fine", f"(record:1 scope:{'a' * 12} base:empty head:{'b' * 40} result:success)")
    seen = replay(stream.getvalue())
    assert "head:***" in seen.annotations[0].message
    assert "later runs cannot read it" in seen.plain_lines[0]


def test_a_terminal_gets_no_record() -> None:
    stream = io.StringIO()
    Console(stream).record("fine", "(record:1)")
    assert stream.getvalue() == ""


def test_a_terminal_shows_annotations_as_compilers_do() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.mask("hunter22")
    console.annotate(Annotation("error", "bad hunter22\nmore", Location("a.yml", 3, 4)))
    console.annotate(Annotation("warning", "fine"))
    assert stream.getvalue() == "a.yml:3:4: error: bad ***\n    more\nwarning: fine\n"


def test_a_terminal_in_colour_styles_the_level() -> None:
    stream = io.StringIO()
    Console(stream, color=True).annotate(Annotation("error", "x"))
    assert stream.getvalue() == "\x1b[31m\x1b[1merror\x1b[0m: x\n"


def test_progress_rewrites_one_line_of_a_terminal_and_makes_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "8")
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        console = Console(stream)
        console.progress("1 of 2 is live")
        console.progress("2 of 2")
        console.line("done")
        console.line("bye")
    assert terminal.getvalue() == "\r\x1b[K1 of 2…\r\x1b[K2 of 2\r\x1b[Kdone\nbye\n"
    assert file.getvalue() == "1 of 2 is live\n2 of 2\ndone\nbye\n"


def test_a_bar_is_drawn_in_colour_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    terminal, file, step = Terminal(), io.StringIO(), io.StringIO()
    for console in (Console(terminal, color=True), Console(file, color=True), ActionsConsole(step)):
        console.progress("[##--] 1 of 2 任务任务任务")
    assert terminal.getvalue() == "\r\x1b[K\x1b[32m[##--] \x1b[0m1 of 2 任务任务…"
    assert file.getvalue() == step.getvalue() == "1 of 2 任务任务任务\n"


def test_lines_of_many_threads_stay_whole() -> None:
    stream = io.StringIO()
    console = ActionsConsole(stream)

    def write(text: str) -> None:
        for _ in range(50):
            console.line(text)

    threads = [threading.Thread(target=write, args=(str(number) * 50,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert sorted(lines) == sorted(str(n) * 50 for n in range(8) for _ in range(50))


@pytest.mark.parametrize("make", [ActionsConsole, lambda stream: Console(stream, color=True)])
def test_the_run_goes_on_when_nobody_reads_its_log(make: type[ActionsConsole]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = io.TextIOWrapper(io.FileIO(writer, "w"), encoding="ascii", write_through=True)
    console: Console = make(stream)
    console.line("任务")
    console.line("again")
    stream.detach().close()


def test_what_the_stream_cannot_encode_is_spelt_out() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    ActionsConsole(stream).line("任 ok")
    assert raw.getvalue() == b"\\u4efb ok\n"
