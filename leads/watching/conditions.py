"""What is wrong at this moment, by the database's clock. Reads small tables, and of the big ones only what is stuck."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now

from leads.intake import spool
from leads.models import Delivery, DestinationGate, Endpoint, InboundRequest
from leads.models.trouble import TroubleKind
from leads.states import DeliveryState, PausedBy, Priority

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BROKEN_FOR = 5 * MINUTE
FAILING_FOR = HOUR
LEFT_PAUSED_FOR = DAY
NOT_SENT_FOR = MINUTE
NOT_READ_FOR = 2 * MINUTE
SPOOLED_FOR = MINUTE
SILENT_AT_LEAST = 3 * DAY
SILENT_TIMES_THE_USUAL = 8
GAPS_TO_KNOW_A_HABIT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is wrong. The fields are those of ``leads.models.Trouble``."""

    kind: TroubleKind
    destination_id: int | None = None
    endpoint_id: int | None = None
    cause: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None
    oldest_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"{self.kind.value}:{self.destination_id or ''}:{self.endpoint_id or ''}:{self.cause}"


def conditions() -> list[Condition]:
    return [*_closed_gates(), *_failed(), *_not_sent(), *_not_read(), *_spooled(), *_silent()]


# --- Destinations ---------------------------------------------------------------------------------------------------


def _closed_gates() -> Iterator[Condition]:
    gates = DestinationGate.objects.filter(destination__enabled=True).annotate(now=Now())
    wrong = {gate.destination_id: found for gate in gates if (found := _what_is_wrong_with(gate))}
    queued = Delivery.objects.filter(destination__in=wrong, state=DeliveryState.QUEUED).order_by()
    waiting = _by_destination(queued.values("destination_id").annotate(count=Count("id"), oldest_at=Min("created_at")))
    for destination_id, (kind, cause, params) in wrong.items():
        count, oldest_at = waiting.get(destination_id, (0, None))
        # Who closed it knows, and what fails without anybody waiting is told of by what failed.
        if kind is TroubleKind.PAUSED or count:
            yield Condition(
                kind=kind,
                destination_id=destination_id,
                cause=cause,
                params=params,
                count=count,
                oldest_at=oldest_at,
            )


def _by_destination(groups: Iterable[Any]) -> dict[int, tuple[int, datetime]]:
    return {group["destination_id"]: (group["count"], group["oldest_at"]) for group in groups}


def _what_is_wrong_with(gate: Any) -> tuple[TroubleKind, str, Mapping[str, Any]] | None:
    if gate.paused_at:
        if gate.paused_by == PausedBy.MACHINE:
            return TroubleKind.PAUSED, gate.pause_cause, gate.pause_params
        return (TroubleKind.LEFT_PAUSED, "", {}) if gate.now - gate.paused_at > LEFT_PAUSED_FOR else None
    if gate.failing_since and gate.now - gate.failing_since > (BROKEN_FOR if gate.broken_at else FAILING_FOR):
        return TroubleKind.NOTHING_ARRIVES, gate.last_failure_cause, {}
    return None


def _failed() -> Iterator[Condition]:
    """One for each destination and cause; reads the index of what failed."""
    groups = (
        Delivery.objects.filter(state=DeliveryState.FAILED)
        .order_by()
        .values("destination_id", "reason")
        .annotate(count=Count("id"), oldest_at=Min("created_at"))
        .values_list("destination_id", "reason", "count", "oldest_at")
    )
    for destination_id, cause, count, oldest_at in groups:
        yield Condition(
            kind=TroubleKind.LEADS_FAILED,
            destination_id=destination_id,
            cause=cause,
            count=count,
            oldest_at=oldest_at,
        )


def _not_sent() -> Iterator[Condition]:
    """Ready, behind an open gate, with nothing getting through: the engine's own trouble. A mountain that is worked off
    is none, and neither is a destination that may be given only so many calls."""
    is_open = [Q(**{f"destination__gate__{name}": None}) for name in ("paused_at", "broken_at", "rate_calls")]
    is_open += [Q(destination__gate__held_until=None) | Q(destination__gate__held_until__lt=Now() - NOT_SENT_FOR)]
    is_idle = Q(destination__gate__last_success_at=None) | Q(
        destination__gate__last_success_at__lt=Now() - NOT_SENT_FOR
    )
    late: QuerySet[Delivery] = Delivery.objects.filter(
        *is_open,
        is_idle,
        state=DeliveryState.QUEUED,
        priority__in=Priority.values,
        next_attempt_at__lt=Now() - NOT_SENT_FOR,
        destination__enabled=True,
    )
    groups = late.order_by().values("destination_id").annotate(count=Count("id"), oldest_at=Min("next_attempt_at"))
    for group in groups:
        yield Condition(
            kind=TroubleKind.NOT_SENT,
            destination_id=group["destination_id"],
            count=group["count"],
            oldest_at=group["oldest_at"],
        )


# --- What comes in --------------------------------------------------------------------------------------------------


def _not_read() -> Iterator[Condition]:
    late = InboundRequest.objects.waiting().filter(received_at__lt=Now() - NOT_READ_FOR).order_by()
    found = late.aggregate(count=Count("id"), oldest_at=Min("received_at"))
    if found["count"]:
        yield Condition(kind=TroubleKind.NOT_READ, count=found["count"], oldest_at=found["oldest_at"])


def _spooled() -> Iterator[Condition]:
    """Those of this machine. By its own clock: the files have no other."""
    times = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in (*spool.waiting(), *spool.unreadable())]
    late = [moment for moment in times if datetime.now(UTC) - moment > SPOOLED_FOR]
    if late:
        yield Condition(kind=TroubleKind.SPOOLED, count=len(late), oldest_at=min(late))


def _silent() -> Iterator[Condition]:
    quiet = Endpoint.objects.filter(
        enabled=True,
        gaps_known__gte=GAPS_TO_KNOW_A_HABIT,
        last_lead_at__lt=Now() - SILENT_AT_LEAST,
    ).annotate(now=Now())
    endpoints: Iterable[Any] = quiet
    for endpoint in endpoints:
        if endpoint.now - endpoint.last_lead_at > SILENT_TIMES_THE_USUAL * endpoint.usual_gap:
            yield Condition(
                kind=TroubleKind.SILENT,
                endpoint_id=endpoint.pk,
                params={"usual_hours": round(endpoint.usual_gap / HOUR, 1)},
                oldest_at=endpoint.last_lead_at,
            )
