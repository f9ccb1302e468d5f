"""The figures at the head of the landing page: whether leads get through, and what there is to wait for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads import words
from leads.admin.destinations.destination_panel import MOST_WAITING
from leads.admin.operations.system import verdict_pill
from leads.models import Delivery, Destination
from leads.states import DeliveryState
from leads.templatetags.leadcrm import ago, coming
from leads.watching import backlog, tallies
from leads.watching.doctor import Finding
from leads.watching.tallies import Success


class Figure(NamedTuple):
    """``link`` leads to what the figure is made of."""

    label: str
    value: str | SafeString
    link: str


def destinations_with_next_try() -> list[Any]:
    """With their lights, and with what ``next_try_of`` reads."""
    destinations = Destination.objects.select_related("gate").prefetch_related("proofs")
    # Not whether there is one: to find a single row PostgreSQL does without the index, and may read the whole table.
    waiting = backlog.counted(backlog.queued(), MOST_WAITING)
    return list(destinations.annotate(waiting=waiting, next_retry_at=backlog.next_retry()))


def figures(destinations: Sequence[Any], processes: Sequence[Finding]) -> list[Figure]:
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED).order_by()
    queue = f"{reverse('admin:leads_delivery_changelist')}?state__in=queued"
    oldest = waiting.order_by("id").only("created_at").first()
    everywhere, system = reverse("admin:leads_destination_changelist"), reverse("admin:leads_system")
    return [
        Figure(_("Waiting"), backlog.shown(waiting[: backlog.MOST].count(), backlog.MOST), queue),
        Figure(_("Oldest waiting"), ago(oldest.created_at if oldest else None), _page_of(oldest) if oldest else queue),
        *_success(destinations, everywhere),
        _next_try(destinations, queue),
        *(Figure(found.about, verdict_pill(found.verdict, found.what), system) for found in processes),
    ]


def _success(destinations: Sequence[Destination], link: str) -> list[Figure]:
    gates = [destination.gate for destination in destinations]
    lately = ((_("Arrived, last hour"), tallies.HOUR), (_("Arrived, last 24 hours"), tallies.DAY))
    found = [(label, tallies.success_by_destination(gates, window).values()) for label, window in lately]
    return [Figure(label, success_text(tallies.all_together(each)), link) for label, each in found]


def success_text(success: Success | None) -> str:
    """In how many of how many tries."""
    if success is None:
        return _("no figures yet")
    if success.percent is None:
        return _("no tries")
    names = {"percent": f"{success.percent:.1f}", "tries": success.tries}
    return _("%(percent)s %% of %(tries)d tries") % names


def next_try_of(destination: Any) -> datetime | None:
    """When its leads are tried next, as far as that waits for a time: of what is due, and of what is stopped until
    somebody acts, nothing can be said."""
    stop = words.standstill(destination) if destination.waiting else None
    return stop.until if stop else destination.next_retry_at


def _next_try(destinations: Sequence[Any], queue: str) -> Figure:
    times = [(time, destination) for destination in destinations if (time := next_try_of(destination))]
    if not times:
        return Figure(_("Next scheduled try"), _("none"), queue)
    time, destination = min(times, key=lambda found: found[0])
    link = f"{queue}&destination__id__exact={destination.pk}"
    return Figure(_("Next scheduled try"), format_html("{} · {}", coming(time), destination), link)


def _page_of(delivery: Delivery) -> str:
    return reverse("admin:leads_delivery_change", args=[delivery.pk])
