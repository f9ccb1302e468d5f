"""A database that is away for a moment while calls are under way: the answers are known, and are recorded."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from integrations.contract import Record
from leads.delivery import recording, sending
from leads.delivery.recording import record_in_time
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination
from leads.states import AttemptResult, DeliveryState
from tests.factories import make_delivery, make_destination
from tests.leads.delivery.scripted import YES, FarEnd

# Inside the transaction that other tests run in, a connection cannot be given back.
pytestmark = pytest.mark.django_db(transaction=True)


def failing(times: int, then: Callable[..., Any]) -> Callable[..., Any]:
    left = [OperationalError("the connection is closed")] * times

    def call(*args: Any, **kwargs: Any) -> Any:
        if left:
            raise left.pop()
        return then(*args, **kwargs)

    return call


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "DATABASE_PAUSE_SECONDS", 0.01)


@pytest.mark.parametrize("recognises", [True, False])
def test_a_known_answer_is_recorded_once_the_database_is_back(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch, recognises: bool
) -> None:
    destination = make_destination("scripted", settings={"recognises_repeats": recognises})
    make_delivery(destination)
    monkeypatch.setattr(recording, "_record", failing(3, recording._record))
    deliver_next_batch(destination)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    assert Attempt.objects.get().result == AttemptResult.DELIVERED
    assert len(far_end.received) == 1


def test_it_is_given_up_when_the_claim_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "record", failing(10**6, recording.record))
    claim: Any = None
    with pytest.raises(OperationalError):
        record_in_time(claim, [], recognises_repeats=True, until=time.monotonic() + 0.05)


def test_a_claim_that_cannot_be_extended_waits_for_its_calls_and_starts_no_more(
    healthy: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_delivery(healthy), make_delivery(healthy)
    healthy.gate.calls_at_once = 1
    healthy.gate.save()
    tried_to_extend = threading.Event()

    def extend(_claim: Any) -> bool:
        tried_to_extend.set()
        raise OperationalError

    def slow(_record: Record) -> Any:
        tried_to_extend.wait(10)
        return YES

    far_end.answer = slow
    monkeypatch.setattr(sending, "EXTEND_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(sending, "extend", extend)
    deliver_next_batch(healthy)
    assert far_end.received == [first.touch_id]
    states = dict(Delivery.objects.values_list("id", "state"))
    assert states == {first.id: DeliveryState.DELIVERED, second.id: DeliveryState.QUEUED}


def test_what_cannot_be_marked_is_not_sent(far_end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    destination = make_destination("scripted", settings={"recognises_repeats": False})
    make_delivery(destination)
    monkeypatch.setattr(sending, "Now", failing(1, lambda: None))
    deliver_next_batch(destination)
    assert far_end.received == []
    assert Attempt.objects.get().sent_at is None
