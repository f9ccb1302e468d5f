"""What counts as wrong, and what does not."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Destination, Endpoint
from leads.models.trouble import TroubleKind
from leads.states import DeliveryState, InboundState, PausedBy
from leads.watching.conditions import Condition, conditions
from tests.factories import make_delivery, make_destination, make_endpoint, make_inbound

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ago(wait: timedelta) -> Any:
    return Now() - wait


def only() -> Condition:
    (found,) = conditions()
    return found


def destination_with(**gate: Any) -> Destination:
    return make_destination(gate=gate)


def test_where_all_is_well_nothing_is_said() -> None:
    make_delivery(destination_with(last_success_at=ago(HOUR)))
    make_delivery(state=DeliveryState.DELIVERED)
    make_inbound()
    make_endpoint()
    assert conditions() == []


def test_a_pause_by_the_machine_is_told_at_once_with_the_number_that_waits() -> None:
    paused = destination_with(
        paused_at=Now(), paused_by=PausedBy.MACHINE, pause_cause="field_missing", pause_params={"field": "Industry"}
    )
    first = make_delivery(paused)
    make_delivery(paused)
    assert only() == Condition(
        kind=TroubleKind.PAUSED,
        destination_id=paused.pk,
        cause="field_missing",
        params={"field": "Industry"},
        count=2,
        oldest_at=first.created_at,
    )
    assert only().key == f"paused:{paused.pk}::field_missing"


def test_also_when_nothing_waits() -> None:
    destination_with(paused_at=Now(), paused_by=PausedBy.MACHINE, pause_cause="sign_in_refused")
    assert (only().count, only().oldest_at) == (0, None)


@pytest.mark.parametrize(
    ("since", "waiting", "is_told"), [(25 * HOUR, 1, True), (25 * HOUR, 0, False), (23 * HOUR, 1, False)]
)
def test_what_a_person_paused_is_told_after_a_day_if_leads_wait(since: timedelta, waiting: int, is_told: bool) -> None:
    paused = destination_with(paused_at=ago(since), paused_by=PausedBy.PERSON)
    for _n in range(waiting):
        make_delivery(paused)
    assert [found.kind for found in conditions()] == [TroubleKind.LEFT_PAUSED] * is_told


@pytest.mark.parametrize(
    ("since", "is_broken", "waiting", "is_told"),
    [
        (6 * MINUTE, True, 1, True),
        (4 * MINUTE, True, 1, False),
        (6 * MINUTE, False, 1, False),
        (61 * MINUTE, False, 1, True),
        (61 * MINUTE, True, 0, False),
    ],
)
def test_what_lets_nothing_through_is_told_the_sooner_the_surer_it_is(
    since: timedelta, is_broken: bool, waiting: int, is_told: bool
) -> None:
    broken = {"broken_at": ago(since), "probe_at": Now() + MINUTE} if is_broken else {}
    failing = destination_with(failing_since=ago(since), last_failure_cause="connection_lost", **broken)
    for _n in range(waiting):
        make_delivery(failing, next_attempt_at=Now() + HOUR)
    found = conditions()
    assert [(one.kind, one.cause) for one in found] == [(TroubleKind.NOTHING_ARRIVES, "connection_lost")] * is_told


def test_a_disabled_destination_is_nobodys_trouble() -> None:
    off = make_destination(enabled=False, gate={"paused_at": Now(), "paused_by": PausedBy.MACHINE, "pause_cause": "x"})
    make_delivery(off, next_attempt_at=ago(HOUR))
    assert conditions() == []


def test_failed_leads_are_told_by_destination_and_cause() -> None:
    here, there = make_destination(), make_destination()
    for destination, cause in ((here, "field_missing"), (here, "field_missing"), (here, "other"), (there, "other")):
        make_delivery(destination, state=DeliveryState.FAILED, reason=cause)
    found = {(one.destination_id, one.cause): one.count for one in conditions()}
    assert found == {(here.pk, "field_missing"): 2, (here.pk, "other"): 1, (there.pk, "other"): 1}


@pytest.mark.parametrize(
    ("gate", "waits", "is_told"),
    [
        ({}, 61 * SECOND, True),
        ({}, 55 * SECOND, False),
        ({"last_success_at": "5 s"}, HOUR, False),
        ({"last_success_at": "2 min"}, HOUR, True),
        ({"rate_calls": 5}, HOUR, False),
        ({"held_until": "in 1 min"}, HOUR, False),
        ({"held_until": "2 min"}, HOUR, True),
        ({"paused_at": "2 min", "paused_by": PausedBy.PERSON}, HOUR, False),
        ({"broken_at": "2 min", "probe_at": "in 1 min"}, HOUR, False),
    ],
)
def test_what_is_ready_and_does_not_go_is_our_own_trouble(
    gate: dict[str, Any], waits: timedelta, is_told: bool
) -> None:
    moments = {"5 s": ago(5 * SECOND), "2 min": ago(2 * MINUTE), "in 1 min": Now() + MINUTE}
    destination = destination_with(**{name: moments.get(value, value) for name, value in gate.items()})
    make_delivery(destination, next_attempt_at=ago(waits))
    found = conditions()
    assert [(one.kind, one.count) for one in found] == [(TroubleKind.NOT_SENT, 1)] * is_told


def test_posted_requests_that_nobody_reads() -> None:
    for minutes, state in ((3, InboundState.RECEIVED), (1, InboundState.RECEIVED), (9, InboundState.ACCEPTED)):
        make_inbound(state=state, received_at=timezone.now() - minutes * MINUTE)
    assert (only().kind, only().count) == (TroubleKind.NOT_READ, 1)


def test_files_that_wait_for_the_database(spool_dir: Path) -> None:
    spool_dir.mkdir()
    for name, seconds in (("a.lead", 120), ("b.unchecked", 70), ("c.lead", 10), ("d.unreadable", 500)):
        (spool_dir / name).write_text("")
        moment = datetime.now(UTC).timestamp() - seconds
        os.utime(spool_dir / name, (moment, moment))
    assert (only().kind, only().count) == (TroubleKind.SPOOLED, 3)


@pytest.mark.parametrize(
    ("gap", "known", "silence", "is_told"),
    [
        (HOUR, 5, 4 * DAY, True),
        (HOUR, 5, 2 * DAY, False),
        (HOUR, 4, 4 * DAY, False),
        (DAY, 20, 7 * DAY, False),
        (DAY, 20, 9 * DAY, True),
    ],
)
def test_an_endpoint_that_is_silent_against_its_habit(
    gap: timedelta, known: int, silence: timedelta, is_told: bool
) -> None:
    endpoint = make_endpoint()
    Endpoint.objects.update(usual_gap=gap, gaps_known=known, last_lead_at=ago(silence))
    found = conditions()
    assert [(one.kind, one.endpoint_id) for one in found] == [(TroubleKind.SILENT, endpoint.pk)] * is_told
