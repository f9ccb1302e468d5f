"""Retry many deliveries: choose them, count them, queue them again page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from leads.delivery.resending import retry_deliveries
from leads.models import Delivery, Destination
from leads.states import DeliveryState

PAGE = 500
ONLY_WHEN_NAMED = "may_have_arrived"


class Parted(NamedTuple):
    """What is tried again, and what is left out because it may have arrived already."""

    chosen: QuerySet[Delivery]
    left_out: QuerySet[Delivery]


def without_doubtful(deliveries: QuerySet[Delivery], reason: str | None) -> Parted:
    """Where the other side cannot recognise a repeat, some may make a second record: only who names their reason gets
    them."""
    if reason == ONLY_WHEN_NAMED:
        return Parted(deliveries, deliveries.none())
    return Parted(deliveries.exclude(reason=ONLY_WHEN_NAMED), deliveries.filter(reason=ONLY_WHEN_NAMED))


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which deliveries; ``None`` means any. ``since`` (included) and ``until`` are about when the delivery was made."""

    state: DeliveryState = DeliveryState.FAILED
    destination: Destination | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def deliveries(self) -> QuerySet[Delivery]:
        return self._parted().chosen

    def left_out(self) -> int:
        """How many others fit but may have arrived already."""
        return self._parted().left_out.count()

    def _parted(self) -> Parted:
        wanted: dict[str, Any] = {
            "state": self.state,
            "destination": self.destination,
            "reason": self.reason,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        fitting = Delivery.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
        return without_doubtful(fitting, self.reason)


class Group(NamedTuple):
    """Deliveries to one destination with one reason. ``is_waiting``: its gate is closed, so they will wait."""

    destination: str
    reason: str
    deliveries: int
    is_waiting: bool


def breakdown(deliveries: QuerySet[Delivery]) -> list[Group]:
    """The largest group first. One query."""
    rows = (
        deliveries.order_by()
        .values_list("destination__name", "reason", "destination__enabled", "destination__gate__paused_at")
        .annotate(deliveries=Count("id"))
        .order_by("-deliveries", "destination__name", "reason")
    )
    return [
        Group(name, reason, number, is_waiting=paused_at is not None or not enabled)
        for name, reason, enabled, paused_at, number in rows
    ]


def retry_in_pages(deliveries: QuerySet[Delivery]) -> Iterator[int]:
    """Queue them again, a page a transaction, oldest first; yields how many each page moved.

    A delivery that fails again meanwhile is not taken a second time.
    """
    page = list(deliveries.order_by("id").values_list("id", flat=True)[:PAGE])
    while page:
        yield retry_deliveries(Delivery.objects.filter(id__in=page))
        page = list(deliveries.filter(id__gt=page[-1]).order_by("id").values_list("id", flat=True)[:PAGE])
