"""What the tasks do, without the broker; and time that passes without waiting for it."""

from collections.abc import Iterable

from django.db.models.functions import Now

from leads.delivery.turn import deliver_next_batch, destination_with_due
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import DeliveryState

MOST_TURNS = 50


def take_turns(destination: Destination) -> None:
    """As ``deliver_batch`` does, over and over until it has nothing more to start."""
    for _turn in range(MOST_TURNS):
        with_due = destination_with_due(destination.pk)
        if with_due is None or not deliver_next_batch(with_due):
            return
    raise AssertionError(f"{destination} is never done")


def waits_pass() -> None:
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED)
    waiting.filter(look_from__gt=Now()).update(look_from=Now())
    waiting.update(next_attempt_at=Now())


def hold_passes(destination: Destination) -> None:
    assert DestinationGate.objects.filter(pk=destination.pk, held_until__gt=Now()).update(held_until=Now())


def check_falls_due(destination: Destination) -> None:
    assert DestinationGate.objects.filter(pk=destination.pk, next_check_at__gt=Now()).update(next_check_at=Now())


def gate_of(destination: Destination) -> DestinationGate:
    return DestinationGate.objects.get(pk=destination.pk)


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """Oldest first."""
    return list(Attempt.objects.filter(delivery=delivery).order_by("id"))


def refreshed(deliveries: Iterable[Delivery]) -> list[Delivery]:
    return [Delivery.objects.get(pk=delivery.pk) for delivery in deliveries]
