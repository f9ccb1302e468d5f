"""A living worker keeps its claim, and one that lost it does no harm."""

import threading
import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.contract import Record
from leads.delivery import claiming, sending
from leads.delivery.recording import record
from leads.delivery.sending import Turn
from leads.delivery.settling import settle_expired_claims
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import AttemptResult, DeliveryState
from tests.leads.delivery.scripted import YES, Answer, FarEnd
from tests.leads.delivery.turns import queue_up, results, slowly, turn_of

pytestmark = pytest.mark.django_db

PATIENCE = 10.0


@pytest.fixture
def short_claims(monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """A dozen times as short as in production."""
    monkeypatch.setattr(claiming, "CLAIM_TIME", timedelta(seconds=1.2))
    monkeypatch.setattr(sending, "EXTEND_EVERY_SECONDS", 0.2)
    return timedelta(seconds=1.2)


def expired_meanwhile(turn: Turn) -> bool:
    """Whether the claim was ever found to have ended while the turn went on."""
    found = False
    for group in turn.run():
        found = found or Delivery.objects.expired_claims().exists()
        record(turn.claim, group, recognises_repeats=True)
    return found


@pytest.mark.parametrize(("number", "seconds"), [(1, 1.6), (24, 0.14)], ids=["one long call", "many short calls"])
def test_a_living_worker_keeps_its_claim_as_long_as_it_sends(
    healthy: Destination, far_end: FarEnd, short_claims: timedelta, number: int, seconds: float
) -> None:
    queue_up(healthy, number)
    far_end.answer = slowly(seconds)
    started = time.monotonic()
    assert expired_meanwhile(turn_of(healthy)) is False
    assert time.monotonic() - started > short_claims.total_seconds()
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == number


def test_a_worker_that_lost_its_claim_sends_nothing_more_but_keeps_the_answer_it_gets(
    healthy: Destination, far_end: FarEnd, short_claims: timedelta
) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    first, second = queue_up(healthy, 2)
    turn = turn_of(healthy)
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    settle_expired_claims()
    far_end.answer = slowly(0.3)
    for group in turn.run():
        record(turn.claim, group, recognises_repeats=True)
    assert far_end.received == [first.touch_id]
    assert Delivery.objects.get(pk=first.pk).state == DeliveryState.DELIVERED  # the late yes counts
    assert Delivery.objects.get(pk=second.pk).state == DeliveryState.QUEUED
    assert Attempt.objects.get(delivery=first).is_late is True


def test_a_call_that_hangs_is_left_behind_and_its_claim_runs_out(
    healthy: Destination, far_end: FarEnd, short_claims: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CALL_LIMIT_SECONDS", 0.2)
    deliveries = queue_up(healthy, 3)
    ends = threading.Event()
    hung = deliveries[0].touch_id

    def hang(record: Record) -> Answer:
        if record.key == hung:
            ends.wait(PATIENCE)
        return YES

    far_end.answer = hang
    try:
        deliver_next_batch(healthy)
        assert Delivery.objects.get(pk=deliveries[0].pk).state == DeliveryState.SENDING
        assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 2
        Delivery.objects.filter(pk=deliveries[0].pk).update(claimed_until=Now() - timedelta(seconds=1))
        assert settle_expired_claims() == {healthy.pk}
        assert Delivery.objects.get(pk=deliveries[0].pk).reason == "claim_lost"
    finally:
        ends.set()


# --- Where sending twice is not harmless ----------------------------------------------------------------------------


def marks(destination: Destination) -> list[bool]:
    attempts = Attempt.objects.filter(delivery__destination=destination).order_by("delivery_id")
    return [sent_at is not None for sent_at in attempts.values_list("sent_at", flat=True)]


def test_the_mark_is_written_call_by_call_before_each(forgetful: Destination, far_end: FarEnd) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    queue_up(forgetful, 3)
    turn = turn_of(forgetful)
    seen = [marks(forgetful) for _group in turn.run()]
    assert seen == [[True, False, False], [True, True, False], [True, True, True]]


def test_where_repeats_are_recognised_no_mark_is_written(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 2)
    assert len(results(turn_of(healthy))) == 2
    assert marks(healthy) == [False, False]


def test_what_was_taken_back_meanwhile_is_not_sent(forgetful: Destination, far_end: FarEnd) -> None:
    queue_up(forgetful, 2)
    turn = turn_of(forgetful)
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    settle_expired_claims()
    assert results(turn) == []
    assert far_end.calls == []
    assert set(Attempt.objects.values_list("result", "sent_at")) == {(AttemptResult.NOT_SENT, None)}
