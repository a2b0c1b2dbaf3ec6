"""Where a value comes from, and what is said of a bad one."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hostile import texts
from wedata_action.errors import Reason, RunError
from wedata_action.inputs import INPUTS
from wedata_action.settings import Settings, read_env_file, read_settings

NAMES = [entry.name for entry in INPUTS if not entry.shell_only]
BY_NAME = {entry.name: entry for entry in INPUTS}
GOOD = {
    "mode": "plan",
    "region": "ap-singapore",
    "endpoint": "wedata.tencentcloudapi.com",
    "definitions": "jobs/*.yml",
    "code": "overwrite",
    "max-tasks": "7",
    "batch-size": "8",
    "auto-run": "true",
    "need-check-parent-submitted": "false",
    "wait": "false",
    "comment": "true",
    "wait-timeout": "9",
    "pending-approval": "pass",
    "requests-per-second": "3",
    "job-ids": "1,2",
    "github-token": "ghs_example",
}
BAD = {
    "mode": "sumbit",
    "region": "Singapore!",
    "endpoint": "http://example.com",
    "definitions": "../*.yml",
    "code": "force",
    "max-tasks": "-7",
    "batch-size": "0",
    "auto-run": "yes",
    "need-check-parent-submitted": "1",
    "wait": "maybe",
    "comment": "maybe",
    "wait-timeout": "1h",
    "pending-approval": "ignore",
    "requests-per-second": "0",
}


def spellings(name: str) -> tuple[str, str]:
    return f"INPUT_{name.upper()}", f"WEDATA_{name.upper().replace('-', '_')}"


def value_of(found: Settings, name: str) -> object:
    return getattr(found, name.replace("-", "_"))


def message_of(options: dict[str, str | None], environ: dict[str, str]) -> str:
    with pytest.raises(RunError) as caught:
        read_settings(options, environ)
    assert caught.value.reason is Reason.INVALID_INPUT
    return caught.value.message


def test_unset_inputs_have_their_defaults() -> None:
    found = read_settings({}, {})
    for entry in INPUTS:
        assert value_of(found, entry.name) == (True if entry.name == "wait" else entry.default)
    assert (found.given, found.warnings) == (frozenset(), ())


def test_settings_have_a_field_for_each_input_in_their_order() -> None:
    fields = [field.replace("_", "-") for field in Settings._fields]
    assert fields == [*BY_NAME, "given", "names", "warnings"]


@pytest.mark.parametrize("name", NAMES)
def test_an_option_beats_the_input_beats_the_variable(name: str) -> None:
    entry = BY_NAME[name]
    value = GOOD.get(name, "some-text")
    step, variable = spellings(name)
    wanted = entry.parse(value)
    assert value_of(read_settings({}, {variable: value}), name) == wanted
    assert value_of(read_settings({}, {step: value, variable: BAD.get(name, "another")}), name) == wanted
    assert value_of(read_settings({name: value}, {step: BAD.get(name, "another"), variable: "x y"}), name) == wanted
    assert read_settings({name: value}, {}).given == {name}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("empty", ["", "  ", "\n\t"])
def test_an_empty_text_is_no_value(name: str, empty: str) -> None:
    value = GOOD.get(name, "some-text")
    step, variable = spellings(name)
    wanted = BY_NAME[name].parse(value)
    assert value_of(read_settings({name: empty}, {step: empty, variable: value}), name) == wanted
    unset = read_settings({name: empty}, {step: empty, variable: empty})
    assert value_of(unset, name) == (True if name == "wait" else BY_NAME[name].default)
    assert unset.given == frozenset()


def test_status_waits_only_when_asked_to() -> None:
    assert not read_settings({"mode": "status"}, {}).wait
    assert read_settings({"mode": "status", "wait": "true"}, {}).wait


@pytest.mark.parametrize("name", ["head", "job-ids"])
def test_what_is_for_a_shell_alone_comes_from_no_variable(name: str) -> None:
    step, variable = spellings(name)
    assert value_of(read_settings({}, {step: "1", variable: "1"}), name) == BY_NAME[name].default
    assert read_settings({name: "1"}, {}).given == {name}


def test_values_are_trimmed() -> None:
    assert read_settings({}, {"INPUT_BATCH-SIZE": " 5\n"}).batch_size == 5
    assert read_settings({}, {"WEDATA_PROJECT_ID": "\t p1 "}).project_id == "p1"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_is_named_as_the_user_wrote_it(name: str) -> None:
    step, variable = spellings(name)
    said = f"{BAD[name]!r} is not allowed; give "
    assert message_of({name: BAD[name]}, {}).startswith(f"--{name}: {said}")
    assert message_of({}, {step: BAD[name]}).startswith(f"input '{name}': {said}")
    assert message_of({}, {variable: BAD[name]}).startswith(f"{variable}: {said}")


@pytest.mark.parametrize("name", NAMES)
def test_an_input_is_named_as_it_was_written_or_would_be(name: str) -> None:
    step, variable = spellings(name)
    value = GOOD.get(name, "some-text")
    option = variable if BY_NAME[name].secret else f"--{name}"
    assert read_settings({}, {}).names[name] == option
    assert read_settings({}, {"GITHUB_ACTIONS": "true"}).names[name] == f"input '{name}'"
    assert read_settings({name: value}, {step: value}).names[name] == f"--{name}"
    assert read_settings({}, {step: value}).names[name] == f"input '{name}'"
    assert read_settings({}, {variable: value}, {variable: ".env"}).names[name] == f"{variable} in .env"


def test_every_bad_value_is_named_at_once() -> None:
    message = message_of({"wait": "maybe"}, {"INPUT_BATCH-SIZE": "0", "WEDATA_PENDING_APPROVAL": "retry"})
    assert message == (
        "input 'batch-size': '0' is not allowed; give a whole number of at least 1. "
        "--wait: 'maybe' is not allowed; give true or false. "
        "WEDATA_PENDING_APPROVAL: 'retry' is not allowed; give one of fail, pass"
    )


def test_a_bad_secret_is_not_shown() -> None:
    message = message_of({}, {"INPUT_GITHUB-TOKEN": "ghs secret"})
    assert message.startswith("input 'github-token': the value is not allowed")
    assert "ghs secret" not in message


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), texts, max_size=4))
def test_whatever_stands_in_the_inputs_ends_as_settings_or_as_a_run_error(values: dict[str, str]) -> None:
    environ = {f"INPUT_{name.upper()}": value for name, value in values.items()}
    with contextlib.suppress(RunError):
        assert read_settings({}, environ).given <= set(values)


def test_the_region_may_come_from_the_name_that_other_tools_use() -> None:
    assert read_settings({}, {"TENCENTCLOUD_REGION": " ap-singapore "}).region == "ap-singapore"
    both = {"TENCENTCLOUD_REGION": "ap-singapore", "WEDATA_REGION": "eu-frankfurt"}
    assert read_settings({}, both).region == "eu-frankfurt"
    assert message_of({}, {"TENCENTCLOUD_REGION": "Singapore"}).startswith("TENCENTCLOUD_REGION: 'Singapore' is not")


@pytest.mark.parametrize("region", ["ap-singapore", "eu-frankfurt", "na-ashburn", "na-siliconvalley"])
def test_a_documented_region_has_no_warning(region: str) -> None:
    assert read_settings({"region": region}, {}).warnings == ()


@pytest.mark.parametrize(
    "endpoint", ["", "wedata.intl.tencentcloudapi.com", "https://WEDATA.intl.tencentcloudapi.com/"]
)
def test_another_region_of_the_international_site_has_one(endpoint: str) -> None:
    (warning,) = read_settings({"endpoint": endpoint}, {"WEDATA_REGION": "ap-jakarta"}).warnings
    assert warning.message.startswith("WEDATA_REGION: ap-jakarta is not among the regions documented")
    assert "it is sent as given" in warning.message


def test_another_site_may_have_other_regions() -> None:
    assert read_settings({"region": "ap-guangzhou", "endpoint": "wedata.tencentcloudapi.com"}, {}).warnings == ()


def test_words_of_alarms_that_nobody_documents_are_sent_with_a_warning() -> None:
    found = read_settings({"alarm-ways": "email, phone,sms"}, {"INPUT_ALARM-RECIPIENT-TYPES": "1,all"})
    assert found.alarm_ways == "email, phone,sms"
    assert found.alarm_recipient_types == "1,all"
    assert [warning.message for warning in found.warnings] == [
        "--alarm-ways: 'phone' is not documented (email, sms, wecom are); it is sent as given",
        "input 'alarm-recipient-types': 'all' is not documented (1, 2 are); it is sent as given",
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


KEYS = {
    "TENCENTCLOUD_SECRET_ID": "id",
    "TENCENTCLOUD_SECRET_KEY": "a$HOME ${X}",
    "TENCENTCLOUD_TOKEN": "token",
    "TENCENTCLOUD_SECURITY_TOKEN": "token",
    "TENCENTCLOUD_REGION": "ap-singapore",
    "WEDATA_REGION": "eu-frankfurt",
}


def test_a_dot_env_gives_keys_and_the_region_in_a_shell(folder: Path) -> None:
    (folder / ".env").write_text("".join(f"export {name}='{value}'\n" for name, value in KEYS.items()) + "# X=1\n")
    logged: list[str] = []
    environ = read_env_file(None, {"HOME": "/home/user"}, in_actions=False, log=logged.append)
    assert (environ, logged) == ({"HOME": "/home/user"} | KEYS, [])


def test_a_dot_env_steers_nothing_and_the_log_names_what_is_ignored(folder: Path) -> None:
    """The file may have come with a stranger's repository."""
    names = [f"WEDATA_{name.upper().replace('-', '_')}" for name in NAMES if name != "region"]
    names += ["WEDATA_STS_ENDPOINT", "TENCENTCLOUD_ENDPOINT"]
    (folder / ".env").write_text("".join(f"{name}=x\n" for name in (*names, "TENCENTCLOUD_REGION", "PATH")))
    logged: list[str] = []
    environ = read_env_file(None, {}, in_actions=False, log=logged.append)
    assert environ == {"TENCENTCLOUD_REGION": "x"}
    assert logged == [
        f"Ignored in .env, which gives only keys and the region: {', '.join(names)}. To read them: --env-file .env"
    ]


