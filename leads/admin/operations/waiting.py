"""What a queued delivery waits for: its time, a worker, or its destination; and how long it does."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import words
from leads.models import Delivery
from leads.states import DeliveryState, Withheld
from leads.templatetags.leadcrm import coming

TRIED_AGAIN = (DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.CANCELLED)


def stop_of(delivery: Delivery) -> words.Standstill | None:
    """What keeps a queued one besides its time."""
    return words.standstill(delivery.destination) if delivery.state == DeliveryState.QUEUED else None


def next_try(delivery: Delivery) -> SafeString | str:
    stop = stop_of(delivery)
    if stop and stop.until is None:
        return _("when the destination goes on")
    moments = (delivery.next_attempt_at, delivery.look_from, stop and stop.until)
    when = coming(max(moment for moment in moments if moment))
    if delivery.look_from is None:
        return when
    return SafeString(_("%(when)s: it may have arrived, so it is looked for there first") % {"when": when})


def given_up(delivery: Delivery) -> SafeString | str:
    """After too many failed tries or too long a wait, whichever comes first."""
    stop = stop_of(delivery)
    if stop and stop.until is None:
        return _("not while the destination is stopped")
    left = max(len(settings.LEADCRM_RETRY_WAITS) + 1 - delivery.tries, 1)
    text = ngettext(
        "after %(count)d more try, at the latest %(when)s", "after %(count)d more tries, at the latest %(when)s", left
    )
    return SafeString(text % {"count": left, "when": coming(delivery.deadline_at)})


def linked(stop: words.Standstill, delivery: Delivery) -> SafeString:
    """Why, leading to the destination, where it can be ended."""
    address = reverse("admin:leads_destination_change", args=[delivery.destination_id])
    return format_html('<a href="{}">{}</a>', address, stop.why)


def stopped(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those that will wait for their destination once they are tried again."""
    shut = Q(destination__enabled=False) | Q(destination__gate__paused_at__isnull=False)
    later = Q(destination__gate__held_until__gt=Now()) | Q(destination__gate__broken_at__isnull=False)
    return deliveries.filter(shut | later, state__in=TRIED_AGAIN).exclude(reason__in=Withheld.values)
