"""The signature against the published vector and, byte for byte, against the official SDK."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.common import abstract_client, credential
from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from wedata_action.tencent.signature import authorization, utc_date

# Python 3.12 warns of a function of `datetime` that the SDK still calls.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

keys = st.text(string.ascii_letters + string.digits, min_size=8, max_size=40)
hosts = st.sampled_from(["wedata.intl.tencentcloudapi.com", "wedata.tencentcloudapi.com", "127.0.0.1:8080"])
bodies = st.dictionaries(st.text(max_size=8), st.text(max_size=40) | st.integers() | st.none(), max_size=4)
SIGNED = {"service": "wedata", "host": "wedata.tencentcloudapi.com", "content_type": "application/json", "body": b"{}"}


class Client(AbstractClient):  # type: ignore[misc] # the SDK has no types
    _apiVersion = "2021-08-20"  # noqa: N815 - the name that the SDK looks up
    _service = "wedata"


def signed_by_the_sdk(secret_id: str, secret_key: str, host: str, body: dict[str, object]) -> RequestInternal:
    client = Client(
        credential.Credential(secret_id, secret_key),
        "ap-singapore",
        ClientProfile(httpProfile=HttpProfile(endpoint=host)),
    )
    request = RequestInternal(host, "POST", "/")
    client._build_req_with_tc3_signature("BatchCreateTaskVersionAsync", body, request)
    return request


def test_the_published_vector_comes_out() -> None:
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    assert authorization(
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        service="cvm",
        host="cvm.tencentcloudapi.com",
        content_type="application/json; charset=utf-8",
        body=body,
        timestamp=1551113065,
    ) == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


@settings(max_examples=200, deadline=None)
@given(keys, keys, hosts, bodies, st.integers(0, 2**32))
def test_the_official_sdk_signs_alike(
    secret_id: str, secret_key: str, host: str, body: dict[str, object], timestamp: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(abstract_client.time, "time", lambda: timestamp + 0.9)
        request = signed_by_the_sdk(secret_id, secret_key, host, body)
    assert request.header["X-TC-Timestamp"] == str(timestamp)
    assert json.loads(request.data) == body
    assert request.header["Authorization"] == authorization(
        secret_id,
        secret_key,
        service="wedata",
        host=host,
        content_type=request.header["Content-Type"],
        body=request.data.encode(),
        timestamp=timestamp,
    )


@pytest.mark.parametrize(
    ("timestamp", "date"),
    [(1735689599, "2024-12-31"), (1735689600, "2025-01-01"), (1709164799, "2024-02-28"), (1709164800, "2024-02-29")],
)
def test_the_day_changes_at_midnight_utc(timestamp: int, date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert utc_date(timestamp) == date
    signed = authorization("AKIDexample", "key", timestamp=timestamp, **SIGNED)  # type: ignore[arg-type] # mixed values
    assert f"/{date}/wedata/tc3_request," in signed


@pytest.mark.parametrize(
    "changed",
    [{"service": "cvm"}, {"host": "example.com"}, {"content_type": "text/plain"}, {"body": b"{} "}, {"timestamp": 2}],
)
def test_each_part_of_a_request_is_signed(changed: dict[str, object]) -> None:
    parts = SIGNED | {"timestamp": 1}
    assert signature("key", **parts) != signature("key", **(parts | changed))


def test_another_key_signs_otherwise() -> None:
    assert signature("key", timestamp=1, **SIGNED) != signature("kez", timestamp=1, **SIGNED)


def signature(secret_key: str, **parts: object) -> str:
    return authorization("AKIDexample", secret_key, **parts).rpartition("Signature=")[2]  # type: ignore[arg-type] # mixed values
