"""What the tests of workflows share: the built image, and a repository on stand-ins for GitHub and WeData."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.container import act, docker
from tests.container.act import Forge

IMAGE = "wedata-action:act-test"


class Open(Protocol):
    """Opens a repository with these files, whose workflows run the action from `image`."""

    def __call__(self, files: Mapping[str, str], image: str = IMAGE) -> Forge: ...


@pytest.fixture(scope="session")
def _images() -> None:
    docker.build(IMAGE)
    act.build_job_image()


@pytest.fixture
def open_forge(tmp_path: Path, _images: None) -> Iterator[Open]:
    with ExitStack() as opened:
        yield lambda files, image=IMAGE: opened.enter_context(act.forge(tmp_path, image, files))
