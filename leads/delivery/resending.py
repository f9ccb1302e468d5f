"""What people do to deliveries: try again, send again, release, cancel, say that it arrived. Each is one UPDATE that
names the states it may leave, so that two clicks, or a click and a worker, never undo each other. What was erased is
never sent again."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from leads.models import Delivery
from leads.states import DeliveryState, Priority, Withheld

STOPPABLE = (DeliveryState.QUEUED, DeliveryState.FAILED)


def try_again(deliveries: QuerySet[Delivery], *, priority: Priority = Priority.RESEND) -> int:
    """Whatever of them can be tried now: failed and cancelled ones anew, and queued ones that wait for their next try.
    Returns how many there were."""
    return retry_deliveries(deliveries, priority=priority) + hurry_deliveries(deliveries)


def retry_deliveries(deliveries: QuerySet[Delivery], *, priority: Priority = Priority.RESEND) -> int:
    """Failed or cancelled ones back into the queue with a full schedule of tries. Returns how many moved.

    Not those that policy withheld before they were cancelled: they are only ever released.
    """
    allowed = deliveries.exclude(reason__in=Withheld.values)
    return _requeue(allowed, [DeliveryState.FAILED, DeliveryState.CANCELLED], priority)


def hurry_deliveries(deliveries: QuerySet[Delivery]) -> int:
    """Queued ones that wait for their next try: now. Not those that cannot be looked for yet."""
    waiting = deliveries.filter(state=DeliveryState.QUEUED, next_attempt_at__gt=Now()).exclude(look_from__gt=Now())
    return waiting.update(next_attempt_at=Now())


def send_delivered_again(deliveries: QuerySet[Delivery], *, priority: Priority = Priority.FRESH) -> int:
    """Delivered ones once more, under the same key. Where repeats are not recognised this makes a second record."""
    return _requeue(deliveries, [DeliveryState.DELIVERED], priority, delivered_at=None, arrival="")


def release_withheld(deliveries: QuerySet[Delivery]) -> int:
    """Against policy, by somebody who may; also those that were cancelled meanwhile. Never demo data."""
    withheld = deliveries.filter(reason__in=Withheld.values, touch__endpoint__demo_of=None)
    return _requeue(withheld, [DeliveryState.WITHHELD, DeliveryState.CANCELLED], Priority.FRESH)


def cancel_deliveries(deliveries: QuerySet[Delivery]) -> int:
    """Not those that policy withholds: nothing of them is sent anyway, and their release is another's decision."""
    return deliveries.filter(state__in=STOPPABLE).update(state=DeliveryState.CANCELLED)


def confirm_arrival(deliveries: QuerySet[Delivery]) -> int:
    """A person looked over there and found the record of a delivery that may have arrived."""
    return deliveries.filter(state=DeliveryState.FAILED, reason="may_have_arrived").update(
        state=DeliveryState.DELIVERED, delivered_at=Now(), reason="", look_from=None
    )


def _requeue(
    deliveries: QuerySet[Delivery], states: Sequence[DeliveryState], priority: Priority, **also: object
) -> int:
    return deliveries.filter(state__in=states, touch__erased_at=None).update(
        state=DeliveryState.QUEUED,
        reason="",
        tries=0,
        lost_claims=0,
        priority=priority,
        next_attempt_at=Now(),
        deadline_at=Now() + settings.LEADCRM_DELIVERY_DEADLINE,
        **also,
    )
