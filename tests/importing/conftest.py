"""An empty repository, and a site without a rate limit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.importing.place import PROJECT, Place, make
from tests.sandbox.conftest import connect
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData


@pytest.fixture(params=["intl"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A test that differs by site names both in its `parametrize`."""
    with Sandbox(WeData(site=request.param, tasks={PROJECT: []}), rate=None) as sandbox:
        yield make(tmp_path / "repository", sandbox)


__all__ = ["connect", "place"]
