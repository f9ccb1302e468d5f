"""What waits and what failed, counted up to a cap."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from leads.models import Delivery, Destination
from leads.states import DeliveryState, Priority
from leads.watching import backlog
from tests.factories import make_delivery, make_destination

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
FAILED = DeliveryState.FAILED


def at(moment: Any, **values: Any) -> Delivery:
    delivery = make_delivery(**values)
    Delivery.objects.filter(pk=delivery.pk).update(created_at=moment)
    delivery.refresh_from_db()
    return delivery


def failed() -> list[tuple[int, str, int, Any]]:
    found = [(first.destination_id, first.reason, first.number, first.created_at) for first in backlog.first_failed()]
    return sorted(found)


def test_what_failed_is_found_by_destination_and_cause_with_the_oldest() -> None:
    one, other = make_destination(), make_destination()
    oldest = at(Now() - HOUR, destination=one, state=FAILED, reason="a")
    for reason in ("a", "a", "b"):
        make_delivery(one, state=FAILED, reason=reason)
    newest = make_delivery(other, state=FAILED, reason="a")
    make_delivery(other, state=DeliveryState.DELIVERED, reason="c")
    make_delivery(other)
    only = Delivery.objects.get(destination=one, reason="b")
    assert failed() == [
        (one.pk, "a", 3, oldest.created_at),
        (one.pk, "b", 1, only.created_at),
        (other.pk, "a", 1, newest.created_at),
    ]


def test_nothing_failed_where_nothing_did() -> None:
    make_delivery()
    assert failed() == []


def test_no_more_failed_ones_are_counted_than_the_cap_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST", 2)
    destination = make_destination()
    for _number in range(3):
        make_delivery(destination, state=FAILED, reason="a")
    assert [number for _destination, _reason, number, _oldest in failed()] == [2]


def test_each_destination_has_its_own_backlog() -> None:
    busy, idle = make_destination(), make_destination()
    oldest = at(Now() - HOUR, destination=busy)
    for state in (DeliveryState.QUEUED, DeliveryState.QUEUED, DeliveryState.SENDING, FAILED, DeliveryState.DELIVERED):
        make_delivery(busy, state=state)
    rows = Destination.objects.annotate(
        waiting=backlog.counted(backlog.queued()),
        some=backlog.counted(backlog.queued(), most=2),
        oldest_at=backlog.oldest(backlog.queued()),
        claims=backlog.claims(),
    )
    found = {row.pk: (row.waiting, row.some, row.oldest_at, row.claims) for row in rows}
    assert found == {busy.pk: (3, 2, oldest.created_at, 1), idle.pk: (0, 0, None, 0)}


def test_the_next_retry_is_the_first_that_waits_for_its_time() -> None:
    destination = make_destination()
    times = [Now() + 2 * HOUR, Now() + HOUR, Now() - HOUR]
    first = [make_delivery(destination, priority=Priority.RETRY, next_attempt_at=time) for time in times][1]
    assert Destination.objects.annotate(at=backlog.next_retry()).get().at == first.next_attempt_at


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (999, "999"), (9999, "9,999"), (10_000, "10,000 or more")])
def test_a_number_at_the_cap_is_said_to_be_that_or_more(number: int, text: str) -> None:
    assert backlog.shown(number) == text
