"""What a group of calls means for the whole destination: its last success, its breaker, a hold, a pause.

Called in the transaction that records the outcomes, so that one is never known without the other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from django.db.models import F
from django.db.models.functions import Least, Now

from integrations.contract import Arrival, Delivered, Failure, FailureKind
from leads.delivery import gate
from leads.models import Delivery, DestinationGate
from leads.pacing.breaker import Breaker, after_call
from leads.pacing.slow_start import Ramp, after_success
from leads.states import DeliveryState, Priority

type Result = Delivered | Failure
type Call = Sequence[Result]
"""The results of all the records of one call."""

NO_ANSWER = (FailureKind.TEMPORARY, FailureKind.UNANSWERED)
OUR_OWN = FailureKind.DEFECT
# Far more than a minute holds; without failures the window does not begin anew.
MOST_CALLS_IN_WINDOW = 1_000_000
# A short outage ends before the breaker opens. What it failed once or twice is tried again at once; what failed more
# often may fail for a reason of its own, and would use up its tries whenever another gets through.
LOOKS_LIKE_AN_OUTAGE = 2
FIRST_TRIES = 2
NOT_ABOUT_ONE_RECORD = (*NO_ANSWER, FailureKind.THROTTLED, FailureKind.MISCONFIGURED)


def note_calls(claimed: DestinationGate, calls: Sequence[Call]) -> None:
    """``claimed`` is the gate as it was when these were claimed."""
    if claimed.is_well and all(isinstance(result, Delivered) for call in calls for result in call):
        _note_success(claimed, calls)
    else:
        _note(gate.locked(claimed.destination_id), calls)


def _note_success(claimed: DestinationGate, calls: Sequence[Call]) -> None:
    """The everyday case, in one statement."""
    DestinationGate.objects.filter(pk=claimed.pk).update(
        last_success_at=Now(),
        holds_in_a_row=0,
        checks_since_pause=0,
        failures_in_a_row=0,
        window_calls=Least(F("window_calls") + len(calls), MOST_CALLS_IN_WINDOW),
        is_last_arrival_doubtful=_is_doubtful(calls),
        delivered_count=F("delivered_count") + sum(map(len, calls)),
    )


def _note(found: Any, calls: Sequence[Call]) -> None:
    """``found`` is the gate, locked, with the database's clock as ``now``; ``None`` where the destination is gone."""
    if found is None:
        return
    failures = [result for call in calls for result in call if isinstance(result, Failure)]
    before, after = _breaker_of(found), _breaker_after(found, calls)
    changes = asdict(after) | _times(found, calls, failures) | _counts(found, calls, failures)
    if after.broken_at and not before.broken_at:
        changes |= gate.AT_FIRST_SLOWLY
    elif not after.broken_at:
        changes |= _pace_after(found, calls)
    DestinationGate.objects.filter(pk=found.pk).update(**changes)
    if before.broken_at and not after.broken_at:
        _bring_forward(found.destination_id)
    elif before.failures_in_a_row >= LOOKS_LIKE_AN_OUTAGE and not after.failures_in_a_row and not after.broken_at:
        _bring_forward(found.destination_id, tries__lte=FIRST_TRIES)
    if throttled := [failure for failure in failures if failure.kind is FailureKind.THROTTLED]:
        gate.hold(found, throttled)
    if wrong := next((failure for failure in failures if failure.kind is FailureKind.MISCONFIGURED), None):
        gate.pause_by_machine(found.destination_id, wrong)


def _times(found: DestinationGate, calls: Sequence[Call], failures: Sequence[Failure]) -> dict[str, Any]:
    times: dict[str, Any] = {}
    if len(failures) < sum(map(len, calls)):
        found.holds_in_a_row = 0
        times |= {"last_success_at": Now(), "holds_in_a_row": 0, "checks_since_pause": 0, "failing_since": None}
        times |= {"is_last_arrival_doubtful": _is_doubtful(calls)}
    elif found.failing_since is None and any(failure.kind in NOT_ABOUT_ONE_RECORD for failure in failures):
        times |= {"failing_since": Now()}
    if failures:
        times |= {"last_failure_at": Now(), "last_failure_cause": failures[-1].cause}
    return times


def _counts(found: DestinationGate, calls: Sequence[Call], failures: Sequence[Failure]) -> dict[str, Any]:
    """For the metrics, which are to be true whichever process is asked."""
    by_kind = Counter(found.failure_counts) + Counter(failure.kind.value for failure in failures)
    delivered = sum(map(len, calls)) - len(failures)
    return {"delivered_count": F("delivered_count") + delivered, "failure_counts": dict(by_kind)}


def _is_doubtful(calls: Sequence[Call]) -> bool:
    """Whether the last that arrived was taken by something that does not answer like this system."""
    arrivals = [result.arrival for call in calls for result in call if isinstance(result, Delivered)]
    return arrivals[-1] is Arrival.DOUBTFUL


def _breaker_of(found: DestinationGate) -> Breaker:
    return Breaker(**{field.name: getattr(found, field.name) for field in fields(Breaker)})


def _breaker_after(found: Any, calls: Sequence[Call]) -> Breaker:
    breaker = _breaker_of(found)
    for call in calls:
        if (failed := has_failed(call)) is not None:
            breaker = after_call(breaker, failed, found.now)
    return breaker


def has_failed(call: Call) -> bool | None:
    """Whether nobody over there took care of the call; ``None`` where only we failed, which says nothing."""
    kinds = {result.kind if isinstance(result, Failure) else None for result in call} - {OUR_OWN}
    return kinds <= set(NO_ANSWER) if kinds else None


def _pace_after(found: DestinationGate, calls: Sequence[Call]) -> dict[str, Any]:
    ramp = Ramp(found.calls_now, found.answers_at_this_pace)
    for call in calls:
        if any(isinstance(result, Delivered) for result in call):
            ramp = after_success(ramp, found.calls_at_once)
    return {"calls_now": ramp.calls_now, "answers_at_this_pace": ramp.answers}


def _bring_forward(destination_id: int, **only: Any) -> None:
    """What failed meanwhile need not wait for its next try: the reason is gone."""
    waiting = Delivery.objects.filter(
        **only,
        destination_id=destination_id,
        state=DeliveryState.QUEUED,
        priority=Priority.RETRY,
        next_attempt_at__gt=Now(),
    )
    waiting.exclude(look_from__gt=Now()).update(next_attempt_at=Now())
