"""Hold, pause and resume a destination. A closed gate costs no tries and loses nothing: deliveries wait behind it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F
from django.db.models.functions import Coalesce, Greatest, Least, Now

from integrations.contract import Delivered, Failure, FailureKind
from leads import retry
from leads.models import Delivery, DestinationGate
from leads.states import DeliveryState, PausedBy

# Waits have long stopped growing by then; the column ends at 32,767.
MOST_COUNTED = 1000

NOT_PAUSED: dict[str, Any] = {
    "paused_at": None,
    "paused_by": "",
    "pause_cause": "",
    "pause_detail": "",
    "pause_params": {},
    "next_check_at": None,
}


def note_outcomes(destination_id: int, results: Sequence[Delivered | Failure]) -> None:
    """What a group of outcomes means for the whole destination. Called in the transaction that records them."""
    failures = [result for result in results if isinstance(result, Failure)]
    changes: dict[str, Any] = {}
    if len(failures) < len(results):
        changes |= {"last_success_at": Now(), "holds_in_a_row": 0, "checks_since_pause": 0}
    if failures:
        changes |= {"last_failure_at": Now(), "last_failure_cause": failures[-1].cause}
    gate = DestinationGate.objects.filter(destination_id=destination_id)
    gate.update(**changes)
    if throttled := [failure for failure in failures if failure.kind is FailureKind.THROTTLED]:
        _hold(gate.get(), throttled)
    if wrong := next((failure for failure in failures if failure.kind is FailureKind.MISCONFIGURED), None):
        pause_by_machine(destination_id, wrong)


def _hold(gate: DestinationGate, throttled: Sequence[Failure]) -> None:
    """The longest hold counts: an answer that names no time must not shorten one that did."""
    asked = max((failure.retry_after for failure in throttled if failure.retry_after), default=None)
    until = Now() + retry.hold_for(asked, gate.holds_in_a_row)
    DestinationGate.objects.filter(pk=gate.pk).update(
        held_until=Greatest(Coalesce("held_until", until), until),
        holds_in_a_row=Least(F("holds_in_a_row") + 1, MOST_COUNTED),
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
            pause_params=dict(failure.params),
            resumes_itself=failure.resumes_itself,
            next_check_at=Now() + retry.check_after(checks),
        )


def pause(destination_id: int) -> bool:
    """A person pauses. False when it was paused already by a person."""
    gate = DestinationGate.objects.filter(destination_id=destination_id).exclude(paused_by=PausedBy.PERSON)
    paused_since = Coalesce("paused_at", Now())
    return bool(gate.update(**NOT_PAUSED | {"paused_at": paused_since, "paused_by": PausedBy.PERSON}))


def resume(destination_id: int) -> bool:
    """A person opens the gate: neither paused nor held. False when there was nothing to resume."""
    with transaction.atomic():
        gate = _locked(destination_id)
        if gate is None or gate.is_open(gate.now):
            return False
        _unpause(gate, held_until=None)
    return True


def resume_after_check(destination_id: int) -> bool:
    """A good check ends a pause by the machine. What a person paused stays, and so does a hold: it has its own end."""
    with transaction.atomic():
        gate = _locked(destination_id)
        if gate is None or gate.paused_by != PausedBy.MACHINE or not gate.resumes_itself:
            return False
        _unpause(gate)
    return True


def give_time(destination_id: int) -> None:
    """What waits for a destination that was disabled has its whole time from now on, once it is enabled again."""
    waiting = Delivery.objects.filter(
        destination_id=destination_id, state=DeliveryState.QUEUED, deadline_at__isnull=False
    )
    whole = Now() + settings.LEADCRM_DELIVERY_DEADLINE
    waiting.update(deadline_at=Greatest("deadline_at", whole, output_field=DateTimeField()))


def _locked(destination_id: int) -> Any:
    """The gate with the database's clock as ``now``."""
    gates = DestinationGate.objects.filter(destination_id=destination_id)
    return gates.annotate(now=Now()).select_for_update().first()


def _unpause(gate: Any, **also: None) -> None:
    """The time spent paused does not count against any delivery's deadline."""
    if gate.paused_at:
        _move_deadlines(gate.destination_id, gate.now - gate.paused_at)
    DestinationGate.objects.filter(pk=gate.pk).update(**NOT_PAUSED, **also)


def _move_deadlines(destination_id: int, paused_for: timedelta) -> None:
    Delivery.objects.filter(
        destination_id=destination_id, state=DeliveryState.QUEUED, deadline_at__isnull=False
    ).update(deadline_at=F("deadline_at") + paused_for)
