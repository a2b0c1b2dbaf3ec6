"""The ledger: each change is published, and at every instant what it says is true."""

import threading
from collections.abc import Sequence

import pytest

from tests.support.batches import make_batch
from wedata_action.errors import Reason
from wedata_action.result import Batch, BatchStatus, End, State, TaskOutcome
from wedata_action.submission.ledger import Ledger, LedgerClosedError
from wedata_action.tencent.verdicts import ApiError, Verdict, verdict_of

ONE, TWO = make_batch("1", "a", "b"), make_batch("2", "c")


class Published(list[tuple[tuple[Batch, ...], Batch]]):
    """The batches at each change, and the one that changed; the first one where it is gone."""

    def add(self, _: tuple[TaskOutcome, ...], batches: tuple[Batch, ...], batch: Batch | None) -> None:
        self.append((batches, batch or batches[0]))


def make_ledger() -> tuple[Ledger, Published]:
    published = Published()
    return Ledger([ONE, TWO], published.add), published


def known(batches: Sequence[Batch]) -> list[tuple[str, State, Reason | None]]:
    return [(found.task.task_id, found.state, found.failure_reason) for batch in batches for found in batch.outcomes]


def refusal(code: str, message: str = "no") -> ApiError:
    return ApiError(verdict_of(code), code, message, "r-9", answered=True)


def test_before_the_first_call_all_tasks_are_unsent() -> None:
    ledger, published = make_ledger()
    assert known(ledger.batches) == [(task_id, State.UNSENT, None) for task_id in "abc"]
    assert published == []


def test_a_call_that_is_about_to_leave_is_published_before_it_does() -> None:
    ledger, published = make_ledger()
    ledger.sending("1")
    ((batches, batch),) = published
    assert batch.status is BatchStatus.SENDING
    assert known(batches) == [
        ("a", State.UNKNOWN, Reason.AMBIGUOUS),
        ("b", State.UNKNOWN, Reason.AMBIGUOUS),
        ("c", State.UNSENT, None),
    ]


def test_a_call_that_is_sent_again_is_unsent_in_between() -> None:
    ledger, published = make_ledger()
    ledger.sending("2")
    ledger.waiting("2")
    batches, batch = published[-1]
    assert known(batches)[2] == ("c", State.UNSENT, None)
    assert batch.status is BatchStatus.PLANNED


def test_a_job_id_is_published_at_once() -> None:
    ledger, published = make_ledger()
    ledger.sending("1")
    ledger.accepted("1", 2528, "r-1")
    batches, batch = published[-1]
    assert (batch.job_id, batch.request_id, batch.status) == (2528, "r-1", "accepted")
    assert {(found.job_id, found.request_id, found.failure_reason) for found in batch.outcomes} == {(2528, "r-1", None)}
    assert all(found.accepted for found in batch.outcomes)
    assert batches[0] == batch


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
    ledger.sending("2")
    ledger.failed("2", error)
    batches, batch = published[-1]
    assert (batch.status, batch.code, batch.request_id) == (status, error.code, error.request_id)
    assert known(batches)[2] == ("c", state, reason)
    assert batch.message == batch.outcomes[0].message == str(error)


def test_ends_are_of_single_tasks_and_keep_what_was_known() -> None:
    ledger, published = make_ledger()
    ledger.accepted("1", 1, "r-1")
    first, _ = ledger.batches[0].outcomes
    ledger.settle([first], [End(State.PENDING, Reason.PENDING_APPROVAL, "审批中", "V3")])
    ledger.settle([first], [End(State.LIVE, warning="paused")])
    first, second = published[-1][1].outcomes
    assert (first.state, first.failure_reason, first.message, first.version) == (State.LIVE, None, "", "V3")
    assert (first.warning, first.job_id, second.state) == ("paused", 1, State.UNKNOWN)


def test_the_halves_of_a_batch_take_its_place() -> None:
    ledger, _ = make_ledger()
    ledger.sending("1")
    halves = ledger.split("1")
    assert [batch.number for batch in ledger.batches] == ["1.1", "1.2", "2"]
    assert ledger.batches[:2] == halves
    assert [found.batch for batch in halves for found in batch.outcomes] == ["1.1", "1.2"]
    assert known(ledger.batches) == [(task_id, State.UNSENT, None) for task_id in "abc"]


def test_after_the_end_nothing_is_sent_nor_written_down() -> None:
    ledger, published = make_ledger()
    ledger.sending("1")
    last = ledger.close()
    count = len(published)
    with pytest.raises(LedgerClosedError):
        ledger.sending("2")
    ledger.accepted("1", 1, "r")
    ledger.settle(ONE.outcomes, [End(State.LIVE)] * 2)
    ledger.split("1")
    assert ledger.close() == last
    assert len(published) == count


def test_states_that_threads_publish_follow_one_another() -> None:
    """What is published last is the last state, and no change of another batch is ever lost."""
    batches = [make_batch(str(number), f"t{number}") for number in range(8)]
    published = Published()
    ledger = Ledger(batches, published.add)

    def live(number: int) -> None:
        ledger.sending(str(number))
        ledger.accepted(str(number), number + 1, "r")
        for version in range(20):
            ledger.settle(batches[number].outcomes, [End(State.LIVE, version=f"V{version}")])

    threads = [threading.Thread(target=live, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live_counts = [sum(state is State.LIVE for _, state, _ in known(batches)) for batches, _ in published]
    assert live_counts == sorted(live_counts)
    assert published[-1][0] == ledger.batches
    assert {found.version for batch in ledger.batches for found in batch.outcomes} == {"V19"}


def test_a_task_that_ends_before_its_batch_is_sent_leaves_it() -> None:
    ledger, published = make_ledger()
    first, *rest = ledger.batches[0].outcomes
    ledger.leave(first, End(State.FAILED, Reason.CONFLICT, "edited"))
    assert [found.task for found in ledger.batches[0].outcomes] == [found.task for found in rest]
    assert [(found.task, found.state, found.batch) for found in ledger.settled] == [(first.task, State.FAILED, "")]
    assert len(published) == 1
    for outcome in rest:
        ledger.leave(outcome, End(State.UNSENT, Reason.REJECTED))
    assert [batch.number for batch in ledger.batches] == ["2"]


def test_a_task_that_needs_no_call_is_settled_by_itself() -> None:
    settled = TaskOutcome(make_batch("9", "looked-up").outcomes[0].task)
    ledger = Ledger([ONE], lambda *_: None, [settled])
    ledger.settle([settled], [End(State.LIVE, version="V3")])
    assert [(found.state, found.version) for found in ledger.settled] == [(State.LIVE, "V3")]
    ledger.close()
    ledger.settle([settled], [End(State.UNKNOWN)])
    assert [found.state for found in ledger.settled] == [State.LIVE]
