"""Planted faults: with each of them the check of the README's workflow fails. `make act` names this file."""

from __future__ import annotations

import base64

import pytest

from tests.container import docker
from tests.container.conftest import IMAGE, Open
from tests.container.workflows import example, first_push_goes_live

WRAPPER = """#!/opt/wedata-action/bin/python
import os, pathlib, subprocess, sys
outputs = pathlib.Path(os.environ["GITHUB_OUTPUT"])
code = subprocess.run([{program!r}, *sys.argv[1:]]).returncode
{fault}
sys.exit(code)
"""
PROGRAM = "/opt/wedata-action/bin/wedata-action"


def wrapped(program: str = PROGRAM, fault: str = "") -> str:
    """An image whose entry point runs the program, and then spoils the file of its outputs."""
    image = "wedata-action:act-fault"
    script = base64.b64encode(WRAPPER.format(program=program, fault=fault).encode()).decode()
    run = f"RUN echo {script} | base64 -d > /wrapper && chmod 755 /wrapper"
    docker.build_from(f'FROM {IMAGE}\n{run}\nENTRYPOINT ["/wrapper"]\n', image)
    return image


def test_the_wrapper_of_the_faults_is_harmless(open_forge: Open) -> None:
    first_push_goes_live(open_forge(example("one-project"), wrapped()))


FAULTS = {
    "an empty line in the outputs": {"fault": "outputs.write_text(outputs.read_text() + '\\n')"},
    "a missing output": {"fault": "outputs.write_text(outputs.read_text().replace('batch-', 'b-'))"},
    "a broken entry point": {"program": f"{PROGRAM}-gone"},
}


@pytest.mark.parametrize("image", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_fails_the_check_of_the_readmes_workflow(open_forge: Open, image: dict[str, str]) -> None:
    forge = open_forge(example("one-project"), wrapped(**image))
    with pytest.raises(AssertionError):
        first_push_goes_live(forge)
