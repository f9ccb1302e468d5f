"""What people may do to a delivery in each state, and what then happens to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from leads.delivery.resending import (
    cancel_deliveries,
    confirm_arrival,
    hurry_deliveries,
    release_withheld,
    retry_deliveries,
    send_delivered_again,
    try_again,
)
from leads.delivery.turn import deliver_next_batch
from leads.models import Delivery, Destination
from leads.states import DeliveryState, Priority
from tests.factories import make_delivery
from tests.leads.delivery.scripted import FarEnd

pytestmark = pytest.mark.django_db

QUEUED, SENDING, DELIVERED = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DELIVERED
FAILED, WITHHELD, CANCELLED = DeliveryState.FAILED, DeliveryState.WITHHELD, DeliveryState.CANCELLED

Action = Callable[[QuerySet[Delivery]], int]


@pytest.mark.parametrize(
    ("action", "leaves", "enters"),
    [
        (retry_deliveries, {FAILED, CANCELLED}, QUEUED),
        (send_delivered_again, {DELIVERED}, QUEUED),
        (release_withheld, {WITHHELD}, QUEUED),
        (cancel_deliveries, {QUEUED, FAILED}, CANCELLED),
        (confirm_arrival, set(), DELIVERED),  # only for one reason, see below
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("state", DeliveryState)
def test_each_action_leaves_only_the_states_that_it_names(
    destination: Destination, state: DeliveryState, action: Action, leaves: set[DeliveryState], enters: DeliveryState
) -> None:
    delivery = make_delivery(destination, state=state)
    before = Delivery.objects.values().get()
    moved = action(Delivery.objects.all())
    assert moved == (1 if state in leaves else 0)
    delivery.refresh_from_db()
    assert delivery.state == (enters if state in leaves else state)
    if state not in leaves:
        assert Delivery.objects.values().get() == before


@pytest.mark.parametrize(
    ("action", "state", "reason", "priority"),
    [
        (retry_deliveries, FAILED, "server_trouble", Priority.RESEND),
        (retry_deliveries, CANCELLED, "", Priority.RESEND),
        (send_delivered_again, DELIVERED, "", Priority.FRESH),
        (release_withheld, WITHHELD, "privacy", Priority.FRESH),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_goes_back_into_the_queue_has_a_full_schedule_before_it(
    destination: Destination, settings: Any, action: Action, state: DeliveryState, reason: str, priority: Priority
) -> None:
    settings.LEADCRM_DELIVERY_DEADLINE = timedelta(days=2)
    delivery = make_delivery(
        destination, state=state, reason=reason, tries=12, lost_claims=3, deadline_at=Now() - timedelta(days=9),
        next_attempt_at=Now() + timedelta(days=1), arrival="created" if state == DELIVERED else "", external_id="7",
    )  # fmt: skip
    assert action(Delivery.objects.all()) == 1
    delivery.refresh_from_db()
    assert (delivery.tries, delivery.lost_claims, delivery.reason, delivery.priority) == (0, 0, "", priority)
    assert (delivery.delivered_at, delivery.arrival, delivery.external_id) == (None, "", "7")
    assert delivery.next_attempt_at <= timezone.now()
    assert delivery.deadline_at is not None
    assert timedelta(days=1, hours=23) < delivery.deadline_at - timezone.now() <= timedelta(days=2)


def test_a_single_retry_may_go_before_the_others(destination: Destination) -> None:
    make_delivery(destination, state=FAILED)
    retry_deliveries(Delivery.objects.all(), priority=Priority.FRESH)
    assert Delivery.objects.get().priority == Priority.FRESH


def test_only_what_was_asked_for_moves(destination: Destination) -> None:
    wanted, other = make_delivery(destination, state=FAILED), make_delivery(destination, state=FAILED)
    assert retry_deliveries(Delivery.objects.filter(pk=wanted.pk)) == 1
    assert Delivery.objects.get(pk=other.pk).state == FAILED


def test_a_second_click_moves_nothing(destination: Destination) -> None:
    make_delivery(destination, state=FAILED)
    assert [retry_deliveries(Delivery.objects.all()) for _click in range(2)] == [1, 0]


def test_hurrying_moves_only_the_time_of_what_waits(destination: Destination) -> None:
    later = Now() + timedelta(hours=4)
    waiting = make_delivery(
        destination, tries=3, priority=Priority.RETRY, reason="server_trouble", next_attempt_at=later
    )
    due = make_delivery(destination, next_attempt_at=Now() - timedelta(hours=1))
    failed = make_delivery(destination, state=FAILED, next_attempt_at=later)
    due_since = due.next_attempt_at
    assert hurry_deliveries(Delivery.objects.all()) == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.tries, waiting.priority) == (QUEUED, 3, Priority.RETRY)
    assert waiting.next_attempt_at <= timezone.now()
    assert Delivery.objects.get(pk=due.pk).next_attempt_at == due_since
    assert Delivery.objects.get(pk=failed.pk).state == FAILED


@pytest.mark.parametrize("priority", [Priority.FRESH, Priority.RESEND])
def test_trying_again_takes_what_failed_anew_and_what_waits_now_and_counts_each_once(
    destination: Destination, priority: Priority
) -> None:
    later = Now() + timedelta(hours=4)
    failed = make_delivery(destination, state=FAILED, tries=12, next_attempt_at=later)
    cancelled = make_delivery(destination, state=CANCELLED, tries=12, next_attempt_at=later)
    waiting = make_delivery(destination, tries=3, priority=Priority.RETRY, next_attempt_at=later)
    for state in (SENDING, DELIVERED, WITHHELD):
        make_delivery(destination, state=state, next_attempt_at=later)
    assert [try_again(Delivery.objects.all(), priority=priority) for _click in range(2)] == [3, 0]
    assert set(Delivery.objects.due().values_list("id", "tries", "priority")) == {
        (failed.pk, 0, priority), (cancelled.pk, 0, priority), (waiting.pk, 3, Priority.RETRY),
    }  # fmt: skip


# --- Policy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [WITHHELD, CANCELLED])
@pytest.mark.parametrize("reason", ["test", "do_not_contact", "privacy"])
def test_what_policy_withheld_goes_out_by_release_alone(
    destination: Destination, far_end: FarEnd, reason: str, state: DeliveryState
) -> None:
    make_delivery(destination, state=state, reason=reason)
    assert cancel_deliveries(Delivery.objects.all()) == 0
    assert try_again(Delivery.objects.all()) == 0
    assert deliver_next_batch(destination) is False
    assert far_end.calls == []
    assert Delivery.objects.values_list("state", "reason").get() == (state, reason)


def test_what_was_withheld_and_cancelled_can_still_be_released(destination: Destination, far_end: FarEnd) -> None:
    delivery = make_delivery(destination, state=CANCELLED, reason="privacy")
    assert release_withheld(Delivery.objects.all()) == 1
    deliver_next_batch(destination)
    assert far_end.received == [delivery.touch_id]


def test_releasing_never_revives_what_a_person_cancelled_for_other_reasons(destination: Destination) -> None:
    make_delivery(destination, state=FAILED)
    cancel_deliveries(Delivery.objects.all())
    assert release_withheld(Delivery.objects.all()) == 0
    assert retry_deliveries(Delivery.objects.all()) == 1


# --- What may have arrived ------------------------------------------------------------------------------------------


def test_a_person_who_found_the_record_says_so(destination: Destination) -> None:
    found = make_delivery(destination, state=FAILED, reason="may_have_arrived")
    refused = make_delivery(destination, state=FAILED, reason="record_refused")
    assert confirm_arrival(Delivery.objects.all()) == 1
    found.refresh_from_db()
    assert (found.state, found.reason) == (DELIVERED, "")
    assert found.delivered_at is not None
    assert Delivery.objects.get(pk=refused.pk).state == FAILED


def test_what_was_delivered_goes_again_under_the_same_key(destination: Destination, far_end: FarEnd) -> None:
    delivery = make_delivery(destination)
    deliver_next_batch(destination)
    assert send_delivered_again(Delivery.objects.all()) == 1
    deliver_next_batch(destination)
    assert far_end.received == [delivery.touch_id] * 2
    assert Delivery.objects.get().state == DELIVERED
