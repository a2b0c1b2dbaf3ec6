"""A job with an empty repository, and a sandbox over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.action import Action, Repository
from wedata_sandbox.server import Sandbox


@pytest.fixture
def action(tmp_path: Path) -> Iterator[Action]:
    with Sandbox() as sandbox:
        yield Action(tmp_path, Repository.make(tmp_path / "workspace"), sandbox)
