"""Take a batch of due deliveries for one destination. Everything is decided in one short transaction.

The conditional UPDATE is what makes it right on both databases; ``SKIP LOCKED`` only keeps rivals from waiting for
each other on PostgreSQL, and SQLite's IMMEDIATE transactions exclude each other anyway.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.models.ids import new_id
from leads.states import DeliveryState, Priority

# Short, so that a dead worker's deliveries come back soon; a living worker extends its claim while calls are under way.
CLAIM_TIME = timedelta(seconds=15)
CALLS_PER_CLAIM = 2
ROWS_PER_CALL = 25
SHARED_BY = 5


@dataclass
class Claim:
    """A worker's time-limited right to send some deliveries.

    ``id`` is new for every claim, and every later write carries it: whoever lost the claim changes nothing.
    ``taken_at`` is a time of this process's monotonic clock, from before the claim: erring early is safe.
    """

    id: UUID
    destination: Destination
    gate: DestinationGate
    deliveries: list[Delivery]
    attempts: dict[UUID, Attempt]
    taken_at: float
    may_be_more: bool


def claim_batch(destination_id: int, *, batch_limit: int) -> Claim | None:
    """Claim what may be sent to this destination now; ``None`` when nothing is due, or its gate or slots are closed.

    ``batch_limit`` is the connector's: 1 means that a claim makes several calls at once.
    """
    started_at = time.monotonic()
    with transaction.atomic():
        gate = (
            DestinationGate.objects.filter(destination_id=destination_id, destination__enabled=True)
            .annotate(now=Now())
            .select_related("destination")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if gate is None or not gate.is_open(gate.now) or not _has_free_slot(gate, batch_limit):
            return None
        limit = _room(gate, batch_limit)
        due = _due(destination_id, limit) if limit else []
        if not due:
            return None
        deliveries = _without_suspects(due)
        _spend(gate, ceil(len(deliveries) / batch_limit))
        attempts = _take(deliveries)
    return Claim(
        id=attempts[0].claim_id,
        destination=gate.destination,
        gate=gate,
        deliveries=deliveries,
        attempts={attempt.delivery_id: attempt for attempt in attempts},
        taken_at=started_at,
        may_be_more=len(due) == limit or len(deliveries) < len(due),
    )


def calls_per_claim(gate: DestinationGate, batch_limit: int) -> int:
    """Batches go one after the other; single records several at once."""
    return 1 if batch_limit > 1 else min(CALLS_PER_CLAIM, _calls_allowed(gate))


def slots(gate: DestinationGate, batch_limit: int) -> int:
    """How many claims may be open at once, so that never more than the calls allowed are under way."""
    return _calls_allowed(gate) // calls_per_claim(gate, batch_limit)


def _calls_allowed(gate: DestinationGate) -> int:
    """At once. One while it is found out whether a broken destination answers again."""
    if gate.broken_at is not None:
        return 1
    return gate.calls_at_once if gate.calls_now is None else min(gate.calls_now, gate.calls_at_once)


def _has_free_slot(gate: DestinationGate, batch_limit: int) -> bool:
    open_claims = (
        Delivery.objects.filter(destination_id=gate.destination_id, state=DeliveryState.SENDING)
        .values("claim_id")
        .distinct()
        .count()
    )
    return open_claims < slots(gate, batch_limit)


def _room(gate: Any, batch_limit: int) -> int:
    """How many deliveries one claim may take. ``gate.now`` is the database's clock."""
    rows = batch_limit if batch_limit > 1 else CALLS_PER_CLAIM * ROWS_PER_CALL
    if gate.broken_at is not None:
        rows = 1
    if (rate := gate.rate) is None:
        return rows
    gate.tokens = rate.refilled(gate.tokens, gate.now - (gate.tokens_at or gate.now))
    return min(rows, int(gate.tokens) * batch_limit)


def _spend(gate: Any, calls: int) -> None:
    if gate.rate is not None:
        tokens = gate.tokens - calls
        DestinationGate.objects.filter(pk=gate.pk).update(tokens=tokens, tokens_at=gate.now)


def _due(destination_id: int, limit: int) -> list[Delivery]:
    """New ones first; but where they fill the claim, one in five places goes to the oldest of the others, so that
    neither a flood of new leads nor a mountain of repeats keeps the rest waiting."""
    due = (
        Delivery.objects.due()
        .filter(destination_id=destination_id, touch__erased_at=None)
        .select_related("touch")
        .select_for_update(skip_locked=True, of=("self",))
    )
    found = list(due[:limit])
    shared = limit // SHARED_BY
    if shared and len(found) == limit and all(one.priority == Priority.FRESH for one in found):
        others = list(due.filter(priority__gt=Priority.FRESH).order_by("next_attempt_at", "id")[:shared])
        return found[: limit - len(others)] + others
    return found


def _without_suspects(due: list[Delivery]) -> list[Delivery]:
    """A delivery whose worker vanished before is claimed alone: if it is what kills workers, it kills nobody else's."""
    if due and due[0].lost_claims:
        return due[:1]
    return [delivery for delivery in due if not delivery.lost_claims]


def _take(deliveries: Sequence[Delivery]) -> list[Attempt]:
    claim_id = new_id()
    Delivery.objects.filter(id__in=[delivery.id for delivery in deliveries], state=DeliveryState.QUEUED).update(
        state=DeliveryState.SENDING, claim_id=claim_id, claimed_until=Now() + CLAIM_TIME
    )
    return Attempt.objects.bulk_create(Attempt(delivery=delivery, claim_id=claim_id) for delivery in deliveries)


def extend(claim: Claim) -> bool:
    """Give a living worker more time. False: the claim ended, and nothing more may be sent under it."""
    extended = Delivery.objects.filter(claim_id=claim.id, state=DeliveryState.SENDING).update(
        claimed_until=Now() + CLAIM_TIME
    )
    return extended > 0


def give_back(claim: Claim, unsent: Sequence[Delivery]) -> None:
    """Queue again what was claimed and never sent. No try took place, so no attempt remains."""
    if unsent:
        ids = [delivery.id for delivery in unsent]
        with transaction.atomic():
            given_back = Delivery.objects.filter(id__in=ids, claim_id=claim.id).update(
                state=DeliveryState.QUEUED, claim_id=None, claimed_until=None
            )
            if given_back:
                Attempt.objects.filter(delivery_id__in=ids, claim_id=claim.id).delete()
