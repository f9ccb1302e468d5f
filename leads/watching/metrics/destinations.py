"""What waits for each destination and why, what failed there, and how its attempts ended."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now
from prometheus_client import Metric

from integrations.contract import FailureKind
from leads.models import Delivery, DestinationGate
from leads.states import AttemptResult, DeliveryState, Priority
from leads.watching.metrics.families import DESTINATION, counter, gauge


class Gate(StrEnum):
    """What keeps deliveries from a destination, the strongest first."""

    DISABLED = "disabled"
    PAUSED = "paused"
    BROKEN = "broken"
    HELD = "held"
    OPEN = "open"


LATER, READY = "later", "ready"
REASONS = (*(gate.value for gate in Gate if gate is not Gate.OPEN), LATER, READY)
"""What a delivery waits for: its gate, its time, or a worker."""


class Waiting(NamedTuple):
    """Deliveries of one destination."""

    due: int = 0
    later: int = 0
    oldest_due_at: datetime | None = None


def destination_metrics() -> list[Metric]:
    gates = list(DestinationGate.objects.select_related("destination").annotate(now=Now()).order_by("destination_id"))
    return [*_gates(gates), *_waiting(gates), *_being_sent(gates), _failed(gates), _attempts(gates)]


def gate_of(gate: Any) -> Gate:
    """``gate.now`` is the database's clock."""
    if not gate.destination.enabled:
        return Gate.DISABLED
    if gate.paused_at:
        return Gate.PAUSED
    if gate.broken_at:
        return Gate.BROKEN
    return Gate.HELD if gate.held_until and gate.held_until > gate.now else Gate.OPEN


def _labels(gate: DestinationGate) -> list[str]:
    return [gate.destination.name, gate.destination.kind]


def _gates(gates: Sequence[Any]) -> list[Metric]:
    state = gauge("destination_gate", "1 for what its gate is now, 0 for what it is not.", *DESTINATION, "state")
    failing = gauge("destination_failing_seconds", "For how long nothing has got through; 0: it does.", *DESTINATION)
    tokens = gauge("destination_tokens", "Calls that its rate leaves now; only where it has one.", *DESTINATION)
    for gate in gates:
        for each in Gate:
            state.add_metric([*_labels(gate), each.value], gate_of(gate) is each)
        since = gate.failing_since
        failing.add_metric(_labels(gate), (gate.now - since).total_seconds() if since else 0)
        if rate := gate.rate:
            tokens.add_metric(_labels(gate), rate.refilled(gate.tokens, gate.now - (gate.tokens_at or gate.now)))
    return [state, failing, tokens]


def _waiting(gates: Sequence[Any]) -> list[Metric]:
    waiting = gauge("deliveries_waiting", "Deliveries that wait, by what they wait for.", *DESTINATION, "reason")
    meaning = "How long ago the time of the oldest that waits had come, by what it waits for."
    oldest = gauge("deliveries_oldest_due_seconds", meaning, *DESTINATION, "reason")
    queued = _queued(gates)
    for gate in gates:
        found = queued.get(gate.destination_id, Waiting())
        numbers = _by_reason(gate_of(gate), found)
        overdue = (gate.now - found.oldest_due_at).total_seconds() if found.oldest_due_at else 0
        for reason in REASONS:
            waiting.add_metric([*_labels(gate), reason], numbers.get(reason, 0))
            oldest.add_metric([*_labels(gate), reason], overdue if reason in numbers and reason != LATER else 0)
    return [waiting, oldest]


def _queued(gates: Sequence[DestinationGate]) -> dict[int, Waiting]:
    """By destination. Priorities are named as in ``Delivery.objects.due()``, for the sake of the index."""
    is_due = Q(next_attempt_at__lte=Now())
    groups = (
        _in_state(DeliveryState.QUEUED, gates)
        .filter(priority__in=Priority.values)
        .values_list("destination_id")
        .annotate(
            due=Count("id", filter=is_due),
            later=Count("id", filter=~is_due),
            oldest_due_at=Min("next_attempt_at", filter=is_due),
        )
    )
    return {destination_id: Waiting(*numbers) for destination_id, *numbers in groups}


def _by_reason(gate: Gate, found: Waiting) -> dict[str, int]:
    if gate is Gate.OPEN:
        return {LATER: found.later, READY: found.due}
    return {gate.value: found.due + found.later}


def _being_sent(gates: Sequence[DestinationGate]) -> list[Metric]:
    sending = gauge("deliveries_sending", "Deliveries that are being sent.", *DESTINATION)
    claims = gauge("destination_claims", "Claims that workers hold: slots in use.", *DESTINATION)
    sent = _in_state(DeliveryState.SENDING, gates).values_list("destination_id")
    groups = sent.annotate(deliveries=Count("id"), claims=Count("claim_id", distinct=True))
    found = {destination_id: numbers for destination_id, *numbers in groups}
    for gate in gates:
        deliveries, held = found.get(gate.destination_id, (0, 0))
        sending.add_metric(_labels(gate), deliveries)
        claims.add_metric(_labels(gate), held)
    return [sending, claims]


def _failed(gates: Sequence[DestinationGate]) -> Metric:
    failed = gauge("deliveries_failed", "Deliveries that failed and wait for a person.", *DESTINATION, "cause")
    causes = _in_state(DeliveryState.FAILED, gates).values_list("destination_id", "reason")
    labels = {gate.destination_id: _labels(gate) for gate in gates}
    for destination_id, cause, number in causes.annotate(Count("id")):
        failed.add_metric([*labels[destination_id], cause], number)
    return failed


def _in_state(state: DeliveryState, gates: Sequence[DestinationGate]) -> QuerySet[Delivery]:
    """Each of these states has an index of its own, which begins with the destination."""
    return Delivery.objects.filter(state=state, destination__in=[gate.pk for gate in gates]).order_by()


def _attempts(gates: Sequence[DestinationGate]) -> Metric:
    attempts = counter("attempts", "Attempts that ended, by how they did.", *DESTINATION, "result")
    for gate in gates:
        attempts.add_metric([*_labels(gate), AttemptResult.DELIVERED.value], gate.delivered_count)
        for kind in FailureKind:
            attempts.add_metric([*_labels(gate), kind.value], gate.failure_counts.get(kind.value, 0))
    return attempts
