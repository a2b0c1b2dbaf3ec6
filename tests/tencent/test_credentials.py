"""The keys: found, missing, or pasted with something around them."""

import pytest

from wedata_action.errors import Reason, RunError
from wedata_action.tencent.credentials import Credentials, from_environment

KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDexample", "TENCENTCLOUD_SECRET_KEY": "k3y-of-example"}


def refusal(environ: dict[str, str], *, in_actions: bool = False) -> str:
    with pytest.raises(RunError) as caught:
        from_environment(environ, in_actions=in_actions)
    assert caught.value.reason is Reason.INVALID_INPUT
    return caught.value.message


def test_permanent_keys_have_no_token() -> None:
    assert from_environment(KEYS) == Credentials("AKIDexample", "k3y-of-example")


@pytest.mark.parametrize("name", ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"])
def test_temporary_keys_come_with_a_token(name: str) -> None:
    assert from_environment(KEYS | {name: "t0ken-long"}).token == "t0ken-long"


def test_an_empty_token_is_none() -> None:
    assert from_environment(KEYS | {"TENCENTCLOUD_TOKEN": "", "TENCENTCLOUD_SECURITY_TOKEN": ""}).token is None


def test_the_first_name_of_the_token_wins() -> None:
    tokens = {"TENCENTCLOUD_TOKEN": "first-token", "TENCENTCLOUD_SECURITY_TOKEN": "second-token"}
    assert from_environment(KEYS | tokens).token == "first-token"


def test_missing_keys_are_named_together_with_the_way_to_give_them() -> None:
    message = refusal({}, in_actions=True)
    assert "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set" in message
    assert "${{ secrets.TENCENTCLOUD_SECRET_ID }}" in message


def test_in_a_shell_the_way_to_give_keys_is_that_of_a_shell() -> None:
    message = refusal({})
    assert ".env" in message
    assert "secrets." not in message


def test_an_empty_key_is_missing() -> None:
    message = refusal(KEYS | {"TENCENTCLOUD_SECRET_KEY": ""}, in_actions=True)
    assert message.startswith("TENCENTCLOUD_SECRET_KEY is not set")
    assert "${{ secrets.TENCENTCLOUD_SECRET_KEY }}" in message


@pytest.mark.parametrize("name", [*KEYS, "TENCENTCLOUD_TOKEN"])
@pytest.mark.parametrize("spoilt", ["{}\n", " {}", "{}\t", "{}\r\n", "{}é", "{} {}", "\u200b{}", "   "])
def test_a_key_with_white_space_is_refused_and_not_shown(name: str, spoilt: str) -> None:
    message = refusal(KEYS | {name: spoilt.replace("{}", "a-secret-value")})
    assert name in message
    assert "a-secret-value" not in message


@pytest.mark.parametrize("name", [*KEYS, "TENCENTCLOUD_TOKEN"])
def test_a_key_too_short_to_be_hidden_is_refused(name: str) -> None:
    message = refusal(KEYS | {name: "short-7"})
    assert message.startswith(f"{name} is not a key, which has at least 8 characters and no white space")
    assert "short-7" not in message


def test_credentials_never_show_what_they_hold() -> None:
    assert repr(Credentials("AKIDexample", "k3y", "t0ken")) == "Credentials(expires=inf)"
