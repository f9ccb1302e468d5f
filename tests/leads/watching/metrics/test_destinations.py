"""What waits for a destination and why, and how its attempts ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from integrations.contract import FailureKind
from leads.models import DestinationGate
from leads.models.ids import new_id
from leads.states import DeliveryState, PausedBy, Priority
from tests.factories import make_delivery, make_destination
from tests.leads.watching.metrics.exposed import value, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NOTHING = {"disabled": 0, "paused": 0, "broken": 0, "held": 0, "later": 0, "ready": 0}

PAUSED: dict[str, Any] = {"paused_at": Now(), "paused_by": PausedBy.PERSON}
BROKEN: dict[str, Any] = {"broken_at": Now(), "probe_at": Now()}
HELD: dict[str, Any] = {"held_until": Now() + HOUR}


def waiting(name: str = "CRM") -> dict[str, float]:
    return values("deliveries_waiting", destination=name)


def test_what_is_ready_and_what_waits_for_its_time_are_told_apart() -> None:
    destination = make_destination(name="CRM")
    make_delivery(destination, next_attempt_at=Now() - 90 * SECOND)
    make_delivery(destination, next_attempt_at=Now() - 30 * SECOND, priority=Priority.RETRY)
    make_delivery(destination, next_attempt_at=Now() + HOUR, priority=Priority.RETRY)
    for state in (DeliveryState.DELIVERED, DeliveryState.WITHHELD, DeliveryState.CANCELLED):
        make_delivery(destination, state=state)
    assert waiting() == NOTHING | {"ready": 2, "later": 1}
    oldest = values("deliveries_oldest_due_seconds", destination="CRM")
    assert 90 <= oldest.pop("ready") < 100
    assert oldest == {"disabled": 0, "paused": 0, "broken": 0, "held": 0, "later": 0}


@pytest.mark.parametrize(("reason", "gate"), [("paused", PAUSED), ("broken", BROKEN), ("held", HELD)])
def test_behind_a_closed_gate_everything_waits_for_that(reason: str, gate: dict[str, Any]) -> None:
    destination = make_destination(name="CRM", gate=gate)
    make_delivery(destination, next_attempt_at=Now() - MINUTE)
    make_delivery(destination, next_attempt_at=Now() + HOUR)
    assert waiting() == NOTHING | {reason: 2}
    assert 60 <= value("deliveries_oldest_due_seconds", destination="CRM", reason=reason) < 70
    assert value("deliveries_oldest_due_seconds", destination="CRM", reason="ready") == 0


@pytest.mark.parametrize(
    ("state", "enabled", "gate"),
    [
        ("open", True, {}),
        ("open", True, {"held_until": Now() - SECOND}),
        ("held", True, HELD),
        ("broken", True, BROKEN | HELD),
        ("paused", True, PAUSED | BROKEN | HELD),
        ("disabled", False, PAUSED | BROKEN | HELD),
    ],
)
def test_the_strongest_of_what_closes_a_gate_is_named(state: str, enabled: bool, gate: dict[str, Any]) -> None:
    make_destination(name="CRM", gate=gate, enabled=enabled)
    states = {"disabled": 0, "paused": 0, "broken": 0, "held": 0, "open": 0}
    assert values("destination_gate", destination="CRM") == states | {state: 1}


def test_for_how_long_nothing_gets_through() -> None:
    make_destination(name="CRM", gate={"failing_since": Now() - HOUR})
    make_destination(name="Other")
    failing = values("destination_failing_seconds")
    assert failing.pop("Other") == 0
    assert 3600 <= failing.pop("CRM") < 3610
    assert failing == {}


def test_slots_in_use_are_the_claims_that_are_held() -> None:
    destination, claim = make_destination(name="CRM"), new_id()
    for claim_id in (claim, claim, new_id()):
        make_delivery(destination, state=DeliveryState.SENDING, claim_id=claim_id)
    make_destination(name="Other")
    assert values("deliveries_sending") == {"CRM": 3, "Other": 0}
    assert values("destination_claims") == {"CRM": 2, "Other": 0}


def test_failed_ones_are_counted_by_cause() -> None:
    destination = make_destination(name="CRM")
    for reason in ("record_refused", "record_refused", "may_have_arrived"):
        make_delivery(destination, state=DeliveryState.FAILED, reason=reason)
    make_delivery(make_destination(name="Other"), state=DeliveryState.FAILED, reason="defect")
    assert values("deliveries_failed", destination="CRM") == {"record_refused": 2, "may_have_arrived": 1}
    assert values("deliveries_failed", destination="Other") == {"defect": 1}


def test_only_a_destination_with_a_rate_has_tokens() -> None:
    used = {"rate_calls": 100, "rate_seconds": 3600, "tokens": 2.0, "tokens_at": Now()}
    make_destination(name="CRM", gate=used)
    make_destination(name="Fresh", gate={"rate_calls": 100, "rate_seconds": 60})
    make_destination(name="Other")
    tokens = values("destination_tokens")
    assert 2 <= tokens.pop("CRM") < 3
    assert tokens == {"Fresh": 10}


def test_attempts_are_counted_by_result() -> None:
    counts = {"delivered_count": 7_000_000_000, "failure_counts": {"temporary": 3, "rejected": 1}}
    make_destination(name="CRM", gate=counts)
    expected = dict.fromkeys((kind.value for kind in FailureKind), 0) | {"temporary": 3, "rejected": 1}
    assert values("attempts_total", destination="CRM") == expected | {"delivered": 7_000_000_000}


def test_the_kind_stands_beside_the_name_whatever_the_name_holds() -> None:
    make_destination(name='A "new"\n\\CRM', kind="hubspot")
    assert value("deliveries_sending", destination='A "new"\n\\CRM', kind="hubspot") == 0


def test_without_a_destination_there_is_nothing_to_count() -> None:
    assert not DestinationGate.objects.exists()
    assert waiting() == {}
