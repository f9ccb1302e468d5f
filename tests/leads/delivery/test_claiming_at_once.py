"""Many workers at one destination: every delivery is sent by one of them."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.contract import Record
from leads.delivery.claiming import Claim, claim_batch, give_back
from leads.delivery.settling import settle_expired_claims
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import DeliveryState
from tests.factories import make_delivery, make_destination, make_touch
from tests.leads.at_once import at_once
from tests.leads.delivery.scripted import YES, Answer, FarEnd

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy() -> Destination:
    """Sixty deliveries wait, and there is room for everybody."""
    destination = make_destination("scripted_batch", gate={"calls_at_once": 32, "last_success_at": Now()})
    touches = [make_touch() for _n in range(60)]
    Delivery.objects.bulk_create(Delivery(touch=touch, destination=destination) for touch in touches)
    return destination


@pytest.mark.parametrize("workers", [2, 6])
def test_claims_made_at_once_never_share_a_delivery(busy: Destination, workers: int) -> None:
    def claim_all() -> list[Claim]:
        claims = []
        while Delivery.objects.due().exists():
            if claim := claim_batch(busy.pk, batch_limit=3):  # None: another worker is claiming just now
                claims.append(claim)
        return claims

    claimed = [
        delivery.id for claims in at_once([claim_all] * workers) for claim in claims for delivery in claim.deliveries
    ]
    assert len(claimed) == 60
    assert max(Counter(claimed).values()) == 1
    assert Attempt.objects.count() == 60
    assert Delivery.objects.values("claim_id").distinct().count() == 20


def test_claims_made_at_once_never_exceed_the_slots(busy: Destination) -> None:
    DestinationGate.objects.update(calls_at_once=2)
    lock, peak = threading.Lock(), 0

    def claim_and_give_back() -> None:
        nonlocal peak
        for _n in range(8):
            claim = claim_batch(busy.pk, batch_limit=3)
            if claim is None:
                continue
            with lock:
                under_way = Delivery.objects.filter(state=DeliveryState.SENDING)
                peak = max(peak, under_way.values("claim_id").distinct().count())
            give_back(claim, claim.deliveries)

    at_once([claim_and_give_back] * 4)
    assert 1 <= peak <= 2
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).count() == 60
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("kind", ["scripted", "scripted_batch"])
def test_workers_at_once_send_every_record_once(busy: Destination, far_end: FarEnd, kind: str) -> None:
    Destination.objects.update(kind=kind)

    def work() -> None:
        while Delivery.objects.due().exists():
            deliver_next_batch(busy)

    at_once([work] * 4)
    assert sorted(far_end.received) == sorted(Delivery.objects.values_list("touch_id", flat=True))
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED, tries=1).count() == 60
    assert Attempt.objects.filter(result="delivered", is_late=False).count() == 60


def test_sweeps_at_once_settle_each_lost_delivery_once(busy: Destination) -> None:
    claim_batch(busy.pk, batch_limit=60)
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    at_once([settle_expired_claims] * 4)
    assert Delivery.objects.filter(state=DeliveryState.QUEUED, lost_claims=1).count() == 60


def test_an_answer_and_the_sweep_at_once_leave_one_truth(busy: Destination, far_end: FarEnd) -> None:
    """The sweep takes the claim back while the answers are being recorded: each delivery ends as delivered anyway."""
    expired = threading.Event()

    def answer(_record: Record) -> Answer:
        assert expired.wait(10)
        return YES

    def sweep() -> None:
        while not Delivery.objects.filter(state=DeliveryState.SENDING).exists():
            pass
        Delivery.objects.filter(state=DeliveryState.SENDING).update(claimed_until=Now() - timedelta(seconds=1))
        expired.set()
        settle_expired_claims()

    far_end.answer = answer
    DestinationGate.objects.update(calls_at_once=1)
    at_once([lambda: deliver_next_batch(busy), sweep])
    assert Delivery.objects.filter(state=DeliveryState.SENDING).count() == 0
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 10
    assert make_delivery(busy).state == DeliveryState.QUEUED
