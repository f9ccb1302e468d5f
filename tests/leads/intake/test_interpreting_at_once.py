"""Two workers with the same requests before them."""

import pytest
from django.db import OperationalError, connection, transaction

from leads.intake.interpreting import interpret, interpret_waiting
from leads.models import Delivery, InboundRequest, Lead, Touch
from leads.states import InboundState
from tests.factories import NOON, lead_json, make_destination, make_endpoint, make_inbound, make_route
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def interpret_all() -> None:
    """What the tasks do, less the broker in between: a deadlock costs one period of the timetable."""
    while InboundRequest.objects.waiting().exists():
        try:
            interpret_waiting(limit=10)
        except OperationalError:
            assert connection.vendor == "postgresql"


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_with_the_same_requests_make_one_touch_of_each(workers: int) -> None:
    make_route(make_destination())
    endpoint = make_endpoint()
    for number in range(30):
        lead = lead_json(Email=f"p{number % 7}@fabrikam.example", Description=str(number))
        for _post in range(2):  # each is posted twice
            make_inbound(lead, endpoint=endpoint, received_at=NOON)
    at_once([interpret_all] * workers)
    assert InboundRequest.objects.filter(state=InboundState.ACCEPTED).count() == 30
    assert InboundRequest.objects.filter(state=InboundState.REPEAT).count() == 30
    assert sorted(Touch.objects.values_list("description", flat=True)) == sorted(str(number) for number in range(30))
    assert Delivery.objects.count() == 30
    counted = {lead.email: (lead.touch_count, lead.touches.count()) for lead in Lead.objects.all()}
    assert counted == {f"p{n}@fabrikam.example": ((5, 5) if n < 2 else (4, 4)) for n in range(7)}


def test_what_one_worker_took_the_other_leaves_alone() -> None:
    """The other read the same rows before the first had committed."""
    endpoint = make_endpoint()
    for number in range(3):
        make_inbound(lead_json(Description=str(number)), endpoint=endpoint)
    seen_by_both = list(InboundRequest.objects.waiting().select_related("endpoint", "secret"))
    interpret(seen_by_both)
    interpret(seen_by_both)
    assert Touch.objects.count() == 3
    assert Lead.objects.get().touch_count == 3


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="on SQLite the other waits: writers exclude each other")
def test_a_worker_does_not_wait_for_rows_that_another_holds() -> None:
    held = make_inbound()
    free = make_inbound(endpoint=held.endpoint, posted=lead_json(FirstName="Jun"))
    with transaction.atomic():
        list(InboundRequest.objects.filter(pk=held.pk).select_for_update())
        (interpreted,) = at_once([interpret_waiting])
        assert interpreted.may_be_more is False
        assert InboundRequest.objects.get(pk=free.pk).state == InboundState.ACCEPTED
        assert InboundRequest.objects.get(pk=held.pk).state == InboundState.RECEIVED
    interpret_waiting()
    assert Touch.objects.count() == 2
