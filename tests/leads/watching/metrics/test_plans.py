"""Among many rows the metrics read indexes, and of the big tables never more than a part."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from leads.models import Attempt, Delivery, InboundRequest, Touch
from leads.models.ids import first_id_at, new_id
from leads.states import DeliveryState, InboundState
from leads.watching.metrics.attempts import NEWEST, attempt_metrics
from leads.watching.metrics.destinations import destination_metrics
from leads.watching.metrics.installation import inbound_metrics
from tests.factories import make_destination, make_endpoint, make_lead
from tests.leads.plans import Plan, query_plans, reads_through

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MANY, NEW = 4_000, 40


def ids() -> list[UUID]:
    """Nearly all from long ago, the last few from now."""
    first = first_id_at(timezone.now() - timedelta(days=90)).int
    return [UUID(int=first + number) for number in range(MANY)] + [new_id() for _n in range(NEW)]


def fill() -> None:
    endpoint, lead, destination, now = make_endpoint(), make_lead(), make_destination(), timezone.now()
    requests = InboundRequest.objects.bulk_create(
        InboundRequest(id=id_, endpoint=endpoint, received_at=now, body=b"{}", body_size=2, state=state)
        for id_, state in zip(ids(), cycle([InboundState.ACCEPTED, InboundState.REPEAT]))
    )
    touches = Touch.objects.bulk_create(
        Touch(inbound_request=request, endpoint=endpoint, lead=lead, received_at=now, quality="exact")
        for request in requests
    )
    deliveries = Delivery.objects.bulk_create(
        Delivery(id=id_, touch=touch, destination=destination, state=DeliveryState.DELIVERED, delivered_at=now)
        for id_, touch in zip(ids(), touches, strict=True)
    )
    Attempt.objects.bulk_create(
        Attempt(id=id_, delivery=delivery, claim_id=new_id(), finished_at=now, result="delivered", duration_ms=5)
        for id_, delivery in zip(ids(), deliveries, strict=True)
    )
    Delivery.objects.filter(id__in=[delivery.id for delivery in deliveries[:NEW]]).update(
        state=DeliveryState.QUEUED, delivered_at=None, next_attempt_at=now + timedelta(hours=1)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def plans(metrics: Callable[[], object]) -> list[Plan]:
    fill()
    with query_plans() as found:
        metrics()
    return found


def test_deliveries_are_read_through_the_index_of_their_state() -> None:
    read = [plan for plan in plans(destination_metrics) if plan.reads("leads_delivery")]
    assert len(read) == 3
    for plan, indexes in zip(
        read, (("delivery_due", "delivery_state"), ("delivery_claimed",), ("delivery_failed",)), strict=True
    ):
        assert any(index in plan.steps for index in indexes), plan.steps


@pytest.mark.parametrize("metrics", [inbound_metrics, attempt_metrics])
def test_no_big_table_is_read_to_its_end(metrics: Callable[[], object]) -> None:
    found = plans(metrics)
    assert len(found) >= 2
    for plan in found:
        for table in ("leads_inboundrequest", "leads_attempt", "leads_delivery", "leads_touch"):
            assert not reads_through(plan.steps, table), f"{plan.sql}\n{plan.steps}"


def test_no_more_attempts_are_read_than_a_fixed_number() -> None:
    (attempts,) = [plan for plan in plans(attempt_metrics) if plan.reads("leads_attempt")]
    assert attempts.sql.endswith(f"LIMIT {NEWEST}")
    assert " JOIN " not in attempts.sql
