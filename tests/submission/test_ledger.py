"""The ledger: each change is published, and at every instant what it says is true."""

import dataclasses
import threading

import pytest

from tests.support.batches import make_batch
from wedata_action.errors import Reason
from wedata_action.result import BatchResult, Result, State
from wedata_action.submission.ledger import End, Ledger, LedgerClosedError
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of

ONE, TWO = make_batch("1", "a", "b"), make_batch("2", "c")
SEED = Result("submit", "unknown", Reason.AMBIGUOUS, head="h")


class Published(list[tuple[Result, BatchResult]]):
    def add(self, result: Result, batch: BatchResult) -> None:
        self.append((result, batch))


def make_ledger() -> tuple[Ledger, Published]:
    published = Published()
    return Ledger(SEED, [ONE, TWO], published.add), published


def known(result: Result) -> list[tuple[str, State, Reason | None]]:
    return [(task.task_id, task.state, task.failure_reason) for task in result.tasks]


def refusal(code: str, message: str = "no") -> ApiError:
    return ApiError(verdict_of(code), code, message, "r-9", answered=True)


def test_before_the_first_call_all_tasks_are_unsent() -> None:
    ledger, published = make_ledger()
    assert known(ledger.snapshot()) == [(task_id, State.UNSENT, None) for task_id in "abc"]
    assert (ledger.snapshot().result, ledger.snapshot().head, published) == ("unknown", "h", [])


def test_a_call_that_is_about_to_leave_is_published_before_it_does() -> None:
    ledger, published = make_ledger()
    ledger.sending(ONE)
    ((result, batch),) = published
    assert batch.status == "sending"
    assert known(result) == [
        ("a", State.UNKNOWN, Reason.AMBIGUOUS),
        ("b", State.UNKNOWN, Reason.AMBIGUOUS),
        ("c", State.UNSENT, None),
    ]


def test_a_call_that_is_sent_again_is_unsent_in_between() -> None:
    ledger, published = make_ledger()
    ledger.sending(TWO)
    ledger.waiting(TWO)
    assert known(published[-1][0])[2] == ("c", State.UNSENT, None)


def test_a_job_id_is_published_at_once() -> None:
    ledger, published = make_ledger()
    ledger.sending(ONE)
    ledger.accepted(ONE, 2528, "r-1")
    result, batch = published[-1]
    assert (batch.job_id, batch.request_id, batch.status) == (2528, "r-1", "accepted")
    assert {(task.job_id, task.request_id, task.failure_reason) for task in batch.tasks} == {(2528, "r-1", None)}
    assert result.batches[0] is batch


@pytest.mark.parametrize(
    ("error", "status", "state", "reason"),
    [
        (refusal("InvalidParameter"), "rejected", State.FAILED, Reason.REJECTED),
        (refusal("AuthFailure.SignatureExpire"), "rejected", State.FAILED, Reason.AUTH),
        (refusal("InternalError"), "open", State.UNKNOWN, Reason.AMBIGUOUS),
        (refusal("RequestLimitExceeded"), "unsent", State.UNSENT, Reason.THROTTLED),
        (
            ApiError(Verdict.NOT_EXECUTED, "NoConnection", "no connection", connected=False),
            "unsent",
            State.UNSENT,
            Reason.UNREACHABLE,
        ),
        (ApiError(Verdict.OPEN, "NoAnswer", "no whole answer came"), "open", State.UNKNOWN, Reason.AMBIGUOUS),
    ],
)
def test_a_call_without_a_job_id_ends_its_tasks(error: ApiError, status: str, state: State, reason: Reason) -> None:
    ledger, published = make_ledger()
    ledger.sending(TWO)
    ledger.failed(TWO, error)
    result, batch = published[-1]
    assert (batch.status, batch.code, batch.request_id) == (status, error.code, error.request_id)
    assert known(result)[2] == ("c", state, reason)
    assert batch.message == batch.tasks[0].message == str(error)


def test_ends_are_of_single_tasks_and_keep_what_was_known() -> None:
    ledger, published = make_ledger()
    ledger.accepted(ONE, 1, "r-1")
    ledger.settle("1", {"a": End(State.PENDING, Reason.PENDING_APPROVAL, "审批中", "V3")})
    ledger.settle("1", {"a": End(State.LIVE, warning="paused"), "foreign": End(State.LIVE)})
    first, second = published[-1][1].tasks
    assert (first.state, first.failure_reason, first.message, first.version) == (State.LIVE, None, "", "V3")
    assert (first.warning, first.job_id, second.state) == ("paused", 1, State.UNKNOWN)


def test_the_halves_of_a_batch_take_its_place() -> None:
    ledger, _ = make_ledger()
    ledger.sending(ONE)
    ledger.split(ONE, ONE.halves())
    assert [batch.number for batch in ledger.snapshot().batches] == ["1.1", "1.2", "2"]
    assert known(ledger.snapshot()) == [(task_id, State.UNSENT, None) for task_id in "abc"]


def test_after_the_end_nothing_is_sent_nor_written_down() -> None:
    ledger, published = make_ledger()
    ledger.sending(ONE)
    last = ledger.close()
    count = len(published)
    with pytest.raises(LedgerClosedError):
        ledger.sending(TWO)
    ledger.accepted(ONE, 1, "r")
    ledger.settle("1", {"a": End(State.LIVE)})
    ledger.split(ONE, ONE.halves())
    assert ledger.close() == last
    assert len(published) == count


def test_states_that_threads_publish_follow_one_another() -> None:
    """What is published last is the last state, and no change of another batch is ever lost."""
    batches = [make_batch(str(number), f"t{number}") for number in range(8)]
    published = Published()
    ledger = Ledger(SEED, batches, published.add)

    def live(number: int) -> None:
        ledger.sending(batches[number])
        ledger.accepted(batches[number], number + 1, "r")
        for version in range(20):
            ledger.settle(str(number), {f"t{number}": End(State.LIVE, version=f"V{version}")})

    threads = [threading.Thread(target=live, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live_counts = [sum(task.state is State.LIVE for task in result.tasks) for result, _ in published]
    assert live_counts == sorted(live_counts)
    assert published[-1][0] == ledger.snapshot()
    assert {task.version for task in ledger.snapshot().tasks} == {"V19"}
    assert dataclasses.replace(ledger.snapshot(), batches=()) == SEED
