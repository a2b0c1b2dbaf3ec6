"""What each input may be. No text makes a parser raise anything but ValueError, whose text says what is allowed."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action import parsers
from wedata_action.inputs import INPUTS, Input

BY_NAME = {entry.name: entry for entry in INPUTS}


def refused(name: str, value: str) -> str:
    with pytest.raises(ValueError, match=r"\S") as caught:
        BY_NAME[name].parse(value)
    return str(caught.value)


@settings(deadline=None, max_examples=300)
@given(texts | st.text(max_size=20) | st.from_regex(r"[0-9a-z\[\]:/.@-]{0,20}", fullmatch=True))
def test_a_parser_raises_nothing_but_a_value_error(value: str) -> None:
    for entry in INPUTS:
        with contextlib.suppress(ValueError):
            entry.parse(value)


@pytest.mark.parametrize("entry", INPUTS, ids=lambda entry: entry.name)
def test_a_default_in_words_is_what_its_parser_makes_of_it(entry: Input) -> None:
    if isinstance(entry.default, str | bool | int) and entry.default is not None:
        shown = str(entry.default)
        assert entry.parse(shown.lower() if isinstance(entry.default, bool) else shown) == entry.default


@pytest.mark.parametrize(("value", "meaning"), [("true", True), ("FALSE", False), ("True", True)])
def test_booleans_are_true_or_false_in_any_case(value: str, meaning: bool) -> None:
    assert parsers.boolean(value) is meaning


@pytest.mark.parametrize("value", ["yes", "1", "0", "on", "tru", "true false", "真"])
def test_nothing_else_is_a_boolean(value: str) -> None:
    assert refused("auto-run", value) == "true or false"


@pytest.mark.parametrize("value", ["-1", "1.5", "1e3", "٣", "²", "0x10", "1_000", "ten", "9999999999", "+1"])
@pytest.mark.parametrize("name", ["max-tasks", "batch-size", "wait-timeout", "requests-per-second"])
def test_only_decimal_digits_are_a_number(name: str, value: str) -> None:
    assert "a whole number of at least" in refused(name, value)


def test_only_max_tasks_may_be_0() -> None:
    assert BY_NAME["max-tasks"].parse("0") == 0
    for name in ("batch-size", "wait-timeout", "requests-per-second"):
        assert refused(name, "0") == "a whole number of at least 1"


@pytest.mark.parametrize("name", ["mode", "pending-approval"])
def test_words_are_listed_when_another_one_is_given(name: str) -> None:
    message = refused(name, "sumbit")
    assert message.startswith("one of ")
    assert BY_NAME[name].default in message


@pytest.mark.parametrize("value", ["备注　全角", "👩‍👩‍👧 family", "nbsp\u00a0here", "a\u200db", "plain"])
def test_a_text_may_have_any_spaces_and_joiners(value: str) -> None:
    assert BY_NAME["version-remark"].parse(value) == value


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x00b", "a\x1b[31m", "a\x85b", "a\u2028b", "a\udcffb"])
@pytest.mark.parametrize("name", ["version-remark", "project-id", "base", "report-file"])
def test_a_text_has_no_control_characters(name: str, value: str) -> None:
    assert "control characters" in refused(name, value)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("wedata.intl.tencentcloudapi.com", "https://wedata.intl.tencentcloudapi.com"),
        ("https://wedata.tencentcloudapi.com/", "https://wedata.tencentcloudapi.com"),
        ("HTTPS://WeData.TencentCloudAPI.com", "https://wedata.tencentcloudapi.com"),
        ("10.0.0.1:8443", "https://10.0.0.1:8443"),
        ("http://127.0.0.1:40123", "http://127.0.0.1:40123"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://localhost:80", "http://localhost:80"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_endpoint_is_a_host_reached_by_https(value: str, url: str) -> None:
    assert parsers.endpoint(value) == url


@pytest.mark.parametrize(
    "value",
    [
        "http://wedata.intl.tencentcloudapi.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://[2001:db8::1]",
        "http://127.1",
    ],
)
def test_plain_http_is_for_loopback_only(value: str) -> None:
    assert "http:// is for loopback addresses only" in refused("endpoint", value)


@pytest.mark.parametrize(
    "value",
    [
        "user@wedata.example",
        "https://user:password@wedata.example",
        "http://127.0.0.1@wedata.example",
        "wedata.example/path",
        "https://wedata.example/?query",
        "wedata.example#fragment",
        "wedata..example",
        "-wedata.example",
        "wedata.example-",
        ".example",
        "wedata.example.",
        "http://localhost.",
        "a" * 64 + ".example",
        "wedata.example:0",
        "wedata.example:65536",
        "wedata.example:port",
        "wedata.example:",
        "ftp://wedata.example",
        "https://https://wedata.example",
        "://wedata.example",
        "https://",
        "[::::]",
        "[::1",
        "wedata example",
        "wedata\n.example",
        "例え.example",
        "wedata.examplé",
    ],
)
def test_an_endpoint_is_nothing_else(value: str) -> None:
    assert refused("endpoint", value).startswith("a host name")


@pytest.mark.parametrize("value", ["ap-singapore", "na-siliconvalley", "ap-shanghai-fsi", "eu-frankfurt2"])
def test_a_region_has_the_form_of_one(value: str) -> None:
    assert parsers.region(value) == value


@pytest.mark.parametrize(
    "value", ["singapore", "AP-Singapore", "ap_singapore", "ap-", "ap-singapore\n", "ap singapore"]
)
def test_another_form_is_no_region(value: str) -> None:
    assert refused("region", value) == "a region such as ap-singapore"


def test_globs_stand_one_a_line() -> None:
    assert parsers.globs(" a/*.yml \n\n!a/b.yml\r\n  jobs/**  ") == ("a/*.yml", "!a/b.yml", "jobs/**")


@pytest.mark.parametrize(
    "value", ["!a.yml", "!a\n!b", "\n", "/etc/*.yml", "../a.yml", "a/../b.yml", "a\\b.yml", "./", "a\n!"]
)
def test_globs_stay_below_the_repository(value: str) -> None:
    assert refused("definitions", value).startswith("globs")


@pytest.mark.parametrize(
    ("value", "ids"), [("1", (1,)), ("1,2", (1, 2)), ("1 2\n3", (1, 2, 3)), ("[4,5]", (4, 5)), ("[ 4, 5 ]", (4, 5))]
)
def test_job_ids_are_a_list_or_what_the_output_holds(value: str, ids: tuple[int, ...]) -> None:
    assert parsers.job_ids(value) == ids


@pytest.mark.parametrize("value", ["x", "1;2", "-1", "1.0", "]1[", "[[1]]", '["1"]', "1" * 19])
def test_job_ids_are_whole_numbers(value: str) -> None:
    assert refused("job-ids", value).startswith("JobIds")


@pytest.mark.parametrize("value", ["short", "with white space", "line\nbreak-token", "tökentöken"])
def test_a_token_has_no_white_space_and_is_long_enough_to_hide(value: str) -> None:
    message = refused("github-token", value)
    assert "at least 8 characters" in message
    assert value not in message


def test_names_are_those_of_the_contract_and_unlike_each_other() -> None:
    names = [entry.name for entry in INPUTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)
    assert [entry.name for entry in INPUTS if entry.secret] == ["github-token"]


AROUND = st.text(st.sampled_from(" \n\té缺"), max_size=30)


@given(AROUND, st.from_regex(r"\A[!-~]{8,20}\Z"), AROUND, st.integers(0, 60))
def test_a_text_is_shortened_where_no_secret_is_parted(before: str, secret: str, after: str, most: int) -> None:
    short = parsers.shortened(before + secret + after, most)
    assert short == before + secret + after or (len(short) <= most + 1 and short.endswith("…"))
    assert secret in short or not re.search("[!-~]", short)


def test_a_text_is_shortened_between_words() -> None:
    assert parsers.shortened("one two three", 13) == "one two three"
    assert [parsers.shortened("one two three", most) for most in (12, 7, 6, 2)] == ["one two…", "one two…", "one…", "…"]
    assert parsers.shortened("缺少数据源", 3) == "缺少数…"
