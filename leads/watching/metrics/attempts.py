"""How long attempts take, from the newest ones of the last hour: a number that stays small whatever was sent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from prometheus_client import Metric

from leads.models import Attempt, Delivery
from leads.models.ids import first_id_at
from leads.states import AttemptResult
from leads.watching.metrics.families import DESTINATION, number, summary

NEWEST = 2000
LOOKED_BACK = timedelta(hours=1)
QUANTILES = (0.5, 0.95)
OF_WHICH = f"of the newest {NEWEST:,} attempts of the last hour"

type Seconds = Mapping[tuple[str, str], Sequence[float]]
"""By name and kind of the destination."""


class Ended(NamedTuple):
    """An attempt that ended."""

    delivery_id: UUID
    result: str
    cause: str
    is_late: bool
    duration_ms: int | None


class Way(NamedTuple):
    """Of a lead: to which destination, and from when to when."""

    delivery_id: UUID
    destination: str
    kind: str
    received_at: datetime
    delivered_at: datetime | None


def attempt_metrics() -> list[Metric]:
    newest = _newest()
    calls, ways = _seconds(newest)
    lost = sum(one.cause == "claim_lost" for one in newest)
    late = sum(one.is_late for one in newest)
    return [
        _quantiles("attempt_duration_seconds", f"How long the call took, {OF_WHICH}.", calls),
        _quantiles("posted_to_delivered_seconds", f"From the post of a lead to its arrival, {OF_WHICH}.", ways),
        number("attempts_claim_lost", f"Whose worker vanished, {OF_WHICH}.", lost),
        number("attempts_late", f"Whose outcome came after the claim had ended, {OF_WHICH}.", late),
    ]


def _seconds(newest: Sequence[Ended]) -> tuple[Seconds, Seconds]:
    """Of the calls, and of the whole ways."""
    ways = _ways({one.delivery_id for one in newest})
    calls, arrivals = defaultdict(list), defaultdict(list)
    for one in newest:
        if (way := ways.get(one.delivery_id)) and one.duration_ms is not None:
            calls[way.destination, way.kind].append(one.duration_ms / 1000)
            if one.result == AttemptResult.DELIVERED and way.delivered_at:
                arrivals[way.destination, way.kind].append((way.delivered_at - way.received_at).total_seconds())
    return calls, arrivals


def _newest() -> list[Ended]:
    """From the table alone: a join would tempt a planner to read whole tables."""
    since = first_id_at(timezone.now() - LOOKED_BACK)
    ended = Attempt.objects.filter(id__gte=since, finished_at__isnull=False).order_by("-id")
    rows = ended.values_list("delivery_id", "result", "cause", "is_late", "duration_ms")
    return [Ended(*row) for row in rows[:NEWEST]]


def _ways(delivery_ids: set[UUID]) -> dict[UUID, Way]:
    rows = Delivery.objects.filter(id__in=delivery_ids).values_list(
        "id", "destination__name", "destination__kind", "touch__received_at", "delivered_at"
    )
    return {way.delivery_id: way for way in (Way(*row) for row in rows)}


def _quantiles(name: str, meaning: str, values: Seconds) -> Metric:
    family = summary(name, meaning)
    for destination, seconds in values.items():
        for quantile in QUANTILES:
            labels = dict(zip(DESTINATION, destination, strict=True)) | {"quantile": str(quantile)}
            family.add_sample(family.name, labels, _at(quantile, sorted(seconds)))
    return family


def _at(quantile: float, seconds: Sequence[float]) -> float:
    """The nearest that was measured. ``seconds`` are sorted."""
    return seconds[round(quantile * (len(seconds) - 1))]
