"""Clients of Tencent Cloud for the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from wedata_action.clock import Clock
from wedata_action.tencent.client import Client, Service
from wedata_action.tencent.credentials import Credentials


@dataclass
class Caller:
    """Makes clients, and keeps what they write into the debug log."""

    session: requests.Session
    debugs: list[str] = field(default_factory=list)

    def client(self, endpoint: str, **changed: Any) -> Client:
        credentials = Credentials("AKIDexample00000", "k3y-of-example-00", changed.pop("token", None))
        keys = changed.pop("credentials", credentials)
        clock = changed.pop("clock", Clock())
        service = Service(endpoint, "ap-singapore", **({"seconds": 5.0} | changed))
        return Client(service, lambda: keys, clock=clock, session=self.session, debug=self.debugs.append)
