"""Temporary keys and their renewal, on a clock that only the test moves."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wedata_action.clock import Clock
from wedata_action.tencent.credentials import Credentials, Renewing
from wedata_action.tencent.verdicts import ApiError, Verdict

LIFETIME = 3600.0
REFUSED = ApiError(Verdict.NOT_EXECUTED, "AuthFailure", "no temporary keys: refused")


@dataclass
class Service:
    """Signs in, and counts how often; fails while it has a `failure`."""

    seconds: float = 1000.0
    lifetime: float = LIFETIME
    calls: int = 0
    failure: ApiError | None = None
    lines: list[str] = field(default_factory=list)

    def sign_in(self) -> Credentials:
        self.calls += 1
        if self.failure:
            raise self.failure
        return Credentials(f"id-{self.calls}", "secret-key", "token", self.seconds + self.lifetime)

    def renewing(self) -> Renewing:
        clock = Clock(lambda: self.seconds, lambda: self.seconds, lambda _: None, random.Random(1))
        return Renewing(self.sign_in, clock, self.lines.append)


def test_nobody_signs_in_before_keys_are_needed() -> None:
    service = Service()
    keys = service.renewing()
    assert service.calls == 0
    assert keys().secret_id == "id-1"
    assert keys() is keys()
    assert service.calls == 1


@pytest.mark.parametrize(("lifetime", "margin"), [(3600.0, 600.0), (43200.0, 600.0), (900.0, 450.0), (2.0, 1.0)])
def test_keys_are_renewed_before_they_expire(lifetime: float, margin: float) -> None:
    service = Service(lifetime=lifetime)
    keys = service.renewing()
    first = keys()
    service.seconds += lifetime - margin - 0.1
    assert keys() is first
    service.seconds += 0.2
    assert keys().secret_id == "id-2"
    assert service.lines == []


def test_a_renewal_that_fails_keeps_the_old_keys_and_is_tried_again_after_a_while() -> None:
    service = Service()
    keys = service.renewing()
    first = keys()
    service.seconds += 3100
    service.failure = REFUSED
    for _ in range(5):
        assert keys() is first
    assert service.calls == 2
    assert service.lines == [
        "The temporary keys could not be renewed; the old ones stay valid for 500 s: no temporary keys: refused"
    ]
    service.seconds += 30
    assert keys() is first
    assert service.calls == 3
    service.failure = None
    service.seconds += 30
    assert keys().secret_id == "id-4"


def test_expired_keys_are_never_given_out() -> None:
    service = Service()
    keys = service.renewing()
    keys()
    service.seconds += LIFETIME
    service.failure = REFUSED
    for _ in range(5):
        with pytest.raises(ApiError) as caught:
            keys()
        assert caught.value is REFUSED
    assert service.calls == 2, "a failure holds for half a minute"
    service.seconds += 30
    service.failure = None
    assert keys().secret_id == "id-3"


def test_one_thread_renews_and_the_others_go_on_with_the_old_keys() -> None:
    service, started, go = Service(), threading.Event(), threading.Event()
    clock = Clock(lambda: service.seconds, lambda: service.seconds, lambda _: None, random.Random(1))

    def slow() -> Credentials:
        if service.calls:
            started.set()
            assert go.wait(10)
        return service.sign_in()

    keys = Renewing(slow, clock, service.lines.append)
    first = keys()
    service.seconds += 3100
    given: list[Credentials] = []
    renewer = threading.Thread(target=lambda: given.append(keys()))
    renewer.start()
    assert started.wait(10)
    assert [keys() for _ in range(20)] == [first] * 20
    go.set()
    renewer.join(10)
    assert given[0].secret_id == keys().secret_id == "id-2"


def test_many_threads_sign_in_once() -> None:
    service, barrier = Service(), threading.Barrier(8)
    keys = service.renewing()
    given: list[str] = []

    def take() -> None:
        barrier.wait(10)
        given.append(keys().secret_id)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (given, service.calls) == (["id-1"] * 8, 1)


@given(st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=30))  # pause, the service fails
def test_whatever_happens_no_expired_key_is_given_out(steps: list[tuple[float, bool]]) -> None:
    service = Service()
    ends: dict[str, float] = {}

    def sign_in() -> Credentials:
        signed_in = service.sign_in()
        ends[signed_in.secret_id] = signed_in.expires
        return signed_in

    clock = Clock(lambda: service.seconds, lambda: service.seconds, lambda _: None, random.Random(1))
    keys = Renewing(sign_in, clock, service.lines.append)
    held: Credentials | None = None
    for pause, fails in steps:
        service.seconds += pause
        service.failure = REFUSED if fails else None
        before = service.calls
        try:
            held = keys()
        except ApiError:
            assert held is None or ends[held.secret_id] <= service.seconds
        else:
            assert ends[held.secret_id] > service.seconds
        assert service.calls <= before + 1
