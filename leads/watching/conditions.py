"""What is wrong at this moment, by the database's clock. Reads small tables, and of the big ones only what is stuck,
counted up to ``backlog.MOST``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from leads.intake import spool
from leads.models import DestinationGate, Endpoint, InboundRequest
from leads.models.trouble import TroubleKind
from leads.states import PausedBy
from leads.watching.backlog import MOST, counted, first_failed, oldest, queued

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
    stopped = DestinationGate.objects.filter(pk__in=wrong).annotate(count=counted(queued()), oldest_at=oldest(queued()))
    for gate in stopped:
        kind, cause, params = wrong[gate.destination_id]
        # Who closed it knows, and what fails without anybody waiting is told of by what failed.
        if kind is TroubleKind.PAUSED or gate.count:
            yield Condition(
                kind=kind,
                destination_id=gate.destination_id,
                cause=cause,
                params=params,
                count=gate.count,
                oldest_at=gate.oldest_at,
            )


def _what_is_wrong_with(gate: Any) -> tuple[TroubleKind, str, Mapping[str, Any]] | None:
    if gate.paused_at:
        if gate.paused_by == PausedBy.MACHINE:
            return TroubleKind.PAUSED, gate.pause_cause, gate.pause_params
        return (TroubleKind.LEFT_PAUSED, "", {}) if gate.now - gate.paused_at > LEFT_PAUSED_FOR else None
    if gate.failing_since and gate.now - gate.failing_since > (BROKEN_FOR if gate.broken_at else FAILING_FOR):
        return TroubleKind.NOTHING_ARRIVES, gate.last_failure_cause, {}
    return None


def _failed() -> Iterator[Condition]:
    """One for each destination and cause."""
    for first in first_failed():
        yield Condition(
            kind=TroubleKind.LEADS_FAILED,
            destination_id=first.destination_id,
            cause=first.reason,
            count=first.number,
            oldest_at=first.created_at,
        )


def _not_sent() -> Iterator[Condition]:
    """Ready, behind an open gate, with nothing getting through: the engine's own trouble. A mountain that is worked off
    is none, and neither is a destination that may be given only so many calls."""
    is_open = Q(paused_at=None, broken_at=None, rate_calls=None, destination__enabled=True)
    is_open &= Q(held_until=None) | Q(held_until__lt=Now() - NOT_SENT_FOR)
    is_idle = Q(last_success_at=None) | Q(last_success_at__lt=Now() - NOT_SENT_FOR)
    late = queued(next_attempt_at__lt=Now() - NOT_SENT_FOR)
    gates = DestinationGate.objects.filter(is_open, is_idle)
    for gate in gates.annotate(count=counted(late), oldest_at=oldest(late, "next_attempt_at")):
        if gate.count:
            yield Condition(
                kind=TroubleKind.NOT_SENT,
                destination_id=gate.destination_id,
                count=gate.count,
                oldest_at=gate.oldest_at,
            )


# --- What comes in --------------------------------------------------------------------------------------------------


def _not_read() -> Iterator[Condition]:
    late = InboundRequest.objects.waiting().filter(received_at__lt=Now() - NOT_READ_FOR)
    if first := late.only("received_at").first():
        yield Condition(kind=TroubleKind.NOT_READ, count=late[:MOST].count(), oldest_at=first.received_at)


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
