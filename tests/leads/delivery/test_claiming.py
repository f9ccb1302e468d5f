"""Who may send what, and how much at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from leads.delivery.claiming import CLAIM_TIME, Claim, claim_batch, extend, give_back, slots
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import DeliveryState, PausedBy, Priority
from tests.factories import make_delivery, make_destination

pytestmark = pytest.mark.django_db


def claim_singles(destination: Destination) -> Claim | None:
    return claim_batch(destination.pk, batch_limit=1)


def numbers(claim: Claim | None, deliveries: list[Delivery]) -> list[int]:
    """Which of these were claimed, in the order in which they are to be sent."""
    assert claim is not None
    places = {delivery.id: place for place, delivery in enumerate(deliveries)}
    return [places[delivery.id] for delivery in claim.deliveries]


def test_a_claim_takes_what_is_due_and_writes_an_attempt_before_anything_is_sent(destination: Destination) -> None:
    delivery = make_delivery(destination)
    claim = claim_singles(destination)
    assert claim is not None
    delivery.refresh_from_db()
    assert (delivery.state, delivery.claim_id) == (DeliveryState.SENDING, claim.id)
    assert delivery.claimed_until is not None
    assert timedelta(0) < delivery.claimed_until - timezone.now() <= CLAIM_TIME
    attempt = Attempt.objects.get()
    assert (attempt.delivery, attempt.claim_id, attempt.result) == (delivery, claim.id, "")
    assert (attempt.sent_at, attempt.finished_at) == (None, None)
    assert attempt.started_at is not None
    assert claim.attempts == {delivery.id: attempt}


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != DeliveryState.QUEUED])
def test_only_queued_deliveries_are_claimed(destination: Destination, state: DeliveryState) -> None:
    delivery = make_delivery(destination, state=state)
    assert claim_singles(destination) is None
    assert Delivery.objects.values_list("state", "claim_id").get() == (state, delivery.claim_id)
    assert not Attempt.objects.exists()


def test_what_is_not_due_yet_stays(destination: Destination) -> None:
    make_delivery(destination, next_attempt_at=timezone.now() + timedelta(seconds=30))
    assert claim_singles(destination) is None


def test_what_goes_to_other_destinations_stays(destination: Destination) -> None:
    make_delivery(make_destination("scripted"))
    assert claim_singles(destination) is None


def test_fresh_ones_go_before_retries_and_these_before_what_is_sent_again(destination: Destination) -> None:
    now = timezone.now()
    queue = [
        (Priority.RESEND, 90), (Priority.FRESH, 20), (Priority.RETRY, 80), (Priority.FRESH, 60), (Priority.RETRY, 10),
    ]  # fmt: skip
    deliveries = [
        make_delivery(destination, priority=priority, next_attempt_at=now - timedelta(seconds=age))
        for priority, age in queue
    ]
    assert numbers(claim_singles(destination), deliveries) == [3, 1, 2, 4, 0]


# --- How much -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("batch_limit", "most"), [(1, 50), (2, 2), (10, 10), (200, 55)])
def test_a_claim_takes_a_batch_or_fifty_single_records(destination: Destination, batch_limit: int, most: int) -> None:
    for _n in range(55):
        make_delivery(destination)
    claim = claim_batch(destination.pk, batch_limit=batch_limit)
    assert claim is not None
    assert len(claim.deliveries) == most
    assert Delivery.objects.filter(state=DeliveryState.SENDING).count() == most
    assert Attempt.objects.count() == most


@pytest.mark.parametrize(
    ("calls_at_once", "singles", "batches"), [(1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 2, 4), (32, 16, 32)]
)
def test_claims_of_single_records_make_two_calls_each(calls_at_once: int, singles: int, batches: int) -> None:
    gate = DestinationGate(calls_at_once=calls_at_once)
    assert (slots(gate, 1), slots(gate, 10)) == (singles, batches)


def test_there_are_as_many_claims_at_once_as_slots(destination: Destination) -> None:
    DestinationGate.objects.update(calls_at_once=3)
    for _n in range(5):
        make_delivery(destination)
    claims = [claim_batch(destination.pk, batch_limit=2) for _n in range(2)]
    assert [len(claim.deliveries) for claim in claims if claim] == [2, 2]
    third = claim_batch(destination.pk, batch_limit=2)
    assert third is not None
    make_delivery(destination)
    assert claim_batch(destination.pk, batch_limit=2) is None
    give_back(third, third.deliveries)
    assert claim_batch(destination.pk, batch_limit=2) is not None


def test_a_slot_is_taken_by_a_claim_not_by_its_deliveries(destination: Destination) -> None:
    DestinationGate.objects.update(calls_at_once=2)
    for _n in range(25):
        make_delivery(destination)
    assert claim_batch(destination.pk, batch_limit=10) is not None
    assert claim_batch(destination.pk, batch_limit=10) is not None
    assert claim_batch(destination.pk, batch_limit=10) is None


def test_claims_of_other_destinations_take_no_slot(destination: Destination) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    other = make_destination("scripted")
    make_delivery(other)
    make_delivery(destination)
    assert claim_singles(other) is not None
    assert claim_singles(destination) is not None


# --- The gate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "is_open"),
    [
        ({}, True),
        ({"held_until": timedelta(minutes=1)}, False),
        ({"held_until": timedelta(seconds=-1)}, True),
        ({"paused_at": timedelta(days=-1), "paused_by": PausedBy.PERSON}, False),
        ({"paused_at": timedelta(days=-1), "paused_by": PausedBy.MACHINE}, False),
    ],
    ids=["open", "held", "was held", "paused by a person", "paused by the machine"],
)
def test_behind_a_closed_gate_nothing_is_claimed(destination: Destination, gate: dict[str, Any], is_open: bool) -> None:
    now = timezone.now()
    moments = {name: now + value if isinstance(value, timedelta) else value for name, value in gate.items()}
    DestinationGate.objects.update(**moments)
    make_delivery(destination)
    before = Delivery.objects.values().get()
    assert (claim_singles(destination) is not None) is is_open
    if not is_open:
        assert Delivery.objects.values().get() == before
        assert not Attempt.objects.exists()


def test_a_disabled_destination_gets_nothing(destination: Destination) -> None:
    Destination.objects.update(enabled=False)
    make_delivery(destination)
    assert claim_singles(destination) is None


def test_a_destination_without_gate_gets_nothing(destination: Destination) -> None:
    make_delivery(destination)
    DestinationGate.objects.all().delete()
    assert claim_singles(destination) is None


# --- Suspects -------------------------------------------------------------------------------------------------------


def queue_up(destination: Destination, *lost_claims: int) -> list[Delivery]:
    """One delivery for each number, the first one due longest."""
    start = timezone.now() - timedelta(minutes=1)
    return [
        make_delivery(destination, lost_claims=lost, next_attempt_at=start + timedelta(seconds=place))
        for place, lost in enumerate(lost_claims)
    ]


def test_a_delivery_whose_worker_vanished_is_claimed_alone(destination: Destination) -> None:
    deliveries = queue_up(destination, 1, 0, 2, 0)
    assert numbers(claim_singles(destination), deliveries) == [0]
    assert numbers(claim_singles(destination), deliveries) == [1, 3]
    Delivery.objects.filter(pk__in=[d.pk for d in deliveries if d != deliveries[2]]).delete()
    assert numbers(claim_singles(destination), deliveries) == [2]


def test_suspects_do_not_hold_the_others_and_are_not_forgotten(destination: Destination) -> None:
    deliveries = queue_up(destination, 0, 1, 0)
    assert numbers(claim_batch(destination.pk, batch_limit=10), deliveries) == [0, 2]
    assert numbers(claim_batch(destination.pk, batch_limit=10), deliveries) == [1]


# --- Going on, giving back ------------------------------------------------------------------------------------------


def test_extending_moves_the_end_of_the_claim(destination: Destination) -> None:
    make_delivery(destination)
    claim = claim_singles(destination)
    assert claim is not None
    Delivery.objects.update(claimed_until=Now() + timedelta(seconds=1))
    assert extend(claim) is True
    until = Delivery.objects.get().claimed_until
    assert until is not None
    assert until - timezone.now() > CLAIM_TIME - timedelta(seconds=5)


def test_what_is_given_back_is_as_if_it_had_never_been_claimed(destination: Destination) -> None:
    deliveries = queue_up(destination, 0, 0)
    before = list(Delivery.objects.order_by("id").values())
    claim = claim_singles(destination)
    assert claim is not None
    give_back(claim, deliveries[1:])
    assert list(Delivery.objects.order_by("id").values())[1] == before[1]
    assert Attempt.objects.get().delivery == deliveries[0]
    assert Delivery.objects.get(pk=deliveries[0].pk).state == DeliveryState.SENDING


# --- Limits ---------------------------------------------------------------------------------------------------------


def test_claiming_fifty_takes_at_most_seven_queries(destination: Destination, django_assert_num_queries: Any) -> None:
    for _n in range(60):
        make_delivery(destination)
    around = 2  # a savepoint that production does not need
    with django_assert_num_queries(6 + around):
        claim = claim_singles(destination)
    assert claim is not None
    assert len(claim.deliveries) == 50


def test_where_new_ones_fill_the_claim_every_fifth_place_goes_to_the_oldest_of_the_others(
    destination: Destination,
) -> None:
    fresh = [make_delivery(destination) for _n in range(60)]
    resent = [make_delivery(destination, priority=Priority.RESEND) for _n in range(12)]
    retried = make_delivery(destination, priority=Priority.RETRY)
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    expected = [*fresh[:40], *resent[:10]]
    assert [delivery.pk for delivery in claim.deliveries] == [delivery.pk for delivery in expected]
    assert retried.pk not in {delivery.pk for delivery in claim.deliveries}


def test_places_that_no_other_needs_stay_with_the_new_ones(destination: Destination) -> None:
    for _n in range(60):
        make_delivery(destination)
    resent = make_delivery(destination, priority=Priority.RESEND)
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    assert len(claim.deliveries) == 50
    assert claim.deliveries[-1].pk == resent.pk


@pytest.mark.parametrize(("batch_limit", "first", "second"), [(1, 3, 0), (20, 60, 0)])
def test_a_rate_is_spent_by_calls(destination: Destination, batch_limit: int, first: int, second: int) -> None:
    DestinationGate.objects.update(rate_calls=30, rate_seconds=86_400)
    for _n in range(80):
        make_delivery(destination)
    taken = []
    for _turn in range(4):
        claim = claim_batch(destination.pk, batch_limit=batch_limit)
        taken.append(len(claim.deliveries) if claim else 0)
        Delivery.objects.filter(state=DeliveryState.SENDING).update(
            state=DeliveryState.DELIVERED, claim_id=None, claimed_until=None, delivered_at=Now()
        )
    assert sum(taken) == first
    assert taken[-1] == second


def test_what_was_earned_meanwhile_may_be_sent(destination: Destination) -> None:
    now = timezone.now()
    DestinationGate.objects.update(rate_calls=60, rate_seconds=60, tokens=0.0, tokens_at=now - timedelta(seconds=2.5))
    for _n in range(5):
        make_delivery(destination)
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    assert len(claim.deliveries) == 2
    assert 0.5 <= DestinationGate.objects.get().tokens < 1.0  # type: ignore[operator]
