from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.client import Clock
from tests.sandbox.sdk import Connect
from tests.sandbox.studio import PROJECT, SQL
from wedata_sandbox.content import NewTask
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wedata(clock: Clock) -> WeData:
    tasks = [NewTask("1", name="load_orders", code=SQL), NewTask("2", workflow="reports", upstream=("1",))]
    return WeData(now=clock, tasks={PROJECT: tasks})


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Makes clients of a sandbox, and closes their connections afterwards."""
    # Importing the SDK takes a second, which the other tests need not wait.
    from tencentcloud.common import credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.wedata.v20210820.wedata_client import WedataClient

    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    clients = []

    def build(sandbox: Sandbox, kind: Any = WedataClient, retryer: object = None, **changed: str) -> Any:
        keys = {"secret_id": sandbox.secret_id, "secret_key": sandbox.secret_key, "token": sandbox.token} | changed
        address = sandbox.endpoint.removeprefix("http://")
        http = HttpProfile(protocol="http", endpoint=address, reqTimeout=10)
        profile = ClientProfile(httpProfile=http, language="en-US", retryer=retryer)
        client = kind(credential.Credential(*keys.values()), "ap-singapore", profile)
        clients.append(client)
        return client

    yield build
    for client in clients:
        client.request.conn._session.close()
