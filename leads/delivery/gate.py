"""Hold, pause and resume a destination. A closed gate costs no tries and loses nothing: deliveries wait behind it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F
from django.db.models.functions import Coalesce, Greatest, Least, Now

from integrations.contract import Failure, FailureKind
from leads.models import Delivery, DestinationGate
from leads.pacing import retry, slow_start
from leads.states import DeliveryState, PausedBy

# Waits have long stopped growing by then; the column ends at 32,767.
MOST_COUNTED = 1000
HOPELESS_AFTER = timedelta(days=5)

NOT_PAUSED: dict[str, Any] = {
    "paused_at": None,
    "paused_by": "",
    "pause_cause": "",
    "pause_detail": "",
    "pause_params": {},
    "next_check_at": None,
}
NOT_BROKEN: dict[str, Any] = {"broken_at": None, "probe_at": None, "probes_passed": 0, "failures_in_a_row": 0}
AT_FIRST_SLOWLY: dict[str, Any] = {
    "calls_now": slow_start.BEGINNING.calls_now,
    "answers_at_this_pace": slow_start.BEGINNING.answers,
}


def hold(gate: DestinationGate, throttled: Sequence[Failure]) -> None:
    """The longest hold counts: an answer that names no time must not shorten one that did."""
    asked = max((failure.retry_after for failure in throttled if failure.retry_after), default=None)
    until = Now() + retry.hold_for(asked, gate.holds_in_a_row)
    DestinationGate.objects.filter(pk=gate.pk).update(
        held_until=Greatest(Coalesce("held_until", until), until),
        holds_in_a_row=Least(F("holds_in_a_row") + 1, MOST_COUNTED),
        **AT_FIRST_SLOWLY,
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
            next_check_at=Now() + retry.check_after(checks) if failure.resumes_itself else None,
            **AT_FIRST_SLOWLY,
        )


def pause_what_fails_for_days() -> None:
    """Where nothing got through for five days, no further lead uses up its tries. It is checked and resumes by itself,
    as after any other pause."""
    hopeless = DestinationGate.objects.filter(failing_since__lt=Now() - HOPELESS_AFTER, paused_at=None)
    for destination_id in hopeless.values_list("destination_id", flat=True):
        pause_by_machine(destination_id, Failure(kind=FailureKind.MISCONFIGURED, cause="failing_for_days"))


def pause(destination_id: int) -> bool:
    """A person pauses. False when it was paused already by a person."""
    gate = DestinationGate.objects.filter(destination_id=destination_id).exclude(paused_by=PausedBy.PERSON)
    paused_since = Coalesce("paused_at", Now())
    return bool(gate.update(**NOT_PAUSED | {"paused_at": paused_since, "paused_by": PausedBy.PERSON}))


def resume(destination_id: int) -> bool:
    """A person opens the gate: neither paused, nor held, nor broken. False when there was nothing to resume."""
    with transaction.atomic():
        gate = locked(destination_id)
        if gate is None or (gate.is_open(gate.now) and gate.broken_at is None):
            return False
        _unpause(gate, held_until=None, **NOT_BROKEN)
    return True


def resume_after_check(destination_id: int) -> bool:
    """A good check ends a pause by the machine, and a broken destination is tried now. What a person paused stays, and
    so does a hold: it has its own end."""
    with transaction.atomic():
        gate = locked(destination_id)
        if gate is not None and gate.broken_at is not None:
            DestinationGate.objects.filter(pk=gate.pk).update(probe_at=Least("probe_at", Now()))
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


def locked(destination_id: int) -> Any:
    """The gate with the database's clock as ``now``."""
    gates = DestinationGate.objects.filter(destination_id=destination_id)
    return gates.annotate(now=Now()).select_for_update().first()


def _unpause(gate: Any, **also: Any) -> None:
    """The time spent paused does not count against any delivery's deadline, and how long nothing got through is counted
    anew."""
    if gate.paused_at:
        _move_deadlines(gate.destination_id, gate.now - gate.paused_at)
    DestinationGate.objects.filter(pk=gate.pk).update(**NOT_PAUSED, **AT_FIRST_SLOWLY, failing_since=None, **also)


def _move_deadlines(destination_id: int, paused_for: timedelta) -> None:
    Delivery.objects.filter(
        destination_id=destination_id, state=DeliveryState.QUEUED, deadline_at__isnull=False
    ).update(deadline_at=F("deadline_at") + paused_for)
