"""Hold, pause and resume a destination. A closed gate costs no tries and loses nothing: deliveries wait behind it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from integrations.contract import Delivered, Failure, FailureKind
from leads import retry
from leads.models import Delivery, DestinationGate
from leads.states import DeliveryState, PausedBy


def note_outcomes(destination_id: int, results: Sequence[Delivered | Failure]) -> None:
    """What a group of outcomes means for the whole destination. Called in the transaction that records them."""
    failures = [result for result in results if isinstance(result, Failure)]
    changes: dict[str, Any] = {}
    if len(failures) < len(results):
        changes |= {"last_success_at": Now(), "holds_in_a_row": 0, "checks_since_pause": 0}
    if failures:
        changes["last_failure_at"] = Now()
    gate = DestinationGate.objects.filter(destination_id=destination_id)
    gate.update(**changes)
    if throttled := [failure for failure in failures if failure.kind is FailureKind.THROTTLED]:
        _hold(gate.get(), throttled)
    if wrong := next((failure for failure in failures if failure.kind is FailureKind.MISCONFIGURED), None):
        pause_by_machine(destination_id, wrong)


def _hold(gate: DestinationGate, throttled: Sequence[Failure]) -> None:
    asked = max((failure.retry_after for failure in throttled if failure.retry_after), default=None)
    DestinationGate.objects.filter(pk=gate.pk).update(
        held_until=Now() + retry.hold_for(asked, gate.holds_in_a_row), holds_in_a_row=F("holds_in_a_row") + 1
    )


def pause_by_machine(destination_id: int, failure: Failure) -> None:
    """Pause until a check succeeds or a person resumes. A pause by a person stays as it is."""
    gate = DestinationGate.objects.filter(destination_id=destination_id, paused_at=None)
    checks = gate.values_list("checks_since_pause", flat=True).first()
    if checks is not None:
        gate.update(
            paused_at=Now(),
            paused_by=PausedBy.MACHINE,
            pause_cause=failure.cause,
            pause_detail=failure.detail,
            resumes_itself=failure.resumes_itself,
            next_check_at=Now() + retry.check_after(checks),
        )


def pause(destination_id: int) -> bool:
    """A person pauses. False when it was paused already by a person."""
    gate = DestinationGate.objects.filter(destination_id=destination_id).exclude(paused_by=PausedBy.PERSON)
    return bool(
        gate.update(paused_at=Now(), paused_by=PausedBy.PERSON, pause_cause="", pause_detail="", next_check_at=None)
    )


def resume(destination_id: int) -> bool:
    """Open the gate: neither paused nor held. The time spent paused does not count against any delivery's deadline.

    False when there was nothing to resume.
    """
    with transaction.atomic():
        gate = (
            DestinationGate.objects.filter(destination_id=destination_id)
            .annotate(now=Now())
            .select_for_update()
            .first()
        )
        if gate is None or gate.is_open(gate.now):
            return False
        if gate.paused_at:
            _move_deadlines(destination_id, gate.now - gate.paused_at)
        DestinationGate.objects.filter(pk=gate.pk).update(
            paused_at=None, paused_by="", pause_cause="", pause_detail="", next_check_at=None, held_until=None
        )
    return True


def _move_deadlines(destination_id: int, paused_for: timedelta) -> None:
    Delivery.objects.filter(
        destination_id=destination_id, state=DeliveryState.QUEUED, deadline_at__isnull=False
    ).update(deadline_at=F("deadline_at") + paused_for)
