"""The other side keeps leads and does not say so, says nothing at all, asks for time, or comes and goes."""

import time

import pytest

from leads.states import AttemptResult, DeliveryState
from tests.faults import rows
from tests.faults.case import Case
from tests.flows.installation import in_time
from tests.start.conftest import eventually

HELD_SECONDS = 6
FLAPS = 4


@pytest.mark.quick
def test_a_receiver_that_hangs_up_after_it_kept_the_lead_has_it_once(case: Case) -> None:
    """The receiver keeps 5 leads and hangs up before it answers."""
    for place in case.places:
        case.plays(place, "commit_then_drop", times=5)
    case.senders.post(15)
    case.settle()
    counts = case.prove(repeats=5, for_people=5)
    assert (counts.repeats, counts.for_people) == (5, 5)


def test_a_receiver_that_never_answers_is_given_up_on_and_asked_again(case: Case) -> None:
    """The receiver keeps 2 leads and never answers."""
    for place in case.places:
        case.plays(place, "delay", delay=600, times=2)
    case.senders.post(6)
    case.settle()
    causes = set(rows.attempts(case.form.id).filter(result=AttemptResult.UNANSWERED).values_list("cause", flat=True))
    case.says(f"cause: {', '.join(causes)}")
    counts = case.prove(repeats=2, for_people=2)
    assert counts.for_people == 2


@pytest.mark.quick
def test_a_receiver_that_asks_for_time_gets_no_call_meanwhile(case: Case) -> None:
    """The receiver answers 429 and names a time."""
    for place in case.places:
        case.plays(place, "respond", status=429, headers={"Retry-After": str(HELD_SECONDS)})
    with case.senders.storm(per_second=10):
        eventually(lambda: all(rows.gate(place.id).held_until for place in case.places), "held", in_time(30))
        gates = [rows.gate(place.id) for place in case.places]
        eventually(lambda: all(gate.held_until and gate.held_until < rows.now() for gate in gates), "over", in_time(30))
    case.settle()
    for gate in gates:
        told = rows.attempts(gate.pk).get(result=AttemptResult.THROTTLED)
        assert told.finished_at
        assert gate.held_until
        assert (gate.held_until - told.finished_at).total_seconds() >= HELD_SECONDS
        begun = rows.attempts(gate.pk).filter(started_at__gt=told.finished_at, started_at__lt=gate.held_until)
        assert begun.count() == 0
    assert set(rows.deliveries(case.crm.id).values_list("tries", flat=True)) == {1}
    case.says(f"0 calls in the {HELD_SECONDS} s; no try counted")
    case.prove()


@pytest.mark.timeout(240)
def test_a_receiver_that_comes_and_goes_has_each_lead_once(case: Case) -> None:
    """The receiver answers 503 for a second, then works for a second, 4 times over."""
    with case.senders.storm(per_second=10):
        for _flap in range(FLAPS):
            for place in case.places:
                case.plays(place, "respond", status=503, times=None)
            time.sleep(1)  # the receiver's own pace
            case.plays_no_more()
            time.sleep(1)
    took = case.settle(seconds=60)
    refused = rows.attempts(case.crm.id, case.form.id).filter(http_status=503).count()
    case.says(f"{refused} calls refused, all arrived {took:.0f} s after the last")
    case.prove()
    assert refused > 0
    assert not rows.deliveries(case.crm.id, case.form.id).exclude(state=DeliveryState.DELIVERED).exists()
