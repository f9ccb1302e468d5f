"""How long attempts took, and those whose worker vanished."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Attempt, Destination
from leads.models.ids import first_id_at, new_id
from leads.states import AttemptResult, DeliveryState
from leads.watching.metrics import attempts
from tests.factories import make_attempt, make_delivery, make_destination, make_touch
from tests.leads.watching.metrics.exposed import value, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]

HOUR = timedelta(hours=1)


@pytest.fixture
def crm() -> Destination:
    return make_destination(name="CRM")


def ended(destination: Destination, **values: Any) -> Attempt:
    given = {"finished_at": Now(), "result": AttemptResult.DELIVERED, "duration_ms": 100} | values
    return make_attempt(make_delivery(destination), **given)


def test_half_and_nearly_all_of_the_calls_took_no_longer_than_this(crm: Destination) -> None:
    for duration in range(1, 101):
        ended(crm, duration_ms=10 * duration)
    assert values("attempt_duration_seconds", destination="CRM") == {"0.5": 0.51, "0.95": 0.95}


def test_a_call_alone_is_all_of_them(crm: Destination) -> None:
    ended(crm, duration_ms=1234, result=AttemptResult.TEMPORARY)
    assert values("attempt_duration_seconds", destination="CRM") == {"0.5": 1.234, "0.95": 1.234}


def test_destinations_are_told_apart(crm: Destination) -> None:
    ended(crm, duration_ms=1000)
    ended(make_destination(name="Other"), duration_ms=3000)
    assert values("attempt_duration_seconds", quantile="0.5") == {"CRM": 1, "Other": 3}


def test_the_way_of_a_lead_is_timed_from_its_post_to_its_arrival(crm: Destination) -> None:
    now = timezone.now()
    delivered = make_delivery(
        crm,
        make_touch(received_at=now - timedelta(seconds=90)),
        state=DeliveryState.DELIVERED,
        delivered_at=now,
    )
    make_attempt(delivered, finished_at=now, result=AttemptResult.DELIVERED, duration_ms=5)
    ended(crm, result=AttemptResult.REJECTED)
    assert values("posted_to_delivered_seconds", destination="CRM") == {"0.5": 90, "0.95": 90}


def test_what_is_under_way_or_older_than_an_hour_does_not_count(crm: Destination) -> None:
    make_attempt(make_delivery(crm))
    ended(crm, id=first_id_at(timezone.now() - HOUR - timedelta(minutes=1)))
    assert values("attempt_duration_seconds") == {}
    ended(crm, id=first_id_at(timezone.now() - HOUR + timedelta(minutes=1)))
    assert values("attempt_duration_seconds", quantile="0.5") == {"CRM": 0.1}


def test_no_more_than_the_newest_are_read(crm: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "NEWEST", 2)
    for duration in (9000, 200, 200):
        ended(crm, duration_ms=duration)
    assert values("attempt_duration_seconds", destination="CRM") == {"0.5": 0.2, "0.95": 0.2}


def test_lost_and_late_ones_are_counted(crm: Destination) -> None:
    lost = {"result": AttemptResult.UNANSWERED, "cause": "claim_lost", "duration_ms": None}
    ended(crm, **lost)
    ended(crm, **lost)
    ended(crm, is_late=True)
    ended(crm)
    assert (value("attempts_claim_lost"), value("attempts_late")) == (2, 1)


@pytest.mark.parametrize("moment", [timezone.now(), datetime(2030, 1, 1, tzinfo=timezone.get_current_timezone())])
def test_the_first_id_at_a_moment_is_one_of_version_7_that_carries_it(moment: datetime) -> None:
    found = first_id_at(moment)
    assert (found.version, found.int >> 80) == (7, int(moment.timestamp() * 1000))


def test_ids_made_from_now_on_are_above_it_and_those_made_before_below() -> None:
    before = new_id()
    edge = first_id_at(timezone.now() + timedelta(milliseconds=1))
    after = first_id_at(timezone.now() + timedelta(milliseconds=2))
    assert before < edge < after
    assert first_id_at(timezone.now() - timedelta(milliseconds=1)) < new_id()
