"""SIGINT and SIGTERM at different times: the exit code is the signal's, and the outputs are true."""

import signal
import time

import pytest

from tests.support.action import Action, holds_signals
from wedata_sandbox.faults import SUBMIT, Fault

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def tasks(count: int) -> dict[str, str]:
    return {"wedata/a.yml": "tasks:\n" + "".join(f"- task_id: '{number}'\n" for number in range(count))}


@pytest.mark.parametrize("seconds", [0, 0.1, 0.4])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_before_the_first_call_sends_nothing(
    action: Action, number: signal.Signals, code: int, seconds: float
) -> None:
    def ready(pid: int) -> bool:
        if holds_signals(pid):
            time.sleep(seconds)
        return holds_signals(pid)

    head = action.repository.commit(tasks(20_000))  # it takes a second and more to plan so many
    ended = action.push_and_signal("0" * 40, head, number, ready, max_tasks="0")
    assert ended.end == (code, "cancelled", "cancelled")
    assert action.sandbox.gateway.calls == ()
    assert ended.ids("job-ids") == []
    assert "the run was cancelled" in ended.messages()
    assert ended.stderr == ""


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_during_slow_calls_keeps_what_is_known(action: Action, number: signal.Signals, code: int) -> None:
    head = action.repository.commit(tasks(20))
    sandbox = action.sandbox
    sandbox.fail_next(SUBMIT, Fault.delay(1))
    sandbox.fail_next(SUBMIT, Fault.delay(30), times=None)
    ended = action.push_and_signal(
        "0" * 40,
        head,
        number,
        lambda _: len(sandbox.gateway.calls) >= 2,
        batch_size="1",
        requests_per_second="2",
    )
    assert ended.end == (code, "cancelled", "cancelled")
    assert len(sandbox.wedata.submissions) == 2
    assert len(ended.ids("job-ids")) == 1
    assert len(ended.ids("unknown-task-ids")) == 2
    assert len(ended.ids("unsent-task-ids")) == 18
    assert ended.ids("job-ids")[0] in {1, 2}
    assert "the run was cancelled" in ended.messages()
    assert ended.stderr == ""


def test_a_signal_during_the_only_call_leaves_it_time_to_answer(action: Action) -> None:
    head = action.repository.commit(tasks(1))
    sandbox = action.sandbox
    sandbox.fail_next(SUBMIT, Fault.delay(1))
    ended = action.push_and_signal(
        "0" * 40, head, signal.SIGTERM, lambda _: len(sandbox.gateway.calls) == 1, requests_per_second="1"
    )
    assert ended.end == (143, "cancelled", "cancelled")
    assert ended.ids("job-ids") == [1]
