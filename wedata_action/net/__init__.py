"""One bounded HTTP exchange, which every service that the program talks to goes through, and the session for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests


def new_session() -> requests.Session:
    """Keeps connections open, for all threads."""
    # urllib3 and ssl would write the keys of every connection to the file that the environment names.
    os.environ.pop("SSLKEYLOGFILE", None)
    import requests  # here, since a run that needs no network starts faster without it
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=32))
    return session
