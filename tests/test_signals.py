"""A signal is never lost, and only the first counts. Each test is a process of its own: signals belong to processes."""

import subprocess
import sys

import pytest

START = """
import os, signal, sys, time
from wedata_action.signals import block_signals, cancellable, unblock_signals
from wedata_action.errors import Cancelled
def send(name): os.kill(os.getpid(), getattr(signal, name))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START + program]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def printed(program: str) -> str:
    done = run(program)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize(("name", "number"), [("SIGINT", 2), ("SIGTERM", 15)])
def test_a_signal_inside_is_raised_with_its_number(name: str, number: int) -> None:
    program = f"""
try:
    with cancellable():
        send("{name}")
        time.sleep(5)
except Cancelled as cancelled:
    print(cancelled.signal_number)
"""
    assert printed(program) == str(number)


def test_a_signal_that_came_before_arrives_at_once() -> None:
    program = """
block_signals()
send("SIGTERM")
print("held back")
try:
    with cancellable():
        print("never printed")
except Cancelled:
    print("cancelled")
"""
    assert printed(program) == "held back\ncancelled"


def test_later_signals_are_ignored_inside_and_afterwards() -> None:
    program = """
try:
    with cancellable():
        try:
            send("SIGINT")
        finally:
            send("SIGTERM"); send("SIGINT")
            print("undisturbed")
except Cancelled as cancelled:
    send("SIGTERM")
    print(cancelled.signal_number)
"""
    assert printed(program) == "undisturbed\n2"


def test_a_signal_in_a_finalizer_is_not_lost() -> None:
    program = """
class Finalized:
    def __del__(self):
        send("SIGTERM")
        for _ in range(1000): pass
try:
    with cancellable():
        Finalized()
        time.sleep(5)
        print("lost")
except Cancelled as cancelled:
    print(cancelled.signal_number)
"""
    assert printed(program) == "15"


def test_what_else_goes_wrong_in_a_finalizer_is_still_told() -> None:
    done = run("""
class Finalized:
    def __del__(self): raise ValueError("in a finalizer")
with cancellable():
    Finalized()
""")
    assert done.returncode == 0
    assert "ValueError: in a finalizer" in done.stderr


def test_commands_that_are_no_runs_end_by_a_signal_as_usual() -> None:
    done = run("""
block_signals()
unblock_signals()
send("SIGTERM")
time.sleep(5)
""")
    assert done.returncode == -15
