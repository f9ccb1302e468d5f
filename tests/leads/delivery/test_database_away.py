"""A database that is away for a moment while calls are under way: the answers are known, and are recorded."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error, InterfaceError, InternalError, OperationalError

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


class ReadOnly(Exception):
    sqlstate = "25006"


def read_only() -> InternalError:
    """As Django raises it for a server that takes no writes."""
    error = InternalError("cannot execute UPDATE in a read-only transaction")
    error.__cause__ = ReadOnly()
    return error


CLOSED = OperationalError("the connection is closed")


def failing(times: int, then: Callable[..., Any], error: Error = CLOSED) -> Callable[..., Any]:
    left = [error] * times

    def call(*args: Any, **kwargs: Any) -> Any:
        if left:
            raise left.pop()
        return then(*args, **kwargs)

    return call


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "DATABASE_PAUSE_SECONDS", 0.01)


@pytest.mark.parametrize("recognises", [True, False])
@pytest.mark.parametrize("error", [CLOSED, read_only(), InterfaceError("the connection is closed")])
def test_a_known_answer_is_recorded_once_the_database_is_back(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch, recognises: bool, error: Error
) -> None:
    destination = make_destination("scripted", settings={"recognises_repeats": recognises})
    make_delivery(destination)
    monkeypatch.setattr(recording, "_record", failing(3, recording._record, error))
    deliver_next_batch(destination)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    assert Attempt.objects.get().result == AttemptResult.DELIVERED
    assert len(far_end.received) == 1


def test_it_is_given_up_when_the_claim_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "record", failing(10**6, recording.record))
    claim: Any = None
    with pytest.raises(OperationalError):
        record_in_time(claim, [], recognises_repeats=True, until=time.monotonic() + 0.05)


def test_a_fault_of_ours_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "record", failing(1, recording.record, InternalError("our own")))
    claim: Any = None
    with pytest.raises(InternalError):
        record_in_time(claim, [], recognises_repeats=True, until=time.monotonic() + 60)


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


@pytest.mark.parametrize("error", [CLOSED, read_only()])
def test_what_cannot_be_marked_is_not_sent(far_end: FarEnd, monkeypatch: pytest.MonkeyPatch, error: Error) -> None:
    destination = make_destination("scripted", settings={"recognises_repeats": False})
    make_delivery(destination)
    monkeypatch.setattr(sending, "Now", failing(1, lambda: None, error))
    deliver_next_batch(destination)
    assert far_end.received == []
    assert Attempt.objects.get().sent_at is None
