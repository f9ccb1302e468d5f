"""A thousand leads to the kinds that take several in one call: few calls, each record once, bad ones fail alone."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations.contract import Record
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Touch
from leads.models.ids import new_id
from leads.states import AttemptResult, DeliveryState, InboundState
from tests.factories import make_inbound, make_lead
from tests.integrations.connectors.contract.people import some
from tests.leads.destinations.conftest import Meet
from tests.leads.destinations.turns import gate_of
from tests.leads.destinations.world import World, kinds_that, touch_values

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
THOUSAND = 1000
QUERIES_OF_A_TURN = 26  # savepoints of the test included; SQLite takes fewer values in one statement


def queue_all(world: World, records: list[Record]) -> None:
    """In this order. With few statements, unlike the factories."""
    lead, inbound = make_lead(), make_inbound(state=InboundState.ACCEPTED)
    same = {"lead": lead, "inbound_request": inbound, "endpoint": inbound.endpoint, "received_at": timezone.now()}
    touches = Touch.objects.bulk_create(
        Touch(id=new_id(), position=place, quality="exact", **same, **touch_values(record))
        for place, record in enumerate(records)
    )
    Delivery.objects.bulk_create(Delivery(touch=touch, destination=world.destination) for touch in touches)


@kinds_that(lambda far_side: far_side.most_in_call > 1)
def test_few_calls_each_record_once_and_a_bad_one_in_each_batch_alone(
    meet: Meet, kind: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    world = meet(kind)
    most, refusal, records = world.far_side.most_in_call, world.far_side.refuses_record, some(THOUSAND)
    assert refusal is not None
    bad = range(7, THOUSAND, most)
    for place in bad:
        records[place] = world.far_side.refused(records[place])
    queue_all(world, records)
    for _batch in bad:
        with django_assert_max_num_queries(QUERIES_OF_A_TURN):
            deliver_next_batch(world.destination)
    assert deliver_next_batch(world.destination) is False

    assert len(world.far_side.writes()) == len(bad) * (1 + world.far_side.calls_for_a_bad_one)
    good = [record for place, record in enumerate(records) if place not in bad]
    assert world.addresses_there() == sorted(record.email for record in good)
    refused = [records[place].email for place in bad]
    failed = Delivery.objects.filter(state=DeliveryState.FAILED)
    assert sorted(failed.values_list("touch__email", flat=True)) == sorted(refused)
    assert set(failed.values_list("reason", flat=True)) == {refusal.cause}
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED, tries=1).count() == THOUSAND - len(bad)
    assert Attempt.objects.filter(result=AttemptResult.DELIVERED).count() == THOUSAND - len(bad)
    assert Attempt.objects.count() == THOUSAND
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)
