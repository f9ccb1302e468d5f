"""How much a batch may cost, and how strange a lead may be."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.intake.interpreting import interpret_waiting
from leads.models import Delivery, Endpoint, InboundRequest, Touch
from leads.states import InboundState
from tests.factories import lead_json, make_destination, make_endpoint, make_inbound, make_route, make_secret

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint()


def test_a_batch_of_fifty_takes_at_most_fifteen_queries(endpoint: Endpoint) -> None:
    secret = make_secret(endpoint)
    make_route(make_destination())

    def fifty(text: str) -> None:
        for number in range(50):
            lead = lead_json(Email=f"p{number}@fabrikam.example", Description=text)
            make_inbound(lead, endpoint=endpoint, secret=secret, received_at=timezone.now())

    fifty("first")
    interpret_waiting()  # meets the title, makes the leads, notes the use
    fifty("second")
    with CaptureQueriesContext(connection) as queries:
        interpret_waiting()
    assert Touch.objects.count() == 100
    assert Delivery.objects.count() == 100
    counted = [query["sql"][:70] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(counted) <= 15, "\n".join(counted)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
names = [
    "UserDetails",
    "userdetails",
    "FirstName",
    "Email",
    "Phone",
    "Country",
    "LeadSource",
    "ActionCode",
    "OfferTitle",
]
lead_like = st.dictionaries(st.sampled_from(names), any_json | st.text(max_size=3000), max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(lead_like | st.dictionaries(st.text(max_size=12), any_json, max_size=5), min_size=1, max_size=20))
def test_no_json_object_is_too_strange_for_a_touch(endpoint: Endpoint, leads: list[dict[str, Any]]) -> None:
    Touch.objects.all().delete()
    InboundRequest.objects.all().delete()
    for lead in leads:
        make_inbound(lead, endpoint=endpoint)
    interpret_waiting()
    states = list(InboundRequest.objects.values_list("state", flat=True))
    assert InboundState.REJECTED not in states
    assert Touch.objects.count() == states.count(InboundState.ACCEPTED) >= 1
