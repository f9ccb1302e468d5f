"""What waits and what failed, counted no further than people need to know.

Each row costs a walk along a part of an index, which ends at the cap: a mountain of leads makes no page slower than a
hill.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import DateTimeField, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from leads.models import Delivery
from leads.states import DeliveryState, Priority

MOST = 10_000


class _Counted(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class _Least(Subquery):
    template = "(SELECT MIN(moment) FROM (%(subquery)s) AS counted)"
    output_field = DateTimeField()


def counted(deliveries: QuerySet[Delivery], most: int = MOST) -> Subquery:
    """How many there are; ``most`` means that many or more."""
    return _Counted(deliveries.order_by().values("pk")[:most])


def oldest(deliveries: QuerySet[Delivery], column: str = "created_at", most: int = MOST) -> Subquery:
    """The least value of the column; where there are more than ``most``, of those that the index has first."""
    return _Least(deliveries.order_by().values(moment=F(column))[:most])


def shown(number: int, most: int = MOST) -> str:
    """A number that was counted up to ``most``, for people."""
    text = number_format(number, force_grouping=True)
    return _("%(number)s or more") % {"number": text} if number >= most else text


def queued(**conditions: Any) -> QuerySet[Delivery]:
    """Those to the outer row, which is a destination or its gate: they have the same key.

    Priorities are named as in ``Delivery.objects.due()``, for the sake of the index.
    """
    return Delivery.objects.filter(
        destination=OuterRef("pk"), state=DeliveryState.QUEUED, priority__in=Priority.values, **conditions
    )


def claims() -> Subquery:
    """How many claims workers hold: slots in use. Of the outer row, as ``queued``."""
    sent = Delivery.objects.filter(destination=OuterRef("pk"), state=DeliveryState.SENDING)
    return _Counted(sent.order_by().values("claim_id").distinct())


def next_retry() -> Subquery:
    """When the first of those that wait for their next try is tried. Of the outer row, as ``queued``."""
    waiting = queued(priority=Priority.RETRY, next_attempt_at__gt=Now())
    return Subquery(waiting.order_by("next_attempt_at").values("next_attempt_at")[:1])


def first_failed() -> Iterable[Any]:
    """The oldest failed delivery of each destination and cause; ``number``: how many there are, up to ``MOST``.

    From one cause to the next in the index ``delivery_failed``: grouping would read every row of it.
    """
    return Delivery.objects.raw(_FIRST_FAILED, {"most": MOST})


_FIRST_FAILED = """
SELECT destination_id, reason, (
    SELECT one.id FROM leads_delivery AS one
    WHERE one.state = 'failed' AND one.destination_id = cause.destination_id AND one.reason = cause.reason
    ORDER BY one.id LIMIT 1
) AS id, (
    SELECT one.created_at FROM leads_delivery AS one
    WHERE one.state = 'failed' AND one.destination_id = cause.destination_id AND one.reason = cause.reason
    ORDER BY one.id LIMIT 1
) AS created_at, (
    SELECT COUNT(*) FROM (
        SELECT 1 FROM leads_delivery AS one
        WHERE one.state = 'failed' AND one.destination_id = cause.destination_id AND one.reason = cause.reason
        LIMIT %(most)s
    ) AS counted
) AS number
FROM (
    WITH RECURSIVE found(destination_id, reason) AS (
        SELECT id, (
            SELECT MIN(one.reason) FROM leads_delivery AS one
            WHERE one.state = 'failed' AND one.destination_id = leads_destination.id
        ) FROM leads_destination
        UNION ALL
        SELECT destination_id, (
            SELECT MIN(one.reason) FROM leads_delivery AS one
            WHERE one.state = 'failed' AND one.destination_id = found.destination_id AND one.reason > found.reason
        ) FROM found WHERE reason IS NOT NULL
    )
    SELECT destination_id, reason FROM found WHERE reason IS NOT NULL
) AS cause
"""
