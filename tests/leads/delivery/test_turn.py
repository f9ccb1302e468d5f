"""Which destinations get a turn, and what one turn does."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from leads.delivery.claiming import CALLS_PER_CLAIM, ROWS_PER_CALL
from leads.delivery.connecting import connector_of
from leads.delivery.turn import deliver_next_batch, destination_with_due, turns_to_start
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import DeliveryState, PausedBy
from tests.factories import make_delivery, make_destination
from tests.leads.delivery.scripted import FarEnd

pytestmark = pytest.mark.django_db


# --- One turn -------------------------------------------------------------------------------------------------------


def test_a_turn_delivers_what_is_due_and_knows_that_nothing_is_left(destination: Destination, far_end: FarEnd) -> None:
    deliveries = [make_delivery(destination) for _n in range(3)]
    assert deliver_next_batch(destination) is False
    assert sorted(far_end.received) == sorted(delivery.touch_id for delivery in deliveries)
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 3


def test_a_turn_that_took_all_it_could_says_that_more_may_be_due(destination: Destination, far_end: FarEnd) -> None:
    most = CALLS_PER_CLAIM * ROWS_PER_CALL
    for _n in range(most + 1):
        make_delivery(destination)
    assert deliver_next_batch(destination) is True
    assert len(far_end.received) == most
    assert deliver_next_batch(destination) is False
    assert len(far_end.received) == most + 1


def test_a_turn_for_a_suspect_alone_says_that_more_may_be_due(destination: Destination, far_end: FarEnd) -> None:
    suspect, other = make_delivery(destination, lost_claims=1), make_delivery(destination)
    assert deliver_next_batch(destination) is True
    assert far_end.received == [suspect.touch_id]
    assert deliver_next_batch(destination) is False
    assert far_end.received == [suspect.touch_id, other.touch_id]


def test_a_connector_is_kept_until_its_settings_change(destination: Destination) -> None:
    kept = connector_of(destination)
    assert connector_of(Destination.objects.get()) is kept
    destination.write_secrets({"password": "another"})
    destination.save()
    assert connector_of(Destination.objects.get()) is not kept


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        ({"kind": "gone"}, "kind_unknown"),
        ({"settings": {"required_setting": ""}}, "settings_invalid"),
        ({"encrypted_secrets": "not ours"}, "secrets_unreadable"),
    ],
)
def test_a_destination_that_cannot_be_opened_is_paused_and_loses_nothing(
    destination: Destination, broken: dict[str, Any], cause: str
) -> None:
    make_delivery(destination)
    Destination.objects.update(**broken)
    assert turns_to_start() == [destination.pk, destination.pk]
    assert deliver_next_batch(Destination.objects.get()) is False
    gate = DestinationGate.objects.get()
    assert (gate.paused_by, gate.pause_cause) == (PausedBy.MACHINE, cause)
    assert Delivery.objects.values_list("state", "tries").get() == (DeliveryState.QUEUED, 0)
    assert not Attempt.objects.exists()
    assert turns_to_start() == []


def test_a_destination_is_found_while_something_is_due_there(destination: Destination) -> None:
    assert destination_with_due(destination.pk) is None
    delivery = make_delivery(destination)
    assert destination_with_due(destination.pk) == destination
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=Now() + timedelta(minutes=1))
    assert destination_with_due(destination.pk) is None


def test_finding_nothing_takes_one_query_and_no_transaction(
    destination: Destination, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert destination_with_due(destination.pk) is None


def test_a_destination_that_is_gone_has_nothing_due(db: None) -> None:
    assert destination_with_due(4711) is None


# --- Turns to start -------------------------------------------------------------------------------------------------


def test_a_destination_gets_a_turn_for_each_slot(destination: Destination) -> None:
    batch = make_destination("scripted_batch", gate={"calls_at_once": 3})
    for place in (destination, batch):
        make_delivery(place)
    assert turns_to_start() == [destination.pk] * 2 + [batch.pk] * 3


@pytest.mark.parametrize(
    ("delivery", "starts"),
    [
        ({}, True),
        ({"next_attempt_at": Now() + timedelta(minutes=1)}, False),
        ({"state": DeliveryState.FAILED}, False),
        ({"state": DeliveryState.SENDING}, False),
    ],
    ids=["due", "later", "failed", "being sent"],
)
def test_a_turn_starts_only_for_what_is_due(destination: Destination, delivery: dict[str, Any], starts: bool) -> None:
    make_delivery(destination, **delivery)
    assert bool(turns_to_start()) is starts


@pytest.mark.parametrize(
    ("gate", "enabled", "starts"),
    [
        ({"held_until": Now() + timedelta(minutes=1)}, True, False),
        ({"held_until": Now() - timedelta(seconds=1)}, True, True),
        ({"paused_at": Now(), "paused_by": PausedBy.PERSON}, True, False),
        ({}, False, False),
    ],
    ids=["held", "was held", "paused", "disabled"],
)
def test_no_turn_starts_behind_a_closed_gate(
    destination: Destination, gate: dict[str, Any], enabled: bool, starts: bool
) -> None:
    make_delivery(destination)
    DestinationGate.objects.update(**gate)
    Destination.objects.update(enabled=enabled)
    assert bool(turns_to_start()) is starts


def test_a_kind_that_is_gone_does_not_stop_the_others(destination: Destination, far_end: FarEnd) -> None:
    gone = make_destination("no-such-kind", gate={"calls_at_once": 1})
    for place in (gone, destination):
        make_delivery(place)
    assert set(turns_to_start()) == {gone.pk, destination.pk}


def test_looking_for_turns_takes_one_query(destination: Destination, django_assert_num_queries: Any) -> None:
    for _n in range(3):
        make_delivery(make_destination("scripted"))
    with django_assert_num_queries(1):
        assert len(turns_to_start()) == 6