def test_a_dot_env_never_overrides_a_variable_that_has_a_value(folder: Path) -> None:
    (folder / ".env").write_text("TENCENTCLOUD_REGION=5\nWEDATA_REGION=6\n")
    environ = {"TENCENTCLOUD_REGION": "50", "WEDATA_REGION": ""}
    assert read_env_file(None, environ, in_actions=False) == {"TENCENTCLOUD_REGION": "50", "WEDATA_REGION": "6"}
    assert read_env_file(".env", environ, in_actions=False) == {"TENCENTCLOUD_REGION": "50", "WEDATA_REGION": "6"}


@pytest.mark.parametrize("variable", ["CI", "GITHUB_ACTIONS"])
@pytest.mark.parametrize("value", ["true", "1", "false"])
def test_a_dot_env_is_not_read_in_ci(folder: Path, variable: str, value: str) -> None:
    (folder / ".env").write_text("TENCENTCLOUD_SECRET_ID=stranger\n")
    assert read_env_file(None, {variable: value}, in_actions=False) == {variable: value}
    assert read_env_file(None, {}, in_actions=False) == {"TENCENTCLOUD_SECRET_ID": "stranger"}


@pytest.mark.parametrize("environ", [{}, {"CI": "true"}])
def test_a_file_that_is_asked_for_gives_all_variables_of_the_program(folder: Path, environ: dict[str, str]) -> None:
    (folder / "other.env").write_text(
        "WEDATA_BATCH_SIZE=5\nGIT_SSH_COMMAND=x\nPATH=/x\nGITHUB_ACTIONS=true\nINPUT_WAIT=false\nWEDATA_WAIT\n"
    )
    assert read_env_file("other.env", environ, in_actions=False) == environ | {"WEDATA_BATCH_SIZE": "5"}


@pytest.mark.usefixtures("folder")
def test_without_a_dot_env_nothing_is_missing() -> None:
    assert read_env_file(None, {"A": "b"}, in_actions=False) == {"A": "b"}


@pytest.mark.parametrize(("path", "in_actions", "words"), [
    ("none.env", False, "--env-file none.env: there is no such file"),
    ("damaged.env", False, "--env-file damaged.env: the file cannot be read"),
    (".", False, "--env-file .: there is no such file"),
    ("damaged.env", True, "--env-file is not read in GitHub Actions"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused(folder: Path, path: str, in_actions: bool, words: str) -> None:
    (folder / "damaged.env").write_bytes(b"WEDATA_WAIT=\xff\xfe\n")
    with pytest.raises(RunError) as caught:
        read_env_file(path, {}, in_actions=in_actions)
    assert caught.value.reason is Reason.INVALID_INPUT
    assert words in caught.value.message
